import { describe, expect, it } from 'vitest';
import { ParitySetInvalid } from '../../../serving/errors.ts';
import { checkParity, measureLatency } from '../../../serving/parity.ts';
import { readParityColumns } from '../../../serving/parity-file.ts';
import { FEATURES, modelBytes, parityPath } from './fixtures.ts';

describe('checkParity', () => {
  it('finds every row of an exact export equal, by kind', async () => {
    const result = await checkParity({
      onnx: modelBytes('a'),
      featureNames: FEATURES,
      parity: { path: parityPath('a') },
    });
    expect(result.scoreQuantiles).toHaveLength(101);
    expect(result.scoreQuantiles).toEqual([...result.scoreQuantiles].sort((a, b) => a - b));
    expect(result).toMatchObject({
      rows: 860,
      mismatches: 0,
      firstMismatch: null,
      byKind: {
        recent: { rows: 300, mismatches: 0 },
        threshold: { rows: 360, mismatches: 0 },
        nan: { rows: 200, mismatches: 0 },
      },
    });
  });

  it('finds a single flipped bit of one expectation', async () => {
    const columns = await readParityColumns(parityPath('a'), FEATURES);
    const expected = columns.expected.slice();
    const bits = new BigUint64Array(expected.buffer);
    bits[512] = (bits[512] ?? 0n) ^ 1n;
    const result = await checkParity({
      onnx: modelBytes('a'),
      featureNames: FEATURES,
      parity: { columns: { ...columns, expected } },
    });
    expect(result.mismatches).toBe(1);
    expect(result.firstMismatch).toMatchObject({ row: 512, kind: 'threshold', expected: expected[512] });
    expect(result.byKind['threshold']).toEqual({ rows: 360, mismatches: 1 });
  });

  it('finds the wrong model', async () => {
    const result = await checkParity({
      onnx: modelBytes('b'),
      featureNames: FEATURES,
      parity: { path: parityPath('a') },
    });
    expect(result.mismatches).toBeGreaterThan(800);
  });

  it.each([
    [
      'no rows',
      {
        rows: 0,
        kinds: [],
        features: FEATURES.map(() => new Float32Array(0)),
        expected: new Float64Array(0),
      },
    ],
    [
      'columns of different length',
      {
        rows: 1,
        kinds: ['recent'],
        features: FEATURES.map(() => new Float32Array(2)),
        expected: new Float64Array(1),
      },
    ],
    [
      'an expectation that is NaN',
      {
        rows: 1,
        kinds: ['recent'],
        features: FEATURES.map(() => new Float32Array(1)),
        expected: Float64Array.of(Number.NaN),
      },
    ],
    [
      'a feature too few',
      { rows: 1, kinds: ['recent'], features: [new Float32Array(1)], expected: new Float64Array(1) },
    ],
  ])('refuses a parity set with %s instead of passing it', async (_, columns) => {
    const run = checkParity({ onnx: modelBytes('a'), featureNames: FEATURES, parity: { columns } });
    await expect(run).rejects.toBeInstanceOf(ParitySetInvalid);
  });

  it('refuses a file without a column of the version, naming it', async () => {
    const run = readParityColumns(parityPath('a'), [...FEATURES, 'sentiment']);
    await expect(run).rejects.toThrow(/"sentiment" of the parity set is missing/u);
  });

  it('takes every so many rows of a file that has more than are wanted, as they stand there', async () => {
    const all = await readParityColumns(parityPath('a'), FEATURES);
    const some = await readParityColumns(parityPath('a'), FEATURES, 100);
    const every = Math.ceil(all.rows / 100);
    expect(every).toBeGreaterThan(1);
    const kept = Array.from(all.expected.keys()).filter((row) => row % every === 0);
    expect(some.rows).toBe(kept.length);
    expect(some.rows).toBeLessThanOrEqual(100);
    expect(some.kinds).toEqual(kept.map((row) => all.kinds[row]));
    expect([...some.expected]).toEqual(kept.map((row) => all.expected[row]));
    for (const [at, column] of some.features.entries()) {
      expect([...column]).toEqual(kept.map((row) => all.features[at]?.[row]));
    }
  });

  it('refuses a file that is not there', async () => {
    await expect(readParityColumns('no-such.parquet', FEATURES)).rejects.toBeInstanceOf(ParitySetInvalid);
  });
});

describe('measureLatency', () => {
  it('gives percentiles in milliseconds, the median not above the 99th', async () => {
    const { p50Ms, p99Ms } = await measureLatency({
      onnx: modelBytes('a'),
      featureNames: FEATURES,
      universeRows: 500,
      repetitions: 20,
    });
    expect(p50Ms).toBeGreaterThan(0);
    expect(p99Ms).toBeGreaterThanOrEqual(p50Ms);
  });
});
