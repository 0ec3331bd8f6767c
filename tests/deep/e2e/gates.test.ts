import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { contender, tokenFor } from '../../e2e/command-line.ts';
import { flipByte } from '../../e2e/flipped-byte.ts';
import { decidedAt, smallSpec, SmallWorld, type Retrain } from '../../e2e/small-world.ts';

const MODEL = 'tw-waived';
const AS_OF = decidedAt(265);
const MINUTES = 60_000;

let world: SmallWorld;
let retrain: Retrain;
let folder: string;

beforeAll(async () => {
  world = await SmallWorld.start();
  folder = mkdtempSync(join(tmpdir(), 'gates-'));
  const { gates } = smallSpec(MODEL, world.marketFolder);
  // No recipe has such a rank IC: one waivable gate fails, all others pass.
  await world.givenModel(MODEL, {
    gates: { ...gates, rankIcMin: 0.99, waiverSessions: 1 },
  });
  retrain = await world.startRetrain(MODEL, AS_OF);
}, 3 * MINUTES);
afterAll(async () => {
  await world.stop();
  rmSync(folder, { recursive: true, force: true });
}, MINUTES);

const Explained = z.object({
  hash: z.string(),
  verified: z.boolean(),
  report: z.object({ overall: z.string(), inputs: z.object({ judged: z.object({ sha256: z.string() }) }) }),
  gates: z.array(
    z.object({ gate: z.string(), verdict: z.string(), mode: z.string(), waivedBy: z.array(z.string()) }),
  ),
  waivers: z.array(z.object({ gate: z.string(), subject: z.string() })),
  holds: z.array(z.object({ cause: z.string(), answer: z.object({ answer: z.string() }).nullable() })),
});

const waive = async (subject: string, gate: string, role = 'quant-lead') =>
  contender(
    world.dataDir,
    ...['waive', retrain.workflowId, '--gate', gate, '--reason', 'a known regime'],
    ...['--token', await tokenFor(world.dataDir, subject, role)],
  );

describe('the gates of a real retrain', () => {
  it(
    'given a fail that may be waived, the retrain waits; strangers, the requester and one lead alone change nothing',
    async () => {
      const { hold, finished, verdicts } = await world.stateWhen(
        retrain,
        (state) => state.hold !== null || state.finished,
      );
      expect(finished).toBe(false);
      expect(hold).toMatchObject({ cause: 'waivable-fail', objections: [{ gate: 'rank-ic' }] });
      const business = verdicts.filter(({ gate }) =>
        [
          'position-concentration',
          'sector-concentration',
          'feasibility',
          'capacity',
          'turnover',
          'cost-cover',
          'schema',
          'resources',
        ].includes(gate),
      );
      expect(business.map(({ gate, number }) => [gate, typeof number])).toHaveLength(8);
      expect(business.every(({ enforced, verdict }) => !enforced && verdict !== 'error')).toBe(true);
      expect((await waive('vic', 'rank-ic', 'viewer')).exitCode).toBe(1);
      expect((await waive('rita', 'rank-ic')).exitCode).toBe(1);
      expect(await waive('kim', 'leak')).toMatchObject({ exitCode: 1 });
      expect((await waive('kim', 'no-gate')).exitCode).toBe(2);
      expect(await waive('kim', 'rank-ic')).toMatchObject({ exitCode: 0, answer: { open: ['rank-ic'] } });
      expect((await waive('kim', 'rank-ic')).answer).toMatchObject({ waivedBy: ['kim'] });
    },
    5 * MINUTES,
  );

  it(
    'when the second lead waives, it goes on under other evidence, and the approval shows who waived',
    async () => {
      expect(await waive('lee', 'rank-ic')).toMatchObject({
        exitCode: 0,
        answer: { waivedBy: ['kim', 'lee'], open: [] },
      });
      await world.askedForApproval(retrain);
      const chain = await world.registry.evidenceOf({ retrainId: retrain.workflowId });
      const gates = chain.filter(({ kind }) => kind === 'gate');
      expect(gates).toHaveLength(2);
      expect(gates[1]?.body['waives']).toBe(gates[0]?.hash);
      expect(chain.find(({ kind }) => kind === 'shadow')?.parent).toBe(gates[1]?.hash);
      const state = await world.stateWhen(retrain, ({ approval }) => approval !== null);
      expect(state.waivers.map(({ subject }) => subject)).toEqual(['kim', 'lee']);
      const result = await world.result(retrain);
      expect(result).toMatchObject({ outcome: 'promoted', verdict: 'fail' });
      expect(result.reason).toContain('gates waived: rank-ic');
    },
    5 * MINUTES,
  );

  it(
    'the report explains itself, comes out of its record again with the same bytes, and has its page of plots',
    async () => {
      const html = join(folder, 'report.html');
      const { exitCode, answer } = await contender(
        world.dataDir,
        ...['gates', 'explain', retrain.workflowId, '--verify', '--html', html],
      );
      expect(exitCode).toBe(0);
      const explained = Explained.parse(answer);
      expect(explained.verified).toBe(true);
      expect(explained.gates.find(({ gate }) => gate === 'rank-ic')).toMatchObject({
        verdict: 'fail',
        waivedBy: ['lee', 'kim'].sort(),
      });
      expect(explained.holds).toMatchObject([{ cause: 'waivable-fail', answer: { answer: 'waived' } }]);
      const page = readFileSync(html, 'utf8');
      expect(page.match(/<svg /gu)?.length).toBeGreaterThanOrEqual(4);
      expect(await contender(world.dataDir, 'gates', 'recompute', retrain.workflowId)).toMatchObject({
        exitCode: 0,
        answer: { hash: explained.hash, same: true },
      });
      // A record that was tampered with is found before anything is judged.
      flipByte(world.artifactFile(explained.report.inputs.judged.sha256));
      const tampered = await contender(world.dataDir, 'gates', 'recompute', retrain.workflowId);
      expect(tampered.exitCode).toBe(1);
    },
    5 * MINUTES,
  );
});
