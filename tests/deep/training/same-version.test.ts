import { afterEach, expect, test, vi } from 'vitest';
import { canonicalJson } from '../../../contracts/canonical.ts';
import { decidedAt, SmallWorld, until } from '../../e2e/small-world.ts';
import { type OwnSidecar, startSidecar } from './own-sidecar.ts';

/** Row 1 of issue 8: what may differ between two machines of one processor class, and must not move the version id. */
const MODEL = 'tw-same';
const AS_OF = decidedAt(300);
const CHANGES = {
  training: { trials: 20, trainSessions: 120, testSessions: 30, minFolds: 2, maxFolds: 3 },
  retrain: { promotionGate: false },
} as const;

const open: { world: SmallWorld; sidecars: OwnSidecar[] }[] = [];

afterEach(async () => {
  vi.unstubAllEnvs();
  for (const { world, sidecars } of open.splice(0)) {
    await Promise.all(sidecars.map((sidecar) => sidecar.stop()));
    await world.stop();
  }
});

/** One retrain on sidecars of the test's own; gives the version's id and everything the manifest says. */
async function retrainedOn(
  start: (world: SmallWorld) => OwnSidecar[],
  changes: Readonly<Record<string, unknown>> = CHANGES,
): Promise<{ id: string; manifest: string; worked: number; tried: readonly string[] }> {
  const world = await SmallWorld.start();
  const sidecars: OwnSidecar[] = [];
  open.push({ world, sidecars });
  world.hold('sidecar');
  world.kill('sidecar');
  sidecars.push(...start(world));
  await until('every sidecar polls', () =>
    Promise.resolve(sidecars.every((sidecar) => sidecar.output().includes('"polling"'))),
  );
  await world.givenModel(MODEL, changes);
  const retrain = await world.startRetrain(MODEL, AS_OF);
  const result = await world.result(retrain);
  expect(result.version, result.reason).toBe(1);
  const version = await world.registry.getVersion({ model: MODEL, version: 1 });
  const worked = sidecars.filter((sidecar) => sidecar.output().includes('"runTrial finished"')).length;
  const { recipes } = await world.registry.ledger({ model: MODEL });
  const tried = recipes.map(({ recipeHash }) => recipeHash);
  return { id: version.id, manifest: canonicalJson(version.manifest), worked, tried };
}

test('one sidecar on one core, and four on two cores elsewhere in other locales and zones, make the same version', async () => {
  const alone = await retrainedOn((world) => [
    startSidecar(world, {
      cores: '0',
      environment: { LANG: 'C', LC_ALL: 'C', TZ: 'UTC', PYTHONHASHSEED: '0' },
    }),
  ]);
  // The workers of the second world inherit these; its data folder is another one by itself.
  vi.stubEnv('TZ', 'Asia/Kathmandu');
  vi.stubEnv('LANG', 'tr_TR.UTF-8');
  vi.stubEnv('LC_ALL', 'de_DE.UTF-8');
  const four = await retrainedOn((world) =>
    ['Asia/Taipei', 'America/St_Johns', 'UTC', 'Pacific/Chatham'].map((TZ, at) =>
      startSidecar(world, {
        environment: {
          ...{ TZ, LANG: 'tr_TR.UTF-8', LC_ALL: at % 2 === 0 ? 'de_DE.UTF-8' : 'C.UTF-8' },
          ...{ PYTHONHASHSEED: String(at + 1), OMP_NUM_THREADS: String(at + 1) },
        },
      }),
    ),
  );
  expect(alone.worked).toBe(1);
  // Who takes which trial is chance; that several did is the point.
  expect(four.worked).toBeGreaterThanOrEqual(2);
  expect(four.id).toBe(alone.id);
  expect(four.manifest).toBe(alone.manifest);
}, 900_000);

test('a search in generations proposes the same trials on one sidecar and on three, and the ledger counts each', async () => {
  const changes = { ...CHANGES, training: { ...CHANGES.training, search: 'tpe', trials: 17, generation: 3 } };
  const alone = await retrainedOn((world) => [startSidecar(world)], changes);
  const three = await retrainedOn(
    (world) => ['2', '3', '4'].map((seed) => startSidecar(world, { environment: { PYTHONHASHSEED: seed } })),
    changes,
  );
  expect(three.worked).toBeGreaterThanOrEqual(2);
  expect(alone.tried).toHaveLength(17);
  expect(three.tried).toEqual(alone.tried);
  expect(three.manifest).toBe(alone.manifest);
}, 900_000);
