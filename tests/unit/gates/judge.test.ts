import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../../contracts/canonical.ts';
import { GateReport } from '../../../contracts/gate-report.ts';
import { judge } from '../../../gates/judge.ts';
import { ledgerOfOneSearch } from '../../../gates/ledger.ts';
import type { JudgeInput } from '../../../gates/judge.ts';
import { gatePlots } from '../../../gates/plots/gate-page.ts';
import { readStoredInput, storedInput } from '../../../gates/stored-input.ts';
import {
  firstInput,
  passingInput,
  refreshInput,
  SESSIONS,
  sessionDates,
  verdictOf,
  withColumn,
} from './judge-fixture.ts';

const verdicts = (report: GateReport): Record<string, string> =>
  Object.fromEntries(report.verdicts.map((verdict) => [verdict.gate, verdict.verdict]));

describe('judging a new recipe', () => {
  it('passes a candidate with skill, all gates in reading order', () => {
    const report = judge(passingInput());
    expect(report.verdicts.map((verdict) => verdict.gate)).toEqual([
      'leak',
      'coverage',
      'schema',
      'parity',
      'latency',
      'resources',
      'final-fit',
      'rank-ic',
      'spa',
      'stepm',
      'dsr',
      'pbo',
      'sharpe-improvement',
      'drawdown',
      'turnover',
      'cost-cover',
      'position-concentration',
      'sector-concentration',
      'feasibility',
      'capacity',
    ]);
    expect(report.verdicts.filter((verdict) => verdict.verdict !== 'pass')).toEqual([]);
    expect(report.overall).toBe('pass');
    expect(report.notAsked.map((entry) => entry.gate)).toEqual(['non-inferiority', 'recovery']);
    expect(report.pairedSessions).toEqual({
      count: SESSIONS,
      first: '2021-01-04',
      last: sessionDates(SESSIONS).at(-1),
    });
  });

  it('tells a quant lead the number, the bound and what was counted', () => {
    const report = judge(passingInput());
    expect(verdictOf(report, 'dsr').reason).toMatch(
      /^DSR [\d.]+ >= 0\.75 with 10 trials \(effective [\d.]+ to 10\): annualised Sharpe [\d.]+, [\d.]+ expected of the best by luck$/u,
    );
    expect(verdictOf(report, 'stepm').reason).toMatch(/^step-down p of the candidate itself/u);
    expect(verdictOf(report, 'drawdown').reason).toMatch(/of the champion's recipe plus 2\.0 %/u);
    expect(report.candidate.annualisedTurnover).toBe(20);
    expect(report.benchmark.annualisedSharpe).not.toBeNull();
  });

  it('shows the other recipe that wins, and refuses the one promoted instead', () => {
    const report = judge(passingInput({ trials: { ...passingInput().trials, candidate: 5 } }));
    expect(verdicts(report)).toMatchObject({ spa: 'pass', stepm: 'fail', 'sharpe-improvement': 'fail' });
    expect(report.overall).toBe('fail');
  });

  it('counts every recipe of the ledger against the candidate', () => {
    const few = judge(passingInput({ ledger: ledgerOfOneSearch(10) }));
    const many = judge(passingInput({ ledger: ledgerOfOneSearch(100_000) }));
    expect(verdictOf(many, 'dsr').number ?? NaN).toBeLessThan(verdictOf(few, 'dsr').number ?? NaN);
    expect(many.trials.counted).toBe(100_000);
  });

  it('leaves the champion recipe, scored again, out of the test against itself', () => {
    const input = passingInput();
    const same = withColumn(input, 0, (_, row) => input.benchmark.netReturns[row] ?? NaN);
    const report = judge(same);
    expect(report.trials.sameAsBenchmark).toEqual(['recipe 0']);
    expect(verdicts(report)).toMatchObject({ spa: 'pass', stepm: 'pass' });
  });

  it('never passes a candidate whose returns are the benchmark', () => {
    const input = passingInput();
    const report = judge(withColumn(input, 3, (_, row) => input.benchmark.netReturns[row] ?? NaN));
    expect(verdicts(report)).toMatchObject({ spa: 'error', stepm: 'error', 'sharpe-improvement': 'error' });
    expect(verdictOf(report, 'spa').reason).toMatch(
      /recipe 3 minus benchmark is constant|candidate minus benchmark is constant/u,
    );
  });

  it('stretches the bootstrap block to the hold', () => {
    expect(judge(passingInput({ holdSessions: 20 })).bootstrap.blockSessions).toBe(20);
  });

  it('fails a drawdown deeper than the champion by more than the tolerance', () => {
    const input = passingInput();
    const crash = withColumn(input, 3, (value, row) => (row === 250 ? -0.3 : value));
    expect(verdicts(judge(crash))['drawdown']).toBe('fail');
    const tolerant = { ...crash, gates: { ...crash.gates, maxDrawdownTolerance: 0.5 } };
    expect(verdicts(judge(tolerant))['drawdown']).toBe('pass');
  });

  it('gives the same bytes for the same input and a well-formed report for any', () => {
    const first = canonicalJson(judge(passingInput()));
    expect(canonicalJson(judge(passingInput()))).toBe(first);
    expect(GateReport.parse(JSON.parse(first))).toEqual(judge(passingInput()));
  });
});

describe('judging a first champion', () => {
  it('asks for skill against no position and reports the drawdown without enforcing it', () => {
    const report = judge(firstInput());
    expect(report.overall).toBe('pass');
    expect(verdictOf(report, 'drawdown')).toMatchObject({ verdict: 'inconclusive', enforced: false });
    expect(verdictOf(report, 'drawdown').number).toBeGreaterThan(0);
    expect(report.benchmark).toMatchObject({
      name: 'no position',
      annualisedSharpe: null,
      annualisedReturn: 0,
    });
  });

  it('does not accept a benchmark that has returns', () => {
    const report = judge({ ...passingInput(), route: 'first' });
    expect(report.overall).toBe('error');
    expect(verdictOf(report, 'spa').reason).toMatch(/no position/u);
  });

  it('fails noise', () => {
    const noise = firstInput({ trials: { ...firstInput().trials, candidate: 7 } });
    expect(judge(noise).overall).toBe('fail');
  });
});

describe('judging a refresh', () => {
  it('asks for no less than the champion, not for more', () => {
    const report = judge(refreshInput());
    expect(report.overall).toBe('pass');
    expect(report.notAsked.map((entry) => entry.gate)).toEqual([
      'spa',
      'stepm',
      'sharpe-improvement',
      'recovery',
    ]);
    expect(verdictOf(report, 'non-inferiority').threshold).toBe(-0.5);
  });

  it('asks the recipe of a champion on probation to beat no position as well', () => {
    const report = judge(refreshInput({ championOnProbation: true }));
    expect(report.overall).toBe('pass');
    expect(verdicts(report)).toMatchObject({
      ...{ spa: 'pass', stepm: 'pass', 'sharpe-improvement': 'pass', 'non-inferiority': 'pass' },
    });
    expect(verdictOf(report, 'spa').reason).toMatch(/against no position/u);
    // It is the test of a first champion, at another level.
    const first = judge(firstInput());
    expect(verdictOf(report, 'sharpe-improvement')).toEqual(verdictOf(first, 'sharpe-improvement'));
    for (const gate of ['spa', 'stepm'] as const) {
      const [own, others] = [verdictOf(report, gate), verdictOf(first, gate)];
      expect(own.details['tStatistic'] ?? own.details['statistic']).toBe(
        others.details['tStatistic'] ?? others.details['statistic'],
      );
      expect(own.threshold ?? NaN).toBeLessThan(others.threshold ?? NaN);
    }
  });

  it('refuses the refresh of a recipe that luck chose, until a champion with evidence serves', () => {
    const lucky = refreshInput({
      trials: { ...passingInput().trials, candidate: 7 },
      championOnProbation: true,
    });
    expect(verdicts(judge(lucky))['stepm']).toBe('fail');
    expect(judge({ ...lucky, championOnProbation: false }).notAsked.map(({ gate }) => gate)).toContain(
      'stepm',
    );
  });

  it('holds the recipe of a champion on probation to the level of one recipe of all ever tried', () => {
    const judged = (recipes: number, change: Partial<JudgeInput> = {}): GateReport =>
      judge(refreshInput({ championOnProbation: true, ledger: ledgerOfOneSearch(recipes), ...change }));
    // 0.15 x (1 of 100)^1.5, by hand.
    expect(verdictOf(judged(100), 'stepm').threshold).toBeCloseTo(1.5e-4, 12);
    expect(verdictOf(judged(100), 'spa').reason).toMatch(/1 of 100 recipes at 0\.15/u);
    // Far below what replicates can show it stays a level that the test takes.
    expect(verdictOf(judged(100_000), 'stepm')).toMatchObject({ threshold: 1e-6, verdict: 'inconclusive' });
    const better = judge({ ...passingInput(), championOnProbation: true });
    expect(verdictOf(better, 'stepm').threshold).toBe(passingInput().gates.spaAlpha);
  });

  it('fails a refit that is clearly worse than the champion on the same sessions', () => {
    const input = refreshInput();
    const comparison = input.artifactComparison;
    if (comparison === null) throw new Error('no comparison');
    const worse = Float64Array.from(comparison.candidateNetReturns).map((value) => value - 0.003);
    const report = judge({ ...input, artifactComparison: { ...comparison, candidateNetReturns: worse } });
    expect(verdicts(report)['non-inferiority']).toBe('fail');
    expect(report.overall).toBe('fail');
  });

  it('is inconclusive when the sessions cannot tell a refit from the champion', () => {
    const input = refreshInput();
    const comparison = input.artifactComparison;
    if (comparison === null) throw new Error('no comparison');
    // As good as the champion, on other days: the difference is zero and its error large.
    const unlike = Float64Array.from(comparison.championNetReturns).reverse();
    const report = judge({ ...input, artifactComparison: { ...comparison, candidateNetReturns: unlike } });
    expect(verdictOf(report, 'non-inferiority').verdict).toBe('inconclusive');
    expect(verdictOf(report, 'non-inferiority').number ?? 0).toBeLessThan(-0.5);
    expect(verdictOf(report, 'non-inferiority').reason).toMatch(/cannot tell$/u);
  });

  it('is inconclusive while the champion has too few sessions behind its last label', () => {
    const input = refreshInput();
    const comparison = input.artifactComparison;
    if (comparison === null) throw new Error('no comparison');
    const early = {
      sessions: comparison.sessions.slice(0, 20),
      championNetReturns: comparison.championNetReturns.slice(0, 20),
      candidateNetReturns: comparison.candidateNetReturns.slice(0, 20),
    };
    const report = judge({ ...input, artifactComparison: early });
    expect(verdictOf(report, 'non-inferiority')).toMatchObject({ verdict: 'inconclusive', number: null });
    expect(verdictOf(report, 'non-inferiority').reason).toMatch(/^20 .*21 are needed$/u);
    expect(judge({ ...input, artifactComparison: null }).overall).toBe('inconclusive');
  });
});

describe('input that must never pass', () => {
  const everyRow = (value: number) => (): number => value;
  const base = passingInput();
  const short = (rows: number): JudgeInput => ({
    ...base,
    sessions: base.sessions.slice(0, rows),
    trials: { ...base.trials, netReturns: base.trials.netReturns.map((column) => column.slice(0, rows)) },
    benchmark: { ...base.benchmark, netReturns: base.benchmark.netReturns.slice(0, rows) },
  });
  const cases: readonly [string, JudgeInput, string, RegExp][] = [
    [
      'a NaN in the candidate',
      withColumn(base, 3, (v, row) => (row === 9 ? NaN : v)),
      'error',
      /trial recipe 3 is NaN in row 10/u,
    ],
    [
      'an infinity in another trial',
      withColumn(base, 8, (v, row) => (row === 0 ? Infinity : v)),
      'error',
      /trial recipe 8 is Infinity in row 1/u,
    ],
    ['a constant trial', withColumn(base, 6, everyRow(0.0001)), 'error', /trial recipe 6 is constant/u],
    [
      'a candidate that never trades',
      withColumn(base, 3, everyRow(0)),
      'error',
      /trial recipe 3 is constant/u,
    ],
    ['twenty sessions', short(20), 'inconclusive', /20 paired sessions, 60 are needed/u],
    ['no session at all', short(0), 'inconclusive', /0 paired sessions/u],
    [
      'one trial',
      { ...base, trials: { names: ['only'], netReturns: base.trials.netReturns.slice(3, 4), candidate: 0 } },
      'inconclusive',
      /1 trial on the paired sessions/u,
    ],
    [
      'a candidate that is not there',
      { ...base, trials: { ...base.trials, candidate: 10 } },
      'error',
      /column 10 of 10/u,
    ],
    [
      'a trial of other sessions',
      {
        ...base,
        trials: {
          ...base.trials,
          netReturns: base.trials.netReturns.map((c, i) => (i === 1 ? c.slice(1) : c)),
        },
      },
      'error',
      /499 returns for 500/u,
    ],
    [
      'names that do not match',
      { ...base, trials: { ...base.trials, names: ['a'] } },
      'error',
      /1 trial names for 10/u,
    ],
    [
      'sessions out of order',
      { ...base, sessions: [...base.sessions].reverse() },
      'error',
      /does not follow/u,
    ],
    [
      'a repeated session',
      { ...base, sessions: base.sessions.map((s, i) => (i === 4 ? (base.sessions[3] ?? '') : s)) },
      'error',
      /does not follow/u,
    ],
    [
      'sessions that are no dates',
      { ...base, sessions: base.sessions.map((_, i) => `day ${String(i)}`) },
      'error',
      /not a date/u,
    ],
    [
      'a flat benchmark',
      { ...base, benchmark: { ...base.benchmark, netReturns: new Float64Array(SESSIONS) } },
      'error',
      /champion's recipe is constant/u,
    ],
    ['no rank IC', { ...base, rankIc: null }, 'error', /rank-ic was not measured/u],
    [
      'a rank IC with a hole',
      {
        ...base,
        rankIc: {
          values: [...Array<number>(80).fill(0.1), NaN],
          sessions: sessionDates(81),
          sessionsWithout: 0,
          overlapSessions: 5,
        },
      },
      'error',
      /NaN in row 81/u,
    ],
    [
      'a constant rank IC',
      {
        ...base,
        rankIc: {
          values: Array<number>(80).fill(0.1),
          sessions: sessionDates(80),
          sessionsWithout: 0,
          overlapSessions: 5,
        },
      },
      'error',
      /rank IC is constant/u,
    ],
    [
      'a short rank IC',
      {
        ...base,
        rankIc: {
          values: [0.1, 0.2, 0.3],
          sessions: sessionDates(3),
          sessionsWithout: 300,
          overlapSessions: 5,
        },
      },
      'inconclusive',
      /3 sessions with a rank IC/u,
    ],
    [
      'no parity measurement',
      { ...base, operational: { ...base.operational, parity: null } },
      'error',
      /parity was not measured/u,
    ],
    [
      'a latency that is not a number',
      { ...base, operational: { ...base.operational, latency: { samples: 5, p99Ms: NaN } } },
      'error',
      /p99 of NaN/u,
    ],
    [
      'a leak audit of nothing',
      { ...base, operational: { ...base.operational, leak: { checkedRows: 0, leaks: 0 } } },
      'inconclusive',
      /checked no row/u,
    ],
    [
      'a leak',
      { ...base, operational: { ...base.operational, leak: { checkedRows: 90, leaks: 1 } } },
      'fail',
      /1 row with values from the future/u,
    ],
    [
      'the same trial ten times',
      {
        ...base,
        trials: {
          ...base.trials,
          netReturns: base.trials.netReturns.map(() => base.trials.netReturns[3] ?? []),
        },
      },
      'error',
      /Sharpe ratio over the trials is constant/u,
    ],
  ];
  for (const [what, input, overall, reason] of cases) {
    it(`is ${overall} for ${what}, and the reason names it`, () => {
      const report = judge(input);
      expect(report.overall).toBe(overall);
      const objections = report.verdicts.filter((verdict) => verdict.verdict !== 'pass');
      expect(objections.some((verdict) => reason.test(verdict.reason))).toBe(true);
      for (const verdict of objections) {
        expect(verdict.number === null || Number.isFinite(verdict.number)).toBe(true);
      }
    });
  }

  it('refuses settings outside their range before judging anything', () => {
    expect(() => judge(passingInput({ seed: -1 }))).toThrow(/seed is -1/u);
    expect(() => judge(passingInput({ sessionsPerYear: NaN }))).toThrow(/sessionsPerYear/u);
    expect(() => judge(passingInput({ holdSessions: 0 }))).toThrow(/holdSessions/u);
    expect(() => judge(passingInput({ ledger: ledgerOfOneSearch(10.5) }))).toThrow(/10\.5 recipes|10\.5, /u);
  });
});

describe('where the skill lies', () => {
  const cell = (name: string, mean: number) => ({
    name,
    mean,
    interval: [mean - 0.01, mean + 0.01] as const,
    sessions: 250,
  });
  const breakdown = {
    deciles: [cell('1', -0.002), cell('10', 0.003)],
    sectors: [cell('Semiconductors', 0.04)],
    regimes: [],
    horizons: [cell('5', 0.03)],
  };

  it('stands in the verdict of the rank IC, and so in the evidence, and is drawn; what was not measured says so', () => {
    const judged = judge(passingInput({ breakdown }));
    const rankIc = judged.verdicts.find(({ gate }) => gate === 'rank-ic');
    expect(rankIc?.details['breakdown']).toMatchObject({ sectors: [{ name: 'Semiconductors', mean: 0.04 }] });
    const plots = new Map(gatePlots(passingInput({ breakdown })).map((plot) => [plot.name, plot]));
    expect(plots.get('ic-sector')?.svg).toMatch(/Semiconductors 0\.040/u);
    expect(plots.get('ic-decile')?.svg).toContain('Return by decile');
    expect(plots.get('ic-regime')?.svg).toBeNull();
    expect(plots.get('ic-regime')?.missing).toMatch(/enough names/u);
    const without = gatePlots(passingInput({ breakdown: null })).find(({ name }) => name === 'ic-sector');
    expect(without).toMatchObject({ svg: null, missing: 'it was not measured' });
    const plain = judge(passingInput()).verdicts.find(({ gate }) => gate === 'rank-ic');
    expect(plain?.details).not.toHaveProperty('breakdown');
  });

  it('comes back from the stored input as it was, and one of an earlier release has none', () => {
    const input = passingInput({ breakdown });
    expect(readStoredInput(storedInput(input)).breakdown).toEqual(breakdown);
    const stored = JSON.parse(storedInput(input)) as { input: Record<string, unknown> };
    const earlier = Object.fromEntries(Object.entries(stored.input).filter(([name]) => name !== 'breakdown'));
    expect(readStoredInput(JSON.stringify({ ...stored, input: earlier })).breakdown).toBeNull();
  });
});
