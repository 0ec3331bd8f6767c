import type { ModelSpec } from '../contracts/spec.ts';
import { ContenderError } from '../contracts/error.ts';
import type { LiveNumbers } from '../contracts/live.ts';
import type { SessionCalendar } from '../market/calendar.ts';
import { marketRules, tradingCosts } from '../market/rules.ts';
import { decayEconomics, type DecayEconomics, RELEASE_MARGIN } from '../monitoring/decay-decision.ts';
import { type DecayEvaluation, evaluateDecay } from '../monitoring/decay-rule.ts';
import { icSummary, type IcSummary } from '../monitoring/ic-summary.ts';
import type { LiveResult } from '../registry/results.ts';
import type { RetrainRecord } from '../registry/retrains.ts';
import type { VersionRecord } from '../registry/versions.ts';
import type { WatchRecord } from '../registry/watch-records.ts';
import { checkParity } from '../serving/parity.ts';
import type { BacktestReference } from './backtest-reference.ts';
import type { Workbench } from './workbench.ts';

/** The decay rule on what has been recorded of a champion. */
export interface DecayReading {
  /** With the evidence since the last emergency or release. */
  readonly evaluation: DecayEvaluation;
  /** The same without restarts after emergencies: whether a standing alarm may be released. */
  readonly standing: DecayEvaluation;
  readonly summary: IcSummary;
  /** First session of the decay, as estimated. */
  readonly onset: string | null;
  /** Mean rank IC of the sessions from the onset on; null without one. */
  readonly recentIc: number | null;
  /**
   * The rule alarms, anew since the last emergency, or for good: ten times the evidence that an alarm takes, emergencies
   * answered in vain left aside. A true decay outlives a refused retrain, and its evidence need not be gathered twice.
   */
  readonly alarm: boolean;
  /** Logarithm of the statistic that says so. */
  readonly statistic: number | null;
}

/**
 * Sessions whose data had a fault, and those without an IC, are no evidence. An emergency retrain restarts the evidence,
 * and so does the release of an alarm.
 *
 * @param results of the champion in this reign, by session
 */
export function readDecay(
  spec: ModelSpec,
  reference: BacktestReference,
  results: readonly LiveResult[],
  records: readonly WatchRecord[],
): DecayReading {
  const due = results.filter(({ status }) => status !== 'awaiting');
  const ic = Float64Array.from(due, ({ rankIc, numbers }) =>
    rankIc === null || (numbers as Partial<LiveNumbers>).dataFault === true ? Number.NaN : rankIc,
  );
  const restartsAfter = (decisions: readonly string[]): number[] => [
    ...new Set(
      records
        .filter(({ decision }) => decisions.includes(decision))
        .map((record) => due.findIndex(({ session }) => session > (record.knownThrough ?? record.session)))
        .filter((row) => row >= 0),
    ),
  ];
  const ask = (restarts: number[]): DecayEvaluation =>
    evaluateDecay({
      ic,
      referenceIc: Float64Array.from(reference.rankIc),
      // The backtest ends before the shadow and the approval; the reign begins after them.
      adjacent: false,
      falseAlarmsPerYear: spec.decay.falseAlarmsPerYear,
      annualSessions: marketRules(spec.market).annualSessions,
      restarts: restarts.toSorted((a, b) => a - b),
    });
  const evaluation = ask(restartsAfter(['retrain', 'released']));
  const standing = ask(restartsAfter(['released']));
  // An alarm that an emergency has answered in vain is about the same decay: it began when it began.
  const at = standing.onset ?? evaluation.onset;
  const persists = (standing.current ?? -Infinity) >= (standing.threshold ?? Infinity) + RELEASE_MARGIN;
  const since = at === null ? [] : [...ic.subarray(at)].filter((value) => Number.isFinite(value));
  return {
    evaluation,
    standing,
    summary: icSummary(ic, spec.label.horizonSessions),
    onset: at === null ? null : (due[at]?.session ?? null),
    recentIc: since.length === 0 ? null : since.reduce((sum, value) => sum + value, 0) / since.length,
    alarm: evaluation.alarm || persists,
    statistic: persists && !evaluation.alarm ? standing.current : evaluation.statistic,
  };
}

/** Sessions until the next scheduled retrain is on average half a month away, and one is missed when it is refused. */
const SESSIONS_TO_SCHEDULE = 21;
/** A swap after a decay renews the whole book. */
const SWAP_TURNOVER = 1;

export function economicsOf(
  spec: ModelSpec,
  reference: BacktestReference,
  { evaluation, statistic, recentIc }: DecayReading,
): DecayEconomics | null {
  const { baseline } = evaluation;
  if (baseline === null || statistic === null || recentIc === null) return null;
  const rules = marketRules(spec.market);
  const { buyBps, sellBps } = tradingCosts(rules, spec.portfolio.costs);
  return decayEconomics({
    statistic,
    annualSessions: rules.annualSessions,
    backtestReturn: reference.netReturn,
    referenceIc: baseline.mean,
    recentIc,
    sessionsToSchedule: SESSIONS_TO_SCHEDULE,
    swapTurnover: SWAP_TURNOVER,
    tradingCost: (buyBps + sellBps) / 10_000,
  });
}

/** Sessions since the last retrain that a decay alarm started; null: there was none. */
export function sinceEmergency(
  calendar: SessionCalendar,
  retrains: readonly RetrainRecord[],
  session: string,
): number | null {
  const last = retrains.find(({ trigger }) => trigger === 'decay');
  if (last === undefined) return null;
  return Math.max(0, calendar.between(last.asOf.slice(0, 10), session).length - 1);
}

/** Rows of the version's parity set that score differently in the runtime that serves; null when it cannot be read. */
export async function parityMismatches(
  { artifacts }: Pick<Workbench, 'artifacts'>,
  version: VersionRecord,
): Promise<number | null> {
  const { manifest } = version;
  try {
    const { mismatches } = await checkParity({
      onnx: await artifacts.get(manifest.artifacts.onnx),
      featureNames: manifest.identity.featureNames,
      parity: { path: await artifacts.localFile(manifest.artifacts.parity) },
    });
    return mismatches;
  } catch (error) {
    if (error instanceof ContenderError && error.kind !== 'unreachable') return null;
    throw error;
  }
}

export const turnoverOf = (
  results: readonly LiveResult[],
  reference: BacktestReference,
  annualSessions: number,
): { readonly now: number; readonly backtest: number } | null => {
  const known = results
    .slice(-SESSIONS_TO_SCHEDULE)
    .flatMap(({ turnover }) => (turnover === null ? [] : [turnover]));
  if (known.length === 0 || reference.annualisedTurnover === null) return null;
  const now = known.reduce((sum, value) => sum + value, 0) / known.length;
  return { now, backtest: reference.annualisedTurnover / annualSessions };
};

/** Mean rank IC of the previous champion from the onset on; null without one. */
export function previousIc(all: readonly LiveResult[], onset: string | null): number | null {
  const known = all.flatMap(({ role, session, rankIc }) =>
    role === 'previous' && rankIc !== null && onset !== null && session >= onset ? [rankIc] : [],
  );
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0) / known.length;
}
