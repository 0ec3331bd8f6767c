import { GATE_CATALOGUE } from '../contracts/gate-catalogue.ts';
import type { GateFamily, GateMode } from '../contracts/gate-catalogue.ts';
import type { GateReport } from '../contracts/gate-report.ts';
import type { GateName, GateVerdict, Verdict, Waiver } from '../contracts/verdict.ts';
import { probabilisticSharpe } from '../stats/sharpe.ts';
import { closenessOf } from './closeness.ts';
import type { Closeness } from './closeness.ts';
import { figure, percent } from './wording.ts';

/** One gate of a report, as a person asks about it. */
export interface GateExplanation {
  readonly gate: GateName;
  readonly family: GateFamily;
  readonly question: string;
  readonly verdict: Verdict;
  readonly mode: GateMode;
  /** Whether it counts for this candidate. */
  readonly enforced: boolean;
  readonly number: number | null;
  readonly threshold: number | null;
  readonly comparison: GateVerdict['comparison'];
  /** How far inside its bound the number lies, in the number's unit; below zero outside. Null without both. */
  readonly margin: number | null;
  /** The same in the uncertainty of the number itself; null for a gate that has none. */
  readonly closeness: Closeness | null;
  readonly reason: string;
  /** What is known about the error of the number; empty when nothing is. */
  readonly howSure: string;
  /** What it would take for another verdict; empty when nothing can be said. */
  readonly whatWouldChangeIt: string;
  readonly waivedBy: readonly string[];
}

/** Every gate of a report, in its order. Pure: it reads what the report holds and measures nothing. */
export function explainReport(report: GateReport, waivers: readonly Waiver[]): readonly GateExplanation[] {
  return report.verdicts.map((verdict) => {
    const { gate, number, threshold, comparison, reason, enforced } = verdict;
    return {
      ...{
        gate,
        verdict: verdict.verdict,
        mode: report.modes[gate],
        enforced,
        number,
        threshold,
        comparison,
      },
      family: GATE_CATALOGUE[gate].family,
      question: GATE_CATALOGUE[gate].question,
      margin: marginOf(verdict),
      closeness: closenessOf(verdict),
      reason,
      howSure: howSure(verdict),
      whatWouldChangeIt: whatWouldChange(verdict, report),
      waivedBy: waivers.filter((waiver) => waiver.gate === gate).map(({ subject }) => subject),
    };
  });
}

function marginOf({ number, threshold, comparison }: GateVerdict): number | null {
  if (number === null || threshold === null) return null;
  switch (comparison) {
    case '>=':
    case '>':
      return number - threshold;
    case '<=':
    case '<':
      return threshold - number;
    case '==':
      return -Math.abs(number - threshold);
  }
}

function detail(verdict: GateVerdict, name: string): number | null {
  const value = verdict.details[name];
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

function intervalOf(verdict: GateVerdict, name = 'interval'): readonly [number, number] | null {
  const value = verdict.details[name];
  if (!Array.isArray(value)) return null;
  const [low, high] = value;
  return typeof low === 'number' && typeof high === 'number' ? [low, high] : null;
}

function howSure(verdict: GateVerdict): string {
  if (verdict.number === null) return '';
  const interval = intervalOf(verdict);
  const threshold = verdict.threshold ?? Number.NaN;
  const error = detail(verdict, 'standardError');
  switch (verdict.gate) {
    case 'spa':
    case 'stepm': {
      if (interval === null) return '';
      const clear = interval[1] < threshold || interval[0] >= threshold;
      const where = clear ? 'clear of the level: another seed gives the same verdict' : 'around the level';
      return `Monte-Carlo interval ${figure(interval[0], 4)} to ${figure(interval[1], 4)}, ${where}`;
    }
    case 'dsr': {
      const kinder = detail(verdict, 'dsrAtLowestEffective');
      return sentence([
        resampled(verdict),
        kinder === null ? '' : `${figure(kinder, 3)} if the trials counted as few as any estimate says`,
      ]);
    }
    case 'pbo':
      return sentence([resampled(verdict), searchText(verdict), confidenceText(verdict)]);
    case 'capacity': {
      const unknown = detail(verdict, 'unknownShare');
      return unknown === null
        ? ''
        : `${percent(unknown, 1)} of the money is in names of unknown traded value`;
    }
    case 'rank-ic':
    case 'sharpe-improvement':
    case 'non-inferiority': {
      const margin = marginOf(verdict);
      if (error === null || error === 0 || margin === null) return '';
      const bound = verdict.gate === 'sharpe-improvement' ? '' : '; the number is already a lower bound';
      return `standard error ${figure(error, 3)}: the margin is ${figure(margin / error, 1)} of them${bound}`;
    }
    case 'parity':
    case 'leak': {
      const rows = detail(verdict, verdict.gate === 'parity' ? 'rows' : 'checkedRows');
      // Hanley and Lippman-Hand (JAMA 249, 1983): nothing in n leaves an upper 95 % bound of 3/n.
      if (rows === null || rows === 0 || verdict.number !== 0) return '';
      return `none in ${String(rows)} rows leaves at most ${percent(3 / rows, 3)} of all rows, at 95 %`;
    }
    default: {
      if (interval === null) return resampled(verdict);
      return `interval ${figure(interval[0], 3)} to ${figure(interval[1], 3)}`;
    }
  }
}

const sentence = (parts: readonly string[]): string => parts.filter((part) => part !== '').join('; ');

function resampled(verdict: GateVerdict): string {
  const interval = intervalOf(verdict, 'interval90');
  if (interval === null) return '';
  return `${figure(interval[0], 3)} to ${figure(interval[1], 3)} in 90 % of resampled histories`;
}

function objectOf(verdict: GateVerdict, name: string): Readonly<Record<string, unknown>> {
  const value = verdict.details[name];
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
}

function searchText(verdict: GateVerdict): string {
  const { sharpes } = objectOf(verdict, 'searchPaths');
  if (!Array.isArray(sharpes)) return '';
  const known = sharpes.filter((value) => typeof value === 'number');
  if (known.length === 0) return '';
  return `chosen on other sessions the search earns a Sharpe ratio of ${figure(Math.min(...known), 2)} to ${figure(Math.max(...known), 2)}`;
}

function confidenceText(verdict: GateVerdict): string {
  const { members, recipes } = objectOf(verdict, 'confidenceSet');
  if (!Array.isArray(members) || typeof recipes !== 'number') return '';
  return `${String(members.length)} of ${String(recipes)} recipes cannot be told from the best`;
}

function whatWouldChange(verdict: GateVerdict, report: GateReport): string {
  if (verdict.verdict === 'error')
    return 'the measurement itself: repair its cause, then run the gates again';
  const margin = marginOf(verdict);
  if (verdict.number === null || margin === null) {
    return verdict.verdict === 'inconclusive' ? 'more evidence of the kind that the reason names' : '';
  }
  const gap = figure(Math.abs(margin), 4);
  switch (verdict.gate) {
    case 'spa':
    case 'stepm':
      if (verdict.verdict === 'inconclusive')
        return 'more replicates (gates.spaReplicates), or more sessions';
      return verdict.verdict === 'pass'
        ? `a level below ${figure(intervalOf(verdict)?.[1] ?? verdict.number, 4)}`
        : 'a larger or steadier lead over the benchmark, or more sessions with the same lead';
    case 'dsr':
      return changeOfDsr(verdict, report);
    case 'rank-ic':
      return changeOfRankIc(verdict, gap);
    case 'parity':
    case 'leak':
    case 'schema':
      return verdict.verdict === 'pass' ? 'a single row' : 'nothing but a repair of the cause';
    default:
      return `${gap} ${margin >= 0 ? 'towards its bound would fail it' : 'towards its bound would pass it'}`;
  }
}

/** The annualised Sharpe ratio at which the same returns, only better on average, would reach the bound. */
function changeOfDsr(verdict: GateVerdict, report: GateReport): string {
  const [skewness, kurtosis] = [detail(verdict, 'skewness'), detail(verdict, 'kurtosis')];
  const [luck, sharpe] = [detail(verdict, 'expectedMaxSharpe'), detail(verdict, 'perPeriodSharpe')];
  const annual = report.candidate.annualisedSharpe;
  if (skewness === null || kurtosis === null || luck === null || sharpe === null) return '';
  if (annual === null || sharpe === 0 || verdict.threshold === null) return '';
  const observations = report.pairedSessions.count;
  const dsrAt = (value: number): number =>
    probabilisticSharpe({ observations, sharpe: value, skewness, kurtosis }, luck);
  let [low, high] = [luck, luck + 1];
  for (let step = 0; step < 60; step += 1) {
    const middle = (low + high) / 2;
    if (dsrAt(middle) < verdict.threshold) low = middle;
    else high = middle;
  }
  const needed = (high * annual) / sharpe;
  return `the bound lies at an annualised Sharpe of ${figure(needed, 2)} with these trials and sessions; it is ${figure(annual, 2)}`;
}

function changeOfRankIc(verdict: GateVerdict, gap: string): string {
  const [centre, error] = [detail(verdict, 'mean'), detail(verdict, 'standardError')];
  if (verdict.verdict !== 'fail' || centre === null || error === null || verdict.threshold === null) {
    return `a lower bound ${gap} smaller`;
  }
  const lead = centre - verdict.threshold;
  if (lead <= 0) return `a mean above ${String(verdict.threshold)}: more sessions of the same will not do`;
  // The error falls with the root of the sessions; the bound is where it was, in errors.
  const errors = (centre - (verdict.number ?? 0)) / error;
  return `about ${figure(((errors * error) / lead) ** 2, 1)} times the sessions with the same mean`;
}
