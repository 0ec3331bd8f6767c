import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { code, openBench } from './registry-bench.ts';
import type { RegistryBench } from './registry-bench.ts';
import { snapshotOf } from './world.ts';

let bench: RegistryBench;
let registry: RegistryBench['registry'];
let world: RegistryBench['world'];
let root: RegistryBench['root'];

beforeAll(async () => {
  bench = await openBench('invariants-outside');
  ({ registry, world, root } = bench);
});
afterAll(() => bench.close());

describe('I5 fencing of the servers', () => {
  const server = async (model: string, leaseSeconds = 60) => {
    const name = `server-${randomUUID()}`;
    await registry.registerServer({ name, address: 'http://127.0.0.1:1', models: [model], leaseSeconds });
    return name;
  };

  test('I5 the epoch of a server never falls, by our code and by plain SQL', async () => {
    const model = await world.model();
    const first = await world.champion(model, 1);
    const second = await world.champion(model, 2);
    const name = await server(model);
    const acknowledge = (epoch: number, versionId: string) =>
      registry.acknowledgeEpoch({ server: name, model, epoch, versionId });
    await acknowledge(2, second.versionId);
    await acknowledge(2, second.versionId);
    await expect(acknowledge(1, first.versionId)).rejects.toMatchObject({
      ...code('EPOCH_FENCED'),
      details: { currentEpoch: 2 },
    });
    await expect(
      root.query('update server_epochs set epoch = 1, version_id = $2 where server = $1', [
        name,
        first.versionId,
      ]),
    ).rejects.toMatchObject({ hint: 'EPOCH_FENCED' });
  });

  test('I5 an acknowledgement carries the hash of its epoch, or is refused', async () => {
    const model = await world.model();
    const first = await world.champion(model, 1);
    await world.champion(model, 2);
    const name = await server(model);
    await expect(
      registry.acknowledgeEpoch({ server: name, model, epoch: 2, versionId: first.versionId }),
    ).rejects.toMatchObject(code('REGISTRY_CONSTRAINT'));
    await expect(
      registry.acknowledgeEpoch({ server: name, model, epoch: 7, versionId: first.versionId }),
    ).rejects.toMatchObject(code('REGISTRY_CONSTRAINT'));
  });

  test('I5 a swap is complete when every server with a valid lease answers with it, and names those that do not', async () => {
    const model = await world.model();
    const first = await world.champion(model, 1);
    const [a, b, gone] = [await server(model), await server(model), await server(model, 0)];
    const status = () => registry.swapStatus({ model, epoch: 1 });
    expect((await status()).missing.map(({ server: name }) => name).sort()).toEqual([a, b].sort());
    await registry.acknowledgeEpoch({ server: a, model, epoch: 1, versionId: first.versionId });
    expect(await status()).toMatchObject({ status: 'partial', missing: [{ server: b }] });
    await registry.deregisterServer({ name: b });
    expect(await status()).toMatchObject({
      status: 'complete',
      acknowledged: [{ server: a, epoch: 1 }],
      missing: [],
    });
    expect(await registry.renewLease({ name: gone, leaseSeconds: 60 })).toBe(true);
    expect(await status()).toMatchObject({ status: 'partial', missing: [{ server: gone }] });
    expect(await registry.renewLease({ name: 'nobody', leaseSeconds: 60 })).toBe(false);
  });
});

describe('I7 a notification is never sent again after a recorded success', () => {
  test('I7 a sent row is final, by our code and by plain SQL', async () => {
    const model = await world.model();
    await world.champion(model, 1);
    const key = `swapped:${model}:1`;
    await root.query(`update outbox set due_at = now() where dedupe_key = $1`, [key]);
    const claims = await registry.outbox.claim({ channel: 'route', batch: 100, leaseSeconds: 30 });
    const claim = claims.find(({ dedupeKey }) => dedupeKey === key);
    if (claim === undefined) throw new Error('the announcement of the swap was not due');
    await registry.outbox.markSent(claim, 'receipt');
    await registry.outbox.markRetry(claim, new Date().toISOString(), 'late');
    await registry.outbox.markUnknown(claim, new Date().toISOString(), 'late');
    await registry.outbox.markSent(claim, 'again');
    const { rows } = await root.query(
      'select state, receipt, unknown_outcomes from outbox where dedupe_key = $1',
      [key],
    );
    expect(rows).toEqual([{ state: 'sent', receipt: 'receipt', unknown_outcomes: 0 }]);
    await expect(
      root.query(`update outbox set state = 'pending', sent_at = null where dedupe_key = $1`, [key]),
    ).rejects.toMatchObject({ hint: 'OUTBOX_FINAL' });
    await expect(root.query('delete from outbox where dedupe_key = $1', [key])).rejects.toMatchObject({
      hint: 'APPEND_ONLY',
    });
  });

  test('I7 the announcement waits for the acknowledgements, and is one message', async () => {
    const model = await world.model();
    await world.champion(model, 1);
    const key = `swapped:${model}:1`;
    const row = async () => {
      const { rows } = await root.query<{ due: boolean; acks: number }>(
        `select due_at <= clock_timestamp() as due, jsonb_array_length(event -> 'acknowledged') as acks from outbox where dedupe_key = $1`,
        [key],
      );
      return rows;
    };
    expect(await row()).toEqual([{ due: false, acks: 0 }]);
    const { rows } = await root.query<{ event: Record<string, unknown> }>(
      'select event from outbox where dedupe_key = $1',
      [key],
    );
    const event = { ...rows[0]?.event, acknowledged: [{ server: 'a', epoch: 1 }] };
    await registry.enqueueNotification({ event: event as never });
    expect(await row()).toEqual([{ due: true, acks: 1 }]);
    await registry.enqueueNotification({ event: { ...event, acknowledged: [] } as never });
    expect(await row()).toEqual([{ due: true, acks: 1 }]);
  });
});

describe('I8 what is in use cannot be deleted', () => {
  const remove = (model: string, version: number) =>
    registry.deleteVersion({
      model,
      version,
      actor: { subject: 'ops', roles: ['operator'] },
      reason: 'space',
      idempotencyKey: randomUUID(),
    });
  const outOfRetention = async (model: string) => {
    await root.query('alter table versions disable trigger versions_change');
    await root.query(`update versions set retain_until = now() - interval '1 day' where model = $1`, [model]);
    await root.query('alter table versions enable trigger versions_change');
  };

  test('I8 champion, previous, what an open retrain names and what is in retention stay', async () => {
    const model = await world.model();
    const oldest = await world.champion(model, 1);
    const previous = await world.champion(model, 2);
    const champion = await world.champion(model, 3);
    const candidate = await world.candidate(model, 4);
    await expect(remove(model, oldest.number)).rejects.toMatchObject({
      ...code('VERSION_IN_USE'),
      details: { because: 'it is one of the last champions' },
    });
    await expect(
      root.query(`update versions set state = 'deleted', deleted_at = now() where id = $1`, [
        candidate.versionId,
      ]),
    ).rejects.toMatchObject({ hint: 'VERSION_IN_USE' });
    await outOfRetention(model);
    for (const [number, because] of [
      [champion.number, 'it is the champion'],
      [previous.number, 'it is the previous champion'],
      [candidate.number, 'an open retrain names it'],
    ] as const) {
      await expect(remove(model, number)).rejects.toMatchObject({
        ...code('VERSION_IN_USE'),
        details: { because },
      });
    }
    await expect(
      root.query(`update versions set state = 'deleted', deleted_at = now() where id = $1`, [
        champion.versionId,
      ]),
    ).rejects.toMatchObject({ hint: 'VERSION_IN_USE' });
    await expect(root.query('delete from versions where id = $1', [oldest.versionId])).rejects.toMatchObject({
      hint: 'APPEND_ONLY',
    });

    await world.finish(candidate, 'refused');
    const because = (reason: string) =>
      expect(remove(model, oldest.number)).rejects.toMatchObject({ details: { because: reason } });
    await because('it is one of the last champions');
    await world.champion(model, 5);
    await world.champion(model, 6);
    const pin = (version: number | null) =>
      registry.pinVersion({
        ...{
          model,
          consumer: 'risk',
          version,
          purpose: 'pin',
          actor: { subject: 'ops', roles: ['operator'] },
        },
        ...{ reason: 'end of the quarter', idempotencyKey: randomUUID() },
      });
    await pin(oldest.number);
    await because('a consumer has pinned it');
    expect(await registry.pins({ model })).toMatchObject([{ consumer: 'risk', version: oldest.number }]);
    await pin(null);
    expect(await registry.pins({ model })).toEqual([]);
    await because('the audit of the last year names it');
    await root.query('alter table audit disable trigger append_only');
    await root.query(`update audit set recorded_at = recorded_at - interval '2 years' where model = $1`, [
      model,
    ]);
    await root.query('alter table audit enable trigger append_only');
    expect(await remove(model, oldest.number)).toMatchObject({ number: oldest.number });
    await expect(world.rollback(model, { toVersion: oldest.number })).rejects.toMatchObject(
      code('VERSION_DELETED'),
    );
  });

  test('I8 a snapshot stays while a version or an open retrain names it', async () => {
    const model = await world.model();
    const { asOf } = await world.candidate(model, 1);
    const { snapshotId } = snapshotOf(asOf).manifest;
    await expect(root.query('delete from snapshots where id = $1', [snapshotId])).rejects.toMatchObject({
      hint: 'SNAPSHOT_IN_USE',
    });
  });
});
