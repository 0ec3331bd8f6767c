import { WorkflowFailedError, WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RetrainResult } from '../../contracts/retrain.ts';
import { writeSimulatedFolder } from '../../extraction/simulated-folder.ts';
import { contender, tokenFor } from './command-line.ts';
import { flipByte } from './flipped-byte.ts';
import { servedBy } from './predictions.ts';
import { query, stateOf } from './registry-state.ts';
import { decidedAt, LEAD, REQUESTER, smallMarket, smallSpec, SmallWorld, until } from './small-world.ts';

/** The model whose life this file tells, from its first retrain to a rollback; each scenario goes on from the last. */
const MODEL = 'tw-reign';
const FIRST_AS_OF = decidedAt(265);
const SECOND_AS_OF = decidedAt(300);
const ROLLBACK_BOUND_MS = 5000;
const MINUTES = 60_000;

let world: SmallWorld;
let first: RetrainResult;

beforeAll(async () => {
  world = await SmallWorld.start();
  await world.givenModel(MODEL);
}, 3 * MINUTES);
afterAll(async () => {
  await world.stop();
}, MINUTES);

/** Stable code of the rule that refused. */
async function refusalOf(attempt: Promise<unknown>): Promise<string> {
  try {
    await attempt;
  } catch (error) {
    let cause: unknown = error;
    while (cause instanceof Error) {
      if (cause instanceof ApplicationFailure) return cause.type ?? '';
      if (!(cause instanceof WorkflowUpdateFailedError || cause instanceof WorkflowFailedError)) {
        if (cause.cause === undefined) return cause.message;
      }
      cause = cause.cause;
    }
  }
  return 'not refused';
}

async function onnxOf(version: number): Promise<string> {
  const { manifest } = await world.registry.getVersion({ model: MODEL, version });
  return world.artifactFile(manifest.artifacts.onnx.sha256);
}

describe('a reign of the whole system', () => {
  it(
    'given an open approval, signatures of the requester, of the wrong role and under other evidence are refused and change nothing; a rejection ends it',
    async () => {
      const retrain = await world.startRetrain(MODEL, FIRST_AS_OF);
      const { evidenceHash } = await world.askedForApproval(retrain);
      const before = await stateOf(world, MODEL);

      const own = { subject: REQUESTER.subject, roles: ['quant-lead' as const] };
      expect(await refusalOf(world.decide(retrain, evidenceHash, { actor: own }))).toBe('FOUR_EYES');
      const author = { subject: 'sam', roles: ['quant-lead' as const] };
      expect(await refusalOf(world.decide(retrain, evidenceHash, { actor: author }))).toBe('FOUR_EYES');
      expect(await refusalOf(world.decide(retrain, evidenceHash, { actor: REQUESTER }))).toBe(
        'APPROVER_ROLE',
      );
      expect(await refusalOf(world.decide(retrain, 'f'.repeat(64)))).toBe('EVIDENCE_CHANGED');

      expect(await stateOf(world, MODEL)).toEqual(before);
      first = await world.result(retrain, 'reject');
      expect(first).toMatchObject({ outcome: 'rejected', version: 1, epoch: null });
      expect((await world.registry.champion({ model: MODEL })).champion).toBeNull();
    },
    6 * MINUTES,
  );

  it(
    'when the same retrain (as-of, recipe, seed) runs again, then it makes the same version id, linked, and no second version',
    async () => {
      const again = await world.promoted(MODEL, FIRST_AS_OF);
      expect(again).toMatchObject({ outcome: 'promoted', versionId: first.versionId, version: 1, epoch: 1 });

      const versions = await world.registry.listVersions({ model: MODEL, limit: 10 });
      expect(versions.map(({ id }) => id)).toEqual([first.versionId]);
      const links = await world.registry.versionLinks({ versionId: first.versionId ?? '' });
      expect(links.map(({ retrainId }) => retrainId)).toEqual([again.retrainId, again.retrainId]);
      expect(new Set(links.map(({ run }) => run)).size).toBe(2);
      const ledger = await world.registry.ledger({ model: MODEL });
      expect(ledger).toMatchObject({ trials: 8 });
    },
    6 * MINUTES,
  );

  it('given a finished retrain, an approval is refused with APPROVAL_NOT_OPEN and changes nothing', async () => {
    const before = await stateOf(world, MODEL);
    const token = await tokenFor(world.dataDir, LEAD.subject, 'quant-lead');
    const id = `retrain:${MODEL}:${FIRST_AS_OF}`;
    const { exitCode, answer } = await contender(
      world.dataDir,
      'approve',
      id,
      ...['--reason', 'too late', '--token', token],
    );
    expect(answer).toMatchObject({ error: { code: 'APPROVAL_NOT_OPEN' } });
    expect(exitCode).not.toBe(0);
    expect(await stateOf(world, MODEL)).toEqual(before);
  });

  it('given a first champion, a rollback is refused with NO_PREVIOUS_CHAMPION and changes nothing', async () => {
    const before = await stateOf(world, MODEL);
    expect(await refusalOf(world.rollBack(MODEL))).toBe('NO_PREVIOUS_CHAMPION');
    expect(await stateOf(world, MODEL)).toEqual(before);
  });

  it(
    'given an approved version with one flipped byte, the swap is refused and the champion goes on answering',
    async () => {
      const retrain = await world.startRetrain(MODEL, SECOND_AS_OF);
      await world.askedForApproval(retrain);
      const path = await onnxOf(2);
      flipByte(path);
      try {
        const result = await world.result(retrain);
        expect(result).toMatchObject({ outcome: 'refused', epoch: null });
        const { code, step } = await world.registry.getRetrain({ retrainId: result.retrainId });
        expect({ code, step }).toEqual({ code: 'STORED_ARTIFACT_CORRUPT', step: 'swap' });
        expect(await world.registry.champion({ model: MODEL })).toMatchObject({
          epoch: 1,
          champion: { number: 1 },
        });
        expect(await servedBy(world, 'server-a', MODEL)).toMatchObject({ epoch: 1 });
        expect(await servedBy(world, 'server-b', MODEL)).toMatchObject({ epoch: 1 });
      } finally {
        flipByte(path);
      }
    },
    6 * MINUTES,
  );

  it(
    'given a new champion that is broken on disk and a sidecar that is down, a rollback is acknowledged by every server within 5 s and audited',
    async () => {
      const second = await world.promoted(MODEL, SECOND_AS_OF);
      expect(second).toMatchObject({ outcome: 'promoted', version: 2, epoch: 2 });
      await expectDrills();
      flipByte(await onnxOf(2));
      world.hold('sidecar');
      world.kill('sidecar');
      // A server that has to load the broken version refuses it, says so, and answers nothing rather than something else.
      const server = world.kill('server-a');
      await world.restarted('server-a', server);
      await until('the alert about the broken version', async () => {
        const alerts = await query(world, 'select kind from alerts where model = $1', [MODEL]);
        return alerts.some(({ kind }) => kind === 'stored-artifact-corrupt');
      });
      expect(await servedBy(world, 'server-b', MODEL)).toMatchObject({ epoch: 2 });

      const rollback = await world.rollBack(MODEL);

      expect(rollback).toMatchObject({ fromVersion: 2, toVersion: 1, epoch: 3, status: 'complete' });
      expect(rollback.commandMs).toBeLessThan(ROLLBACK_BOUND_MS);
      process.stdout.write(
        `rollback: last acknowledgement ${rollback.elapsedMs.toFixed(0)} ms after the commit, ${rollback.commandMs.toFixed(0)} ms after the command\n`,
      );
      expect(world.supervisor.pids()['sidecar']).toBe(0);
      for (const name of ['server-a', 'server-b']) {
        expect(await servedBy(world, name, MODEL)).toMatchObject({ epoch: 3 });
      }
      const [newest] = await world.registry.auditTrail({ model: MODEL, limit: 1 });
      expect(newest).toMatchObject({ command: 'rollback', actor: 'olga' });
      expect(await world.registry.verifyAudit({ model: null, anchor: null })).toMatchObject({ ok: true });
      world.release('sidecar');
    },
    6 * MINUTES,
  );
});

describe('bad input to the whole system', () => {
  it('given a model nobody has applied, a retrain fails with MODEL_UNKNOWN and leaves no trace', async () => {
    const models = await world.registry.listModels();
    const retrain = await world.startRetrain('tw-nobody', FIRST_AS_OF);
    expect(await refusalOf(retrain.result())).toBe('MODEL_UNKNOWN');
    expect(await world.registry.listModels()).toEqual(models);
  });

  it('given a spec with an unknown field, apply names the field and stores nothing', async () => {
    const file = join(world.dataDir, 'unknown-field.yaml');
    writeFileSync(file, 'model: tw-typo\nmarket: XTAI\ndata: market\ngates: {dsrMinimum: 0.9}\n');
    const { exitCode, answer } = await contender(world.dataDir, 'apply', '-f', file, '--no-schedule');
    expect(exitCode).not.toBe(0);
    expect(answer).toMatchObject({ error: { code: 'CONTRACT_VIOLATION' } });
    expect(JSON.stringify(answer)).toContain('unknown field dsrMinimum');
    expect(await world.registry.listModels()).not.toContain('tw-typo');
  });

  it('given an as-of before the first row, a retrain is refused at the extraction and recorded', async () => {
    await world.givenModel('tw-before');
    await expectRefusedExtraction('tw-before', '2017-06-30T08:00:00.000Z', 'AS_OF_TOO_EARLY');
  });

  it('given a universe without members, a retrain is refused at the extraction and recorded', async () => {
    const folder = join(world.dataDir, 'empty-universe');
    const market = smallMarket();
    const nobodyYet = market.membership.effective_date.map(() => decidedAt(329).slice(0, 10));
    await writeSimulatedFolder({
      outDir: folder,
      market: { ...market, membership: { ...market.membership, effective_date: nobodyYet } },
    });
    await world.applySpec(smallSpec('tw-empty', folder));
    await expectRefusedExtraction('tw-empty', FIRST_AS_OF, 'UNIVERSE_EMPTY');
  });
});

/** The way back is rehearsed by command: it holds, then a server's bytes are damaged, then it holds again. */
async function expectDrills(): Promise<void> {
  const before = await stateOf(world, MODEL);
  const token = await tokenFor(world.dataDir, 'olga', 'operator');
  const drill = (): ReturnType<typeof contender> =>
    contender(world.dataDir, 'drill', 'rollback', MODEL, '--token', token);
  const passed = await drill();
  expect(passed).toMatchObject({
    exitCode: 0,
    answer: {
      ...{ result: 'passed', epoch: 2, champion: 2, target: 1, requestedBy: 'olga' },
      servers: [
        { server: 'server-a', outcome: 'passed', mismatches: 0, warm: true },
        { server: 'server-b', outcome: 'passed', mismatches: 0, warm: true },
      ],
    },
  });
  const path = await onnxOf(1);
  flipByte(path);
  try {
    expect(await drill()).toMatchObject({
      exitCode: 1,
      answer: {
        error: {
          code: 'DRILL_FAILED',
          details: {
            drill: {
              result: 'failed',
              servers: [{ code: 'STORED_ARTIFACT_CORRUPT' }, { outcome: 'failed' }],
            },
          },
        },
      },
    });
  } finally {
    flipByte(path);
  }
  const asked = (): Promise<Response> =>
    fetch(`${world.running.apiUrl}/api/v1/models/${MODEL}/drills`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        'idempotency-key': 'once-more',
      },
      body: JSON.stringify({ reason: 'mended' }),
    });
  const third = (await (await asked()).json()) as { readonly id: number };
  expect(third).toMatchObject({ reason: 'mended', trigger: 'manual', requestedBy: 'olga' });
  // The same key is the same drill.
  expect(await (await asked()).json()).toEqual(third);
  await until('it passes', async () => (await world.registry.drill(third)).result === 'passed');
  // Two rows of the audit for each of the three, and nothing else moved.
  expect(await stateOf(world, MODEL)).toEqual({ ...before, audit: Number(before['audit']) + 6 });
  for (const name of ['server-a', 'server-b']) {
    expect(await servedBy(world, name, MODEL)).toMatchObject({ epoch: 2 });
  }
}

async function expectRefusedExtraction(model: string, asOf: string, expectedCode: string): Promise<void> {
  const result = await world.result(await world.startRetrain(model, asOf));
  const { status, step, code } = await world.registry.getRetrain({ retrainId: result.retrainId });
  expect({ outcome: result.outcome, status, step, code }).toEqual({
    ...{ outcome: 'refused', status: 'refused', step: 'extract', code: expectedCode },
  });
  expect(await stateOf(world, model)).toMatchObject({ epoch: 0, versions: 0, reigns: 0, trials: 0 });
}
