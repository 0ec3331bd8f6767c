import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvalidFeature } from '../../../serving/errors.ts';
import { admitUniverse, batchFromNamedRows, batchFromVectors } from '../../../serving/feature-rows.ts';

const version = { featureNames: ['x', 'y', 'z'], missingAllowed: new Set(['y']) };

/** The rule, written a second time: what a cell becomes, or null when it has to be refused. */
function expectedCell(name: string, value: unknown): number | null {
  if (value === null) return version.missingAllowed.has(name) ? Number.NaN : null;
  if (typeof value !== 'number' || !Number.isFinite(value) || Math.abs(value) > 3.4028235677973362e38)
    return null;
  return new Float32Array([value])[0] ?? null;
}

const cell = fc.oneof(
  fc.double(),
  fc.constantFrom(
    null,
    0,
    -0,
    1e-46,
    3.4028234663852886e38,
    3.4028236e38,
    Number.NaN,
    Number.POSITIVE_INFINITY,
  ),
  fc.jsonValue(),
);
const row = fc.tuple(cell, cell, cell);

describe('rows of a request', () => {
  it('become exactly the float32 of every cell, or are refused by the name of their first bad one, in both forms', () => {
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 5 }), (rows) => {
        const cells = rows.flatMap((values, index) =>
          version.featureNames.map((name, position) => ({ index, name, position, value: values[position] })),
        );
        const bad = cells.find(({ name, value }) => expectedCell(name, value) === null);
        const named = rows.map(([x, y, z]) => ({ z, x, y }));
        if (bad === undefined) {
          const expected = Float32Array.from(cells, ({ name, value }) => expectedCell(name, value) ?? 0);
          expect(batchFromVectors(version, rows)).toEqual(expected);
          expect(batchFromNamedRows(version, named)).toEqual(expected);
          return;
        }
        const refused = (build: () => unknown): unknown => {
          try {
            return build();
          } catch (error) {
            return error instanceof InvalidFeature ? error.details['field'] : error;
          }
        };
        const { index, position, name } = bad;
        expect(refused(() => batchFromNamedRows(version, named))).toBe(`rows[${String(index)}].${name}`);
        expect(refused(() => batchFromVectors(version, rows))).toBe(
          `features[${String(index)}][${String(position)}] (${name})`,
        );
      }),
      { numRuns: 1000 },
    );
  });
});

describe('a universe', () => {
  it('is split into scored and skipped symbols, each exactly once and in order, without touching a value', () => {
    const value = fc.oneof(fc.float(), fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, 0));
    fc.assert(
      fc.property(fc.array(fc.tuple(value, value, value), { maxLength: 20 }), (rows) => {
        const symbols = rows.map((_, index) => `S${String(index)}`);
        const admitted = admitUniverse(version, Float32Array.from(rows.flat()), symbols);
        const good = rows.map(
          ([x, y, z]) => Number.isFinite(x) && Number.isFinite(z) && (Number.isFinite(y) || Number.isNaN(y)),
        );
        expect(admitted.symbols).toEqual(symbols.filter((_, index) => good[index]));
        expect(admitted.skipped.map(({ symbol }) => symbol)).toEqual(
          symbols.filter((_, index) => good[index] !== true),
        );
        expect(admitted.batch).toEqual(Float32Array.from(rows.filter((_, index) => good[index]).flat()));
      }),
    );
  });
});
