import { describe, expect, it } from 'vitest';
import { confidencesOf } from '../../../serving/confidence.ts';

const QUANTILES = Array.from({ length: 101 }, (_, at) => at / 100);
const decile = { decision: { boundaries: [0.9], fraction: 0.1 }, scoreQuantiles: QUANTILES };
const of = (version: typeof decile, ...scores: readonly number[]): readonly string[] =>
  confidencesOf(Float64Array.from(scores), version, false).confidence;

describe('the confidence of an answer', () => {
  it('is the distance from the edge of the book, in shares of the version’s own scores', () => {
    expect(of(decile, 0.9, 0.88, 0.92)).toEqual(['LOW', 'LOW', 'LOW']);
    expect(of(decile, 0.87, 0.93)).toEqual(['MEDIUM', 'MEDIUM']);
    expect(of(decile, 0.84, 0.96, 0, 7, -3)).toEqual(['HIGH', 'HIGH', 'HIGH', 'HIGH', 'HIGH']);
  });

  it('does not depend on the scale or shift of the scores', () => {
    const scaled = { ...decile, scoreQuantiles: QUANTILES.map((value) => 1e-4 * value - 7) };
    const values = Array.from({ length: 98 }, (_, at) => at / 97);
    expect(of(scaled, ...values.map((value) => 1e-4 * value - 7))).toEqual(of(decile, ...values));
  });

  it('looks at both edges of a long and short book', () => {
    const both = { ...decile, decision: { boundaries: [0.1, 0.9], fraction: 0.1 } };
    expect(of(both, 0.1, 0.5, 0.9)).toEqual(['LOW', 'HIGH', 'LOW']);
    expect(of(decile, 0.1)).toEqual(['HIGH']);
  });

  it('puts equal scores in the middle of the share they take', () => {
    const tied = { ...decile, scoreQuantiles: QUANTILES.map((value) => (value < 0.8 ? value : 1)) };
    expect(of(tied, 1)).toEqual(['LOW']);
  });

  it('measures a universe by its own cross-section', () => {
    const scores = Float64Array.from({ length: 201 }, (_, at) => Math.sin(at * 7.1) * 1e3);
    const { confidence, confidenceBasis } = confidencesOf(scores, decile, true);
    expect(confidenceBasis).toBe('universe');
    const ranked = [...scores.keys()].sort((a, b) => (scores[a] ?? 0) - (scores[b] ?? 0));
    expect(ranked.map((at) => confidence[at]).slice(176, 201)).toEqual([
      ...ranked.slice(176).map((_, at) => {
        const distance = Math.abs((176 + at) / 200 - 0.9);
        return distance >= 0.05 ? 'HIGH' : distance >= 0.025 ? 'MEDIUM' : 'LOW';
      }),
    ]);
  });

  it('claims nothing where there is nothing to measure by', () => {
    const unknown = { ...decile, scoreQuantiles: [] };
    const expected = { confidence: ['LOW', 'LOW'], confidenceBasis: 'none' };
    expect(confidencesOf(Float64Array.of(1, 2), unknown, true)).toEqual(expected);
    expect(confidencesOf(Float64Array.of(1, 2), decile, true).confidenceBasis).toBe('training');
  });
});
