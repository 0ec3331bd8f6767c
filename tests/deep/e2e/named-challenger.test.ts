import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ModelSpec } from '../../../contracts/spec.ts';
import { contender, tokenFor } from '../../e2e/command-line.ts';
import { servedBy } from '../../e2e/predictions.ts';
import { guardAgain } from '../../e2e/guard-again.ts';
import { decidedAt, LEAD, REQUESTER, smallSpec, SmallWorld, until } from '../../e2e/small-world.ts';

/** A model whose second version is refused by its leads, then named a challenger and promoted on its record. */
const MODEL = 'tw-named';
const FIRST_AS_OF = decidedAt(265);
const SECOND_AS_OF = decidedAt(300);
const ASKED_AS_OF = decidedAt(308);
const TOO_EARLY = decidedAt(301);
const MINUTES = 60_000;
/** For one retrain on a machine that does much else. */
const PATIENCE_MS = 10 * MINUTES;

let world: SmallWorld;
let spec: ModelSpec;
let researcher: string;
let lead: string;
let epoch: number;

beforeAll(async () => {
  world = await SmallWorld.start();
  const usual = smallSpec(MODEL, world.marketFolder);
  // How fast a busy machine scores is not what is told here.
  spec = smallSpec(MODEL, world.marketFolder, { shadow: { ...usual.shadow, maxLatencyMs: 10_000 } });
  await world.applySpec(spec);
  researcher = await tokenFor(world.dataDir, REQUESTER.subject, 'researcher');
  lead = await tokenFor(world.dataDir, LEAD.subject, 'quant-lead');
  const first = await world.result(await world.startRetrain(MODEL, FIRST_AS_OF), 'approve', PATIENCE_MS);
  if (first.epoch === null) throw new Error(`${first.outcome}: ${first.reason}`);
  ({ epoch } = first);
  await world.endGuard(MODEL, epoch);
  const second = await world.result(await world.startRetrain(MODEL, SECOND_AS_OF), 'reject', PATIENCE_MS);
  if (second.outcome !== 'rejected') throw new Error(`${second.outcome}: ${second.reason}`);
}, 25 * MINUTES);
afterAll(async () => {
  await world.stop();
}, MINUTES);

interface Refusal {
  readonly error: { readonly code: string; readonly message: string };
}

/** Exit code and code of the rule of a command that is to be refused. */
async function refusalOf(...args: readonly string[]): Promise<readonly [number, string]> {
  const { exitCode, answer } = await contender(world.dataDir, ...args);
  return [exitCode, (answer as Partial<Refusal>).error?.code ?? 'not refused'];
}

const challengers = (...args: readonly string[]): readonly string[] => ['challengers', MODEL, ...args];
const because = (token: string): readonly string[] => ['--reason', 'read in the test', '--token', token];
const asked = (asOf: string): readonly string[] => [
  ...['retrain', MODEL, '--as-of', asOf, '--replay', '0.2', '--challenger', '2', ...because(researcher)],
];

describe('a challenger that is named', () => {
  it(
    'given no record, it cannot be asked for, and what does not fit is refused by name',
    async () => {
      expect(await refusalOf(...challengers('add', '1', ...because(researcher)))).toEqual([
        1,
        'ALREADY_CHAMPION',
      ]);
      expect(await refusalOf(...challengers('add', '9', ...because(researcher)))).toEqual([
        1,
        'VERSION_UNKNOWN',
      ]);
      expect(await refusalOf(...challengers('add', 'two', ...because(researcher)))).toEqual([2, 'USAGE']);
      expect(await refusalOf(...asked(TOO_EARLY))).toEqual([1, 'CHALLENGER_NOT_PROMOTABLE']);
      expect((await world.registry.champion({ model: MODEL })).epoch).toBe(epoch);
    },
    4 * MINUTES,
  );

  it(
    'is scored beside the champion by its guard until its shadow is over',
    async () => {
      const added = await contender(world.dataDir, ...challengers('add', '2', ...because(researcher)));
      expect(added).toMatchObject({ exitCode: 0, answer: { version: 2, sessions: 2, end: null } });
      expect(await refusalOf(...challengers('add', '2', ...because(researcher)))).toEqual([
        1,
        'CHALLENGER_OPEN',
      ]);
      await guardAgain(world, { model: MODEL, epoch, afterSession: SECOND_AS_OF.slice(0, 10) });
      const [challenger] = await until('the shadow of the challenger to end', async () => {
        const named = await world.registry.challengers({ model: MODEL });
        return named[0]?.end === null ? null : named;
      });
      await world.endGuard(MODEL, epoch);
      expect(challenger?.end).toMatchObject({ verdict: 'pass' });
      const days = await world.registry.challengerDays({ model: MODEL, number: 1 });
      expect(days).toHaveLength(2);
      for (const { rows, pairedRows } of days) {
        expect(rows).toBeGreaterThan(20);
        expect(pairedRows).toBe(rows);
      }
    },
    6 * MINUTES,
  );

  it(
    'given a passed shadow, leads sign its own record, and every server answers with it',
    async () => {
      const before = await world.registry.ledger({ model: MODEL });
      const started = await contender(world.dataDir, ...asked(ASKED_AS_OF));
      expect(started.exitCode, JSON.stringify(started.answer)).toBe(0);
      const { retrainId, evidenceHash } = started.answer as { retrainId: string; evidenceHash: string };
      // Who asked does not sign.
      const own = await tokenFor(world.dataDir, REQUESTER.subject, 'quant-lead');
      expect(await refusalOf('approve', retrainId, ...because(own))).toEqual([1, 'FOUR_EYES']);
      const approved = await contender(
        world.dataDir,
        ...['approve', retrainId, '--evidence', evidenceHash, ...because(lead)],
      );
      expect(approved.exitCode, JSON.stringify(approved.answer)).toBe(0);
      await until('the swap', async () => {
        const { status } = await world.registry.getRetrain({ retrainId });
        return status === 'promoted';
      });
      const view = await world.registry.champion({ model: MODEL });
      expect(view).toMatchObject({ epoch: epoch + 1, champion: { number: 2 } });
      for (const server of ['server-a', 'server-b']) {
        await until(`${server} to answer with it`, async () => {
          const served = await servedBy(world, server, MODEL);
          return served?.epoch === epoch + 1 && served.version === 2;
        });
      }
      await world.endGuard(MODEL, epoch + 1);

      // Nothing was made: no trial, no version; the gates are those of the retrain that made it.
      expect(await world.registry.ledger({ model: MODEL })).toEqual(before);
      expect(await world.registry.listVersions({ model: MODEL, limit: 10 })).toHaveLength(2);
      expect(await world.registry.verifyAudit({ model: null, anchor: null })).toMatchObject({ ok: true });
    },
    6 * MINUTES,
  );

  it(
    'once a rollback has withdrawn it, or the spec names other features, it is not named again',
    async () => {
      await world.rollBack(MODEL);
      expect(await refusalOf(...challengers('add', '2', ...because(researcher)))).toEqual([
        1,
        'VERSION_WITHDRAWN',
      ]);
      await world.applySpec({ ...spec, features: 'fundamentals' });
      expect(await refusalOf(...challengers('add', '2', ...because(researcher)))).toEqual([
        1,
        'SHADOW_CHALLENGER_UNFIT',
      ]);
    },
    4 * MINUTES,
  );

  it.each([
    ['a shadow of no session', 'shadow: { sessions: 0 }', 'CONTRACT_VIOLATION'],
    [
      'pairing that its missing rows exclude',
      'shadow: { minPairing: 1, maxMissing: 0.1 }',
      'SPEC_CONTRADICTS',
    ],
    ['a loss beyond its drawdown', 'shadow: { maxPaperLoss: 0.5, maxDrawdown: 0.1 }', 'SPEC_CONTRADICTS'],
  ])('a spec with %s is refused by name', async (_what, section, code) => {
    const file = join(world.dataDir, 'contradicting.yaml');
    writeFileSync(file, `model: tw-contradicting\nmarket: XTAI\ndata: ${world.marketFolder}\n${section}\n`);
    const [exitCode, refused] = await refusalOf('apply', '-f', file, '--no-schedule');
    expect([exitCode === 0, refused]).toEqual([false, code]);
    expect(await world.registry.listModels()).not.toContain('tw-contradicting');
  });
});
