import type { ModelSpec } from '../contracts/spec.ts';
import { storedSpec } from '../contracts/stored-spec.ts';
import type { Verdict } from '../contracts/verdict.ts';
import { lossesByReason } from '../evaluation/paired-rows.ts';
import { type PositionTransition, positionTransition } from '../evaluation/position-transition.ts';
import { concludeShadow as summariseShadow, worstBound, worstOfEach } from '../evaluation/shadow-verdict.ts';
import { readComparison as readingOf } from '../monitoring/comparison/comparison-reading.ts';
import type { ShadowDay } from '../registry/results.ts';
import { specOfChampion } from './champion-spec.ts';
import { opponentsInShadow } from './reign-comparison.ts';
import type { RetrainPlan } from './retrain-record.ts';
import { bookGround } from './shadow-book.ts';
import { cardOf, planShadow, type PlanShadowInput, type ShadowPlan } from './shadow-plan.ts';
import {
  readBounds,
  readCalendarPin,
  readComparison,
  readLost,
  readPairedArtifact,
} from './shadow-record.ts';
import { scoreSides, TIMED_RUNS } from './shadow-scoring.ts';
import { measureSession } from './shadow-session.ts';
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
  const { plan, session, decisionInstant, calendarSha256 } = input;
  const spec = currentSpec(plan);
  const challenger = await registry.getVersion({ model: spec.model, version: input.versionId });
  const champion =
    plan.champion === null
      ? null
      : await registry.getVersion({ model: spec.model, version: plan.champion.versionId });
  const [scored, rival = null] = await scoreSides(
    bench,
    spec,
    champion === null ? [challenger] : [challenger, champion],
    session,
    decisionInstant,
    TIMED_RUNS,
  );
  if (scored === undefined) throw new RangeError('no side was scored');
  const { summary, ...measured } = await measureSession(bench, {
    ...{ spec, challenger, scored, champion: rival, session, decisionInstant, calendarSha256 },
    ground: await bookGround(spec, session, decisionInstant),
    days: await registry.shadowDays({ retrainId: plan.retrainId }),
    opponents: () =>
      opponentsInShadow(bench, {
        ...{ model: spec.model, challengerId: challenger.id, championId: champion?.id ?? null },
      }),
  });
  const day = await registry.saveShadowDay({
    ...{ retrainId: plan.retrainId, session, versionId: challenger.id, ...measured },
    championId: champion?.id ?? null,
  });
  const { rows, pairedRows, verdict, reason } = day;
  return { session, rows, pairedRows, verdict, reason, summary };
}

/** A spec that an earlier release pinned lacks the bounds of this one: it meant their defaults. */
const currentSpec = ({ spec }: RetrainPlan): ModelSpec => storedSpec(spec);

/** What the swap would change in the book, by the newest session on which both were scored. */
async function transitionOf(
  bench: Workbench,
  plan: RetrainPlan,
  days: readonly ShadowDay[],
): Promise<(PositionTransition & { readonly session: string }) | null> {
  const newest = days.findLast((day) => day.predictions !== null)?.predictions ?? null;
  if (newest === null) return null;
  const { session, symbols, challenger, champion } = await readPairedArtifact(bench, newest);
  const { portfolio } = currentSpec(plan);
  const before = await specOfChampion(bench, plan);
  const transition = positionTransition({
    symbols,
    challenger: Float64Array.from(challenger),
    champion: champion === null ? null : Float64Array.from(champion),
    portfolio,
    // A spec that asks for another book changes what is held, whatever the two rankings agree on.
    heldUnder: before?.portfolio ?? portfolio,
  });
  return { session, ...transition };
}

/** The shadow's own record is what is summed up: a session that was never stored was never measured. */
async function concludeShadow(bench: Workbench, input: ConcludeShadowInput): Promise<ShadowConclusion> {
  const { plan, versionId } = input;
  const days = await bench.registry.shadowDays({ retrainId: plan.retrainId });
  const bounds = days.map((day) => readBounds(day.numbers));
  const { shadow } = currentSpec(plan);
  const summary = summariseShadow(bounds, shadow);
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
      bounds: worstOfEach(days.map((day, at) => ({ session: day.session, bounds: bounds[at] ?? [] }))),
      powerCard: cardOf(plan, measured),
      comparison: comparison === null ? null : readingOf(comparison),
      transition: await transitionOf(bench, plan, days),
      sessions: days.map((day) => ({
        session: day.session,
        rows: day.rows,
        pairedRows: day.pairedRows,
        lost: lossesByReason(readLost(day.numbers)),
        predictions: day.predictions?.sha256 ?? null,
        calendar: readCalendarPin(day.numbers),
      })),
    },
  });
  return { ...summary, shadowEvidenceHash: evidenceHash };
}
