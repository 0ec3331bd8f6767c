import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEEPEST, refuseDeepNesting } from '../../../http/nesting.ts';

const judge = (text: string): string => {
  try {
    refuseDeepNesting(text);
    return 'taken';
  } catch (error) {
    return (error as { code: string }).code;
  }
};

const arrays = (depth: number, inside = '1'): string => '['.repeat(depth) + inside + ']'.repeat(depth);
const objects = (depth: number): string => '{"a":'.repeat(depth) + '1' + '}'.repeat(depth);

/** By walking the value: another route than reading the text. */
const depthOf = (value: unknown): number =>
  typeof value === 'object' && value !== null
    ? 1 + Math.max(0, ...Object.values(value).map((inner) => depthOf(inner)))
    : 0;

describe('JSON that nests without end', () => {
  it.each([
    [arrays(DEEPEST + 1)],
    [objects(DEEPEST + 1)],
    // Closing brackets in strings take nothing back.
    ['["]",'.repeat(DEEPEST + 1) + '1' + ']'.repeat(DEEPEST + 1)],
    ['["\\"]",'.repeat(DEEPEST + 1) + '1' + ']'.repeat(DEEPEST + 1)],
    ['["\\\\",'.repeat(DEEPEST + 1) + '1' + ']'.repeat(DEEPEST + 1)],
    ['['.repeat(5_000_000)],
    ['['.repeat(5_000_000) + ']'.repeat(5_000_000)],
  ])('is refused before it is parsed', (text) => {
    expect(judge(text)).toBe('NESTED_TOO_DEEPLY');
  });

  it.each([
    [arrays(DEEPEST)],
    [objects(DEEPEST)],
    [`[${'[],'.repeat(1000)}0]`],
    [JSON.stringify('['.repeat(1000))],
    [JSON.stringify(['"[', '\\"{'.repeat(500)])],
    ['"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[['],
    [''],
  ])('is not this', (text) => {
    expect(judge(text)).toBe('taken');
  });

  it('is told from everything else, whatever stands in its strings', () => {
    const leaf = fc.oneof(
      fc.constant(1),
      fc.string(),
      fc.constantFrom(']', '[[', '}{', '\\', '"]', '\\"[', '\\\\]'),
    );
    const wrapped = fc
      .tuple(leaf, fc.array(fc.tuple(fc.boolean(), leaf), { maxLength: 2 * DEEPEST }))
      .map(([inner, around]) =>
        around.reduce<unknown>(
          (value, [isArray, beside]) => (isArray ? [beside, value] : { [String(beside)]: value, z: beside }),
          inner,
        ),
      );
    fc.assert(
      fc.property(wrapped, (value) => {
        expect(judge(JSON.stringify(value))).toBe(depthOf(value) > DEEPEST ? 'NESTED_TOO_DEEPLY' : 'taken');
      }),
    );
  });
});
