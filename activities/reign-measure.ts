import { SYSTEM_ACTOR } from '../contracts/ids.ts';
import type { ModelSpec } from '../contracts/spec.ts';
import { storedSpec } from '../contracts/stored-spec.ts';
import { alignedScores } from '../evaluation/paired-rows.ts';
import { decideGuard, type GuardDecision } from '../monitoring/comparison/guard-decision.ts';
import { readComparison as comparisonReading } from '../monitoring/comparison/comparison-reading.ts';
import type { ComparisonState } from '../monitoring/comparison/running-comparison.ts';
import { answerFlap, limitGuard, type LimitedDecision, remind } from '../monitoring/guard-limits.ts';
import type { ChampionView } from '../registry/champions.ts';
import type { GuardMeasurement } from '../registry/guard-measurements.ts';
import type { VersionRecord } from '../registry/versions.ts';
import { mean } from '../stats/series.ts';
import {
  comparisonAtSwap,
  type Follower,
  observe,
  readGuardState,
  rivalsOf,
  shadowTracks,
  type ShadowTracks,
  type GuardState,
  usualOf,
} from './reign-comparison.ts';
import { type Alarmed, judgeDecay } from './reign-decay.ts';
import { type ReignScores, scoreReign, servingTrouble } from './reign-scoring.ts';
import { folderCalendar } from './scoring-ground.ts';
import type { Workbench } from './workbench.ts';

export interface MeasureReignInput {
  readonly model: string;
  readonly epoch: number;
  readonly session: string;
  readonly decisionInstant: string;
  readonly measuredSessions: number;
  /** Results and decay are watched apart (`watch.ts`); a guard of an earlier release does not say so, and is answered here. */
  readonly watched: boolean;
  readonly correlationId: string;
}

/** Somebody has to look; what the page says. */
export interface GuardPage {
  readonly severity: 'WARNING' | 'CRITICAL';
  /** The cause that is told: the number and the bound below are its own. */
  readonly subject: string;
  readonly number: number | null;
  readonly threshold: number;
  readonly text: string;
  readonly action: string;
}

export interface ReignMeasurement {
  readonly current: boolean;
  readonly action: 'none' | 'rollback' | 'hold';
  readonly reason: string;
  readonly summary: string;
  /** The decay rule fired and no cooldown stands in the way. */
  readonly decay: Alarmed;
  /** Number and bound of the cause. */
  readonly guard: { readonly number: number | null; readonly threshold: number };
  readonly page: GuardPage | null;
  /** Challengers that wait to be scored beside it. */
  readonly openChallengers: number;
}

/** Activities that watch a reign: scoring on `evaluation`, the rest on `control`. */
export interface ReignMeasureActivities {
  measureReign(input: MeasureReignInput): Promise<ReignMeasurement>;
}

export function reignMeasureActivities(bench: Workbench): ReignMeasureActivities {
  return { measureReign: (input) => measureReign(bench, input) };
}

const QUIET: Alarmed = { alarm: false, reason: '', number: null, threshold: 0 };

const SUBJECTS: Readonly<Record<GuardDecision['cause'], string>> = {
  serving: 'errors and parity of the champion',
  predictions: 'spread of the scores',
  agreement: 'rank agreement with the previous champion',
  evidence: 'e-value that it is worse than the previous champion',
  drawdown: 'drawdown beyond the previous champion',
  none: 'the guard',
};

/**
 * One session of a reign: champion, previous and first champion scored, what has matured taken into the running
 * comparison, guard and decay rule asked. Reads a window of sessions and the state of the session before, so the two
 * hundredth session costs what the tenth did. The first record of a session stands.
 */
async function measureReign(bench: Workbench, input: MeasureReignInput): Promise<ReignMeasurement> {
  const { model, epoch, session } = input;
  const view = await bench.registry.champion({ model });
  const { champion, reign } = view;
  if (champion === null || reign === null || view.epoch !== epoch) {
    return {
      ...{ current: false, action: 'none', reason: 'another reign has begun', summary: '', decay: QUIET },
      guard: { number: null, threshold: 0 },
      ...{ page: null, openChallengers: 0 },
    };
  }
  // A spec that an earlier release stored lacks the fields of this one: it meant their defaults.
  const spec = storedSpec(view.spec);
  const [last = null] = await bench.registry.guardMeasurements({ model, epoch, limit: 1 });
  const record =
    last?.session === session ? last : await measureAnew(bench, input, view, spec, champion, last);
  const state = readGuardState(record.state);
  const challengers = await bench.registry.challengers({ model });
  const ic = input.watched ? [] : await ownIc(bench, model, champion.id, epoch);
  const decay = input.watched ? QUIET : await judgeDecay(bench, spec, champion, ic, session);
  return {
    current: true,
    action: record.action,
    reason: record.reason,
    summary: summaryOf(record, state.comparison, input.watched ? null : { ic, decay }),
    decay,
    guard: { number: record.number, threshold: record.threshold ?? 0 },
    page: pageOf(record, state),
    openChallengers: challengers.filter(({ end }) => end === null).length,
  };
}

async function ownIc(
  { registry }: Workbench,
  model: string,
  versionId: string,
  epoch: number,
): Promise<{ readonly session: string; readonly ic: number }[]> {
  const live = await registry.liveResults({ model, versionId });
  return live.flatMap(({ session, rankIc, epoch: at }) =>
    at === epoch && rankIc !== null ? [{ session, ic: rankIc }] : [],
  );
}

async function measureAnew(
  bench: Workbench,
  input: MeasureReignInput,
  view: ChampionView,
  spec: ModelSpec,
  champion: VersionRecord,
  last: GuardMeasurement | null,
): Promise<GuardMeasurement> {
  const { model, epoch, session, decisionInstant } = input;
  const rivals = await rivalsOf(bench, view);
  const shadow = await shadowTracks(bench, view, rivals);
  const scores = await scoreReign(bench, {
    ...{ view, spec, champion, rivals, shadow, session, decisionInstant },
  });
  const mine = scores.champion.follower;
  const before =
    last === null ? await comparisonAtSwap(bench, view, spec, rivals) : readGuardState(last.state).comparison;
  const comparison = observe(before, mine, {
    ...(scores.previous === null ? {} : { previous: scores.previous.follower }),
    ...(scores.frozen === null ? {} : { frozen: scores.frozen.follower }),
  });
  if (!input.watched) await recordMatured(bench, input, champion.id, mine, shadow);
  const decision = decideGuard({
    serving: await servingTrouble(bench, champion, scores.champion.side),
    state: comparison,
    predictions: scores.champion.side.predictions,
    previousPredictions: previousPredictions(input, spec, scores),
    reference: usualOf(mine.days, scores.previous?.follower.days ?? []),
    maxDrawdownTolerance: spec.gates.maxDrawdownTolerance,
    minRankAgreement: spec.shadow.minRankAgreement,
  });
  const counted = limitGuard(decision, last ?? { failedInRow: 0, inconclusiveInRow: 0 }, spec.guard);
  const acted = await restrain(bench, input, view, spec, decision, counted);
  const told = remind(
    { severity: acted.severity, cause: decision.cause, passed: decision.verdict === 'pass' },
    last === null ? null : readGuardState(last.state).lastPage,
    spec.guard.remindSessions,
  );
  const state: GuardState = { schema: 1, comparison, ...told };
  return bench.registry.saveGuardMeasurement({
    ...{ model, epoch, session, decidedAt: decisionInstant },
    verdict: decision.verdict,
    action: acted.action,
    cause: decision.cause,
    reason: acted.reason,
    number: finite(decision.number),
    threshold: finite(decision.threshold),
    failedInRow: counted.failedInRow,
    inconclusiveInRow: counted.inconclusiveInRow,
    state,
  });
}

const finite = (value: number | null): number | null =>
  value !== null && Number.isFinite(value) ? value : null;

/**
 * The previous champion on the rows of the champion. One that cannot be scored leaves its rows empty for the first
 * `guard.sessions` sessions, in which it has to be there, so that somebody is told; after them the guard goes on without it.
 */
function previousPredictions(
  { measuredSessions }: MeasureReignInput,
  spec: ModelSpec,
  { champion, previous }: ReignScores,
): Float64Array | null {
  if (previous === null) return null;
  if (previous.side.failure !== null && measuredSessions >= spec.guard.sessions) return null;
  return alignedScores(champion.side.symbols, previous.side);
}

/** What stands between a crossed bound and the rollback: nobody wants it automatic, a freeze, a cooldown, too many. */
async function restrain(
  bench: Workbench,
  input: MeasureReignInput,
  view: ChampionView,
  spec: ModelSpec,
  decision: GuardDecision,
  counted: LimitedDecision,
): Promise<LimitedDecision> {
  const unusable = decision.cause === 'predictions' || decision.cause === 'serving';
  if (decision.verdict === 'fail' && unusable && decision.action === 'hold') {
    await tellConsumers(bench, input, spec, counted);
  }
  if (counted.action !== 'rollback') return counted;
  if (!spec.guard.autoRollback) {
    const reason = `${counted.reason}; autoRollback is off, a rollback is asked for`;
    return { ...counted, action: 'hold', reason };
  }
  const { model, epoch, session, decisionInstant } = input;
  const earlier = await bench.registry.guardRollbacks({
    model,
    beforeEpoch: epoch,
    limit: spec.guard.maxRollbacksPerDay,
  });
  const dayBefore = Date.parse(decisionInstant) - 86_400_000;
  const newest = earlier[0];
  const answer = answerFlap(
    {
      frozen: view.freeze.frozen,
      freezeReason: view.freeze.reason,
      rollbacksInADay: earlier.filter(({ decidedAt }) => Date.parse(decidedAt) > dayBefore).length,
      sessionsSinceRollback:
        newest === undefined
          ? null
          : (await folderCalendar(spec)).between(newest.session, session).length - 1,
    },
    spec.guard,
  );
  if (answer.allowed) return counted;
  if (answer.freeze) {
    await bench.registry.setFreeze({
      ...{ model, frozen: true, actor: SYSTEM_ACTOR, reason: `guard: ${answer.reason}` },
      idempotencyKey: `guard:${model}:${String(epoch)}:${session}:freeze`,
    });
  }
  return { ...counted, action: 'hold', reason: `${counted.reason}; not rolled back: ${answer.reason}` };
}

/** Broken predictions with nothing to go back to: consumers are told not to act on them. */
async function tellConsumers(
  bench: Workbench,
  { model, epoch, session }: MeasureReignInput,
  spec: ModelSpec,
  { failedInRow, reason }: LimitedDecision,
): Promise<void> {
  if (spec.guard.fallbackSide === 'serve' || failedInRow < spec.guard.failedLimit) return;
  await bench.registry.setSide({
    ...{ model, action: spec.guard.fallbackSide, actor: SYSTEM_ACTOR, reason: `guard: ${reason}` },
    idempotencyKey: `guard:${model}:${String(epoch)}:${session}:side`,
  });
}

async function recordMatured(
  { registry }: Workbench,
  { model, epoch }: MeasureReignInput,
  versionId: string,
  mine: Follower,
  shadow: ShadowTracks,
): Promise<void> {
  // A live result is one of the reign: what was scored in the shadow answered nobody.
  const shadowed = new Set(shadow.champion.map(({ session }) => session));
  const known = await registry.liveResults({ model, versionId });
  const last = known.findLast((result) => result.epoch === epoch)?.session ?? '';
  for (const { session, ic } of mine.ic) {
    if (session <= last || shadowed.has(session)) continue;
    const row = mine.track.sessions.indexOf(session);
    await registry.recordLiveResult({
      ...{ model, versionId, session, epoch, rankIc: ic, turnover: null, numbers: {} },
      netReturn: row < 0 ? null : (mine.track.netReturns[row] ?? null),
      ...{ role: 'champion', status: 'matured' },
    });
  }
}

function summaryOf(
  { session, action, reason }: GuardMeasurement,
  comparison: ComparisonState,
  decayed: { readonly ic: readonly { readonly ic: number }[]; readonly decay: Alarmed } | null,
): string {
  const claims = comparisonReading(comparison).opponents.map((each) => `${each.opponent} ${each.claim}`);
  const guarded = `session ${session}: guard ${action} (${reason}); against ${claims.join(', ')}`;
  if (decayed === null) return guarded;
  const { ic, decay } = decayed;
  const meanIc = ic.length === 0 ? 'none yet' : mean(ic.map((day) => day.ic)).toFixed(4);
  return `${guarded}; rank IC ${meanIc} over ${String(ic.length)} matured sessions; decay rule: ${decay.reason}`;
}

function pageOf(record: GuardMeasurement, { severity }: GuardState): GuardPage | null {
  if (severity === null || record.action === 'rollback') return null;
  const cause = record.cause as GuardDecision['cause'];
  return {
    severity,
    subject: SUBJECTS[cause],
    number: record.number,
    threshold: record.threshold ?? 0,
    text: record.reason,
    action: 'none: the guard holds; look at the reason, then roll back, freeze or tell consumers yourself',
  };
}
