import { ContenderError } from '../contracts/error.ts';
import type { LiveRole } from '../contracts/live.ts';
import type { ModelSpec } from '../contracts/spec.ts';
import type { ChampionView } from '../registry/champions.ts';
import type { VersionRecord } from '../registry/versions.ts';
import type { SessionPredictions } from './paper-track.ts';
import { scoreSession, type SessionScores } from './session-scoring.ts';
import { readPairedArtifact, storePaired } from './shadow-record.ts';
import type { Workbench } from './workbench.ts';

export interface LiveVersion {
  readonly role: LiveRole;
  readonly version: VersionRecord;
}

/** A version's scores of one session, or why there are none. */
export interface LiveScores extends LiveVersion {
  /** Empty when it could not be scored. */
  readonly symbols: readonly string[];
  readonly predictions: Float64Array;
  /** With the features as the version's own code computed them; null when the scores were there before. */
  readonly fresh: SessionScores | null;
  /** To read the features and score them, milliseconds; null when the scores were there before. */
  readonly latencyMs: number | null;
  /** Code and message; empty when it was scored. */
  readonly error: string;
}

/** Versions whose results are kept: who answers, who answered before, and who is in shadow. */
export function liveVersions(view: ChampionView): LiveVersion[] {
  const { champion, challenger } = view;
  const previous = view.rollbackTarget === null ? null : (view.previous[0] ?? null);
  const all: LiveVersion[] = [];
  const add = (role: LiveRole, version: VersionRecord | null): void => {
    if (version === null || version.state === 'deleted') return;
    if (!all.some((other) => other.version.id === version.id)) all.push({ role, version });
  };
  add('champion', champion);
  add('previous', previous);
  add('challenger', challenger);
  return all;
}

/**
 * Scores a version on a session and keeps the predictions as `live`. What the guard has scored already is taken from there,
 * except for the champion, whose features are looked at as well. A refusal leaves a reason instead of scores; a part that
 * is away throws, and the activity is tried again.
 */
export async function liveScores(
  bench: Workbench,
  spec: ModelSpec,
  { role, version }: LiveVersion,
  session: string,
  asOf: string,
): Promise<LiveScores> {
  const key = { model: spec.model, versionId: version.id, session };
  const kept = role === 'champion' ? null : await keptScores(bench, key);
  if (kept !== null) return { role, version, ...kept, fresh: null, latencyMs: null, error: '' };
  const started = performance.now();
  let fresh: SessionScores;
  try {
    fresh = await scoreSession(bench, spec, version, session, asOf);
  } catch (error) {
    if (!(error instanceof ContenderError) || error.kind === 'unreachable') throw error;
    const failed = { fresh: null, latencyMs: null, error: `${error.code}: ${error.message}` };
    return { role, version, symbols: [], predictions: new Float64Array(0), ...failed };
  }
  const latencyMs = performance.now() - started;
  const { symbols, predictions } = fresh;
  const artifact = await storePaired(bench, {
    ...{ session, symbols, champion: null },
    challenger: [...predictions],
  });
  await bench.registry.savePredictionRun({ ...key, kind: 'live', artifact, rows: symbols.length });
  return { role, version, symbols, predictions, fresh, latencyMs, error: '' };
}

async function keptScores(
  bench: Workbench,
  key: { readonly model: string; readonly versionId: string; readonly session: string },
): Promise<SessionPredictions | null> {
  const { session } = key;
  for (const kind of ['live', 'guard'] as const) {
    const [run] = await bench.registry.recentPredictionRuns({
      ...{ model: key.model, versionId: key.versionId, kind, limit: 1 },
      ...{ fromSession: session, toSession: session },
    });
    if (run === undefined) continue;
    const stored = await readPairedArtifact(bench, run.artifact);
    const predictions = Float64Array.from(stored.challenger);
    if (kind === 'guard') {
      const rows = stored.symbols.length;
      await bench.registry.savePredictionRun({ ...key, kind: 'live', artifact: run.artifact, rows });
    }
    return { session, symbols: stored.symbols, predictions };
  }
  return null;
}

/** What a version predicted on the newest sessions up to one, in order. */
export async function liveWindow(
  bench: Workbench,
  query: {
    readonly model: string;
    readonly versionId: string;
    readonly toSession: string;
    readonly limit: number;
  },
): Promise<SessionPredictions[]> {
  const runs = await bench.registry.recentPredictionRuns({
    ...query,
    kind: 'live',
    fromSession: '0001-01-01',
  });
  return await Promise.all(
    runs.map(async ({ artifact }) => {
      const stored = await readPairedArtifact(bench, artifact);
      const predictions = Float64Array.from(stored.challenger);
      return { session: stored.session, symbols: stored.symbols, predictions };
    }),
  );
}
