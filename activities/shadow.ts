import type { Verdict } from '../contracts/verdict.ts';
import { type PositionTransition, positionTransition } from '../evaluation/position-transition.ts';
import {
  checkShadowBounds,
  concludeShadow as summariseShadow,
  measureShadowSession,
  worstBound,
} from '../evaluation/shadow-measures.ts';
import { columnsOf, featureMoments } from './feature-columns.ts';
import { readComparison as readingOf } from '../monitoring/comparison/comparison-reading.ts';
import type { Opponent } from '../monitoring/comparison/running-comparison.ts';
import type { ShadowDay } from '../registry/results.ts';
import type { SessionPredictions } from './paper-track.ts';
import { follow, newComparison, observe } from './reign-comparison.ts';
import type { RetrainPlan } from './retrain-record.ts';
import { cardOf, planShadow, type PlanShadowInput, type ShadowPlan } from './shadow-plan.ts';
import { scoreSession, type SessionScores } from './session-scoring.ts';
import {
  alignScores,
  type PairedScores,
  readBounds,
  readCalendarPin,
  readComparison,
  readPaired,
  readPairedArtifact,
  storableBounds,
  storePaired,
} from './shadow-record.ts';
import type { Workbench } from './workbench.ts';

export interface ShadowSessionInput {
  readonly plan: RetrainPlan;
  readonly versionId: string;
  readonly session: string;
  readonly decisionInstant: string;
  /** Of the calendar that named the session, as the session clock pinned it. */
  readonly calendarSha256: string;
  readonly correlationId: string;
}

export interface ShadowSessionResult {
  readonly session: string;
  readonly rows: number;
  readonly pairedRows: number;
  /** `continue` until a bound is crossed. */
  readonly verdict: 'continue' | 'fail';
  readonly reason: string;
  readonly summary: string;
}

export interface ConcludeShadowInput {
  readonly plan: RetrainPlan;
  readonly versionId: string;
  readonly gateEvidenceHash: string;
  readonly expectedSessions: number;
  /** Set when a bound ended the shadow early. */
  readonly failure: string | null;
}

export interface ShadowConclusion {
  readonly verdict: Verdict;
  readonly reason: string;
  readonly shadowEvidenceHash: string;
}

export interface ShadowActivities {
  planShadow(input: PlanShadowInput): Promise<ShadowPlan>;
  scoreShadowSession(input: ShadowSessionInput): Promise<ShadowSessionResult>;
  concludeShadow(input: ConcludeShadowInput): Promise<ShadowConclusion>;
}

export function shadowActivities(bench: Workbench): ShadowActivities {
  return {
    planShadow: (input) => planShadow(bench, input),
    scoreShadowSession: (input) => scoreShadowSession(bench, input),
    concludeShadow: (input) => concludeShadow(bench, input),
  };
}

/** Champion and challenger on the same rows of one session; stored paired, held against the spec's bounds. */
async function scoreShadowSession(bench: Workbench, input: ShadowSessionInput): Promise<ShadowSessionResult> {
  const { registry } = bench;
  const { plan, session, decisionInstant } = input;
  const { spec, champion } = plan;
  const challenger = await registry.getVersion({ model: spec.model, version: input.versionId });
  const mine = await scoreSession(bench, spec, challenger, session, decisionInstant);
  const theirs = champion === null ? null : await scoreChampion(bench, input, champion.versionId);
  const paired: PairedScores = {
    session,
    symbols: mine.symbols,
    challenger: [...mine.predictions],
    champion: theirs === null ? null : alignScores(mine.symbols, theirs),
  };
  const days = await registry.shadowDays({ retrainId: plan.retrainId });
  const pairs = [...(await readPaired(bench, days, session)), paired];
  const follower = await follow(spec, sideOf(pairs, 'challenger'), decisionInstant);
  const rival = champion === null ? null : await follow(spec, sideOf(pairs, 'champion'), decisionInstant);
  const before = days.findLast((day) => day.session < session);
  const begun =
    (before === undefined ? null : readComparison(before.numbers)) ??
    newComparison(spec, await opponentsOfShadow(bench, input));
  const comparison = observe(begun, follower, rival === null ? {} : { previous: rival });
  const moments = featureMoments(challenger.manifest);
  const measures = measureShadowSession({
    session,
    challenger: mine.predictions,
    champion: paired.champion === null ? null : Float64Array.from(paired.champion),
    features: columnsOf(mine, moments),
    moments,
  });
  const bounds = checkShadowBounds(measures, follower.track.netReturns, spec.shadow);
  const summary = worstBound(bounds);
  const verdict = summary.verdict === 'fail' ? 'fail' : 'continue';
  await registry.saveShadowDay({
    retrainId: plan.retrainId,
    session,
    versionId: challenger.id,
    championId: champion?.versionId ?? null,
    rows: measures.rows,
    pairedRows: measures.pairedRows,
    verdict,
    reason: summary.reason,
    predictions: await storePaired(bench, paired),
    numbers: { bounds: storableBounds(bounds), calendar: input.calendarSha256, comparison },
  });
  const agreement =
    measures.rankAgreement === null ? 'no champion' : `agreement ${measures.rankAgreement.toFixed(3)}`;
  return {
    session,
    rows: measures.rows,
    pairedRows: measures.pairedRows,
    verdict,
    reason: summary.reason,
    summary: `${String(measures.pairedRows)} of ${String(measures.rows)} rows paired, ${agreement}, ${summary.verdict}`,
  };
}

/** One side of the pairs; sessions that it has no scores for are left out. */
function sideOf(pairs: readonly PairedScores[], side: 'challenger' | 'champion'): SessionPredictions[] {
  return pairs.flatMap((day) => {
    const scores = day[side];
    if (scores === null) return [];
    return [{ session: day.session, symbols: day.symbols, predictions: Float64Array.from(scores) }];
  });
}

/** Named when the comparison begins, since they cannot join it later: champion, universe, and the first champion of all. */
async function opponentsOfShadow(
  { registry }: Workbench,
  { plan, versionId }: ShadowSessionInput,
): Promise<readonly Opponent[]> {
  if (plan.champion === null) return ['universe'];
  const reigns = await registry.reigns({ model: plan.spec.model });
  const first = reigns.at(-1)?.versionId;
  const isRival = first === versionId || first === plan.champion.versionId;
  return isRival ? ['previous', 'universe'] : ['previous', 'universe', 'frozen'];
}

/** What the swap would change in the book, by the newest session on which both were scored. */
async function transitionOf(
  bench: Workbench,
  { spec }: RetrainPlan,
  days: readonly ShadowDay[],
): Promise<(PositionTransition & { readonly session: string }) | null> {
  const newest = days.findLast((day) => day.predictions !== null)?.predictions ?? null;
  if (newest === null) return null;
  const { session, symbols, challenger, champion } = await readPairedArtifact(bench, newest);
  const transition = positionTransition({
    symbols,
    challenger: Float64Array.from(challenger),
    champion: champion === null ? null : Float64Array.from(champion),
    portfolio: spec.portfolio,
  });
  return { session, ...transition };
}

async function scoreChampion(
  bench: Workbench,
  input: ShadowSessionInput,
  versionId: string,
): Promise<SessionScores> {
  const { spec } = input.plan;
  const champion = await bench.registry.getVersion({ model: spec.model, version: versionId });
  return await scoreSession(bench, spec, champion, input.session, input.decisionInstant);
}

/** The shadow's own record is what is summed up: a session that was never stored was never measured. */
async function concludeShadow(bench: Workbench, input: ConcludeShadowInput): Promise<ShadowConclusion> {
  const { plan, versionId } = input;
  const days = await bench.registry.shadowDays({ retrainId: plan.retrainId });
  const bounds = days.map((day) => readBounds(day.numbers));
  const summary = summariseShadow(bounds, plan.spec.shadow);
  const measured = bounds.filter((day) => worstBound(day).verdict === 'pass').length;
  const newest = days.at(-1);
  const comparison = newest === undefined ? null : readComparison(newest.numbers);
  const { evidenceHash } = await bench.registry.saveEvidence({
    kind: 'shadow',
    retrainId: plan.retrainId,
    versionId,
    parentHash: input.gateEvidenceHash,
    verdict: summary.verdict,
    facts: {
      reason: summary.reason,
      powerCard: cardOf(plan, measured),
      comparison: comparison === null ? null : readingOf(comparison),
      transition: await transitionOf(bench, plan, days),
      sessions: days.map((day) => ({
        session: day.session,
        rows: day.rows,
        pairedRows: day.pairedRows,
        predictions: day.predictions?.sha256 ?? null,
        calendar: readCalendarPin(day.numbers),
      })),
    },
  });
  return { ...summary, shadowEvidenceHash: evidenceHash };
}
