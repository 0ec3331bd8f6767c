import { describe, expect, it } from 'vitest';
import { StationaryBootstrap } from '../../../stats/stationary-bootstrap.ts';
import { autocovariance, stationaryDeviation } from '../../../stats/stationary-variance.ts';
import { simulatedReturns } from './simulated.ts';

describe('stationary bootstrap', () => {
  /** Lengths of the blocks of one replicate. */
  function lengthsOf(bootstrap: StationaryBootstrap, replicate: number): number[] {
    const blocks = bootstrap.emptyBlocks(1);
    bootstrap.draw(replicate, 1, blocks);
    return Array.from({ length: blocks.offsets[1] ?? 0 }, (_, block) => {
      const length =
        ((blocks.ends[block] ?? 0) - (blocks.starts[block] ?? 0) + bootstrap.rows) % bootstrap.rows;
      return length === 0 ? bootstrap.rows : length;
    });
  }

  it('fills every resample with exactly as many rows as there are', () => {
    for (const block of [1, 7, 97]) {
      const bootstrap = new StationaryBootstrap(97, block, 3);
      for (let replicate = 0; replicate < 200; replicate += 1) {
        expect(lengthsOf(bootstrap, replicate).reduce((sum, length) => sum + length, 0)).toBe(97);
        const rows = bootstrap.indices(replicate);
        expect(rows).toHaveLength(97);
        expect(rows.every((row) => row >= 0 && row < 97)).toBe(true);
      }
    }
  });

  it('has geometric block lengths with the mean asked for', () => {
    const bootstrap = new StationaryBootstrap(20_000, 9, 5);
    const lengths = Array.from({ length: 20 }, (_, replicate) =>
      lengthsOf(bootstrap, replicate).slice(0, -1),
    ).flat();
    const mean = lengths.reduce((sum, length) => sum + length, 0) / lengths.length;
    expect(Math.abs(mean - 9)).toBeLessThan(0.25);
    for (const length of [1, 2, 5, 15]) {
      const share = lengths.filter((other) => other === length).length / lengths.length;
      const expected = (1 / 9) * (8 / 9) ** (length - 1);
      expect(Math.abs(share - expected)).toBeLessThan(5 * Math.sqrt(expected / lengths.length));
    }
  });

  it('draws single rows when the block is one', () => {
    expect(lengthsOf(new StationaryBootstrap(50, 1, 1), 0)).toEqual(Array(50).fill(1));
  });

  it('draws a run of replicates as it draws each of them alone', () => {
    const bootstrap = new StationaryBootstrap(60, 5, 42);
    const run = bootstrap.emptyBlocks(10);
    bootstrap.draw(100, 10, run);
    for (let index = 0; index < 10; index += 1) {
      const alone = bootstrap.emptyBlocks(1);
      bootstrap.draw(100 + index, 1, alone);
      const [from = 0, to = 0] = run.offsets.slice(index, index + 2);
      expect([...run.starts.slice(from, to)]).toEqual([...alone.starts.slice(0, to - from)]);
      expect([...run.ends.slice(from, to)]).toEqual([...alone.ends.slice(0, to - from)]);
      expect(alone.offsets[1]).toBe(to - from);
    }
  });

  it('uses every row equally often, the last ones too', () => {
    const bootstrap = new StationaryBootstrap(25, 6, 9);
    const counts = new Float64Array(25);
    for (let replicate = 0; replicate < 4000; replicate += 1) {
      for (const row of bootstrap.indices(replicate)) counts[row] = (counts[row] ?? 0) + 1;
    }
    for (const count of counts) expect(Math.abs(count - 4000)).toBeLessThan(600);
  });

  it('gives a replicate the same rows whatever was drawn before it', () => {
    const inOrder = new StationaryBootstrap(60, 5, 42);
    const first = [0, 1, 2, 3].map((replicate) => [...inOrder.indices(replicate)]);
    const backwards = new StationaryBootstrap(60, 5, 42);
    expect([3, 2, 1, 0].map((replicate) => [...backwards.indices(replicate)]).toReversed()).toEqual(first);
    expect([...new StationaryBootstrap(60, 5, 43).indices(0)]).not.toEqual(first[0]);
  });

  it('refuses blocks and seeds outside their range', () => {
    expect(() => new StationaryBootstrap(50, 0.5, 1)).toThrow(/block is 0.5/u);
    expect(() => new StationaryBootstrap(50, 51, 1)).toThrow(/block is 51/u);
    expect(() => new StationaryBootstrap(50, 5, -1)).toThrow(/seed/u);
    expect(() => new StationaryBootstrap(50, Number.NaN, 1)).toThrow(/block/u);
  });
});

describe('long-run deviation under the stationary bootstrap', () => {
  const series = simulatedReturns({ rows: 240, seed: 8, autocorrelation: 0.3 });

  it('is the kernel sum over every lag', () => {
    const mean = series.reduce((sum, value) => sum + value, 0) / series.length;
    const rows = series.length;
    for (const block of [1, 4, 15]) {
      const stay = 1 - 1 / block;
      let variance = 0;
      for (let s = 0; s < rows; s += 1) {
        for (let t = 0; t < rows; t += 1) {
          const lag = Math.abs(s - t);
          const weight = lag === 0 ? 1 : (1 - lag / rows) * stay ** lag + (lag / rows) * stay ** (rows - lag);
          variance += (weight * ((series[s] ?? 0) - mean) * ((series[t] ?? 0) - mean)) / rows;
        }
      }
      expect(stationaryDeviation(series, block)).toBeCloseTo(Math.sqrt(variance), 12);
    }
  });

  it('is the spread of the bootstrap mean itself', () => {
    const bootstrap = new StationaryBootstrap(series.length, 6, 4);
    const means = Array.from({ length: 6000 }, (_, replicate) => {
      const rows = bootstrap.indices(replicate);
      return rows.reduce((sum, row) => sum + (series[row] ?? 0), 0) / rows.length;
    });
    const centre = means.reduce((sum, value) => sum + value, 0) / means.length;
    const variance = means.reduce((sum, value) => sum + (value - centre) ** 2, 0) / means.length;
    const ratio = Math.sqrt(series.length * variance) / stationaryDeviation(series, 6);
    expect(Math.abs(ratio - 1)).toBeLessThan(0.04);
  });

  it('counts each product of the autocovariance once', () => {
    const values = Float64Array.from([1, -2, 3, 0.5, -2.5]);
    const direct = [0, 1, 2, 3, 4].map((lag) => {
      let sum = 0;
      for (let row = lag; row < 5; row += 1) sum += (values[row] ?? 0) * (values[row - lag] ?? 0);
      return sum / 5;
    });
    expect([0, 1, 2, 3, 4].map((lag) => autocovariance(values, lag))).toEqual(direct);
  });
});
