import { describe, expect, it } from 'vitest';
import { expectedDecayDelay } from '../../../monitoring/decay-delay.ts';
import { type DecayInput, evaluateDecay } from '../../../monitoring/decay-rule.ts';
import { decayThreshold } from '../../../monitoring/decay-thresholds.ts';
import { icBaseline, innovationLikelihood, MEAN_GRID } from '../../../monitoring/ic-baseline.ts';
import { type SimulatedIc, simulateIc } from '../../../monitoring/ic-simulation.ts';

const narrow: SimulatedIc = { mean: 0.03, deviation: 0.12, autocorrelation: 0.2, tailDegrees: Infinity };
const broad: SimulatedIc = { ...narrow, deviation: 0.04 };
const SEED = 4_711;

/** A year of reference, then what is watched. */
function watched(ic: Float64Array, changed: Partial<DecayInput> = {}): DecayInput {
  return {
    ic: ic.slice(250),
    referenceIc: ic.slice(0, 250),
    adjacent: true,
    falseAlarmsPerYear: 0.15,
    annualSessions: 250,
    restarts: [],
    ...changed,
  };
}

function alarmSessions(
  model: SimulatedIc,
  series: number,
  length: number,
  meanAt?: (session: number) => number,
) {
  return Array.from(
    { length: series },
    (_, stream) => evaluateDecay(watched(simulateIc(model, length, SEED, stream, meanAt))).session,
  );
}

/** Sessions from the change to the alarm, over the series that had not alarmed before it. */
function medianDelay(sessions: readonly (number | null)[], change: number): number {
  const delays = sessions
    .filter((session) => session === null || session >= change)
    .map((session) => (session === null ? Infinity : session - change + 1))
    .sort((a, b) => a - b);
  return delays[Math.floor(delays.length / 2)] ?? Number.NaN;
}

describe('the decay rule', () => {
  it('spends its budget of false alarms on models in order, no more and not much less', () => {
    for (const model of [narrow, broad]) {
      const alarmed = alarmSessions(model, 300, 1000).filter((session) => session !== null).length;
      // Three years at 0.15 a year: 1 - exp(-0.45) = .36 of them, give or take 5 % for the draw and the mean.
      expect(alarmed / 300).toBeGreaterThan(0.26);
      expect(alarmed / 300).toBeLessThan(0.46);
    }
  });

  it('sees a broad universe lose its whole signal within a month at the same budget', () => {
    const sessions = alarmSessions(broad, 300, 750, (session) => (session < 400 ? 0.03 : 0));
    expect(medianDelay(sessions, 150)).toBeLessThanOrEqual(25);
  });

  it('sees a narrow universe lose its whole signal in about half a year', () => {
    const sessions = alarmSessions(narrow, 300, 1000, (session) => (session < 400 ? 0.03 : 0));
    expect(medianDelay(sessions, 150)).toBeLessThan(130);
  });

  it('finds a strong signal that turned round within thirty sessions', () => {
    const strong: SimulatedIc = { mean: 0.15, deviation: 0.11, autocorrelation: 0.75, tailDegrees: Infinity };
    const sessions = alarmSessions(strong, 40, 400, (session) => (session < 300 ? 0.15 : -0.15));
    const found = sessions.filter((session) => session !== null && session >= 50 && session < 80);
    expect(found.length).toBeGreaterThanOrEqual(34);
  });

  it('takes a rise of the noise for what it is', () => {
    let alarmed = 0;
    for (let stream = 0; stream < 300; stream += 1) {
      const ic = simulateIc({ ...narrow, mean: 0 }, 750, SEED, stream);
      const louder = ic.map((value, session) => 0.03 + value * (session < 400 ? 1 : 1.8));
      const { session } = evaluateDecay(watched(louder));
      if (session !== null && session >= 150) alarmed += 1;
    }
    expect(alarmed / 300).toBeLessThan(0.2);
  });

  it('skips sessions without an IC', () => {
    const reference = simulateIc({ ...narrow, mean: 0.05 }, 250, SEED, 1);
    const ic = simulateIc({ ...narrow, mean: -0.05 }, 150, SEED, 2);
    const holes = Float64Array.from({ length: 300 }, (_, row) =>
      row % 2 === 0 ? (ic[row / 2] ?? NaN) : NaN,
    );
    const common = { referenceIc: reference, falseAlarmsPerYear: 0.15 };
    const dense = evaluateDecay(watched(ic, { ...common, ic }));
    const sparse = evaluateDecay(watched(ic, { ...common, ic: holes }));
    expect(dense.alarm).toBe(true);
    expect(sparse.session).toBe((dense.session ?? 0) * 2);
    expect(sparse.statistic).toBe(dense.statistic);
  });

  it('starts its evidence anew at a restart, and alarms again when the decay goes on', () => {
    const ic = simulateIc(narrow, 1000, SEED, 3, (session) => (session < 250 ? 0.06 : -0.06));
    const first = evaluateDecay(watched(ic));
    expect(first.alarm).toBe(true);
    const restart = (first.session ?? 0) + 20;
    const again = evaluateDecay(watched(ic, { restarts: [restart] }));
    expect(again.session).toBeGreaterThan(restart);
    const healed = simulateIc(narrow, 1000, SEED, 3, (session) =>
      session < 250 + restart && session >= 250 ? -0.06 : 0.06,
    );
    expect(evaluateDecay(watched(healed, { restarts: [restart] })).alarm).toBe(false);
  });

  it('raises nothing without a baseline: short, constant, or without skill', () => {
    const ic = simulateIc({ ...narrow, mean: -0.2 }, 300, SEED, 4);
    for (const referenceIc of [
      simulateIc({ ...narrow, mean: 0.1 }, 40, SEED, 5),
      new Float64Array(250).fill(0.05),
      simulateIc({ ...narrow, mean: -0.1 }, 250, SEED, 6),
      new Float64Array(0),
      new Float64Array(250).fill(NaN),
    ]) {
      const result = evaluateDecay(watched(ic, { ic, referenceIc }));
      expect(result).toMatchObject({ alarm: false, statistic: null, threshold: null, session: null });
      expect(result.reason).toMatch(/reference needs/u);
    }
  });

  it('says nothing about an empty series', () => {
    const ic = new Float64Array(0);
    const result = evaluateDecay(watched(ic, { ic, referenceIc: simulateIc(narrow, 250, SEED, 7) }));
    expect(result).toMatchObject({ alarm: false, statistic: 0, session: null });
  });

  it('stays finite when decay stands for years', () => {
    const ic = simulateIc(narrow, 3000, SEED, 8, (session) => (session < 250 ? 0.06 : -0.2));
    const result = evaluateDecay(watched(ic, { falseAlarmsPerYear: 1e-60 }));
    expect(Number.isFinite(result.statistic ?? NaN)).toBe(true);
  });
});

describe('the baseline', () => {
  it('recovers the model that made the series', () => {
    const baseline = icBaseline(
      simulateIc({ mean: 0.037, deviation: 0.1, autocorrelation: 0.4, tailDegrees: 10 }, 60_000, SEED, 9),
    );
    expect(baseline?.mean).toBeCloseTo(0.037, 2);
    expect(baseline?.autocorrelation).toBeCloseTo(0.4, 1);
    expect(baseline?.innovation).toBeCloseTo(0.1 * Math.sqrt(1 - 0.16), 2);
    expect(baseline?.signal).toBeCloseTo((0.037 * 0.6) / (0.1 * Math.sqrt(0.84)), 1);
  });

  it('has the posterior that Bayes gives in one step over the whole reference', () => {
    const reference = simulateIc(narrow, 250, SEED, 10);
    const baseline = icBaseline(reference);
    if (baseline === null) throw new Error('no baseline');
    const { autocorrelation: phi, innovation } = baseline;
    const logs = MEAN_GRID.map((mean, row) => {
      let log = Math.log(priorOf(row));
      for (let at = 1; at < reference.length; at += 1) {
        const step = (reference[at] ?? 0) - phi * (reference[at - 1] ?? 0) - (1 - phi) * mean;
        log += Math.log(innovationLikelihood(step, innovation ** 2));
      }
      return log;
    });
    const largest = Math.max(...logs);
    const total = logs.reduce((sum, log) => sum + Math.exp(log - largest), 0);
    logs.forEach((log, row) => {
      expect(baseline.weights[row]).toBeCloseTo(Math.exp(log - largest) / total, 10);
    });
  });
});

/** The prior as its description has it. */
function priorOf(row: number): number {
  const density = (value: number): number =>
    value <= 0.085 ? Math.exp(-0.5 * ((value - 0.035) / 0.016) ** 2) : 0;
  const total = MEAN_GRID.reduce((sum, value) => sum + density(value), 0);
  return (0.98 * density(MEAN_GRID[row] ?? 0)) / total + 0.02 / MEAN_GRID.length;
}

describe('the threshold', () => {
  it('falls with a larger budget and with a stronger signal', () => {
    expect(decayThreshold(0.2, 0.05, 250)).toBeGreaterThan(decayThreshold(0.2, 0.5, 250));
    expect(decayThreshold(0.2, 0.15, 250)).toBeGreaterThan(decayThreshold(1, 0.15, 250));
  });

  it('is continuous, also beyond the table', () => {
    for (const budget of [0.001, 0.05, 0.0501, 0.3, 4, 12]) {
      const here = decayThreshold(0.3, budget, 250);
      expect(decayThreshold(0.3, budget * 1.001, 250)).toBeCloseTo(here, 2);
      expect(decayThreshold(0.3003, budget, 250)).toBeCloseTo(here, 2);
    }
    expect(decayThreshold(0.01, 0.15, 250)).toBe(decayThreshold(0.08, 0.15, 250));
    expect(decayThreshold(9, 0.15, 250)).toBe(decayThreshold(1.7, 0.15, 250));
  });

  it('counts a year in the sessions of the market', () => {
    expect(decayThreshold(0.2, 0.15, 245)).toBeCloseTo(decayThreshold(0.2, (0.15 * 250) / 245, 250), 10);
  });
});

describe('the expected delay', () => {
  it('is stated before the rule is switched on, and is the one that is then seen', () => {
    const baseline = icBaseline(simulateIc(broad, 250, SEED, 11));
    if (baseline === null) throw new Error('no baseline');
    const stated = expectedDecayDelay(baseline, 0.15, 250);
    const seen = medianDelay(
      alarmSessions({ ...broad, mean: baseline.mean }, 200, 800, (session) =>
        session < 375 ? baseline.mean : 0,
      ),
      125,
    );
    expect(stated.median).toBeGreaterThan(seen * 0.6);
    expect(stated.median).toBeLessThan(seen * 1.6);
    expect(stated).toEqual(expectedDecayDelay(baseline, 0.15, 250));
  });
});
