import { describe, expect, it } from 'vitest';
import { politisWhiteBlock } from '../../../stats/block-length.ts';
import { spa, spaOfResamples, stepRejections } from '../../../stats/spa.ts';
import { readIndices, readPanel, reference, relativeError } from './reference.ts';

/** One reference p lies 0.0047 from a level of StepM: only many replicates put ours on the same side. */
const replicatesFor = (key: string): number => (key === 'block_25' ? 100_000 : 20_000);

describe('SPA against independent reference values', () => {
  it('reproduces statistic, p-values and critical value exactly when the resamples are given', () => {
    const panel = readPanel('spa_exact_data');
    const { block, hansen_studentised: expected, omega_kernel: omega } = reference.spa_exact;
    const result = spaOfResamples({
      differences: panel.differences,
      block,
      resamples: readIndices('spa_exact_indices.csv'),
    });
    expect(Math.abs(result.statistic - expected.statistic)).toBeLessThan(1e-12);
    expect(result.p).toEqual({
      lower: expected.p_lower,
      consistent: expected.p_consistent,
      upper: expected.p_upper,
    });
    expect(relativeError(result.pAddOne.lower, expected.p1_lower)).toBeLessThan(1e-12);
    expect(relativeError(result.pAddOne.consistent, expected.p1_consistent)).toBeLessThan(1e-12);
    expect(relativeError(result.pAddOne.upper, expected.p1_upper)).toBeLessThan(1e-12);
    expect(Math.abs(result.critical95 - expected.crit95_consistent)).toBeLessThan(1e-12);
    omega.forEach((value, column) => {
      expect(relativeError(result.omega[column] ?? NaN, value)).toBeLessThan(1e-12);
    });
  });

  for (const [name, blocks] of Object.entries(reference.spa)) {
    for (const [key, expected] of Object.entries(blocks)) {
      if (!('omega_kernel' in expected)) continue;
      const replicates = replicatesFor(key);
      it(`agrees on ${name} with ${key.replace('_', ' of ')} within Monte-Carlo error`, () => {
        const hansen = expected.hansen_studentised_B100000;
        const panel = readPanel(name);
        const result = spa({
          differences: panel.differences,
          block: Number(key.slice('block_'.length)),
          seed: 11,
          replicates,
        });
        expect(relativeError(result.statistic, hansen.statistic)).toBeLessThan(1e-9);
        expect(result.validColumns).toBe(hansen.n_valid);
        expected.omega_kernel.forEach((omega, column) => {
          expect(relativeError(result.omega[column] ?? NaN, omega)).toBeLessThan(1e-9);
        });
        for (const recentring of ['lower', 'consistent', 'upper'] as const) {
          const p = result.p[recentring];
          const ours = (p * (1 - p)) / replicates;
          const tolerance = Math.max(4 * Math.sqrt(hansen.mc_se[recentring] ** 2 + ours), 2 / replicates);
          expect(Math.abs(p - hansen[`p_${recentring}`])).toBeLessThanOrEqual(tolerance);
        }
        for (const [alpha, rejected] of Object.entries(expected.stepm_studentised)) {
          const ours = stepRejections(result, Number(alpha)).map((member) => member.column);
          expect(ours.toSorted((a, b) => a - b)).toEqual(rejected);
        }
      });
    }

    it(`chooses the block lengths of Politis and White on ${name}`, () => {
      const panel = readPanel(name);
      panel.differences.forEach((difference, column) => {
        const block = politisWhiteBlock(difference);
        const { stationary, circular } = blocks.politis_white_blocks;
        expect(relativeError(block.stationary, stationary[column] ?? NaN)).toBeLessThan(1e-9);
        expect(relativeError(block.circular, circular[column] ?? NaN)).toBeLessThan(1e-9);
      });
    });
  }
});
