import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../../market/random.ts';
import { comparisonSettings } from '../../../monitoring/comparison/comparison-settings.ts';
import {
  EMPTY_STREAM,
  type PairedStream,
  standardisedMean,
  takeDifference,
} from '../../../monitoring/comparison/paired-stream.ts';
import { streamRules } from '../../../monitoring/comparison/running-comparison.ts';
import {
  AT_ONCE,
  bet,
  type BettingProcess,
  eValue,
  NO_BETS,
  SPREAD,
  STAKES,
} from '../../../stats/betting-process.ts';
import { clopperPearson } from '../../../stats/beta.ts';
import { NO_OBSERVATIONS, sequenceInterval, widenSequence } from '../../../stats/confidence-sequence.ts';

const label = { kind: 'forward_return_rank', horizonSessions: 5, entryDelaySessions: 1 } as const;
const settings = comparisonSettings({ label }, 250);
const returnRules = streamRules(settings, 'returns');
const icRules = streamRules(settings, 'ic');

const payoffs = fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 1, maxLength: 40 });
const betAll = (values: readonly number[]): BettingProcess => values.reduce(bet, NO_BETS);

interface Noise {
  readonly autocorrelation: number;
  readonly tailDegrees: number;
  /** Sessions of noise that overlap in one value. */
  readonly overlap: number;
}

function differences(noise: Noise, length: number, seed: number, stream: number): number[] {
  const random = new RandomStream(seed, stream);
  const recent: number[] = [];
  let state = 0;
  return Array.from({ length }, () => {
    const draw = random.heavyTailed(noise.tailDegrees);
    state = noise.autocorrelation * state + Math.sqrt(1 - noise.autocorrelation ** 2) * draw;
    recent.push(state);
    if (recent.length > noise.overlap) recent.shift();
    return recent.reduce((sum, value) => sum + value, 0) / Math.sqrt(noise.overlap);
  });
}

function watch(values: readonly number[], rules: typeof returnRules): PairedStream {
  return values.reduce<PairedStream>(
    (stream, value, day) => takeDifference(stream, String(10_000 + day), value, rules),
    EMPTY_STREAM,
  );
}

describe('the betting process', () => {
  it('is the mixture written out: every stake, every session to begin on, its own product', () => {
    fc.assert(
      fc.property(payoffs, (values) => {
        const share = (k: number): number =>
          (k === 1 ? AT_ONCE : 0) + ((1 - AT_ONCE) * SPREAD) / ((k + SPREAD - 1) * (k + SPREAD));
        let wealth = 0;
        let begun = 0;
        for (let k = 1; k <= values.length; k += 1) {
          begun += share(k);
          for (const stake of STAKES) {
            const product = values.slice(k - 1).reduce((total, payoff) => total * (1 + stake * payoff), 1);
            wealth += (share(k) / STAKES.length) * product;
          }
        }
        const expected = wealth + 1 - begun;
        expect(Math.abs(eValue(betAll(values)) / expected - 1)).toBeLessThan(1e-10);
      }),
    );
  });

  it('is a martingale: a fair payoff of any size leaves what it is worth on average, a losing one less', () => {
    fc.assert(
      fc.property(payoffs, fc.double({ min: 0, max: 1, noNaN: true }), (values, size) => {
        const now = betAll(values);
        const up = eValue(bet(now, size));
        const down = eValue(bet(now, -size));
        expect(Math.abs((up + down) / 2 / eValue(now) - 1)).toBeLessThan(1e-10);
        expect(eValue(bet(now, -size))).toBeLessThanOrEqual(eValue(now) * (1 + 1e-12));
        expect(down).toBeGreaterThanOrEqual(0);
      }),
    );
  });

  it('refuses a payoff beyond the stake', () => {
    expect(() => bet(NO_BETS, 1.01)).toThrow(/payoff is 1.01/u);
    expect(() => bet(NO_BETS, Number.NaN)).toThrow(/payoff/u);
  });
});

describe('two equal models, looked at on every session', () => {
  const REIGNS = 400;
  const SESSIONS = 300;
  it.each([
    ['normal', { autocorrelation: 0, tailDegrees: 30, overlap: 1 }, 'returns'],
    ['Student with three degrees', { autocorrelation: 0, tailDegrees: 3, overlap: 1 }, 'returns'],
    ['autocorrelated', { autocorrelation: 0.2, tailDegrees: 5, overlap: 1 }, 'returns'],
    ['strongly autocorrelated', { autocorrelation: 0.4, tailDegrees: 5, overlap: 1 }, 'returns'],
    ['ICs of overlapping labels', { autocorrelation: 0, tailDegrees: 5, overlap: 5 }, 'ic'],
    ['autocorrelated ICs of overlapping labels', { autocorrelation: 0.2, tailDegrees: 5, overlap: 5 }, 'ic'],
  ] as const)('are called worse no more often than stated: %s', (_, noise, measure) => {
    const rules = measure === 'ic' ? icRules : returnRules;
    const bound = 20;
    let crossed = 0;
    for (let reign = 0; reign < REIGNS; reign += 1) {
      const stream = watch(differences(noise, SESSIONS, 23, reign), rules);
      if (stream.worse.highest >= bound || stream.better.highest >= 2 * bound) crossed += 1;
    }
    // Both directions: 1/20 + 1/40 at most, whatever the number of looks; the count may not prove more than that.
    expect(clopperPearson(crossed, REIGNS, 0.99).lower).toBeLessThanOrEqual(1 / bound + 1 / (2 * bound));
    expect(crossed / REIGNS).toBeLessThan(0.1);
  });

  it('would be called worse far more often by bets that forget how labels overlap', () => {
    const noise = { autocorrelation: 0, tailDegrees: 5, overlap: 5 };
    let naive = 0;
    let pooled = 0;
    for (let reign = 0; reign < 150; reign += 1) {
      const values = differences(noise, 300, 29, reign);
      const raw = betAll(values.map((value) => Math.max(-1, Math.min(1, value / 3))));
      if (raw.highest >= 20) naive += 1;
      if (watch(values, icRules).better.highest >= 20) pooled += 1;
    }
    expect(naive).toBeGreaterThan(30);
    expect(pooled).toBeLessThan(12);
  });
});

describe('the confidence sequence', () => {
  it('is the interval written out over the whole series', () => {
    fc.assert(
      fc.property(payoffs, fc.double({ min: 0.1, max: 1, noNaN: true }), (values, gain) => {
        const missRate = 0.05;
        const carried = values.reduce(
          (sequence, value) => widenSequence(sequence, value, gain, missRate),
          NO_OBSERVATIONS,
        );
        const xs = values.map((value) => (value + 1) / 2);
        const means = xs.map((_, t) => (0.5 + xs.slice(0, t).reduce((a, b) => a + b, 0)) / (t + 1));
        const weights = xs.map((_, t) => {
          const squares = xs.slice(0, t).map((x, i) => (x - (means[i] ?? 0)) ** 2);
          const variance = (0.25 + squares.reduce((a, b) => a + b, 0)) / (t + 1);
          return Math.min(
            0.5,
            Math.sqrt((2 * Math.log(2 / missRate)) / (variance * (t + 1) * Math.log(t + 2))),
          );
        });
        const sum = (term: (t: number) => number): number => xs.reduce((total, _, t) => total + term(t), 0);
        const penalty = sum((t) => {
          const weight = weights[t] ?? 0;
          return 4 * ((xs[t] ?? 0) - (means[t] ?? 0)) ** 2 * ((-Math.log(1 - weight) - weight) / 4);
        });
        const scale = sum((t) => (weights[t] ?? 0) * gain);
        const centre = sum((t) => (weights[t] ?? 0) * (values[t] ?? 0)) / scale;
        const half = (2 * (Math.log(2 / missRate) + penalty)) / scale;
        const { lower, upper } = sequenceInterval(carried, missRate);
        expect(lower).toBeCloseTo(Math.max(-1, centre - half), 9);
        expect(upper).toBeCloseTo(Math.min(1, centre + half), 9);
      }),
    );
  });

  it.each([0, 0.3])('holds the true difference of %s deviations at all sessions together', (mean) => {
    const REIGNS = 200;
    let missed = 0;
    for (let reign = 0; reign < REIGNS; reign += 1) {
      const values = differences({ autocorrelation: 0.1, tailDegrees: 8, overlap: 1 }, 250, 31, reign);
      let stream = EMPTY_STREAM;
      const outside = values.some((value, day) => {
        stream = takeDifference(stream, String(10_000 + day), value + mean, returnRules);
        const interval = standardisedMean(stream, settings.missRate);
        // The scale is a root mean square, so it holds the mean as well.
        const truth = mean / Math.sqrt(1 + mean ** 2);
        return interval !== null && (interval.lower > truth || interval.upper < truth);
      });
      if (outside) missed += 1;
    }
    expect(clopperPearson(missed, REIGNS, 0.99).lower).toBeLessThanOrEqual(settings.missRate);
  });
});
