import { describe, expect, it } from 'vitest';
import { nextBudget, spendingShare, wealthAfter } from '../../../gates/error-budget.ts';
import type { BudgetRule, PastTest } from '../../../gates/error-budget.ts';

const LORD: BudgetRule = { method: 'lord', level: 0.1 };
const INVESTING: BudgetRule = { method: 'alpha-investing', level: 0.1 };

/** Levels of a stream in which the tests at the given places are discoveries. */
function levels(rule: BudgetRule, tests: number, discoveries: readonly number[] = []): number[] {
  const past: PastTest[] = [];
  for (let test = 1; test <= tests; test += 1) {
    past.push({ alpha: nextBudget(rule, past).alpha, discovery: discoveries.includes(test) });
  }
  return past.map(({ alpha }) => alpha);
}

describe('LORD++', () => {
  it('spends shares that sum to one', () => {
    const terms = 200_000;
    let sum = 0;
    for (let test = 1; test <= terms; test += 1) sum += spendingShare(test);
    // Euler-Maclaurin remainder of the tail beyond the terms.
    const tail = terms ** -0.6 / 0.6 - terms ** -1.6 / 2;
    expect(sum + tail / 2.2857656656800516).toBeCloseTo(1, 12);
  });

  it('begins with half the level and decays as j^-1.6 while nothing is found', () => {
    // 0.05 / zeta(1.6) x j^-1.6, by hand.
    const first = 0.05 / 2.2857656656800516;
    const expected = [1, 2, 3, 4].map((test) => first * test ** -1.6);
    levels(LORD, 4).forEach((alpha, index) => {
      expect(alpha).toBeCloseTo(expected[index] ?? 0, 15);
    });
  });

  it('is given the other half by the first discovery and a whole level by each later one', () => {
    const zeta = 2.2857656656800516;
    const share = (age: number): number => age ** -1.6 / zeta;
    const found = levels(LORD, 6, [2, 4]);
    expect(found[2]).toBeCloseTo(0.05 * share(3) + 0.05 * share(1), 15);
    expect(found[4]).toBeCloseTo(0.05 * share(5) + 0.05 * share(3) + 0.1 * share(1), 15);
    expect(found[5]).toBeCloseTo(0.05 * share(6) + 0.05 * share(4) + 0.1 * share(2), 15);
  });

  it('says what is left', () => {
    const [first = 0, second = 0] = levels(LORD, 2);
    const after = nextBudget(LORD, [
      { alpha: first, discovery: false },
      { alpha: second, discovery: true },
    ]);
    expect(after).toMatchObject({ test: 3, discoveries: 1 });
    expect(after.wealth).toBeCloseTo(0.1 - first - second, 15);
  });
});

describe('alpha-investing', () => {
  it('pays alpha / (1 - alpha) for a test without discovery and earns the level by one', () => {
    // W0 = 0.1 x 0.9; prices W/2, W/3, W/4 of what is left, hence W0 / 2, / 3, / 4 after each test.
    const [first = 0, second = 0, third = 0] = levels(INVESTING, 3);
    expect(first / (1 - first)).toBeCloseTo(0.045, 15);
    expect(second / (1 - second)).toBeCloseTo(0.015, 15);
    expect(third / (1 - third)).toBeCloseTo(0.0075, 15);
    const past = [
      { alpha: first, discovery: false },
      { alpha: second, discovery: true },
    ];
    expect(nextBudget(INVESTING, past).wealth).toBeCloseTo(0.045 + 0.1, 15);
    const bold = nextBudget(INVESTING, past).alpha;
    expect(bold / (1 - bold)).toBeCloseTo(0.145 / 2, 15);
  });
});

describe('both', () => {
  it.each([LORD, INVESTING])('$method refuses levels out of range by name', (rule) => {
    for (const level of [0, 1, -0.1, Number.NaN]) {
      expect(() => nextBudget({ ...rule, level }, [])).toThrow(/error budget level/u);
    }
    for (const alpha of [-0.1, 1, Number.NaN]) {
      expect(() => nextBudget(rule, [{ alpha, discovery: false }])).toThrow(/level of a past test/u);
    }
  });

  it.each([LORD, INVESTING])(
    '$method tells what is left after a test as the next test will find it',
    (rule) => {
      const past: PastTest[] = [
        { alpha: 0.004, discovery: false },
        { alpha: 0.003, discovery: true },
      ];
      const granted = { ...nextBudget(rule, past), ...rule };
      for (const level of [0, granted.alpha / 2, granted.alpha]) {
        const found = nextBudget(rule, [...past, { alpha: level, discovery: false }]).wealth;
        expect(wealthAfter(granted, level)).toBeCloseTo(found, 15);
        expect(wealthAfter(granted, level)).toBeGreaterThan(0);
      }
    },
  );

  it.each([LORD, INVESTING])(
    '$method keeps what a test did not use, because it was made at a lower level',
    (rule) => {
      const full = nextBudget(rule, [{ alpha: 0.02, discovery: false }]);
      const half = nextBudget(rule, [{ alpha: 0.01, discovery: false }]);
      expect(half.wealth).toBeGreaterThan(full.wealth);
    },
  );
});
