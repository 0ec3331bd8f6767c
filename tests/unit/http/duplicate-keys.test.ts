import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { refuseDuplicateKeys } from '../../../http/duplicate-keys.ts';

const judge = (text: string): string => {
  try {
    refuseDuplicateKeys(text, JSON.parse(text));
    return 'taken';
  } catch (error) {
    return (error as { details: { field: string } }).details.field;
  }
};

/** JSON that names keys twice where it is told to: an independent writer, not JSON.stringify. */
const written = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(written).join(' ,')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  return `{${Object.entries(value)
    .map(([key, inner]) => `${JSON.stringify(key)} :${written(inner)}`)
    .join(', ')}}`;
};

describe('JSON that names a key twice', () => {
  it.each([
    ['{"a":1,"a":2}', 'a'],
    ['{"rows":[{"x":1},{"x":1,"y":{},"x":2}]}', 'rows[1].x'],
    ['{"a":{"b":{"c":1},"b":2}}', 'a.b'],
    ['{"a":1,"\\u0061":2}', 'a'],
    ['{"note":"a: b","note":"c"}', 'note'],
    ['{"a":"\\\\","a":1}', 'a'],
    ['{"":1,"":2}', ''],
    ['[[{"k":[{}],"k":0}]]', '[0][0].k'],
  ])('is refused at its place: %s', (text, field) => {
    expect(judge(text)).toBe(field);
  });

  it.each([
    '{"a":{"a":{"a":1}}}',
    '[{"a":1},{"a":1}]',
    '{"asOf":"2026-01-05T10:00:00.000Z","reason":"why: because \\"a\\":1, \\"a\\":2"}',
    '{"a:b":1,"a":2,"b":3}',
    '{"a":[":",{"b":":"}]}',
    '"a:a"',
    '17',
    'null',
    '{}',
  ])('is not this: %s', (text) => {
    expect(judge(text)).toBe('taken');
  });

  it('is found wherever it stands, and nothing else is', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        expect(judge(written(value))).toBe('taken');
      }),
    );
    fc.assert(
      fc.property(
        fc.array(fc.jsonValue({ maxDepth: 2 }), { maxLength: 4 }),
        fc.dictionary(fc.string(), fc.jsonValue({ maxDepth: 2 }), { minKeys: 1 }),
        fc.nat(),
        (before, object, pick) => {
          const keys = Object.keys(object);
          const key = keys[pick % keys.length] ?? '';
          const doubled = `${written(object).slice(0, -1)},${JSON.stringify(key)}:0}`;
          const text = `[${[...before.map(written), doubled].join(',')}]`;
          expect(judge(text)).toBe(`[${String(before.length)}].${key}`.slice(0, 200));
        },
      ),
    );
  });
});
