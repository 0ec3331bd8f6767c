import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileExpression } from '../../../alerting/expression.ts';
import { silenceOf } from '../../../alerting/silence.ts';

/** Expressions as text, of few letters, so that they and the texts meet. */
const letter = fc.constantFrom('a', 'b', '-', '漢');
const atom = fc.oneof(letter, fc.constantFrom('.', '[ab]', '[^a]', '[a-b-]', '\\w', '\\d', '\\.', '[^\\w-]'));
const { expression } = fc.letrec<{ expression: string; piece: string; group: string }>((tie) => ({
  group: fc.oneof(
    { maxDepth: 2 },
    atom,
    tie('expression').map((inside) => `(?:${inside})`),
    tie('expression').map((inside) => `(${inside})`),
  ),
  piece: fc
    .tuple(tie('group'), fc.constantFrom('', '', '*', '+', '?', '{2}', '{0,2}', '{1,}', '*?'))
    .map(([group, count]) => group + count),
  expression: fc
    .array(fc.array(tie('piece'), { maxLength: 3 }), { minLength: 1, maxLength: 3 })
    .map((options) => options.map((pieces) => pieces.join('')).join('|')),
}));
/** The oracle goes back, so it gets only what it is done with. */
const short = expression.filter((source) => source.length <= 40);
const text = fc
  .array(fc.constantFrom('a', 'b', '-', '漢', '.', '1'), { maxLength: 7 })
  .map((all) => all.join(''));

describe('an expression of a matcher', () => {
  it('says of every text what the engine of JavaScript says', () => {
    fc.assert(
      fc.property(short, fc.array(text, { minLength: 1, maxLength: 8 }), (source, texts) => {
        const oracle = new RegExp(`^(?:${source})$`, 'su');
        const matches = compileExpression(source);
        for (const one of texts) expect(matches(one), `${source} on ${one}`).toBe(oracle.test(one));
      }),
      { numRuns: 1500 },
    );
  });

  it.each([
    ['tw-.*|us-.*', 'us-momentum', true],
    ['tw-.*', 'xtw-a', false],
    ['', '', true],
    ['a{3}', 'aaa', true],
    ['a{2,3}b', 'aaaab', false],
    ['^a$', 'a', true],
    ['a^b', 'ab', false],
    ['[]x]+', 'x]', true],
    ['[a\\-z]', '-', true],
    ['(?P<name>a)b', 'ab', true],
    ['.', '😀', true],
    ['a.b', 'a\nb', true],
  ] as const)('%s on %s: %s', (source, subject, wanted) => {
    expect(compileExpression(source)(subject)).toBe(wanted);
  });

  it.each([
    '(',
    ')',
    'a)',
    '[a',
    '[z-a]',
    '*',
    'a**',
    'a{2}{3}',
    'a{3,2}',
    'a{1001}',
    '(?i)a',
    '(?=a)',
    '(?<!a)b',
    '(a)\\1',
    '\\p{L}',
    '\\b',
    '\\',
    '[[:alpha:]]',
    '((a{900}){900}){900}',
    '(((){1000}){1000}){1000}',
    '{',
  ])('refuses %s', (source) => {
    expect(() => compileExpression(source)).toThrow();
  });

  it.each([
    '(a+)+b',
    '((a+))+b',
    '(a|a)*b',
    '(a|aa)+b',
    '(.*)*b',
    '(a?){60}a{60}b',
    '(?:a|b|ab)*c',
    '(x+x+)+y|(a|a|a|a)*b',
  ])('is done with %s over a long text in a bounded number of steps', (source) => {
    // An engine that goes back needs more than two to the hundredth of them.
    expect(compileExpression(source)('a'.repeat(120))).toBe(false);
  });
});

describe('a silence that an earlier release stored', () => {
  const kept = (value: string, operator: '=~' | '!~' = '=~') => ({
    ...{ id: 1, startsAt: '2024-01-01T00:00:00.000Z', endsAt: '2024-02-01T00:00:00.000Z' },
    matchers: [{ name: 'model', operator, value }],
  });
  const now = Date.parse('2024-01-10T00:00:00.000Z');

  it('holds nothing back when its expression is refused today', () => {
    expect(silenceOf([kept('(?=tw).*')], { model: 'tw-alpha' }, now)).toBeNull();
    expect(silenceOf([kept('(?=tw).*', '!~')], { model: 'us-alpha' }, now)).toBeNull();
    expect(silenceOf([kept('tw.*')], { model: 'tw-alpha' }, now)).toMatchObject({ id: 1 });
  });
});
