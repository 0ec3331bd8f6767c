import type { LiveNumbers, WatchAction, WatchDecision } from '../contracts/live.ts';
import type { Monitor } from '../contracts/notification.ts';
import { SYSTEM_ACTOR } from '../contracts/ids.ts';
import type { ModelSpec } from '../contracts/spec.ts';
import { storedSpec } from '../contracts/stored-spec.ts';
import { alignedScores } from '../evaluation/paired-rows.ts';
import { predictionHealth } from '../evaluation/prediction-health.ts';
import type { SessionCalendar } from '../market/calendar.ts';
import { marketRules } from '../market/rules.ts';
import { decayProbability, decideDecay, type DecayDecision } from '../monitoring/decay-decision.ts';
import { diagnoseDecay, type Diagnosis } from '../monitoring/decay-diagnosis.ts';
import { modelHealth } from '../monitoring/health.ts';
import { checkSessionData, type DataFinding } from '../monitoring/session-data.ts';
import type { ChampionView } from '../registry/champions.ts';
import type { LiveResult } from '../registry/results.ts';
import type { VersionRecord } from '../registry/versions.ts';
import type { WatchRecord } from '../registry/watch-records.ts';
import { backtestReference } from './backtest-reference.ts';
import { judgingCodeVersion } from './code-version.ts';
import { knownThrough, writeLiveResults } from './live-results.ts';
import { type LiveScores, liveScores, liveVersions } from './live-scores.ts';
import { machineUse } from './machine-use.ts';
import { folderCalendar } from './scoring-ground.ts';
import { readPairedArtifact } from './shadow-record.ts';
import { versionReference } from './version-reference.ts';
import {
  columnHashes,
  type ColumnsOfSession,
  unchangedColumns,
  watchColumns,
  watchConcept,
} from './watch-columns.ts';
import { type Condition, endedSince, monitorOf } from './watch-conditions.ts';
import {
  type DecayReading,
  economicsOf,
  parityMismatches,
  previousIc,
  readDecay,
  sinceEmergency,
  turnoverOf,
} from './watch-decay.ts';
import { watchMarket } from './watch-market.ts';
import { readWatchState, type WatchState } from './watch-state.ts';
import type { Workbench } from './workbench.ts';

export interface WatchSessionInput {
  readonly model: string;
  readonly epoch: number;
  readonly session: string;
  readonly decisionInstant: string;
  readonly correlationId: string;
}

/** What the watch of a session concluded; the workflow does what takes longer than a write. */
export interface WatchOutcome {
  readonly current: boolean;
  readonly decision: WatchDecision;
  readonly action: WatchAction;
  readonly reason: string;
  readonly summary: string;
  readonly statistic: number | null;
  readonly threshold: number | null;
  /** The decision is not that of the session before: somebody has to know. */
  readonly told: boolean;
  /** What the message of the session is about; null: there is none. */
  readonly monitor: Exclude<Monitor, 'guard' | 'results'> | null;
  /** What people were told of before and is over. */
  readonly ended: readonly Condition[];
  /** Number of the version that the action `safe-version` goes back to; null for any other. */
  readonly safeVersion: number | null;
}

/** On the queue `evaluation`: it scores. */
export interface WatchActivities {
  watchSession(input: WatchSessionInput): Promise<WatchOutcome>;
}

export function watchActivities(bench: Workbench): WatchActivities {
  return { watchSession: (input) => watchSession(bench, input) };
}

/** Records looked back at for restarts of the evidence: an emergency each, with its cooldown years of a reign. */
const DECISIONS_KEPT = 200;
const ROWS_KEPT = 21;

/**
 * One session of a reign after its close: results of champion, previous and challenger, drift, market, decay, diagnosis,
 * decision, health. Reads the session, a window before it and the state of the session before. The first record of a
 * session stands: repeated, it is answered from there.
 */
async function watchSession(bench: Workbench, input: WatchSessionInput): Promise<WatchOutcome> {
  const { model, epoch, session } = input;
  const view = await bench.registry.champion({ model });
  const { champion } = view;
  if (champion === null || view.epoch !== epoch) return ENDED;
  // A spec that an earlier release stored lacks the fields of this one: it meant their defaults.
  const spec = storedSpec(view.spec);
  const [last = null] = await bench.registry.watchRecords({ model, epoch, decisionsOnly: false, limit: 1 });
  const record = last?.session === session ? last : await watchAnew(bench, input, view, spec, champion, last);
  await tellConsumers(bench, input, record);
  return outcomeOf(record, spec);
}

const ENDED: WatchOutcome = {
  current: false,
  decision: 'watch',
  action: 'none',
  reason: 'another reign has begun',
  summary: '',
  statistic: null,
  threshold: null,
  told: false,
  ...{ monitor: null, ended: [], safeVersion: null },
};

function outcomeOf(record: WatchRecord, { decay }: ModelSpec): WatchOutcome {
  const { decision, action, reason, statistic, threshold, health, knownThrough: known } = record;
  const state = readWatchState(record.state);
  const score = health === null ? 'unknown' : health.toFixed(0);
  const evidence =
    statistic === null ? 'no baseline' : `${statistic.toFixed(2)} of ${(threshold ?? 0).toFixed(2)}`;
  return {
    current: true,
    ...{ decision, action, reason, statistic, threshold },
    summary: `known through ${known ?? 'no session'}: ${decision} (${reason}); evidence for decay ${evidence}; health ${score}`,
    told: state?.told ?? true,
    monitor: monitorOf(record),
    ended: state?.ended ?? [],
    safeVersion: action === 'safe-version' ? decay.safeVersion : null,
  };
}

async function watchAnew(
  bench: Workbench,
  input: WatchSessionInput,
  view: ChampionView,
  spec: ModelSpec,
  champion: VersionRecord,
  last: WatchRecord | null,
): Promise<WatchRecord> {
  const { model, epoch, session, decisionInstant: asOf } = input;
  const before = last === null ? null : readWatchState(last.state);
  const calendar = await folderCalendar(spec);
  const scored: LiveScores[] = [];
  for (const version of liveVersions(view))
    scored.push(await liveScores(bench, spec, version, session, asOf));
  const [mine] = scored;
  if (mine === undefined) throw new RangeError('the champion is one of the versions');
  const reference = await versionReference(bench, champion);
  const hashes = mine.fresh === null ? {} : columnHashes(mine.fresh);
  const columns: ColumnsOfSession =
    mine.fresh === null
      ? { drift: null, features: [] }
      : watchColumns(spec, reference, before?.drift ?? null, mine.fresh);
  const rows = [...(before?.rows ?? []), mine.symbols.length].slice(-ROWS_KEPT);
  const faults = checkSessionData({
    rows: mine.symbols.length,
    rowsBefore: rows.slice(0, -1),
    minCoverage: spec.gates.minCoverage,
    features: columns.features,
    unchanged: unchangedColumns(before?.columnHashes ?? {}, hashes),
    ...{ overdueSessions: 0, allowedOverdueSessions: spec.decay.overdueSessions },
  });
  await writeLiveResults(
    bench,
    { spec, epoch, session, decisionInstant: asOf, dataFault: faults.length > 0 },
    scored,
  );
  const all = await bench.registry.liveResults({ model, versionId: null });
  const results = all.filter((row) => row.versionId === champion.id && row.epoch === epoch);
  const findings = [...faults, ...overdue(spec, calendar, results, session)];
  const backtest = await backtestReference(bench, champion);
  const decisions = await bench.registry.watchRecords({
    ...{ model, epoch, decisionsOnly: true, limit: DECISIONS_KEPT },
  });
  const reading = readDecay(spec, backtest, results, decisions);
  const market = await watchMarket(spec, before?.market ?? null, session, asOf);
  const code = await judgingCodeVersion();
  const codeAtBeginning = before?.codeAtBeginning ?? code;
  const { alarm } = reading;
  const diagnosis =
    alarm || findings.length > 0
      ? diagnoseDecay({
          data: findings,
          parityMismatches: alarm ? await parityMismatches(bench, champion) : null,
          rescoredDifference: await rescoredDifference(bench, model, mine, session),
          predictions: predictionHealth(mine.predictions),
          codeChanged: code !== codeAtBeginning,
          driftedShare: driftSince(columns),
          regime:
            market.regime === null || before === null
              ? null
              : { now: market.regime, usual: before.market.usual },
          turnover: turnoverOf(results, backtest, marketRules(spec.market).annualSessions),
          previousIc: previousIc(all, reading.onset),
        })
      : null;
  const decided = await decide(bench, input, spec, calendar, last, reading, diagnosis, backtest);
  const drift = columns.drift;
  const decision = driftDecision(spec, decided, drift);
  const concluded = { decision, diagnosis: diagnosis?.cause ?? null, standing: decided.standing };
  // The first session of a reign ends what was told of the reign before.
  const [newest = null] = await bench.registry.watchRecords({
    ...{ model, epoch: null, decisionsOnly: false, limit: 1 },
  });
  const known = knownThrough(calendar, spec, session);
  const concept = await watchConcept(
    bench,
    spec,
    champion,
    reference,
    { concept: before?.concept ?? { session: null, features: {}, drifted: [] }, drift },
    { session: known, since: results[0]?.session ?? session, asOf },
  );
  const probability =
    reading.standing.current === null || reading.standing.baseline === null
      ? null
      : decayProbability(reading.standing.current, marketRules(spec.market).annualSessions);
  const health = modelHealth({
    decayProbability: probability,
    dataFindings: findings.map(({ text }) => text),
    driftedShare: drift?.share ?? null,
    operation: {
      scored: mine.symbols.length === 0 ? 0 : 1 - predictionHealth(mine.predictions).missing,
      latencyMs: mine.latencyMs ?? 0,
      maxLatencyMs: LARGEST_SCORING_MS,
    },
    resources: await machineUse(bench.scratchDir),
  });
  const state: WatchState = {
    schema: 1,
    told: (last?.decision ?? 'watch') !== decision,
    ended: [...endedSince(newest, concluded)],
    ...{ rows, columnHashes: hashes, codeAtBeginning },
    decay: {
      observations: reading.summary.observations,
      mean: reading.summary.mean,
      interval: pair(reading.summary.interval),
      sequence: [...reading.summary.sequence],
      halfLife: reading.summary.halfLife,
      current: reading.standing.current,
      reason: reading.evaluation.reason,
      probability,
    },
    findings: findings.map((finding) => ({ ...finding })),
    drift: drift === null ? null : { ...drift, label: concept.label },
    concept: concept.concept,
    market,
    diagnosis: diagnosis === null ? [] : diagnosis.findings.map((finding) => ({ ...finding })),
    economics: decided.economics,
    health: health.parts.map((part) => ({ ...part })),
  };
  return await bench.registry.saveWatchRecord({
    ...{ model, epoch, session, decidedAt: asOf, versionId: champion.id },
    knownThrough: known,
    ...{ alarm, standing: decided.standing },
    ...{ statistic: reading.statistic, threshold: reading.evaluation.threshold },
    onset: reading.onset,
    diagnosis: diagnosis?.cause ?? null,
    decision,
    action: actionOf(spec, view, last, decided, alarm),
    reason: decision === 'drift-retrain' ? driftReason(drift) : decided.reason,
    health: health.score,
    state,
  });
}

const pair = (interval: readonly [number, number] | null): [number, number] | null =>
  interval === null ? null : [...interval];

/** A session is scored after the close, between two sessions: a minute is late, though nobody waits for it. */
const LARGEST_SCORING_MS = 60_000;

/** Labels that are due and have not come, as of this session. */
function overdue(
  spec: ModelSpec,
  calendar: SessionCalendar,
  results: readonly LiveResult[],
  session: string,
): DataFinding[] {
  const longest = results.reduce((most, { status, numbers }) => {
    const due = (numbers as Partial<LiveNumbers>).labelDueSession ?? null;
    if (due === null || (status !== 'overdue' && status !== 'never-matured')) return most;
    const age = calendar.indexOf(session) - calendar.indexOf(due);
    // Given up long ago: it has been told.
    return age > spec.decay.overdueSessions + ROWS_KEPT ? most : Math.max(most, age);
  }, 0);
  return checkSessionData({
    ...{ rows: 1, rowsBefore: [], minCoverage: 0, features: [], unchanged: [] },
    overdueSessions: longest,
    allowedOverdueSessions: spec.decay.overdueSessions - 1,
  });
}

/** Scores of today against those the guard kept when it scored the same rows; null when it kept none. */
async function rescoredDifference(
  bench: Workbench,
  model: string,
  mine: LiveScores,
  session: string,
): Promise<number | null> {
  const [kept] = await bench.registry.recentPredictionRuns({
    ...{ model, versionId: mine.version.id, kind: 'guard', limit: 1 },
    ...{ fromSession: session, toSession: session },
  });
  if (kept === undefined) return null;
  const { symbols, challenger } = await readPairedArtifact(bench, kept.artifact);
  const theirs = alignedScores(mine.symbols, { symbols, predictions: Float64Array.from(challenger) });
  return theirs.reduce((most, value, row) => {
    const difference = Math.abs(value - (mine.predictions[row] ?? Number.NaN));
    return Number.isFinite(difference) ? Math.max(most, difference) : most;
  }, 0);
}

function driftSince({ drift }: ColumnsOfSession): number | null {
  if (drift === null) return null;
  const { recentShares } = drift;
  return recentShares.reduce((sum, share) => sum + share, 0) / recentShares.length;
}

async function decide(
  bench: Workbench,
  { model, session }: WatchSessionInput,
  spec: ModelSpec,
  calendar: SessionCalendar,
  last: WatchRecord | null,
  reading: DecayReading,
  diagnosis: Diagnosis | null,
  backtest: Awaited<ReturnType<typeof backtestReference>>,
): Promise<DecayDecision> {
  const retrains = await bench.registry.listRetrains({ model, limit: 50 });
  const { alarm } = reading;
  const { threshold } = reading.evaluation;
  return decideDecay({
    ...{ alarm, threshold, diagnosis },
    standing: last?.standing ?? false,
    statistic: reading.standing.current,
    sessionsSinceEmergency: sinceEmergency(calendar, retrains, session),
    cooldownSessions: spec.decay.cooldownSessions,
    emergencyOpen: retrains.some(({ trigger, status }) => trigger === 'decay' && status === 'open'),
    economics: alarm ? economicsOf(spec, backtest, reading) : null,
  });
}

/** Drift that lasts asks for a retrain where the spec wants one, once for each run of drifted sessions. */
function driftDecision(
  { decay }: ModelSpec,
  { decision }: DecayDecision,
  drift: WatchState['drift'],
): WatchDecision {
  const lasting = drift !== null && drift.inRow === decay.driftSessions;
  return decision === 'watch' && lasting && decay.driftAction === 'retrain' ? 'drift-retrain' : decision;
}

const driftReason = (drift: WatchState['drift']): string =>
  `features drifted on ${String(drift?.inRow ?? 0)} sessions in a row, ${(100 * (drift?.share ?? 0)).toFixed(0)} % of them on the last`;

/** What is done at once: when an alarm begins to stand, when it is released, and when a new champion follows a decayed one. */
function actionOf(
  { decay }: ModelSpec,
  view: ChampionView,
  last: WatchRecord | null,
  decided: DecayDecision,
  alarm: boolean,
): WatchAction {
  const { side, reign, champion } = view;
  const restrained =
    side.action !== 'serve' && side.subject === SYSTEM_ACTOR.subject && side.reason.startsWith(DECAY);
  const replaced = last === null && reign !== null && reign.cause !== 'rollback';
  if (restrained && (decided.decision === 'released' || (replaced && !alarm))) return 'serve';
  if (!alarm || (last?.standing ?? false)) return 'none';
  switch (decay.action) {
    case 'hold':
      return 'none';
    case 'reduce-only':
    case 'halt':
      return decay.action;
    case 'roll-back':
      // A champion that a rollback brought back is not rolled back again: two decayed ones would change for ever.
      return reign?.cause === 'rollback' || view.rollbackTarget === null ? 'none' : 'roll-back';
    case 'safe-version':
      return champion?.number === decay.safeVersion ? 'none' : 'safe-version';
  }
}

const DECAY = 'decay: ';

/** Consumers hear of it with the record; repeated, nothing changes. */
async function tellConsumers(
  { registry }: Workbench,
  { model, epoch, session }: WatchSessionInput,
  { action, reason }: WatchRecord,
): Promise<void> {
  if (action !== 'reduce-only' && action !== 'halt' && action !== 'serve') return;
  await registry.setSide({
    ...{ model, action, actor: SYSTEM_ACTOR, reason: `${DECAY}${reason}` },
    idempotencyKey: `decay:${model}:${String(epoch)}:${session}:side`,
  });
}
