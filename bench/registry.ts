import { createHash } from 'node:crypto';
import { loadavg } from 'node:os';
import pg from 'pg';
import { canonicalJson } from '../contracts/canonical.ts';
import { copyIn } from '../registry/copy-stream.ts';
import { openRegistry } from '../registry/registry.ts';
import type { Registry } from '../registry/registry.ts';
import { setup } from '../tests/global-setup.ts';
import { RegistryWorld } from '../tests/integration/registry/world.ts';
import { testDatabase } from '../tests/postgres.ts';
import { againstMlflow } from './registry/alias-writes.ts';
import { figure, quantile, type Figure } from './registry/figures.ts';
import { modelWith } from './registry/models.ts';

/**
 * The registry on an embedded Postgres of its own: `npm run bench:registry [-- --json] [-- --rows 300000] [-- --without-peers]`.
 *
 * 1. `audit verify` over one long chain, rows a second of wall and of processor time.
 * 2. Reading the champion and swapping it for a model with 10 versions and one with 10,000 versions and as many reigns,
 *    in turns, so that both see the same load.
 * 3. Both over HTTP with authentication beside reading and setting an alias of MLflow, at 10,000 versions, in turns. MLflow is
 *    installed at the first run (about 900 MB). Ends with 1 when a bar is missed.
 */
const ROWS = argument('--rows', 300_000);
const VERSIONS = argument('--versions', 10_000);
const READS = argument('--reads', 2000);
const SWAPS = argument('--swaps', 300);
const ALIASES = argument('--aliases', 200);

function argument(name: string, usual: number): number {
  const at = process.argv.indexOf(name);
  const value = at < 0 ? usual : Number(process.argv[at + 1]);
  if (!Number.isInteger(value) || value < 10) throw new Error(`${name} is a whole number from 10`);
  return value;
}

/** A chain of rows of the usual size, as the registry would have written them. */
async function* chainOf(model: string, rows: number): AsyncGenerator<Buffer> {
  const escape = (text: string): string => text.replaceAll('\\', '\\\\');
  let prev = '0'.repeat(64);
  let lines: string[] = [];
  for (let seq = 1; seq <= rows; seq += 1) {
    const recordedAt = new Date(Date.UTC(2020, 0, 1) + seq * 1000).toISOString();
    const versionId = createHash('sha256')
      .update(`version ${String(seq)}`)
      .digest('hex');
    const facts = {
      cause: 'rollback',
      epoch: seq,
      fromVersion: 2,
      reason: 'drawdown after the "swap"',
      version: 1,
      versionId,
    };
    const said = {
      actor: 'ops',
      businessAt: recordedAt,
      command: 'rollback',
      facts,
      idempotencyKey: `${model}:${String(seq)}`,
    };
    const body = canonicalJson({ ...said, model, prev, recordedAt, schema: 1, seq });
    const hash = createHash('sha256').update(body).digest('hex');
    lines.push(
      [
        model,
        seq,
        prev,
        hash,
        escape(body),
        said.actor,
        said.command,
        said.idempotencyKey,
        recordedAt,
        recordedAt,
      ].join('\t'),
    );
    prev = hash;
    if (lines.length === 2000) {
      yield Buffer.from(`${lines.join('\n')}\n`);
      lines = [];
      await Promise.resolve();
    }
  }
  if (lines.length > 0) yield Buffer.from(`${lines.join('\n')}\n`);
}

async function verification(root: pg.Client, registry: Registry, world: RegistryWorld): Promise<Figure[]> {
  const model = await world.model();
  await root.query('set session_replication_role = replica');
  await root.query('delete from audit where model = $1', [model]);
  await copyIn(
    root,
    'copy audit (model, seq, prev_hash, hash, body, actor, command, idempotency_key, business_at, recorded_at) from stdin',
    chainOf(model, ROWS),
  );
  await root.query('set session_replication_role = origin');
  await root.query('analyze audit');
  const walls: number[] = [];
  const cpus: number[] = [];
  for (let round = 0; round < 3; round += 1) {
    const cpu = process.cpuUsage();
    const started = performance.now();
    const { ok, rows } = await registry.verifyAudit({ model, anchor: null });
    if (!ok || rows !== ROWS) throw new Error('the chain of the bench does not verify');
    walls.push(rows / ((performance.now() - started) / 1000));
    const used = process.cpuUsage(cpu);
    cpus.push(rows / ((used.user + used.system) / 1e6));
  }
  const wall = Math.max(...walls);
  return [
    figure(
      `audit verify, ${String(ROWS)} rows, best of 3, wall`,
      wall,
      'rows/s',
      '>= 100,000',
      wall >= 100_000,
    ),
    figure('the same, a second of processor time of the verifier', Math.max(...cpus), 'rows/s', null, null),
  ];
}

async function timed(into: number[], operation: () => Promise<unknown>): Promise<void> {
  const started = performance.now();
  await operation();
  into.push(performance.now() - started);
}

async function scaling(root: pg.Client, registry: Registry, world: RegistryWorld): Promise<Figure[]> {
  const small = await modelWith(root, world, 10);
  const large = await modelWith(root, world, VERSIONS);
  await root.query('analyze');
  const reads = { small: [] as number[], large: [] as number[] };
  const swaps = { small: [] as number[], large: [] as number[] };
  const read = (model: string) => () => registry.champion({ model });
  for (let warm = 0; warm < 100; warm += 1) await Promise.all([read(small)(), read(large)()]);
  for (let round = 0; round < READS; round += 1) {
    await timed(reads.small, read(small));
    await timed(reads.large, read(large));
  }
  const swap = (model: string, round: number) => () => world.rollback(model, { toVersion: 1 + (round % 2) });
  for (let round = 0; round < SWAPS; round += 1) {
    await timed(swaps.small, swap(small, round));
    await timed(swaps.large, swap(large, round));
  }
  const compared = (what: string, times: typeof reads): Figure[] => {
    const ratio = quantile(times.large, 0.99) / quantile(times.small, 0.99);
    return [
      figure(`${what}, 10 versions, p50`, quantile(times.small, 0.5), 'ms', null, null),
      figure(`${what}, ${String(VERSIONS)} versions, p50`, quantile(times.large, 0.5), 'ms', null, null),
      figure(`${what}, 10 versions, p99`, quantile(times.small, 0.99), 'ms', null, null),
      figure(`${what}, ${String(VERSIONS)} versions, p99`, quantile(times.large, 0.99), 'ms', null, null),
      figure(`${what}, p99 at ${String(VERSIONS)} against 10`, ratio, 'x', '<= 1.5', ratio <= 1.5),
    ];
  };
  return [...compared('champion read', reads), ...compared('swap', swaps)];
}

const teardown = await setup();
const database = await testDatabase();
const registry = openRegistry({ url: database.url, applicationName: 'bench' });
const root = new pg.Client({ connectionString: database.url });
await root.connect();
try {
  const world = new RegistryWorld(registry);
  const peers = process.argv.includes('--without-peers') ? [] : await againstMlflow(VERSIONS, ALIASES);
  const figures = [
    ...(await verification(root, registry, world)),
    ...(await scaling(root, registry, world)),
    ...peers,
  ];
  const load = loadavg()[0] ?? Number.NaN;
  if (process.argv.includes('--json')) {
    process.stdout.write(`${JSON.stringify({ load, figures }, undefined, 2)}\n`);
  } else {
    for (const { what, figure: value, unit, bar, met } of figures) {
      const verdict = met === null ? '' : `  bar ${bar ?? ''}: ${met ? 'met' : 'MISSED'}`;
      process.stdout.write(`${what}: ${String(value)} ${unit}${verdict}\n`);
    }
    process.stdout.write(`load ${load.toFixed(1)}\n`);
  }
  process.exitCode = figures.some(({ met }) => met === false) ? 1 : 0;
} finally {
  await registry.close();
  await root.end();
  await database.drop();
  await teardown();
}
