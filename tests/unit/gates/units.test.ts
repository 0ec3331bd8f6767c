import { describe, expect, it } from 'vitest';
import {
  ESTABLISHED_SINCE,
  GATE_CATALOGUE,
  GATE_NAMES,
  GATE_UNITS,
  gateMode,
  isNewGate,
  UNWAIVABLE_GATES,
} from '../../../contracts/gate-catalogue.ts';
import { canonicalJson } from '../../../contracts/canonical.ts';
import type { RecordedGateReport } from '../../../contracts/gate-report.ts';
import { GatesSpec } from '../../../contracts/spec.ts';
import { GateName } from '../../../contracts/verdict.ts';
import { explainReport } from '../../../gates/explain.ts';
import { assembleReport, judge, unitsAsked } from '../../../gates/judge.ts';
import type { BookLiquidity } from '../../../evaluation/book-liquidity.ts';
import type { JudgeInput } from '../../../gates/judge.ts';
import { renderGatePage, gatePlots } from '../../../gates/plots/gate-page.ts';
import { pairedPanel } from '../../../gates/paired-panel.ts';
import { recompute, recordedReport } from '../../../gates/recompute.ts';
import { readStoredInput, storedInput } from '../../../gates/stored-input.ts';
import { judgeUnit } from '../../../gates/units.ts';
import type { UnitOutcome } from '../../../gates/units.ts';
import { firstInput, passingInput, refreshInput, verdictOf, withColumn } from './judge-fixture.ts';

const RECORD = {
  codeVersion: 'a'.repeat(64),
  inputs: {
    judged: { sha256: 'b'.repeat(64), bytes: 1, mediaType: 'application/json' },
    snapshotId: 'c'.repeat(64),
    scores: 'd'.repeat(64),
    specNumber: 3,
    loosened: [],
    secondPerson: null,
  },
  round: 1,
} satisfies Omit<RecordedGateReport, keyof ReturnType<typeof judge> | 'unitErrors'>;

const judged = (input: JudgeInput): UnitOutcome[] =>
  unitsAsked(input).map((unit) => ({ kind: 'judged', result: judgeUnit(unit, input) }));

function withGates(input: JudgeInput, changes: Partial<JudgeInput['gates']>): JudgeInput {
  return { ...input, gates: { ...input.gates, ...changes } };
}

describe('the catalogue of gates', () => {
  it('names every gate once, with a question and a unit that exists', () => {
    expect([...GATE_NAMES].sort()).toEqual([...GateName.options].sort());
    for (const gate of GATE_NAMES) {
      expect(GATE_CATALOGUE[gate].question).toMatch(/\?$/u);
      expect(GATE_UNITS).toContain(GATE_CATALOGUE[gate].unit);
    }
  });

  it('starts a gate that came after the established release in dry-run, unless the spec says otherwise', () => {
    expect(isNewGate('feasibility')).toBe(true);
    expect(gateMode('feasibility', {})).toBe('dry-run');
    expect(gateMode('feasibility', { feasibility: 'enforce' })).toBe('enforce');
    expect(GATE_CATALOGUE.dsr.since).toBe(ESTABLISHED_SINCE);
    expect(gateMode('dsr', {})).toBe('enforce');
  });

  it('lets leak and parity be neither waived nor switched off', () => {
    expect(UNWAIVABLE_GATES).toEqual(['leak', 'schema', 'parity']);
    for (const gate of ['leak', 'parity'] as const) {
      expect(GatesSpec.safeParse({ modes: { [gate]: 'dry-run' } }).success).toBe(false);
      expect(GatesSpec.safeParse({ modes: { [gate]: 'off' } }).error?.issues[0]?.message).toMatch(
        /always enforced/u,
      );
      expect(GatesSpec.safeParse({ modes: { [gate]: 'enforce' } }).success).toBe(true);
    }
  });

  it.each([{ dsrr: 'off' }, { dsr: 'disabled' }, { dsr: false }])('refuses the modes %j', (modes) => {
    expect(GatesSpec.safeParse({ modes }).success).toBe(false);
  });
});

describe('modes', () => {
  const noise = (modes: JudgeInput['gates']['modes']): JudgeInput =>
    withGates(passingInput({ trials: { ...passingInput().trials, candidate: 5 } }), { modes });

  it('report a gate in dry-run and do not count it', () => {
    const failing = ['stepm', 'sharpe-improvement', 'dsr', 'pbo', 'drawdown', 'rank-ic'] as const;
    const dry = Object.fromEntries(failing.map((gate) => [gate, 'dry-run' as const]));
    const report = judge(noise(dry));
    expect(verdictOf(report, 'stepm')).toMatchObject({ verdict: 'fail', enforced: false });
    expect(report.modes.stepm).toBe('dry-run');
    expect(report.overall).toBe('pass');
    expect(judge(noise({})).overall).toBe('fail');
  });

  it('leave out a gate that is off, and say so', () => {
    const report = judge(noise({ stepm: 'off' }));
    expect(report.verdicts.some(({ gate }) => gate === 'stepm')).toBe(false);
    expect(report.notAsked).toContainEqual({
      gate: 'stepm',
      reason: 'switched off by the spec (gates.modes)',
    });
  });

  it('need no unit whose gates are all off', () => {
    expect(unitsAsked(noise({ pbo: 'off' }))).not.toContain('overfitting');
    expect(unitsAsked(noise({}))).toContain('overfitting');
    expect(unitsAsked(refreshInput())).not.toContain('superiority');
    expect(unitsAsked(refreshInput({ championOnProbation: true }))).toContain('superiority');
  });

  it('are an error, never a pass, when nothing is left to enforce', () => {
    const off = Object.fromEntries(
      GATE_NAMES.filter((gate) => GATE_CATALOGUE[gate].canBeSwitchedOff).map((gate) => [
        gate,
        'off' as const,
      ]),
    );
    const left = judge(noise(off)).verdicts.map(({ gate }) => gate);
    expect(left).toEqual(['leak', 'parity']);
  });
});

describe('units', () => {
  it('together say what the judge says', () => {
    for (const input of [passingInput(), firstInput(), refreshInput()]) {
      expect(assembleReport(input, judged(input))).toEqual(judge(input));
    }
  });

  it('that gave no answer make each of their gates an error with the cause, and nothing passes', () => {
    const input = passingInput();
    const outcomes = judged(input).map((outcome): UnitOutcome =>
      outcome.kind === 'judged' && outcome.result.unit === 'superiority'
        ? { kind: 'error', error: { unit: 'superiority', code: 'STEP_TIMEOUT', reason: 'no answer in time' } }
        : outcome,
    );
    const report = assembleReport(input, outcomes);
    expect(report.overall).toBe('error');
    for (const gate of ['spa', 'stepm', 'sharpe-improvement'] as const) {
      expect(verdictOf(report, gate)).toMatchObject({ verdict: 'error', number: null, enforced: true });
      expect(verdictOf(report, gate).reason).toMatch(/STEP_TIMEOUT.*no answer in time/u);
    }
    expect(verdictOf(report, 'dsr').verdict).toBe('pass');
  });

  it('that were not run are errors too', () => {
    const report = assembleReport(passingInput(), []);
    expect(report.verdicts.every(({ verdict }) => verdict === 'error')).toBe(true);
    expect(report.overall).toBe('error');
  });
});

describe('the business gates', () => {
  /** What no gate of the book looks at stays out of the cases. */
  type Book = Omit<NonNullable<JudgeInput['business']>, 'attribution'>;
  const business = ({
    business: book,
    ...change
  }: Omit<Partial<JudgeInput>, 'business'> & { readonly business?: Book | null }) =>
    judge(
      passingInput(
        book === undefined
          ? change
          : { ...change, business: book === null ? null : { ...book, attribution: null } },
      ),
    );
  const measured = passingInput().business;
  if (
    measured === null ||
    measured.exposure === null ||
    measured.feasibility === null ||
    measured.liquidity === null
  )
    throw new Error('the fixture is incomplete');
  const { exposure, feasibility, liquidity, attribution } = measured;
  const capacity = (change: Partial<BookLiquidity>) => ({
    business: { exposure, feasibility, liquidity: { ...liquidity, ...change }, attribution },
  });

  it.each([
    [
      { business: { exposure, feasibility: { ...feasibility, refusedTrades: 201 }, liquidity, attribution } },
      'feasibility',
      'fail',
    ],
    [
      { business: { exposure, feasibility: { ...feasibility, refusedTrades: 200 }, liquidity, attribution } },
      'feasibility',
      'pass',
    ],
    [
      {
        business: { exposure, feasibility: { ...feasibility, refusedTrades: 4001 }, liquidity, attribution },
      },
      'feasibility',
      'error',
    ],
    [
      {
        business: {
          exposure,
          feasibility: { ...feasibility, wantedTrades: 0, refusedTrades: 0 },
          liquidity,
          attribution,
        },
      },
      'feasibility',
      'inconclusive',
    ],
    [{ business: null }, 'feasibility', 'error'],
    [
      {
        business: {
          exposure: { ...exposure, position: { ...exposure.position, share: 0.1501 } },
          feasibility,
          liquidity,
        },
      },
      'position-concentration',
      'fail',
    ],
    [
      {
        business: {
          exposure: { ...exposure, position: { ...exposure.position, share: Number.NaN } },
          feasibility,
          liquidity,
        },
      },
      'position-concentration',
      'error',
    ],
    [
      { business: { exposure: { ...exposure, sessions: 0 }, feasibility, liquidity, attribution } },
      'position-concentration',
      'inconclusive',
    ],
    [
      { business: { exposure: { ...exposure, sector: null }, feasibility, liquidity, attribution } },
      'sector-concentration',
      'inconclusive',
    ],
    [
      {
        business: { exposure: { ...exposure, shareWithoutSector: 0.3 }, feasibility, liquidity, attribution },
      },
      'sector-concentration',
      'inconclusive',
    ],
    [
      {
        business: {
          exposure: { ...exposure, sector: { ...exposure.position, share: 0.6 } },
          feasibility,
          liquidity,
        },
      },
      'sector-concentration',
      'fail',
    ],
    [
      { candidateTrading: { annualisedTurnover: 60.1, annualisedCost: 0.03, meanRankIc: null } },
      'turnover',
      'fail',
    ],
    [
      { candidateTrading: { annualisedTurnover: -1, annualisedCost: 0.03, meanRankIc: null } },
      'turnover',
      'error',
    ],
    [
      { candidateTrading: { annualisedTurnover: 20, annualisedCost: 0, meanRankIc: null } },
      'cost-cover',
      'inconclusive',
    ],
    [
      { candidateTrading: { annualisedTurnover: 20, annualisedCost: 9, meanRankIc: null } },
      'cost-cover',
      'fail',
    ],
    [
      { candidateTrading: { annualisedTurnover: null, annualisedCost: null, meanRankIc: null } },
      'cost-cover',
      'error',
    ],
    [capacity({ participation: 0.1 }), 'capacity', 'pass'],
    [capacity({ participation: 0.1001 }), 'capacity', 'fail'],
    [capacity({ unknownShare: 0.051 }), 'capacity', 'inconclusive'],
    [capacity({ unknownShare: 0.051, participation: 0.2 }), 'capacity', 'fail'],
    [capacity({ unknownShare: 1 }), 'capacity', 'inconclusive'],
    [capacity({ trades: 0 }), 'capacity', 'inconclusive'],
    [capacity({ participation: Number.NaN }), 'capacity', 'error'],
    [capacity({ participation: Number.POSITIVE_INFINITY }), 'capacity', 'error'],
    [capacity({ unknownShare: 1.2 }), 'capacity', 'error'],
    [{ business: { exposure, feasibility, liquidity: null, attribution } }, 'capacity', 'error'],
  ] as const)('case %#: %j makes %s a %s', (change, gate, verdict) => {
    const found = verdictOf(business(change), gate);
    expect(found.verdict).toBe(verdict);
    expect(found.enforced).toBe(false);
  });

  it('count once the spec enforces them', () => {
    const input = withGates(passingInput({ business: null }), { modes: { feasibility: 'enforce' } });
    expect(judge(input).overall).toBe('error');
  });
});

describe('a report and its record', () => {
  it('comes out with the same bytes when the stored input is judged again', () => {
    const probation = refreshInput({ championOnProbation: true });
    for (const input of [passingInput(), firstInput(), refreshInput(), probation]) {
      const text = storedInput(input);
      const report = recordedReport(readStoredInput(text), judged(readStoredInput(text)), RECORD);
      expect(canonicalJson(recompute(report, readStoredInput(text)))).toBe(canonicalJson(report));
      // The stored form loses nothing that a gate reads.
      expect(canonicalJson(recordedReport(input, judged(input), RECORD))).toBe(canonicalJson(report));
    }
  });

  it('keeps what ran out of time as a fact', () => {
    const input = readStoredInput(storedInput(passingInput()));
    const outcomes: UnitOutcome[] = judged(input).map((outcome) =>
      outcome.kind === 'judged' && outcome.result.unit === 'overfitting'
        ? { kind: 'error', error: { unit: 'overfitting', code: 'STEP_TIMEOUT', reason: 'no answer in time' } }
        : outcome,
    );
    const report = recordedReport(input, outcomes, RECORD);
    expect(report.unitErrors).toHaveLength(1);
    expect(canonicalJson(recompute(report, input))).toBe(canonicalJson(report));
  });

  it('differs once a single return is another one', () => {
    const input = readStoredInput(storedInput(passingInput()));
    const report = recordedReport(input, judged(input), RECORD);
    const other = withColumn(input, 3, (value, row) => (row === 17 ? value + 1e-12 : value));
    expect(canonicalJson(recompute(report, other))).not.toBe(canonicalJson(report));
  });

  it('is not stored with a number that JSON would lose', () => {
    const input = withColumn(passingInput(), 3, (value, row) => (row === 3 ? Number.NaN : value));
    expect(() => storedInput(input)).toThrow(/cannot carry NaN/u);
  });
});

describe('explaining a report to a person', () => {
  it('says margin, certainty, what would change it, and who waived', () => {
    const input = passingInput({ trials: { ...passingInput().trials, candidate: 5 } });
    const gates = explainReport(judge(input), [{ gate: 'dsr', subject: 'kim', reason: 'known' }]);
    const of = (name: string) => gates.find(({ gate }) => gate === name);
    expect(of('spa')?.howSure).toMatch(/clear of the level/u);
    expect(of('dsr')?.margin).toBeLessThan(0);
    expect(of('dsr')?.waivedBy).toEqual(['kim']);
    expect(of('parity')?.howSure).toMatch(/at most 0\.060 % of all rows/u);
    expect(of('leak')?.whatWouldChangeIt).toBe('a single row');
  });

  it('says how the search does on other sessions, and how many recipes are as good', () => {
    const gates = { ...passingInput().gates, uncertaintyReplicates: 100 };
    const explained = explainReport(judge(passingInput({ gates })), []);
    const of = (gate: string): string => explained.find((entry) => entry.gate === gate)?.howSure ?? '';
    expect(of('pbo')).toMatch(
      /^0\.000 to [\d.]+ in 90 % of resampled histories; chosen on other sessions the search earns a Sharpe ratio of [\d.]+ to [\d.]+; 1 of 10 recipes cannot be told from the best$/u,
    );
    expect(of('dsr')).toContain('in 90 % of resampled histories; ');
    expect(of('capacity')).toBe('0.4 % of the money is in names of unknown traded value');
  });

  it('names the Sharpe ratio at which the deflated one would reach its bound', () => {
    const input = passingInput({ trials: { ...passingInput().trials, candidate: 5 } });
    const report = judge(input);
    const text = explainReport(report, []).find(({ gate }) => gate === 'dsr')?.whatWouldChangeIt ?? '';
    const needed = Number(/Sharpe of ([\d.]+) with/u.exec(text)?.[1]);
    // Second route: the same returns, shifted to that ratio, judged for themselves.
    const annual = report.candidate.annualisedSharpe ?? Number.NaN;
    const deviation = (report.candidate.annualisedVolatility ?? Number.NaN) / Math.sqrt(252);
    const shift = ((needed - annual) / Math.sqrt(252)) * deviation;
    const details = verdictOf(report, 'dsr').details;
    const shifted = withColumn(input, 5, (value) => value + shift);
    const again = verdictOf(judge(shifted), 'dsr').details;
    expect(Number(again['perPeriodSharpe'])).toBeCloseTo(needed / Math.sqrt(252), 3);
    expect(Number(details['perPeriodSharpe'])).toBeLessThan(Number(again['perPeriodSharpe']));
  });
});

describe('the page of plots', () => {
  it('has nine plots with titles and descriptions, as text, without scripts or anything fetched', () => {
    const input = passingInput();
    const page = renderGatePage(input, recordedReport(input, judged(input), RECORD), 'retrain:<x> & "y"');
    expect(page.match(/<svg /gu)).toHaveLength(9);
    expect(page.match(/<title id="/gu)).toHaveLength(9);
    expect(page).toContain('retrain:&lt;x&gt; &amp; &quot;y&quot;');
    expect(page).not.toMatch(/<script|https?:\/\/(?!www\.w3\.org\/2000\/svg)|@import|url\(/u);
    expect(page).not.toMatch(/NaN|Infinity|undefined/u);
  });

  it('gives the same bytes for the same input', () => {
    const bytes = (): string =>
      gatePlots(passingInput())
        .map(({ svg }) => svg)
        .join('');
    expect(bytes()).toBe(bytes());
  });

  it('says why a plot is missing instead of drawing nothing', () => {
    const missing = (input: JudgeInput) =>
      Object.fromEntries(gatePlots(input).map(({ name, missing: why }) => [name, why]));
    expect(missing(refreshInput())['spa']).toMatch(/a refresh inherits/u);
    expect(missing(refreshInput({ championOnProbation: true }))['spa']).toBe('');
    expect(missing(passingInput({ rankIc: null }))['ic']).toMatch(/no session has a rank IC/u);
    const flat = withColumn(passingInput(), 3, () => 0);
    expect(missing(flat)['equity']).toMatch(/constant/u);
    expect(missing(flat)['search']).toMatch(/constant/u);
    const unmeasured = missing(passingInput({ business: null }));
    expect([unmeasured['capacity'], unmeasured['costs']]).toEqual([
      "the candidate's trades were not measured",
      "the candidate's trades were not measured",
    ]);
  });

  it('draws what the candidate earned beyond the benchmark, and nothing of the kind for a first champion', () => {
    const input = passingInput();
    const panel = pairedPanel(input);
    if ('verdict' in panel) throw new Error(panel.reason);
    const total = panel.difference.reduce((sum, value) => sum + value, 0);
    const svg = gatePlots(input).find(({ name }) => name === 'difference')?.svg ?? '';
    expect(svg).toContain(
      `earned ${(100 * total).toFixed(1)} % of the book more than ${input.benchmark.name}`,
    );
    const first = gatePlots(firstInput()).find(({ name }) => name === 'difference');
    expect(first).toMatchObject({ svg: null, missing: 'a first champion is held against no position' });
  });

  it('draws the equity of a refresh that came out as the champion itself', () => {
    const input = refreshInput();
    const netReturns = input.trials.netReturns[input.trials.candidate] ?? new Float64Array();
    const same = refreshInput({ benchmark: { ...input.benchmark, netReturns } });
    const plots = Object.fromEntries(gatePlots(same).map(({ name, missing }) => [name, missing]));
    expect(plots['equity']).toBe('');
    expect(plots['difference']).toMatch(/constant/u);
  });

  it('marks the statistic and p of the report itself', () => {
    const input = passingInput();
    const svg = gatePlots(input).find(({ name }) => name === 'spa')?.svg ?? '';
    const statistic = Number(verdictOf(judge(input), 'spa').details['statistic']);
    expect(svg).toContain(`statistic ${statistic.toFixed(2)}`);
  });

  it('draws SPA at the level that was asked, not at that of the spec', () => {
    const input = passingInput({ ledger: { ...passingInput().ledger, recipes: 200, recipesEver: 200 } });
    const svg = gatePlots(input).find(({ name }) => name === 'spa')?.svg ?? '';
    expect(svg).toContain(
      `the level is ${String(Number(verdictOf(judge(input), 'spa').threshold?.toPrecision(4)))}.`,
    );
  });
});
