import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openRegistry } from '../../../registry/registry.ts';
import type { Registry } from '../../../registry/registry.ts';
import { LossyNetwork, type Loss } from './lossy-network.ts';
import { openBench } from './registry-bench.ts';
import type { RegistryBench } from './registry-bench.ts';
import { ANA, LEE, RegistryWorld, manifestOf, snapshotOf, spec } from './world.ts';

/** Short, since an answer that never comes is waited for as long as a statement may take, and somewhat longer. */
const BOUNDS = { statementTimeoutMs: 1000, answerMarginMs: 200 };

let bench: RegistryBench;
let network: LossyNetwork;
let registry: Registry;
let world: RegistryWorld;

beforeAll(async () => {
  bench = await openBench('lost-answer');
  const url = new URL(bench.url);
  network = new LossyNetwork(url.hostname, Number(url.port));
  url.port = String(await network.listen());
  url.hostname = '127.0.0.1';
  registry = openRegistry({ url: url.toString(), applicationName: 'unlucky', maxConnections: 2, ...BOUNDS });
  world = new RegistryWorld(registry);
});
afterAll(async () => {
  await registry.close();
  await network.close();
  await bench.close();
});

/** Runs a command whose COMMIT is answered into the void. */
async function withLoss<Result>(how: Loss, command: () => Promise<Result>): Promise<Result> {
  const before = network.losses;
  network.loseNextCommit(how);
  const result = await command();
  expect(network.losses).toBe(before + 1);
  return result;
}

/**
 * The database has committed, and the client cannot know: it only sees its connection end, or sees nothing at all. Whatever was
 * commanded has happened once when the client has its answer.
 */
describe.each([
  ['with the line', 'ended'],
  ['on a line that says nothing more', 'silent'],
] as const)('an answer lost after the commit %s is found again by its key', (_how, loss) => {
  const unlucky = <Result>(command: () => Promise<Result>): Promise<Result> => withLoss(loss, command);

  test('a promotion and a rollback happen once, and say that they had happened', async () => {
    const model = await world.model();
    await world.champion(model, 1);
    const candidate = await world.candidate(model, 2);
    const decision = await world.approved(candidate);
    expect(await unlucky(() => world.promote(candidate, decision))).toMatchObject({
      epoch: 2,
      repeated: true,
    });
    await world.finish(candidate);
    expect(await unlucky(() => world.rollback(model))).toMatchObject({
      epoch: 3,
      repeated: true,
      toVersion: 1,
    });
    expect(await bench.count('reigns where model = $1', model)).toBe(3);
    expect(await bench.count(`audit where model = $1 and command in ('promote', 'rollback')`, model)).toBe(3);
    expect(await registry.verifyAudit({ model, anchor: null })).toMatchObject({ ok: true });
  });

  test('so do a spec, a retrain, a version, a signature and the end of a retrain', async () => {
    const model = await world.model();
    const newer = spec(model, { data: './data/newer' });
    await unlucky(() => registry.applySpec({ spec: newer, actor: ANA, secondPerson: null, reason: 'moved' }));
    expect((await registry.currentSpec({ model })).number).toBe(2);
    const input = world.input(model);
    expect(await unlucky(() => registry.createRetrain(input))).toMatchObject({ repeated: true });
    const { retrainId, asOf } = input;
    const snapshot = snapshotOf(asOf);
    await unlucky(() => registry.recordSnapshot({ retrainId, ...snapshot }));
    const manifest = manifestOf(model, snapshot.manifest.snapshotId, 1);
    const { number } = await unlucky(() => registry.registerVersion({ retrainId, manifest }));
    expect(number).toBe(1);
    const candidate = { model, retrainId, versionId: manifest.versionId, number, epoch: 0, asOf };
    const { evidenceHash } = await world.decision(candidate, await world.shadowed(candidate));
    await unlucky(() => world.approve(candidate, evidenceHash, LEE));
    await unlucky(() => world.finish(candidate, 'refused'));
    const trail = await registry.auditTrail({ model, limit: 100 });
    expect(trail.map(({ command }) => command).reverse()).toEqual([
      ...['apply-spec', 'apply-spec', 'start-retrain', 'register-version', 'approve', 'finish-retrain'],
    ]);
  });
});
