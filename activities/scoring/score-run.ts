import { randomUUID } from 'node:crypto';
import { mkdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ScoreInput, ScoreResult } from '../../contracts/score.ts';
import type { ModelSpec } from '../../contracts/spec.ts';
import { storedSpec } from '../../contracts/stored-spec.ts';
import { extractRecentSession } from '../../extraction/session.ts';
import { decisionInstant, marketRules } from '../../market/rules.ts';
import { localDate } from '../../market/zone.ts';
import { SCORE_FILES, type Score, type ScoreRun, type Skip } from '../../registry/score-runs.ts';
import type { VersionRecord } from '../../registry/versions.ts';
import { gapIn } from '../../serving/feature-rows.ts';
import { servable } from '../../serving/registry-port.ts';
import { NoChampion, ScoreDataMissing } from '../errors.ts';
import { scoreChunks, selectFeatures } from '../row-scoring.ts';
import type { CalendarSource } from '../session-clock.ts';
import { featureRequest } from '../session-scoring.ts';
import { storePaired } from '../shadow-record.ts';
import type { Workbench } from '../workbench.ts';
import { scoreFiles } from './score-files.ts';
import { readUniverse, storeUniverse, type ScoreUniverse } from './universe-artifact.ts';

export interface OpenScoreInput extends ScoreInput {
  /** ISO instant at which the run was due: which session is the newest one does not depend on when a worker got to it. */
  readonly dueAt: string;
}

export interface OpenedScore {
  /** Null when there is nothing to score; `reason` says why. */
  readonly run: number | null;
  readonly outcome: 'scored' | 'no-session' | 'no-champion';
  readonly reason: string;
  readonly session: string | null;
  readonly version: number | null;
  /** Minutes that a scheduled run waits for its data. */
  readonly waitMinutes: number;
}

export interface ScoreRunInput {
  readonly run: number;
  readonly correlationId: string;
}

/** On `control`: what is to be scored. */
export interface ScorePlanActivities {
  openScoreRun(input: OpenScoreInput): Promise<OpenedScore>;
}

/** On `evaluation`: the scoring itself. */
export interface ScoreRunActivities {
  scoreUniverse(input: ScoreRunInput): Promise<ScoreResult>;
}

/** What a kill costs at most is scoring these again. */
const CHUNK_ROWS = 1000;
/** A market of 11,000 members needs a gigabyte of it; model, rows and the rest of the process make it less than two. */
const ENGINE = { threads: 2, memoryLimitMb: 1152 } as const;
const NO_BAR = 'no bar was known when the session was decided';

export function scorePlanActivities(
  { registry }: Pick<Workbench, 'registry'>,
  calendars: Pick<CalendarSource, 'calendar'>,
): ScorePlanActivities {
  return {
    openScoreRun: async (input) => {
      const { model, trigger } = input;
      const view = await registry.champion({ model });
      const spec = storedSpec(view.spec);
      const nothing = { run: null, version: null, waitMinutes: spec.scoring.waitMinutes };
      const session = input.session ?? (await newestDecided(spec, calendars, input.dueAt, trigger));
      if (session === null) {
        const reason = `no session of ${spec.market} was decided on the day of ${input.dueAt}`;
        return { ...nothing, outcome: 'no-session', reason, session };
      }
      if (input.version === null && view.champion === null) {
        const reason = `${model} has no champion yet`;
        if (trigger === 'schedule') return { ...nothing, outcome: 'no-champion', reason, session };
        throw new NoChampion(reason, { remedy: 'Name a version with --version, or promote one first.' });
      }
      const version =
        input.version === null ? view.champion : await registry.getVersion({ model, version: input.version });
      if (version === null) throw new NoChampion(`${model} has no champion yet`);
      const run = await registry.openScoreRun({
        ...{ model, session, versionId: version.id, epoch: view.epoch, trigger },
        isChampion: version.id === view.champion?.id,
        requestedBy: input.requestedBy,
      });
      const { waitMinutes } = spec.scoring;
      return {
        ...{ run: run.id, outcome: 'scored', reason: '', session, version: version.number, waitMinutes },
      };
    },
  };
}

/** The newest session that was decided at an instant; for a schedule only one of that very day, in the market's zone. */
async function newestDecided(
  spec: ModelSpec,
  calendars: Pick<CalendarSource, 'calendar'>,
  dueAt: string,
  trigger: ScoreInput['trigger'],
): Promise<string | null> {
  const calendar = await calendars.calendar(spec, { mode: 'live' });
  const closed = calendar.lastClosedSession(dueAt);
  if (closed === null) return null;
  const undecided = Date.parse(decisionInstant(calendar, closed)) > Date.parse(dueAt);
  const newest = undecided ? calendar.previous(closed) : closed;
  const today = localDate(marketRules(spec.market).zone, Date.parse(dueAt));
  return trigger === 'schedule' && newest !== today ? null : newest;
}

export type ScoreBench = Pick<Workbench, 'registry' | 'artifacts' | 'now'>;

export interface ScoreRunOptions {
  /** Where the files of complete runs are written, beside the artifact store that keeps them. */
  readonly folder: string;
  /** Rows of one transaction. */
  readonly chunkRows?: number;
}

export function scoreRunActivities(bench: ScoreBench, options: ScoreRunOptions): ScoreRunActivities {
  return { scoreUniverse: (input) => scoreUniverse(bench, options, input.run) };
}

/**
 * Scores what is left of a run. The features are stored before the first score, so a run that was killed goes on with the
 * very same rows; each chunk is one transaction, and a symbol that has a score keeps it.
 *
 * @throws SessionUnknown, AsOfTooEarly, ScoreDataMissing while the data of the session have not arrived
 */
async function scoreUniverse(
  bench: ScoreBench,
  { folder, chunkRows = CHUNK_ROWS }: ScoreRunOptions,
  id: number,
): Promise<ScoreResult> {
  const { registry } = bench;
  const begun = await registry.scoreRun({ run: id });
  if (begun.completedAt !== null) {
    // Killed after the run was closed, the files may be missing; written again they are the same.
    await writeFiles(bench, folder, begun);
    return resultOf(begun, begun.done);
  }
  const view = await registry.champion({ model: begun.model });
  const version = await registry.getVersion({ model: begun.model, version: begun.versionId });
  const run =
    begun.universe === null ? await fixUniverse(bench, storedSpec(view.spec), version, begun) : begun;
  if (run.universe === null) throw new ScoreDataMissing(`score run ${String(id)} has no universe`);
  await scoreRest(bench, version, run.id, await readUniverse(bench, run.universe), chunkRows);
  const complete = await complement(bench, run.id);
  await writeFiles(bench, folder, complete);
  return resultOf(complete, begun.done);
}

async function fixUniverse(
  bench: ScoreBench,
  spec: ModelSpec,
  version: VersionRecord,
  { id, session }: ScoreRun,
): Promise<ScoreRun> {
  const now = bench.now().toISOString();
  const request = await featureRequest(bench, spec, version, session, now);
  const read = await extractRecentSession({ ...request, limits: ENGINE });
  // What its decision saw, whenever it is asked for: a run of today and one of next year give the same scores.
  if (read.knownAt < read.decidedAt) {
    throw new ScoreDataMissing(`session ${session} is decided at ${read.decidedAt}`, {
      remedy: 'Ask again after that.',
      details: { session, decidedAt: read.decidedAt },
    });
  }
  const members = read.symbols.length + read.withoutBar.length;
  const coverage = members === 0 ? 0 : read.symbols.length / members;
  if (read.symbols.length === 0 || coverage < spec.scoring.minCoverage) {
    throw new ScoreDataMissing(
      `${String(read.symbols.length)} of ${String(members)} members have a bar on ${session}; the spec wants ${String(spec.scoring.minCoverage)} of them`,
      { remedy: 'Wait for the data of the session, or lower scoring.minCoverage.', details: { session } },
    );
  }
  const facts = servable(version);
  const { featureNames, features } = selectFeatures(read, facts.featureNames);
  const width = featureNames.length;
  const skipped: Skip[] = read.withoutBar.map((symbol) => ({ symbol, reason: NO_BAR }));
  const admitted: number[] = [];
  for (const [row, symbol] of read.symbols.entries()) {
    const reason = gapIn(facts, features.subarray(row * width, (row + 1) * width));
    if (reason === null) admitted.push(row);
    else skipped.push({ symbol, reason });
  }
  const kept = new Float32Array(admitted.length * width);
  for (const [at, row] of admitted.entries())
    kept.set(features.subarray(row * width, (row + 1) * width), at * width);
  const universe = await storeUniverse(bench, {
    ...{ session, asOf: read.knownAt, featureNames, features: kept },
    symbols: admitted.map((row) => read.symbols[row] ?? ''),
  });
  return bench.registry.saveScoreUniverse({
    ...{ run: id, asOf: read.knownAt, universe, skipped },
    symbols: admitted.length + skipped.length,
  });
}

async function scoreRest(
  bench: ScoreBench,
  version: VersionRecord,
  run: number,
  universe: ScoreUniverse,
  chunkRows: number,
): Promise<void> {
  const has = new Set((await bench.registry.scoreRows({ run })).map(({ symbol }) => symbol));
  const left = universe.symbols.flatMap((symbol, row) => (has.has(symbol) ? [] : [row]));
  const width = universe.featureNames.length;
  const features = new Float32Array(left.length * width);
  for (const [at, row] of left.entries()) {
    features.set(universe.features.subarray(row * width, (row + 1) * width), at * width);
  }
  const rows = { featureNames: universe.featureNames, features };
  await scoreChunks(bench, version.manifest, rows, {
    chunkRows,
    onChunk: async (from, values) => {
      const scores: Score[] = [];
      const skipped: Skip[] = [];
      for (const [at, score] of values.entries()) {
        const symbol = universe.symbols[left[from + at] ?? -1] ?? '';
        if (Number.isFinite(score)) scores.push({ symbol, score });
        else skipped.push({ symbol, reason: 'the model gave no finite score' });
      }
      await bench.registry.saveScores({ run, scores, skipped });
    },
  });
}

/** Every symbol has its row: the files are stored and the run is closed. */
async function complement(bench: ScoreBench, id: number): Promise<ScoreRun> {
  const { registry, artifacts } = bench;
  const [run, rows] = await Promise.all([registry.scoreRun({ run: id }), registry.scoreRows({ run: id })]);
  const texts = scoreFiles(run, rows);
  const put = (text: string, mediaType: string) => artifacts.put(Buffer.from(text), mediaType);
  const files = {
    predictions: await put(texts.predictions, 'text/csv'),
    skipped: await put(texts.skipped, 'text/csv'),
    report: await put(texts.report, 'text/plain'),
  };
  const scored = rows.flatMap(({ symbol, score }) => (score === null ? [] : [{ symbol, score }]));
  const predictions = await storePaired(bench, {
    session: run.session,
    symbols: scored.map(({ symbol }) => symbol),
    challenger: scored.map(({ score }) => score),
    champion: null,
  });
  return registry.completeScoreRun({ run: id, files, predictions, scored: scored.length });
}

/** The files under their names, each whole or not at all; only a champion's stand in the model's own folder. */
async function writeFiles(bench: ScoreBench, folder: string, run: ScoreRun): Promise<void> {
  if (run.files === null) return;
  const place = join(folder, run.model, ...(run.isChampion ? [] : [`version-${String(run.version)}`]));
  await mkdir(place, { recursive: true });
  for (const file of SCORE_FILES) {
    const name = `${file}_${run.session}.${file === 'report' ? 'txt' : 'csv'}`;
    const unfinished = join(place, `.${name}.${randomUUID()}`);
    await writeFile(unfinished, await bench.artifacts.get(run.files[file]));
    await rename(unfinished, join(place, name));
  }
}

function resultOf(run: ScoreRun, resumed: number): ScoreResult {
  return {
    ...{ outcome: 'scored', reason: '', run: run.id, model: run.model, session: run.session },
    ...{ version: run.version, versionId: run.versionId, epoch: run.epoch, resumed },
    scored: run.done - run.skipped,
    skipped: run.skipped,
  };
}
