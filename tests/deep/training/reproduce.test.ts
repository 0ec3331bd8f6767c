import { appendFileSync, cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { PROJECT_ROOT } from '../../../config/config.ts';
import { ReproductionReport } from '../../../contracts/reproduction.ts';
import { contender } from '../../e2e/command-line.ts';
import { flipByte } from '../../e2e/flipped-byte.ts';
import { decidedAt, SmallWorld, until } from '../../e2e/small-world.ts';
import { startSidecar } from './own-sidecar.ts';

/** Row 2 of issue 8: five versions built again, one made under another lock, one from a snapshot that was altered since. */
const MODEL = 'tw-again';
const ALTERED = 'tw-altered';
const STOP_AFTER_GATES = { retrain: { promotionGate: false } };

let world: SmallWorld;

beforeAll(async () => {
  world = await SmallWorld.start();
}, 300_000);

afterAll(async () => {
  await world.stop();
}, 120_000);

async function retrained(model: string, position: number): Promise<number> {
  const retrain = await world.startRetrain(model, decidedAt(position));
  const { version, reason } = await world.result(retrain);
  if (version === null) throw new Error(reason);
  return version;
}

async function reproduced(model: string, version: number, ...options: string[]) {
  const { exitCode, answer } = await contender(
    world.dataDir,
    ...['reproduce', model, String(version), ...options],
  );
  const document = answer as {
    readonly error?: { readonly code: string; readonly details: { report: unknown } };
  };
  const report = ReproductionReport.parse(document.error?.details.report ?? answer);
  return { exitCode, code: document.error?.code ?? '', report };
}

/** As a person would by mistake: the same file, one published price changed. */
async function changeOnePrice(folder: string): Promise<void> {
  const connection = await (await DuckDBInstance.create()).connect();
  const file = join(folder, 'prices.parquet');
  await connection.run(`CREATE TABLE prices AS SELECT * FROM read_parquet('${file}')`);
  await connection.run(
    `UPDATE prices SET close = close * 1.05 WHERE (symbol, session_date) IN
     (SELECT symbol, session_date FROM prices WHERE volume > 0 ORDER BY session_date, symbol LIMIT 1 OFFSET 6000)`,
  );
  await connection.run(`COPY prices TO '${file}' (FORMAT parquet)`);
  connection.closeSync();
}

test('three come out byte-identical; a changed lock and an altered snapshot are named', async () => {
  await world.givenModel(MODEL, STOP_AFTER_GATES);
  const plain = [await retrained(MODEL, 296), await retrained(MODEL, 300), await retrained(MODEL, 304)];

  const elsewhere = join(world.dataDir, 'sidecar-copy');
  cpSync(join(PROJECT_ROOT, 'sidecar'), elsewhere, { recursive: true });
  appendFileSync(join(elsewhere, 'requirements.lock'), '# another lock\n');
  const formerPid = world.supervisor.pids()['sidecar'] ?? 0;
  world.hold('sidecar');
  world.kill('sidecar');
  const other = startSidecar(world, { folder: elsewhere });
  await until('the other sidecar polls', () => Promise.resolve(other.output().includes('"polling"')));
  const locked = await retrained(MODEL, 308);
  await other.stop();
  world.release('sidecar');
  await world.restarted('sidecar', formerPid);

  const market = join(world.dataDir, 'market-altered');
  cpSync(world.marketFolder, market, { recursive: true });
  await world.givenModel(ALTERED, { ...STOP_AFTER_GATES, data: market });
  const altered = await retrained(ALTERED, 300);

  const before = await world.registry.ledger({ model: MODEL });
  for (const version of plain) {
    const { exitCode, report } = await reproduced(MODEL, version);
    expect(report.findings.filter(({ same }) => !same)).toEqual([]);
    expect(report).toMatchObject({ verdict: 'byte-identical', moved: [] });
    expect(report.rebuiltVersionId).toBe(report.versionId);
    expect(report.trials).toEqual({ fitted: 8, identical: 8, differing: [], notRecorded: 0 });
    expect(exitCode).toBe(0);
  }

  const underAnotherLock = await reproduced(MODEL, locked);
  expect(underAnotherLock.report).toMatchObject({ verdict: 'moved', moved: ['environment lock'] });
  expect(underAnotherLock).toMatchObject({ exitCode: 1, code: 'REPRODUCTION_DIFFERS' });
  // The lock moved and nothing else did: the model itself is the same to the byte.
  expect(underAnotherLock.report.findings).toContainEqual(
    expect.objectContaining({ name: 'ONNX model', same: true }),
  );

  await changeOnePrice(market);
  const fromAnotherPrice = await reproduced(ALTERED, altered, '--chosen-only');
  expect(fromAnotherPrice.report).toMatchObject({ verdict: 'moved', moved: ['snapshot', 'market data'] });

  const stored = await world.registry.getSnapshot({
    snapshotId: (await world.registry.getVersion({ model: MODEL, version: plain[0] ?? 1 })).snapshotId,
  });
  const file = world.artifactFile(stored?.ref.rows.sha256 ?? '');
  flipByte(file);
  const fromDamaged = await reproduced(MODEL, plain[0] ?? 1, '--chosen-only');
  expect(fromDamaged.report.findings).toContainEqual(
    expect.objectContaining({ kind: 'input', name: 'stored snapshot', same: false }),
  );
  // What is extracted again replaces the damaged bytes: the same content has the same name.
  expect(await reproduced(MODEL, plain[0] ?? 1, '--chosen-only')).toMatchObject({ exitCode: 0 });

  const after = await world.registry.ledger({ model: MODEL });
  expect(after.trials).toBe(before.trials);
  rmSync(elsewhere, { recursive: true, force: true });
}, 1_200_000);
