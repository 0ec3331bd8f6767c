import { describe, expect, it } from 'vitest';
import { ConstantSeries, NonFiniteValue, SampleTooShort, ShapeMismatch } from '../../../stats/errors.ts';
import { spa, spaOfResamples, SpaRun, stepRejections } from '../../../stats/spa.ts';
import { StationaryBootstrap } from '../../../stats/stationary-bootstrap.ts';
import { countReplicates } from '../../../stats/studentised-bootstrap.ts';
import { simulatedPanel, simulatedReturns } from './simulated.ts';

describe('SPA and StepM', () => {
  const skilled = simulatedPanel({ rows: 300, columns: 6, seed: 23, skilled: 2, mean: 0.004 });

  it('gives the same counts by prefix sums and by gathering rows', () => {
    const differences = simulatedPanel({ rows: 150, columns: 7, seed: 9, skilled: 1, mean: 0.001 });
    const bootstrap = new StationaryBootstrap(150, 8, 77);
    const resamples = Array.from({ length: 500 }, (_, replicate) => bootstrap.indices(replicate));
    const fast = spa({ differences, block: 8, seed: 77, replicates: 500 });
    const plain = spaOfResamples({ differences, block: 8, resamples });
    expect(fast.p).toEqual(plain.p);
    expect(fast.pAddOne).toEqual(plain.pAddOne);
    expect(fast.members.map((member) => member.adjustedP)).toEqual(
      plain.members.map((member) => member.adjustedP),
    );
    expect(Math.abs(fast.critical95 - plain.critical95)).toBeLessThan(1e-11);
  });

  it('finds the strategy with skill and no other', () => {
    const result = spa({ differences: skilled, block: 5, seed: 1, replicates: 2000 });
    expect(result.p.consistent).toBeLessThan(0.01);
    expect(stepRejections(result, 0.05).map((member) => member.column)).toEqual([2]);
    expect(result.members[0]?.column).toBe(2);
  });

  it('says p = 1 when every strategy loses, where a strict count of floored statistics would say 0', () => {
    const losers = skilled.map((column) => column.map((value) => value - 0.01));
    const result = spa({ differences: losers, block: 5, seed: 1, replicates: 500, threshold: 0.05 });
    expect(result.statistic).toBe(0);
    expect(result.p).toEqual({ lower: 1, consistent: 1, upper: 1 });
    expect(result.interval.consistent.lower).toBe(1);
    expect(result.decision).toBe('above');
    expect(stepRejections(result, 0.05)).toEqual([]);
  });

  it('orders the three p-values as the recentrings are ordered', () => {
    const mixed = skilled.map((column, index) => column.map((value) => value - 0.001 * index));
    const { p } = spa({ differences: mixed, block: 5, seed: 3, replicates: 3000 });
    expect(p.lower).toBeLessThanOrEqual(p.consistent);
    expect(p.consistent).toBeLessThanOrEqual(p.upper);
  });

  it('makes the step-down p of the best strategy the p of the test', () => {
    const noise = simulatedPanel({ rows: 200, columns: 5, seed: 21 });
    const result = spa({ differences: noise, block: 5, seed: 2, replicates: 1000 });
    expect(result.members[0]?.adjustedP).toBe(result.p.consistent);
    const adjusted = result.members.map((member) => member.adjustedP);
    expect(adjusted).toEqual(adjusted.toSorted((a, b) => a - b));
  });

  it('draws more replicates only while the interval holds the threshold', () => {
    const noise = simulatedPanel({ rows: 200, columns: 5, seed: 21 });
    const options = { differences: noise, block: 5, seed: 2, replicates: 1000, maxReplicates: 4000 };
    const far = spa({ ...options, threshold: 0.001 });
    expect(far.replicates).toBe(1000);
    expect(far.decision).toBe('above');
    const p = spa({ ...options, maxReplicates: 1000 }).p.consistent;
    const near = spa({ ...options, threshold: p });
    expect(near.replicates).toBe(4000);
    expect(near.decision).toBe('undecided');
    expect(near.interval.consistent.lower).toBeLessThan(p);
    expect(near.interval.consistent.upper).toBeGreaterThan(p);
  });

  it('keeps drawing for the promoted strategy when the test as a whole is decided', () => {
    const result = spa({ differences: skilled, block: 5, seed: 1, replicates: 1000 });
    const second = result.members[1];
    const options = { differences: skilled, block: 5, seed: 1, replicates: 1000, maxReplicates: 2000 };
    const threshold = second?.adjustedP ?? 0.5;
    expect(threshold).toBeGreaterThan(0.01);
    expect(spa({ ...options, threshold }).replicates).toBe(1000);
    expect(spa({ ...options, threshold, promoted: second?.column ?? 0 }).replicates).toBe(2000);
    expect(() => spa({ ...options, threshold, promoted: 99 })).toThrow(/column 99/u);
  });

  it('asks for twice as many at each look up to the maximum, and shares its confidence among the looks', () => {
    const noise = simulatedPanel({ rows: 200, columns: 5, seed: 21 });
    const options = { differences: noise, block: 5, seed: 2, replicates: 1000 };
    const near = spa(options).p.consistent;
    const run = new SpaRun({ ...options, maxReplicates: 3500, threshold: near });
    const asked: unknown[] = [];
    for (let wanted = run.nextReplicates(); wanted !== null; wanted = run.nextReplicates()) {
      asked.push(wanted);
      const middle = (wanted.from + wanted.to) / 2;
      run.add(
        [
          [middle, wanted.to],
          [wanted.from, middle],
        ].map(([from = 0, to = 0]) => countReplicates(run.data, run.sampling, from, to)),
      );
    }
    expect(asked).toEqual([
      { from: 0, to: 1000 },
      { from: 1000, to: 2000 },
      { from: 2000, to: 3500 },
    ]);
    // Looks at 1000, 2000 and 4000 at most: 1 - 0.001 / 3 each.
    expect(run.result().interval.consistent.confidence).toBeCloseTo(1 - 0.001 / 3, 12);
    expect(run.result()).toEqual(spa({ ...options, maxReplicates: 3500, threshold: near }));
    expect(spa(options).interval.consistent.confidence).toBe(0.999);
    expect(spa({ ...options, threshold: near, confidence: 0.9 }).interval.upper.confidence).toBeCloseTo(
      0.9,
      12,
    );
  });

  it('takes no look before all that it asked for is counted, nor more than that', () => {
    const run = new SpaRun({ differences: skilled, block: 5, seed: 1, replicates: 200 });
    const adding = (from: number, to: number) => (): void => {
      run.add([countReplicates(run.data, run.sampling, from, to)]);
    };
    expect(adding(0, 199)).toThrow(/replicates counted is 199/u);
    expect(adding(199, 201)).toThrow(/replicates counted is 201/u);
  });

  it('draws what was asked and no more where there is no level to decide at', () => {
    const options = { differences: skilled, block: 5, seed: 1, replicates: 200 };
    expect(spa({ ...options, maxReplicates: 800 })).toMatchObject({
      replicates: 200,
      decision: 'no-threshold',
    });
    // A promoted strategy that loses is decided by that: no replicate could change it.
    const losing = skilled.map((column, index) =>
      index === 4 ? column.map((value) => value - 0.01) : column,
    );
    const found = spa({ ...options, differences: losing, maxReplicates: 800, threshold: 0.1, promoted: 4 });
    expect(found).toMatchObject({ replicates: 200, decision: 'below' });
    expect(found.members.at(-1)).toMatchObject({ column: 4, adjustedP: 1, interval: { lower: 1, upper: 1 } });
    expect(found.members.at(-1)?.interval.confidence).toBe(found.interval.lower.confidence);
  });

  it('calls no strategy better that gained exactly nothing', () => {
    const nothing = Float64Array.from({ length: 120 }, (_, row) => (row % 2 === 0 ? 0.01 : -0.01));
    const result = spa({ differences: [nothing], block: 5, seed: 1, replicates: 200, threshold: 0.05 });
    expect(result).toMatchObject({
      statistic: 0,
      decision: 'above',
      p: { lower: 1, consistent: 1, upper: 1 },
    });
    expect(result.members).toMatchObject([{ name: 'column 1', adjustedP: 1 }]);
    const beside = { differences: [...skilled.map((column) => column.slice(0, 120)), nothing], promoted: 6 };
    const level = { block: 5, seed: 1, replicates: 200, maxReplicates: 400, threshold: 0.2 };
    expect(spa({ ...beside, ...level }).replicates).toBe(200);
  });

  it('rejects at a level the strategies whose own p lies below it, not at it', () => {
    const result = spa({ differences: skilled, block: 5, seed: 1, replicates: 1000 });
    const second = result.members[1];
    if (second === undefined) throw new Error('there are six strategies');
    const columns = (alpha: number) => stepRejections(result, alpha).map((member) => member.column);
    expect(columns(second.adjustedP)).toEqual([2]);
    expect(columns(second.adjustedP + 1e-9)).toContain(second.column);
    for (const alpha of [0, 1, Number.NaN]) {
      expect(() => stepRejections(result, alpha)).toThrow(/alpha/u);
    }
  });

  it('does not move when one strategy is fifty times as large', () => {
    const differences = simulatedPanel({ rows: 400, columns: 9, seed: 61, skilled: 4, mean: 0.0011 });
    const replicates = 4000;
    const plain = spa({ differences, block: 8, seed: 2, replicates });
    for (const large of [0, 4]) {
      const scaled = differences.map((column, index) =>
        index === large ? column.map((v) => 50 * v) : column,
      );
      const result = spa({ differences: scaled, block: 8, seed: 2, replicates });
      // The resamples are the same; only rounding could move a count.
      for (const recentring of ['lower', 'consistent', 'upper'] as const) {
        expect(Math.abs(result.p[recentring] - plain.p[recentring])).toBeLessThanOrEqual(1 / replicates);
      }
      expect(result.members.map((member) => member.name)).toEqual(plain.members.map((member) => member.name));
    }
  });

  it('refuses what cannot be compared, naming the strategy', () => {
    const run = (differences: Float64Array[]): unknown =>
      spa({ differences, names: ['a', 'b'], block: 5, seed: 1, replicates: 200 });
    const good = simulatedReturns({ rows: 100, seed: 1 });
    expect(() => run([])).toThrow(SampleTooShort);
    expect(() => run([good.slice(0, 10)])).toThrow(SampleTooShort);
    expect(() => run([good, good.map(() => 0.0001)])).toThrow(ConstantSeries);
    expect(() => run([good, good.map(() => 0)])).toThrow(/b minus benchmark is constant/u);
    expect(() => run([good, good.map((value, row) => (row === 4 ? Number.NaN : value))])).toThrow(
      NonFiniteValue,
    );
    expect(() => run([good, good.map((value, row) => (row === 4 ? Infinity : value))])).toThrow(
      /b is Infinity in row 5/u,
    );
    expect(() => run([good, good.slice(1)])).toThrow(ShapeMismatch);
    expect(() => spa({ differences: [good], block: 5, seed: 1, replicates: 10 })).toThrow(
      /replicates is 10/u,
    );
    expect(() => spa({ differences: [good], block: 101, seed: 1, replicates: 200 })).toThrow(/block is 101/u);
    const options = { differences: [good], block: 5, seed: 1, replicates: 200 };
    for (const threshold of [0, 1, Number.NaN]) {
      expect(() => spa({ ...options, threshold })).toThrow(/threshold/u);
    }
    for (const confidence of [0.4, 1, Number.NaN]) {
      expect(() => spa({ ...options, confidence })).toThrow(/confidence/u);
    }
    expect(() => spa({ ...options, threshold: 0.05, maxReplicates: 199 })).toThrow(/maxReplicates is 199/u);
    const rows = (last: number) => [Int32Array.from({ length: 100 }, (_, row) => (row === 99 ? last : row))];
    expect(() => spaOfResamples({ ...options, resamples: rows(100) })).toThrow(/row index is 100/u);
    expect(() => spaOfResamples({ ...options, resamples: [] })).toThrow(/resamples is 0/u);
    expect(spaOfResamples({ ...options, resamples: rows(99) })).toMatchObject({ replicates: 1, seed: null });
    const short = [Int32Array.from([0, 1])];
    expect(() => spaOfResamples({ differences: [good], block: 5, resamples: short })).toThrow(
      /rows of a resample/u,
    );
  });
});
