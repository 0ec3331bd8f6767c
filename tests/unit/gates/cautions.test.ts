import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CautionCode } from '../../../contracts/caution.ts';
import type { Caution } from '../../../contracts/caution.ts';
import { ShadowSpec } from '../../../contracts/shadow-spec.ts';
import { GatesSpec } from '../../../contracts/spec.ts';
import { judge } from '../../../gates/judge.ts';
import type { JudgeInput } from '../../../gates/judge-input.ts';
import { firstInput, passingInput, refreshInput, SESSIONS, withColumn } from './judge-fixture.ts';
import { simulatedReturns } from '../stats/simulated.ts';

const cautionsIn = (input: JudgeInput): readonly Caution[] => judge(input).cautions ?? [];
function cautionOf(input: JudgeInput, code: CautionCode): Caution {
  const found = cautionsIn(input).find((caution) => caution.code === code);
  if (found === undefined) throw new Error(`no caution ${code}`);
  return found;
}
/** Only what needs no bootstrap: these tests look at cautions. */
const light = { spaReplicates: 1000, pboSplits: 4, uncertaintyReplicates: 0 } as const;
const gates = (changes: object = {}) => GatesSpec.parse({ ...light, ...changes });
/** A candidate of usual strength: a Sharpe ratio of about one. */
function usual(change: Partial<JudgeInput> = {}): JudgeInput {
  const own = simulatedReturns({ rows: SESSIONS, seed: 5, mean: 0.0007, deviation: 0.01 });
  const input = withColumn(passingInput({ gates: gates() }), 3, (_, row) => own[row] ?? 0);
  return { ...input, ...change };
}

describe('a second look', () => {
  it('is recorded whole: every look of the route with its number, bound and sentence', () => {
    const codes = (input: JudgeInput) => cautionsIn(input).map(({ code }) => code);
    expect(new Set(codes(usual()))).toEqual(
      new Set(CautionCode.options.filter((code) => code !== 'few-paired-observations')),
    );
    expect(codes(refreshInput({ gates: gates() }))).toContain('few-paired-observations');
    expect(codes(refreshInput({ gates: gates() }))).not.toContain('leap');
    expect(codes(firstInput({ gates: gates() }))).not.toContain('benchmark-too-good');
  });

  it('decides nothing', () => {
    const plain = judge(usual());
    const wide = judge({ ...usual(), breakdown: null, business: null });
    expect(plain.verdicts.filter(({ gate }) => gate === 'dsr')).toEqual(
      wide.verdicts.filter(({ gate }) => gate === 'dsr'),
    );
    const alarming = judge(passingInput());
    expect(alarming.cautions?.some(({ raised }) => raised)).toBe(true);
    expect(alarming.overall).toBe('pass');
  });

  it('comes out the same from the same input', () => {
    expect(cautionsIn(usual())).toEqual(cautionsIn(usual()));
  });

  it('says that a Sharpe ratio, a lead and a rank IC are better than such numbers are', () => {
    const great = withColumn(usual(), 3, (value) => value + 0.004);
    expect(cautionOf(great, 'sharpe-too-good')).toMatchObject({ raised: true, bound: 2.5 });
    expect(cautionOf(great, 'leap').raised).toBe(true);
    expect(cautionOf(usual(), 'sharpe-too-good').raised).toBe(false);
    const ic = (meanRankIc: number) =>
      cautionOf(
        usual({ candidateTrading: { annualisedTurnover: 20, annualisedCost: 0.03, meanRankIc } }),
        'rank-ic-too-good',
      ).raised;
    expect([ic(0.04), ic(0.1), ic(0.11)]).toEqual([false, false, true]);
    const { benchmark } = usual();
    const flattered = {
      ...benchmark,
      netReturns: Array.from(benchmark.netReturns, (value) => value + 0.004),
    };
    expect(cautionOf(usual({ benchmark: flattered }), 'benchmark-too-good').raised).toBe(true);
  });

  it('takes no lead for a leap that chance makes of a usual one', () => {
    const led = (by: number) =>
      cautionOf(
        withColumn(usual(), 3, (value) => value + by),
        'leap',
      );
    const leads = [0, 0.0005, 0.001, 0.002, 0.004].map(led);
    for (const { raised, number, bound, details } of leads) {
      const error = Number(details['standardError']);
      expect(error).toBeGreaterThan(0.3);
      expect(bound).toBeCloseTo(1 + 1.6448536 * error, 5);
      expect(raised).toBe((number ?? 0) > (bound ?? 0));
    }
    expect(leads.map(({ raised }) => raised)).toContain(true);
    // More than 1, and yet not beyond what chance makes of it.
    expect(leads.some(({ raised, number }) => !raised && (number ?? 0) > 1)).toBe(true);
  });

  it('says that a low probability of overfitting was found among copies', () => {
    const base = passingInput({ gates: gates() });
    const own = base.trials.netReturns[3] ?? [];
    // Nine near-copies that lag behind: a perfect choice among one bet.
    const netReturns = base.trials.netReturns.map((_, column) =>
      Array.from(own, (value, row) => value - (column === 3 ? 0 : 0.001 + 0.00001 * ((row + column) % 3))),
    );
    const copies = { ...base, trials: { ...base.trials, netReturns } };
    const found = cautionOf(copies, 'pbo-among-few');
    expect(found).toMatchObject({ raised: true, bound: 5, details: { pbo: 0, trials: 10 } });
    expect(found.number).toBeLessThan(2);
  });

  it('says that the test saw one kind of market', () => {
    const cell = (name: string, sessions: number) => ({ name, mean: 0.02, interval: null, sessions });
    const seen = (bull: number, bear: number) =>
      cautionOf(
        usual({
          breakdown: {
            ...{ deciles: [], sectors: [], horizons: [] },
            regimes: [cell('bull', bull), cell('bear', bear)],
          },
        }),
        'one-regime',
      );
    expect(seen(460, 40)).toMatchObject({ raised: true, number: 0.92, details: { regime: 'bull' } });
    expect(seen(40, 460)).toMatchObject({ raised: true, details: { regime: 'bear' } });
    expect(seen(440, 60).raised).toBe(false);
    expect(cautionOf(usual(), 'one-regime')).toMatchObject({ raised: false, number: null, bound: null });
  });

  it('counts independent observations: sessions over the overlap of their labels, or fewer', () => {
    const of = (overlapSessions: number) => {
      const { rankIc } = usual();
      return cautionOf(
        usual({ rankIc: rankIc === null ? null : { ...rankIc, overlapSessions } }),
        'few-observations',
      );
    };
    expect(of(1).raised).toBe(false);
    expect(of(1).number ?? 0).toBeLessThanOrEqual(SESSIONS);
    expect(of(20).raised).toBe(true);
    expect(of(20).number ?? 99).toBeLessThanOrEqual(SESSIONS / 20);
    const paired = cautionOf(refreshInput({ gates: gates(), holdSessions: 20 }), 'few-paired-observations');
    expect(paired).toMatchObject({ raised: true, number: 6, bound: 10 });
  });

  it('says that few sessions carry the gain, and not when ordinary returns would do the same', () => {
    expect(cautionOf(usual(), 'few-sessions-carry').raised).toBe(false);
    const spiked = withColumn(usual(), 3, (value, row) => (row % 100 === 7 ? value + 0.2 : value));
    const found = cautionOf(spiked, 'few-sessions-carry');
    expect(found.raised).toBe(true);
    // By hand: the five best differences over the sum of all.
    const own = spiked.trials.netReturns[3] ?? [];
    const gain = Array.from(own, (value, row) => value - (spiked.benchmark.netReturns[row] ?? 0));
    const total = gain.reduce((sum, value) => sum + value, 0);
    const best = gain.toSorted((a, b) => b - a).slice(0, 5);
    expect(found.number).toBeCloseTo(best.reduce((sum, value) => sum + value, 0) / total, 12);
    const losing = withColumn(usual(), 3, (_, row) => -0.03 - 0.0001 * (row % 7));
    expect(cautionOf(losing, 'few-sessions-carry')).toMatchObject({ raised: false, number: null });
  });

  it('says that one name carries the gain', () => {
    const { business } = usual();
    const carried = (contribution: number, total = 1) =>
      cautionOf(
        usual({
          business:
            business === null
              ? null
              : { ...business, attribution: { total, names: 40, largest: { name: '2330', contribution } } },
        }),
        'few-names-carry',
      );
    expect(carried(0.4)).toMatchObject({ raised: true, number: 0.4, details: { name: '2330' } });
    expect(carried(0.2).raised).toBe(false);
    expect(carried(0.4, -1)).toMatchObject({ raised: false, number: null });
  });

  it('names bounds that refuse next to nothing, and gates that are switched off', () => {
    expect(cautionOf(usual(), 'wide-bounds')).toMatchObject({ raised: false, number: 0 });
    const wide = cautionOf(usual({ gates: gates({ pboMax: 0.6, rankIcMin: -1 }) }), 'wide-bounds');
    expect(wide).toMatchObject({ raised: true, number: 2 });
    expect(wide.details['gates']).toEqual([
      { gate: 'rank-ic', field: 'rankIcMin', value: -1 },
      { gate: 'pbo', field: 'pboMax', value: 0.6 },
    ]);
    // A gate that does not count refuses nothing whatever its bound.
    const shown = gates({ pboMax: 0.6, modes: { pbo: 'dry-run' } });
    expect(cautionOf(usual({ gates: shown }), 'wide-bounds').raised).toBe(false);
    const off = cautionOf(usual({ gates: gates({ modes: { pbo: 'off' } }) }), 'switched-off');
    expect(off).toMatchObject({ raised: true, details: { gates: ['pbo'] } });
  });

  it('names bounds of the shadow that next to nothing crosses', () => {
    const shadow = (change: object) => cautionOf(usual({ shadow: ShadowSpec.parse(change) }), 'wide-shadow');
    expect(shadow({})).toMatchObject({ raised: false, number: 0 });
    const wide = shadow({ minRankAgreement: -1, maxPaperLoss: 0.6, maxDrawdown: 0.6, sessions: 20 });
    expect(wide).toMatchObject({ raised: true, number: 3, details: { of: 12 } });
    expect(wide.details['bounds']).toEqual([
      { bound: 'rank-agreement', field: 'minRankAgreement', value: -1 },
      { bound: 'paper-loss', field: 'maxPaperLoss', value: 0.6 },
      { bound: 'drawdown', field: 'maxDrawdown', value: 0.6 },
    ]);
    // The longer the shadow, the further a book may fall: 0.12 x sqrt(60) is beyond all of it.
    expect(shadow({ maxPaperLoss: 0.6, maxDrawdown: 0.6, sessions: 60 }).raised).toBe(false);
    expect(cautionOf(usual({ shadow: null }), 'wide-shadow')).toMatchObject({ raised: false, number: null });
  });

  it('judges no default of the shadow too wide, however short it is', () => {
    for (const sessions of [1, 2, 7, 60]) {
      const found = cautionOf(usual({ shadow: ShadowSpec.parse({ sessions }) }), 'wide-shadow');
      expect(found.raised, String(sessions)).toBe(false);
    }
  });

  it('never throws on broken evidence, and raises nothing that it could not measure', () => {
    const broken = fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, 0, -5, 1e9);
    fc.assert(
      fc.property(broken, fc.integer({ min: 0, max: SESSIONS - 1 }), (value, place) => {
        const input = withColumn(usual(), 3, (own, row) => (row === place ? value : own));
        for (const caution of cautionsIn(input)) {
          if (caution.number === null) expect(caution).toMatchObject({ raised: false, bound: null });
          else expect(caution.reason).not.toMatch(/NaN|undefined|Infinity/u);
        }
      }),
      { numRuns: 15 },
    );
  });
});
