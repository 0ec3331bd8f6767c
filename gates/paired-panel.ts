import { ContenderError } from '../contracts/error.ts';
import { ShapeMismatch, SampleTooShort, ParameterOutOfRange } from '../stats/errors.ts';
import { finiteSeries, requireVariation } from '../stats/series.ts';
import { politisWhiteBlock } from '../stats/block-length.ts';
import type { JudgeInput } from './judge-input.ts';

/** The paired returns after every check: finite, of one length, on ascending sessions, none of them flat. */
export interface PairedPanel {
  readonly sessions: readonly string[];
  readonly names: readonly string[];
  readonly columns: readonly Float64Array[];
  readonly candidate: number;
  /** Columns that are recipes of the ledger: no choice of this retrain, and so not of the family that SPA tests. */
  readonly rescored: ReadonlySet<number>;
  readonly candidateReturns: Float64Array;
  readonly benchmark: Float64Array;
  /** candidate - benchmark, by session. */
  readonly difference: Float64Array;
}

/** Why the panel cannot be judged. Too small is `inconclusive`; broken is `error`. */
export interface PanelProblem {
  readonly verdict: 'inconclusive' | 'error';
  readonly reason: string;
}

export function pairedPanel(input: JudgeInput): PairedPanel | PanelProblem {
  try {
    return checked(input);
  } catch (error) {
    if (!(error instanceof ContenderError)) throw error;
    return { verdict: error instanceof SampleTooShort ? 'inconclusive' : 'error', reason: error.message };
  }
}

function checked(input: JudgeInput): PairedPanel {
  const { sessions, trials, benchmark, route } = input;
  requireAscending(sessions, 'paired sessions');
  if (trials.names.length !== trials.netReturns.length) {
    throw new ShapeMismatch(
      `${String(trials.names.length)} trial names for ${String(trials.netReturns.length)} return columns`,
    );
  }
  const columns = trials.netReturns.map((returns, index) => {
    const name = `trial ${trials.names[index] ?? String(index)}`;
    requireRows(returns.length, sessions.length, name);
    return finiteSeries(returns, name);
  });
  const candidateReturns = columns[trials.candidate];
  if (candidateReturns === undefined) {
    throw new ParameterOutOfRange(
      `the candidate is column ${String(trials.candidate)} of ${String(columns.length)} trials`,
    );
  }
  requireRows(benchmark.netReturns.length, sessions.length, benchmark.name);
  const benchmarkReturns = finiteSeries(benchmark.netReturns, benchmark.name);
  if (sessions.length < input.gates.minSessions) {
    throw new SampleTooShort(
      `${String(sessions.length)} paired sessions, ${String(input.gates.minSessions)} are needed`,
    );
  }
  columns.forEach((column, index) => {
    requireVariation(column, `trial ${trials.names[index] ?? String(index)}`);
  });
  if (route !== 'first') requireVariation(benchmarkReturns, benchmark.name);
  else if (benchmarkReturns.some((value) => value !== 0)) {
    throw new ParameterOutOfRange(
      'a first champion is judged against no position, but the benchmark has returns',
    );
  }
  return {
    sessions,
    names: trials.names,
    columns,
    candidate: trials.candidate,
    rescored: new Set(input.ledger.rescored),
    candidateReturns,
    benchmark: benchmarkReturns,
    difference: candidateReturns.map((value, row) => value - (benchmarkReturns[row] ?? Number.NaN)),
  };
}

/** Throws unless the dates are YYYY-MM-DD, strictly ascending. */
export function requireAscending(sessions: readonly string[], what: string): void {
  sessions.forEach((session, row) => {
    if (!/^\d{4}-\d{2}-\d{2}$/u.test(session)) {
      throw new ParameterOutOfRange(
        `${what}: "${session}" in row ${String(row + 1)} is not a date YYYY-MM-DD`,
      );
    }
    const before = row === 0 ? undefined : sessions[row - 1];
    if (before !== undefined && session <= before) {
      throw new ParameterOutOfRange(
        `${what}: ${session} in row ${String(row + 1)} does not follow ${before}`,
      );
    }
  });
}

function requireRows(rows: number, expected: number, name: string): void {
  if (rows === expected) return;
  throw new ShapeMismatch(`${name} has ${String(rows)} returns for ${String(expected)} paired sessions`);
}

/**
 * Mean bootstrap block: the automatic one of Politis and White for the candidate's difference, but never under the
 * hold, because overlapping tranches tie that many sessions together.
 */
export function blockSessions(difference: Float64Array, holdSessions: number): number {
  return Math.max(
    holdSessions,
    Math.ceil(politisWhiteBlock(difference, 'candidate minus benchmark').stationary),
  );
}

/** HAC lag: the overlap of the holds, or the Newey and West (1994) rule 4 (T/100)^(2/9) when that is longer. */
export function hacLag(observations: number, overlapSessions: number): number {
  const rule = Math.floor(4 * (observations / 100) ** (2 / 9));
  return Math.min(Math.max(overlapSessions, rule), observations - 1);
}
