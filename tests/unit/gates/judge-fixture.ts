import { ShadowSpec } from '../../../contracts/shadow-spec.ts';
import { GatesSpec } from '../../../contracts/spec.ts';
import type { GateName, GateVerdict } from '../../../contracts/verdict.ts';
import type { GateReport } from '../../../contracts/gate-report.ts';
import type { BookLiquidity } from '../../../evaluation/book-liquidity.ts';
import type { JudgeInput } from '../../../gates/judge.ts';
import { ledgerOfOneSearch } from '../../../gates/ledger.ts';
import { simulatedPanel, simulatedReturns } from '../stats/simulated.ts';

/** As the book's measurements name it. */
const REFUSED_BY = 'no bar with volume, locked at a price limit, or banned from short sale';

/** Weekdays from 2021 on. */
export function sessionDates(count: number): string[] {
  const dates: string[] = [];
  for (let day = Date.UTC(2021, 0, 4); dates.length < count; day += 86_400_000) {
    const date = new Date(day);
    if (date.getUTCDay() % 6 !== 0) dates.push(date.toISOString().slice(0, 10));
  }
  return dates;
}

export const SESSIONS = 500;
export const UNKNOWN = { annualisedTurnover: null, annualisedCost: null, meanRankIc: null };

/** A book of a hundred million in names that trade enough for it. */
export const LIQUIDITY: BookLiquidity = {
  capital: 100_000_000,
  participation: 0.031,
  largest: { name: '6488', session: '2021-05-12', share: 0.22 },
  unknownShare: 0.004,
  trades: 4000,
  byCapital: [1e6, 1e7, 1e8, 1e9, 1e10].map((capital) => ({
    capital,
    participation: 3.1e-10 * capital,
    leastFeeDrag: capital === 1e6 ? 0.012 : 0,
    annualisedReturn: 0.3 - 2e-6 * Math.sqrt(capital),
    annualisedSharpe: 1.8 - 1.2e-5 * Math.sqrt(capital),
  })),
  capacity: 2.2e10,
  costs: {
    points: [0, 50, 100, 200].map((costBps) => ({
      costBps,
      annualisedReturn: 0.4 - 0.002 * costBps,
      annualisedSharpe: 2.4 - 0.012 * costBps,
    })),
    breakEvenBps: 200,
  },
};

/** A candidate (the fourth of ten recipes) good enough for every gate, on the route of a new recipe. */
export function passingInput(change: Partial<JudgeInput> = {}): JudgeInput {
  const netReturns = simulatedPanel({ rows: SESSIONS, columns: 10, seed: 23, skilled: 3, mean: 0.0036 });
  return {
    gates: GatesSpec.parse({ spaReplicates: 1000, pboSplits: 8, uncertaintyReplicates: 0 }),
    route: 'new-recipe',
    sessionsPerYear: 252,
    holdSessions: 5,
    sessions: sessionDates(SESSIONS),
    trials: { names: netReturns.map((_, index) => `recipe ${String(index)}`), netReturns, candidate: 3 },
    candidateTrading: { annualisedTurnover: 20, annualisedCost: 0.03, meanRankIc: 0.04 },
    benchmark: {
      name: "the champion's recipe",
      netReturns: simulatedReturns({ rows: SESSIONS, seed: 99 }),
      trading: UNKNOWN,
    },
    ledger: ledgerOfOneSearch(10),
    errorBudget: null,
    artifactComparison: null,
    championOnProbation: false,
    recovery: null,
    rankIc: {
      values: simulatedReturns({ rows: SESSIONS, seed: 41, mean: 0.04, deviation: 0.1 }),
      sessions: sessionDates(SESSIONS),
      sessionsWithout: 0,
      overlapSessions: 5,
    },
    operational: {
      leak: { checkedRows: 5000, leaks: 0 },
      coverage: { memberRows: 50_000, coveredShare: 0.97 },
      parity: { rows: 5000, mismatches: 0 },
      latency: { samples: 200, p99Ms: 4.2 },
      finalFit: { rankCorrelation: 0.7 },
      schema: { violations: 0, finding: 'columns, order and hash are those of the manifest' },
      resources: { modelBytes: 400_000, trees: 80 },
    },
    business: {
      exposure: {
        sessions: SESSIONS,
        position: { name: '2330', session: '2021-03-01', share: 0.11 },
        sector: { name: 'semiconductors', session: '2021-04-06', share: 0.31 },
        shareWithoutSector: 0,
      },
      feasibility: { wantedTrades: 4000, refusedTrades: 12, refusedBy: REFUSED_BY },
      liquidity: LIQUIDITY,
      attribution: { total: 0.9, names: 60, largest: { name: '2330', contribution: 0.09 } },
    },
    breakdown: null,
    shadow: ShadowSpec.parse({}),
    earlier: [],
    seed: 7,
    ...change,
  };
}

/** A refresh of the champion's recipe: better in the 120 sessions after the champion's last label. */
export function refreshInput(change: Partial<JudgeInput> = {}): JudgeInput {
  const base = passingInput();
  const rows = 120;
  const champion = simulatedReturns({ rows, seed: 51, mean: 0.0005 });
  return {
    ...base,
    route: 'refresh',
    artifactComparison: {
      sessions: sessionDates(rows),
      championNetReturns: champion,
      candidateNetReturns: simulatedReturns({ rows, seed: 52, mean: 0.0002, deviation: 0.002 }).map(
        (noise, row) => (champion[row] ?? 0) + noise,
      ),
    },
    ...change,
  };
}

/** A first champion: the benchmark is no position. */
export function firstInput(change: Partial<JudgeInput> = {}): JudgeInput {
  const none = { name: 'no position', netReturns: new Float64Array(SESSIONS), trading: UNKNOWN };
  return { ...passingInput(), route: 'first', benchmark: none, ...change };
}

export function verdictOf(report: GateReport, gate: GateName): GateVerdict {
  const found = report.verdicts.find((verdict) => verdict.gate === gate);
  if (found === undefined) throw new Error(`no verdict of ${gate}`);
  return found;
}

/** The trials with one column replaced. */
export function withColumn(
  input: JudgeInput,
  column: number,
  change: (value: number, row: number) => number,
): JudgeInput {
  const netReturns = input.trials.netReturns.map((returns, index) =>
    index === column ? Float64Array.from(returns).map(change) : returns,
  );
  return { ...input, trials: { ...input.trials, netReturns } };
}
