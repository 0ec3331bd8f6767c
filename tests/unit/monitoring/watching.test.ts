import { describe, expect, it } from 'vitest';
import { currentDrawdown, measureLiveSession } from '../../../evaluation/live-session.ts';
import { RandomStream } from '../../../market/random.ts';
import { referenceOf, sessionDrift } from '../../../monitoring/drift/session-drift.ts';
import { modelHealth } from '../../../monitoring/health.ts';
import { icSummary } from '../../../monitoring/ic-summary.ts';
import { advanceRegime, regimeOf, type RegimeState, usualRegimes } from '../../../monitoring/regime.ts';
import { checkSessionData } from '../../../monitoring/session-data.ts';

const SYMBOLS = 60;
const NAMES = Array.from({ length: 20 }, (_, feature) => `feature_${String(feature)}`);

/** Sessions whose rows move together: each has a shift of its own, as markets do. */
function matrix(sessions: number, stream: number, shiftOf: (feature: number) => number = () => 0) {
  const random = new RandomStream(5, stream);
  const session: string[] = [];
  const values = new Float32Array(sessions * SYMBOLS * NAMES.length);
  let cell = 0;
  for (let day = 0; day < sessions; day += 1) {
    const common = NAMES.map(() => 0.5 * random.normal());
    for (let row = 0; row < SYMBOLS; row += 1) {
      session.push(String(day).padStart(4, '0'));
      NAMES.forEach((_, feature) => {
        values[cell] = (common[feature] ?? 0) + random.normal() + shiftOf(feature);
        cell += 1;
      });
    }
  }
  return { session, names: NAMES, values };
}

describe('drift of a session', () => {
  const references = referenceOf(matrix(200, 1));

  it('calls no more than the promised share of quiet sessions drifted, although their rows move together', () => {
    let sessions = 0;
    for (let day = 0; day < 60; day += 1) {
      if (sessionDrift(references, matrix(1, 100 + day), 0.1).drifted.length > 0) sessions += 1;
    }
    expect(sessions / 60).toBeLessThan(0.25);
  });

  it('names the features that have moved, and no others', () => {
    const { drifted } = sessionDrift(
      references,
      matrix(1, 7, (feature) => (feature < 6 ? 4 : 0)),
      0.1,
    );
    expect(drifted.slice(0, 6)).toEqual(NAMES.slice(0, 6));
    expect(drifted.length).toBeLessThanOrEqual(8);
  });

  it('takes a feature that the session does not have for one without values', () => {
    const { columns } = sessionDrift(references, { names: [], values: new Float32Array(0) }, 0.1);
    expect(columns[0]).toMatchObject({ missing: 1, ks: 0, drifted: false });
  });
});

describe('the data of a session', () => {
  const FINE = {
    ...{ rows: 60, rowsBefore: [60, 61, 60], minCoverage: 0.9, unchanged: [] },
    ...{ overdueSessions: 0, allowedOverdueSessions: 5 },
  };
  const features = sessionDrift(referenceOf(matrix(50, 1)), matrix(1, 2), 0.1).columns;
  const checks = (change: Partial<Parameters<typeof checkSessionData>[0]>) =>
    checkSessionData({ ...FINE, features, ...change }).map(({ check }) => check);

  it('is without a fault when it is as usual', () => {
    expect(checks({})).toEqual([]);
  });

  it.each([
    ['rows', { rows: 20 }],
    ['rows', { rows: 0, rowsBefore: [] }],
    ['stale', { unchanged: NAMES }],
    ['overdue-labels', { overdueSessions: 6 }],
    ['missing-feature', { features: features.slice(0, 1).map((each) => ({ ...each, missing: 0.8 })) }],
    [
      'constant-feature',
      { features: features.slice(0, 1).map((each) => ({ ...each, becameConstant: true })) },
    ],
    ['out-of-range', { features: features.slice(0, 1).map((each) => ({ ...each, outOfRange: 0.9 })) }],
  ] as const)('has the fault %s', (expected, change) => {
    expect(checks(change)).toEqual([expected]);
  });

  it('lets a count of rare events be zero in every row where that has happened in training', () => {
    const rare = features
      .slice(0, 1)
      .map((each) => ({ ...each, becameConstant: true, constantSessions: 0.1 }));
    expect(checks({ features: rare })).toEqual([]);
  });
});

describe('the regime', () => {
  const run = (returns: readonly number[], before: RegimeState | null = null) =>
    returns.reduce<RegimeState | null>((state, value) => advanceRegime(state, value), before);
  const still = Array.from({ length: 300 }, (_, day) => (day % 2 === 0 ? 0.011 : -0.01));

  it('is not told before a quarter of a year has passed', () => {
    const young = run(still.slice(0, 59));
    expect(young === null ? 'none' : regimeOf(young)).toBeNull();
  });

  it('turns to bear 15 % below the peak and back to bull 20 % above the trough', () => {
    const up = run(still);
    const fallen = run(
      Array.from({ length: 20 }, () => -0.0085),
      up,
    );
    const risen = run(
      Array.from({ length: 25 }, () => 0.0085),
      fallen,
    );
    expect([up, fallen, risen].map((state) => state && regimeOf(state))).toEqual(['bull', 'bear', 'bull']);
  });

  it('is loud when the running deviation is half as large again as the usual one, whatever the direction', () => {
    const loud = run(
      Array.from({ length: 30 }, (_, day) => (day % 2 === 0 ? 0.04 : -0.038)),
      run(still),
    );
    expect(loud && regimeOf(loud)).toBe('high-volatility');
    expect(loud && usualRegimes(loud)).toContain('bull');
  });

  it('is not moved by a session on which nothing traded', () => {
    const state = run(still);
    expect(state && advanceRegime(state, Number.NaN)).toEqual(state);
  });
});

describe('health', () => {
  const WELL = {
    decayProbability: 0,
    dataFindings: [],
    driftedShare: 0,
    operation: { scored: 1, latencyMs: 10, maxLatencyMs: 50 },
    resources: { memory: 0.5, disk: 0.5, load: 1 },
  };

  it('is 100 when nothing is wrong, and its weights sum to one', () => {
    const { score, parts } = modelHealth(WELL);
    expect(score).toBeCloseTo(100, 9);
    expect(parts.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(1, 12);
  });

  it.each([
    ['performance', { decayProbability: 1 }, 40],
    ['data', { dataFindings: ['a', 'b'] }, 20],
    ['drift', { driftedShare: 0.5 }, 15],
    ['operation', { operation: { scored: 0, latencyMs: 10, maxLatencyMs: 50 } }, 15],
    ['resources', { resources: { memory: 0.5, disk: 1, load: 1 } }, 10],
  ] as const)('loses the weight of %s', (_, change, points) => {
    expect(modelHealth({ ...WELL, ...change }).score).toBeCloseTo(100 - points, 9);
  });

  it('leaves what is unknown out of the score instead of calling it well', () => {
    const { score, parts } = modelHealth({ ...WELL, decayProbability: null, driftedShare: 0.5 });
    expect(parts[0]?.score).toBeNull();
    expect(score).toBeCloseTo((100 * (0.2 + 0.15 + 0.1)) / 0.6, 9);
  });
});

describe('a live session', () => {
  it('has the rank IC of gates and shadow, and one within sectors', () => {
    const predictions = Float64Array.from({ length: 12 }, (_, row) => row);
    const labels = Float64Array.from({ length: 12 }, (_, row) => (row < 6 ? row : row - 12));
    const sectors = Array.from({ length: 12 }, (_, row) => (row < 6 ? 'steel' : 'ships'));
    const measured = measureLiveSession({ session: '2020-01-02', predictions, labels, sectors });
    expect(measured.rankIc).toBeLessThan(0);
    expect(measured.sectorNeutralIc).toBeCloseTo(1, 1);
    expect(measured.sectorIc).toEqual({ ships: 1, steel: 1 });
  });

  it('says why there is no rank IC: no labels, or scores that are all equal', () => {
    const flat = new Float64Array(10).fill(1);
    const rising = Float64Array.from({ length: 10 }, (_, row) => row);
    const sectors = rising
      .toString()
      .split(',')
      .map(() => null);
    const unknown = new Float64Array(10).fill(Number.NaN);
    const of = (predictions: Float64Array, labels: Float64Array) =>
      measureLiveSession({ session: '2020-01-02', predictions, labels, sectors });
    expect(of(rising, unknown)).toMatchObject({ rankIc: null, gap: 'too-few-pairs', pairs: 0, rmse: null });
    expect(of(flat, rising)).toMatchObject({ rankIc: null, gap: 'constant-prediction', pairs: 10 });
    expect(of(rising, flat)).toMatchObject({ rankIc: null, gap: 'constant-return' });
    expect(of(unknown, rising)).toMatchObject({ rankIc: null, gap: 'too-few-pairs' });
  });

  it('stands as far below its highest as its returns have left it', () => {
    expect(currentDrawdown([0.1, -0.5, 0.1])).toBeCloseTo(1 - 0.55, 12);
    expect(currentDrawdown([0.1, 0.1])).toBe(0);
    expect(currentDrawdown([])).toBe(0);
  });
});

describe('what is shown beside the decay rule', () => {
  it('has an interval for one look, a wider one for all looks, and a half-life', () => {
    const random = new RandomStream(1, 1);
    let state = 0;
    const ic = Float64Array.from({ length: 400 }, () => {
      state = 0.5 * state + 0.05 * random.normal();
      return 0.03 + state;
    });
    const { interval, sequence, halfLife, mean } = icSummary(ic, 5);
    expect(interval?.[0]).toBeLessThan(mean ?? 0);
    expect(sequence[1] - sequence[0]).toBeGreaterThan((interval?.[1] ?? 0) - (interval?.[0] ?? 0));
    expect(halfLife).toBeGreaterThan(0.6);
    expect(halfLife).toBeLessThan(1.6);
  });

  it('has no interval for a constant IC or a handful of sessions', () => {
    expect(icSummary(new Float64Array(50).fill(0.125), 5)).toMatchObject({
      interval: null,
      halfLife: null,
      mean: 0.125,
    });
    expect(icSummary(Float64Array.of(0.1, Number.NaN, 0.2), 5)).toMatchObject({
      observations: 2,
      interval: null,
    });
    expect(icSummary(new Float64Array(0), 5)).toMatchObject({ mean: null, sequence: [-1, 1] });
  });
});
