import type { Verdict } from '../contracts/verdict.ts';
import {
  checkShadowBounds,
  concludeShadow as summariseShadow,
  measureShadowSession,
  worstBound,
} from '../evaluation/shadow-measures.ts';
import { columnsOf, featureMoments } from './feature-columns.ts';
import { paperTrack } from './paper-track.ts';
import type { RetrainPlan } from './retrain-record.ts';
import { scoreSession, type SessionScores } from './session-scoring.ts';
import {
  alignScores,
  type PairedScores,
  readBounds,
  readCalendarPin,
  readPaired,
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
  scoreShadowSession(input: ShadowSessionInput): Promise<ShadowSessionResult>;
  concludeShadow(input: ConcludeShadowInput): Promise<ShadowConclusion>;
}

export function shadowActivities(bench: Workbench): ShadowActivities {
  return {
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
  const earlier = await readPaired(bench, await registry.shadowDays({ retrainId: plan.retrainId }), session);
  const track = [...earlier, paired].map((day) => ({
    session: day.session,
    symbols: day.symbols,
    predictions: Float64Array.from(day.challenger),
  }));
  const paper = await paperTrack(spec, track, decisionInstant);
  const moments = featureMoments(challenger.manifest);
  const measures = measureShadowSession({
    session,
    challenger: mine.predictions,
    champion: paired.champion === null ? null : Float64Array.from(paired.champion),
    features: columnsOf(mine, moments),
    moments,
  });
  const bounds = checkShadowBounds(measures, paper.netReturns, spec.shadow);
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
    numbers: { bounds: storableBounds(bounds), calendar: input.calendarSha256 },
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
  const { evidenceHash } = await bench.registry.saveEvidence({
    kind: 'shadow',
    retrainId: plan.retrainId,
    versionId,
    parentHash: input.gateEvidenceHash,
    verdict: summary.verdict,
    facts: {
      reason: summary.reason,
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
