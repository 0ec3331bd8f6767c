import { describe, expect, it } from 'vitest';
import { GuardSpec } from '../../../contracts/shadow-spec.ts';
import { comparisonSettings } from '../../../monitoring/comparison/comparison-settings.ts';
import { decideGuard, guardReference } from '../../../monitoring/comparison/guard-decision.ts';
import { beginComparison, beginReign } from '../../../monitoring/comparison/running-comparison.ts';
import { type GuardRun, limitGuard } from '../../../monitoring/guard-limits.ts';
import { RandomStream } from '../../../market/random.ts';

/** docs/comparison.md: detection time = measuring interval x limit + swap, for what one session shows. */
const label = { kind: 'forward_return_rank', horizonSessions: 5, entryDelaySessions: 1 } as const;
const ROWS = 100;
const SESSIONS = 12;
const BREAKS_AT = 4;

type Fault = (scores: Float64Array) => Float64Array;
const FAULTS: Readonly<Record<string, Fault>> = {
  flipped: (scores) => scores.map((value) => -value),
  constant: (scores) => scores.map(() => 0.1),
  missing: (scores) => scores.map(() => Number.NaN),
  collapsed: (scores) => scores.map((value) => 0.001 * value),
};

/** Scores of two models that agree by about 0.8, session after session, and what the guard does on each of them. */
function watched(fault: Fault, broken: (session: number) => boolean, failedLimit: number, seed: number) {
  const random = new RandomStream(seed, 0);
  const draw = (): Float64Array => Float64Array.from({ length: ROWS }, () => random.normal());
  const spec = GuardSpec.parse({ failedLimit });
  const state = beginReign(beginComparison(comparisonSettings({ label }, 250), ['previous']));
  const days: { mine: Float64Array; other: Float64Array }[] = [];
  let run: GuardRun = { failedInRow: 0, inconclusiveInRow: 0 };
  for (let session = 0; session < SESSIONS; session += 1) {
    const other = draw();
    const noise = draw();
    const scores = other.map((value, row) => 0.8 * value + 0.6 * (noise[row] ?? 0));
    const mine = session >= BREAKS_AT && broken(session) ? fault(scores) : scores;
    const decision = decideGuard({
      ...{ serving: null, state, predictions: mine, previousPredictions: other },
      ...{ reference: guardReference(days), maxDrawdownTolerance: 0.02, minRankAgreement: -0.5 },
    });
    const limited = limitGuard(decision, run, spec);
    if (limited.action === 'rollback') return session;
    run = limited;
    days.push({ mine, other });
  }
  return null;
}

describe('the time to a rollback of what one session shows', () => {
  describe.each([1, 2, 3])('with a limit of %i', (limit) => {
    it.each(Object.entries(FAULTS))('a %s champion goes on the session that the formula says', (_, fault) => {
      const seeds = Array.from({ length: 20 }, (_one, seed) => seed + 1);
      const delays = seeds.map((seed) => watched(fault, () => true, limit, seed));
      expect(delays).toEqual(seeds.map(() => BREAKS_AT + limit - 1));
    });
  });

  it('begins anew after a session that is in order', () => {
    const everyOther = (session: number): boolean => session % 2 === 0;
    for (const fault of Object.values(FAULTS)) expect(watched(fault, everyOther, 2, 1)).toBeNull();
  });

  it('is never over for a champion that is in order', () => {
    for (let seed = 1; seed <= 200; seed += 1) {
      expect(
        watched(
          (scores) => scores,
          () => true,
          1,
          seed,
        ),
      ).toBeNull();
    }
  });
});
