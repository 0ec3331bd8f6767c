import { describe, expect, it } from 'vitest';
import { decayBaseline, decayThreshold, evaluateDecay } from '../../../monitoring/decay-rule.ts';
import { RandomStream } from '../../../market/random.ts';

/** AR(1) rank IC around a mean. */
function icSeries(seed: number, length: number, mean: (session: number) => number, sd = 0.12, phi = 0.2) {
  const random = new RandomStream(seed, 1);
  let deviation = 0;
  return Float64Array.from({ length }, (_, session) => {
    deviation = phi * deviation + Math.sqrt(1 - phi * phi) * sd * random.normal();
    return mean(session) + deviation;
  });
}

const settings = { falseAlarmsPerYear: 0.15, annualSessions: 250 };

describe('the plain decay rule', () => {
  it('raises no more false alarms a year than allowed, over 300 models in order', () => {
    let alarms = 0;
    let sessions = 0;
    for (let seed = 0; seed < 300; seed += 1) {
      const ic = icSeries(seed, 1000, () => 0.03);
      const result = evaluateDecay({ ...settings, ic: ic.slice(250), referenceIc: ic.slice(0, 250) });
      if (result.baseline === null) continue;
      alarms += result.alarm ? 1 : 0;
      sessions += result.session ?? 750;
    }
    expect(alarms / (sessions / 250)).toBeLessThan(0.15);
    expect(sessions).toBeGreaterThan(150_000);
  });

  it('finds a strong signal that turned round within thirty sessions', () => {
    for (let seed = 0; seed < 20; seed += 1) {
      const ic = icSeries(seed, 400, (session) => (session < 300 ? 0.15 : -0.15), 0.11, 0.75);
      const result = evaluateDecay({ ...settings, ic: ic.slice(250), referenceIc: ic.slice(0, 250) });
      expect(result.alarm).toBe(true);
      expect(result.session).toBeGreaterThanOrEqual(50);
      expect(result.session).toBeLessThan(80);
    }
  });

  it('skips sessions without an IC', () => {
    const referenceIc = icSeries(1, 250, () => 0.05);
    const ic = icSeries(2, 100, () => -0.05);
    const holes = Float64Array.from({ length: 200 }, (_, row) =>
      row % 2 === 0 ? (ic[row / 2] ?? NaN) : NaN,
    );
    const dense = evaluateDecay({ ...settings, ic, referenceIc });
    const sparse = evaluateDecay({ ...settings, ic: holes, referenceIc });
    expect(dense.alarm).toBe(true);
    expect(sparse.session).toBe((dense.session ?? 0) * 2);
    expect(sparse.statistic).toBe(dense.statistic);
  });

  it('raises nothing without a baseline: short, constant, or without skill', () => {
    const ic = icSeries(3, 300, () => -0.2);
    for (const referenceIc of [
      icSeries(4, 40, () => 0.1),
      new Float64Array(250).fill(0.05),
      icSeries(5, 250, () => -0.1),
      new Float64Array(0),
      new Float64Array(250).fill(NaN),
    ]) {
      const result = evaluateDecay({ ...settings, ic, referenceIc });
      expect(result).toMatchObject({ alarm: false, statistic: null, threshold: null, session: null });
      expect(result.reason).toMatch(/reference needs/u);
    }
  });

  it('says nothing about an empty series', () => {
    const result = evaluateDecay({
      ...settings,
      ic: new Float64Array(0),
      referenceIc: icSeries(6, 250, () => 0.05),
    });
    expect(result).toMatchObject({ alarm: false, statistic: 0, session: null });
  });
});

describe('the baseline', () => {
  it('recovers the model that made the series', () => {
    const baseline = decayBaseline(icSeries(7, 60_000, () => 0.04, 0.1, 0.4));
    expect(baseline?.mean).toBeCloseTo(0.04, 2);
    expect(baseline?.autocorrelation).toBeCloseTo(0.4, 1);
    expect(baseline?.innovation).toBeCloseTo(0.1 * Math.sqrt(1 - 0.16), 2);
    expect(baseline?.shift).toBeCloseTo((0.04 * 0.6) / (0.1 * Math.sqrt(0.84)), 1);
  });
});

describe('the threshold', () => {
  it('solves the run length equation at half the allowed rate', () => {
    for (const [shift, rate] of [
      [0.2, 0.15],
      [0.5, 0.15],
      [0.2, 2],
    ] as const) {
      const b = decayThreshold(shift, rate, 250) + 1.166 * shift;
      const length = (2 * (Math.exp(b) - b - 1)) / shift ** 2;
      expect(length).toBeCloseTo(250 / (rate / 2), 4);
    }
  });

  it('rises when fewer false alarms are allowed', () => {
    expect(decayThreshold(0.2, 0.05, 250)).toBeGreaterThan(decayThreshold(0.2, 0.5, 250));
  });
});
