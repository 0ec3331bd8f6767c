import { describe, expect, it } from 'vitest';
import { modelHealth } from '../../../monitoring/health.ts';

const WELL = {
  decayProbability: 0,
  dataFindings: [],
  driftedShare: 0,
  operation: { scored: 1, latencyMs: 1, maxLatencyMs: 60_000 },
  resources: { memory: 0.1, disk: 0.1, load: 0.1 },
} as const;

describe('the health of a model', () => {
  it.each([
    ['everything known', WELL],
    ['no baseline', { ...WELL, decayProbability: null }],
    ['no reference of the features', { ...WELL, driftedShare: null }],
    ['neither', { ...WELL, decayProbability: null, driftedShare: null }],
    ['no figures of the machine', { ...WELL, resources: null }],
    ['none of these', { ...WELL, decayProbability: null, driftedShare: null, resources: null }],
  ])('is not above a hundred when all is well: %s', (_, input) => {
    const { score } = modelHealth(input);
    expect(score).toBeGreaterThan(99.999_999);
    expect(score).toBeLessThanOrEqual(100);
  });
});
