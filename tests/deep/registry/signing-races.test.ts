import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openBench } from '../../integration/registry/registry-bench.ts';
import type { RegistryBench } from '../../integration/registry/registry-bench.ts';
import { breaches, PEOPLE, Race } from './signing-races.ts';
import type { Move, Person } from './signing-races.ts';

let bench: RegistryBench;
beforeAll(async () => {
  bench = await openBench('signing-races');
});
afterAll(() => bench.close());

const person = fc.constantFrom(...(Object.keys(PEOPLE) as Person[]));
const which = fc.constantFrom('newest' as const, 'newest' as const, 'newest' as const, 'first' as const);
const move: fc.Arbitrary<Move> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('sign' as const),
      who: person,
      decision: fc.constantFrom(
        'approve' as const,
        'approve' as const,
        'approve' as const,
        'approve' as const,
        'reject' as const,
      ),
      evidence: which,
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('object' as const), who: person, evidence: which }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('answer' as const),
      who: person,
      answer: fc.constantFrom('withdraw' as const, 'overrule' as const),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('change-evidence' as const),
      expiresMs: fc.constantFrom(600_000, 600_000, 50),
      deputyMs: fc.constantFrom(-1000, 300_000),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('promote' as const), evidence: which }) },
  { weight: 1, arbitrary: fc.constant<Move>({ kind: 'cancel' }) },
);
/** Rounds of up to four moves at once, some of them sent twice. */
const story = fc.array(
  fc
    .array(move, { minLength: 1, maxLength: 4 })
    .chain((moves) => fc.boolean().map((twice) => (twice ? [...moves, ...moves.slice(0, 1)] : moves))),
  { minLength: 3, maxLength: 8 },
);
/** What a race may be told; anything else is a defect. */
const KNOWN = new Set([
  ...[
    'done',
    'ROLE_MISSING',
    'DEPUTY_NOT_YET',
    'FOUR_EYES',
    'EVIDENCE_CHANGED',
    'APPROVAL_EXPIRED',
    'ALREADY_DECIDED',
  ],
  ...[
    'RETRAIN_FINISHED',
    'NOT_APPROVED',
    'OBJECTION_OPEN',
    'OBJECTION_TOO_LATE',
    'OBJECTION_UNKNOWN',
    'EPOCH_MOVED',
  ],
  ...[
    'ALREADY_CHAMPION',
    'ALREADY_PROMOTED',
    'PROMOTION_MISMATCH',
    'EVIDENCE_MISSING',
    'IDEMPOTENCY_KEY_REUSED',
  ],
]);

describe('signatures, objections, a deputy, expiry, changed evidence and a swap, in any order and at once', () => {
  test(
    'never lead to a swap that the rules forbid, nor to anything twice',
    { timeout: 300_000 },
    async () => {
      let swaps = 0;
      const seen = new Map<string, number>();
      await fc.assert(
        fc.asyncProperty(fc.constantFrom(1, 2), story, async (approvers, rounds) => {
          const race = await Race.start(bench, approvers);
          for (const round of rounds) await race.together(round);
          for (const outcome of race.outcomes) seen.set(outcome, (seen.get(outcome) ?? 0) + 1);
          const { model } = race.candidate;
          expect(await breaches(bench.root, model)).toEqual([]);
          expect(race.outcomes.filter((outcome) => !KNOWN.has(outcome))).toEqual([]);
          expect((await bench.registry.verifyAudit({ model, anchor: null })).ok).toBe(true);
          swaps += (await bench.registry.champion({ model })).epoch;
        }),
        { numRuns: 60, seed: 20261122, endOnFailure: true },
      );
      // A race in which nobody ever gets there, or nothing is ever refused, would show nothing.
      expect(swaps).toBeGreaterThan(3);
      for (const refused of [
        'FOUR_EYES',
        'ROLE_MISSING',
        'EVIDENCE_CHANGED',
        'NOT_APPROVED',
        'OBJECTION_OPEN',
      ]) {
        expect(seen.get(refused) ?? 0, refused).toBeGreaterThan(0);
      }
    },
  );

  test.each<[string, string, readonly Move[][], string]>([
    [
      'over an objection',
      'alter table reigns %s trigger reigns_unopposed',
      [
        [{ kind: 'sign', who: 'lee', decision: 'approve', evidence: 'newest' }],
        [{ kind: 'object', who: 'kim', evidence: 'newest' }],
        [{ kind: 'promote', evidence: 'newest' }],
      ],
      'swapped over an objection: kim',
    ],
    [
      'signed by one person under two names',
      'alter table approvals %s trigger signatures_apart',
      [
        [{ kind: 'sign', who: 'lee', decision: 'approve', evidence: 'newest' }],
        [{ kind: 'sign', who: 'LEE', decision: 'approve', evidence: 'newest' }],
      ],
      'signed twice: lee',
    ],
  ])('and the checker sees it %s when the rule is taken out', async (_what, statement, rounds, breach) => {
    await bench.root.query(statement.replace('%s', 'disable'));
    try {
      const race = await Race.start(bench, 1);
      for (const round of rounds) await race.together(round);
      expect(await breaches(bench.root, race.candidate.model)).toContain(breach);
    } finally {
      await bench.root.query(statement.replace('%s', 'enable'));
    }
  });
});
