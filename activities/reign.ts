import { notificationEvent } from '../contracts/notification.ts';
import type { ModelSpec } from '../contracts/spec.ts';
import { measureGuard } from '../evaluation/guard-measures.ts';
import { predictionHealth } from '../evaluation/prediction-health.ts';
import { extractLabels } from '../extraction/session.ts';
import { marketRules } from '../market/rules.ts';
import { evaluateDecay } from '../monitoring/decay-rule.ts';
import type { VersionRecord } from '../registry/versions.ts';
import { dailyRankIc, type DailyRankIc } from '../stats/rank-ic.ts';
import { mean } from '../stats/series.ts';
import { freeText, notificationEnvelope } from './notification-envelope.ts';
import { type PaperTrack, paperTrack, type SessionPredictions } from './paper-track.ts';
import { referenceRankIc, reignPredictions, storeReignScores } from './reign-record.ts';
import { folderCalendar } from './scoring-ground.ts';
import { scoreSession } from './session-scoring.ts';
import type { Workbench } from './workbench.ts';

export interface BeginGuardInput {
  readonly model: string;
  readonly epoch: number;
}

export interface ReignPlan {
  readonly spec: ModelSpec;
  /** False when another epoch has begun: the guard has nothing left to watch. */
  readonly current: boolean;
  readonly versionNumber: number;
  readonly previousNumber: number | null;
}

export interface MeasureReignInput {
  readonly model: string;
  readonly epoch: number;
  readonly session: string;
  readonly decisionInstant: string;
  readonly measuredSessions: number;
  readonly correlationId: string;
}

export interface ReignMeasurement {
  readonly current: boolean;
  readonly action: 'none' | 'rollback' | 'hold';
  readonly reason: string;
  readonly summary: string;
  /** The decay rule fired and no cooldown stands in the way. */
  readonly decay: Alarmed;
  /** Drawdown beyond the previous champion's, and the tolerance. */
  readonly guard: { readonly number: number | null; readonly threshold: number };
}

export interface Alarmed {
  readonly alarm: boolean;
  readonly reason: string;
  readonly number: number | null;
  readonly threshold: number;
}

export interface PageInput {
  readonly model: string;
  readonly epoch: number;
  readonly session: string;
  readonly severity: 'WARNING' | 'CRITICAL';
  readonly monitor: 'guard' | 'decay';
  readonly subject: string;
  readonly number: number | null;
  readonly threshold: number;
  readonly text: string;
  /** What the system has already started. */
  readonly action: string;
  readonly emergencyRetrain: string | null;
  readonly correlationId: string;
}

/** Activities that watch a reign: scoring on `evaluation`, the rest on `control`. */
export interface ReignMeasureActivities {
  measureReign(input: MeasureReignInput): Promise<ReignMeasurement>;
}

export interface ReignRecordActivities {
  beginGuard(input: BeginGuardInput): Promise<ReignPlan>;
  pageGuard(input: PageInput): Promise<void>;
}

export function reignRecordActivities(bench: Workbench): ReignRecordActivities {
  const { registry } = bench;
  return {
    beginGuard: async ({ model, epoch }) => {
      const view = await registry.champion({ model });
      return {
        spec: view.spec,
        current: view.epoch === epoch && view.champion !== null,
        versionNumber: view.champion?.number ?? 0,
        previousNumber: view.rollbackTarget,
      };
    },
    pageGuard: async (input) => {
      const view = await registry.champion({ model: input.model });
      if (view.champion === null) return;
      await registry.enqueueNotification({
        event: notificationEvent({
          ...notificationEnvelope(bench, {
            model: input.model,
            retrainId: null,
            asOf: null,
            session: input.session,
            correlationId: input.correlationId,
          }),
          kind: 'alarm',
          severity: input.severity,
          monitor: input.monitor,
          champion: { number: view.champion.number, id: view.champion.id },
          statistic: input.subject,
          number: input.number,
          threshold: input.threshold,
          comparison: '<=',
          reason: freeText(input.text),
          action: input.action,
          emergencyRetrain: input.emergencyRetrain,
        }),
      });
    },
  };
}

export function reignMeasureActivities(bench: Workbench): ReignMeasureActivities {
  return { measureReign: (input) => measureReign(bench, input) };
}

const QUIET: Alarmed = { alarm: false, reason: '', number: null, threshold: 0 };

/** One session of a reign: both versions scored, what has matured measured, guard and decay rule asked. */
async function measureReign(bench: Workbench, input: MeasureReignInput): Promise<ReignMeasurement> {
  const { model, epoch, session, decisionInstant } = input;
  const view = await bench.registry.champion({ model });
  const { champion, spec, reign } = view;
  if (champion === null || reign === null || view.epoch !== epoch) {
    return {
      current: false,
      action: 'none',
      reason: 'another reign has begun',
      summary: '',
      decay: QUIET,
      guard: { number: null, threshold: 0 },
    };
  }
  const previous = view.previous[0] ?? null;
  const scores = await scoreSession(bench, spec, champion, session, decisionInstant);
  await storeReignScores(bench, spec, champion, scores);
  if (previous !== null) {
    await storeReignScores(
      bench,
      spec,
      previous,
      await scoreSession(bench, spec, previous, session, decisionInstant),
    );
  }
  const from = reign.businessAt.slice(0, 10);
  const mine = await reignPredictions(bench, model, champion.id, from);
  const track = await paperTrack(spec, mine, decisionInstant);
  const theirs =
    previous === null
      ? null
      : await paperTrack(spec, await reignPredictions(bench, model, previous.id, from), decisionInstant);
  const guard = measureGuard({
    predictions: scores.predictions,
    referenceSpread: typicalSpread(mine.slice(0, -1)),
    championReturns: track.netReturns,
    previousReturns: theirs === null ? null : pairedWith(track, theirs),
    maxDrawdownTolerance: spec.gates.maxDrawdownTolerance,
  });
  const ic = await maturedRankIc(spec, mine, decisionInstant);
  await recordMatured(bench, input, champion.id, ic, track);
  const decay = await judgeDecay(bench, spec, champion, ic, input);
  const matured = ic.filter((day) => day.ic !== null);
  const meanIc = matured.length === 0 ? 'none yet' : mean(matured.map((day) => day.ic ?? 0)).toFixed(4);
  return {
    current: true,
    action: guard.action,
    reason: guard.reason,
    summary: `session ${session}: guard ${guard.action} (${guard.reason}); rank IC ${meanIc} over ${String(matured.length)} matured sessions; decay rule: ${decay.reason}`,
    decay,
    guard: { number: guard.drawdownDifference, threshold: spec.gates.maxDrawdownTolerance },
  };
}

/** Returns of the previous champion on the sessions of the champion's track. */
function pairedWith(track: PaperTrack, other: PaperTrack): Float64Array {
  const at = new Map(other.sessions.map((session, row) => [session, other.netReturns[row] ?? 0] as const));
  return Float64Array.from(track.sessions, (session) => at.get(session) ?? 0);
}

/** Median over the sessions so far of the spread of scores within a session; 0 when there is none. */
function typicalSpread(days: readonly SessionPredictions[]): number {
  const spreads = days.map((day) => predictionHealth(day.predictions).spread).sort((a, b) => a - b);
  return spreads[Math.floor(spreads.length / 2)] ?? 0;
}

async function maturedRankIc(
  spec: ModelSpec,
  days: readonly SessionPredictions[],
  asOf: string,
): Promise<readonly DailyRankIc[]> {
  const first = days[0];
  const last = days.at(-1);
  if (first === undefined || last === undefined) return [];
  const labels = await extractLabels({
    folder: spec.data,
    market: spec.market,
    label: spec.label,
    asOf,
    fromSession: first.session,
    toSession: last.session,
  });
  const known = new Map<string, number>();
  labels.session.forEach((session, row) => {
    known.set(`${session} ${labels.symbol[row] ?? ''}`, labels.label[row] ?? Number.NaN);
  });
  return days.flatMap((day) => {
    const realised = day.symbols.map((symbol) => known.get(`${day.session} ${symbol}`) ?? Number.NaN);
    const rows = [...day.symbols.keys()].filter((row) => Number.isFinite(day.predictions[row] ?? Number.NaN));
    return dailyRankIc(
      rows.map(() => day.session),
      rows.map((row) => day.predictions[row] ?? Number.NaN),
      rows.map((row) => realised[row] ?? Number.NaN),
    );
  });
}

async function recordMatured(
  bench: Workbench,
  input: MeasureReignInput,
  versionId: string,
  ic: readonly DailyRankIc[],
  track: PaperTrack,
): Promise<void> {
  const newest = ic.findLast((day) => day.ic !== null);
  if (newest === undefined) return;
  const row = track.sessions.indexOf(newest.session);
  await bench.registry.recordLiveResult({
    model: input.model,
    versionId,
    session: newest.session,
    epoch: input.epoch,
    rankIc: newest.ic,
    netReturn: row < 0 ? null : (track.netReturns[row] ?? null),
    turnover: null,
    numbers: { pairs: newest.pairs },
  });
}

/** The decay rule on matured sessions; evidence starts anew after an emergency retrain, which has a cooldown. */
async function judgeDecay(
  bench: Workbench,
  spec: ModelSpec,
  champion: VersionRecord,
  ic: readonly DailyRankIc[],
  input: MeasureReignInput,
): Promise<Alarmed> {
  const retrains = await bench.registry.listRetrains({ model: spec.model, limit: 50 });
  const last = retrains.find((retrain) => retrain.trigger === 'decay');
  const lastSession = last?.asOf.slice(0, 10) ?? '';
  const restart = last === undefined ? -1 : ic.findIndex((day) => day.session > lastSession);
  const evaluation = evaluateDecay({
    ic: Float64Array.from(ic, (day) => day.ic ?? Number.NaN),
    referenceIc: Float64Array.from(await referenceRankIc(bench, champion)),
    // The backtest ends before the shadow and the approval; the reign begins after them.
    adjacent: false,
    falseAlarmsPerYear: spec.decay.falseAlarmsPerYear,
    annualSessions: marketRules(spec.market).annualSessions,
    restarts: restart < 0 ? [] : [restart],
  });
  const { statistic: number, reason } = evaluation;
  const threshold = evaluation.threshold ?? 0;
  if (last === undefined || !evaluation.alarm) return { alarm: evaluation.alarm, reason, number, threshold };
  const calendar = await folderCalendar(spec);
  const since = calendar.between(lastSession, input.session).length - 1;
  const cooling = since < spec.decay.cooldownSessions;
  const rest = cooling
    ? `; cooldown, ${String(since)} of ${String(spec.decay.cooldownSessions)} sessions`
    : '';
  return { alarm: !cooling, reason: `${reason}${rest}`, number, threshold };
}
