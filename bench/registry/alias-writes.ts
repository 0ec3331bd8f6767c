import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { inheritedEnvironment, PROJECT_ROOT } from '../../config/config.ts';
import { issueToken } from '../../registry/identity/tokens.ts';
import { migrate } from '../../registry/migrator.ts';
import { openRegistry } from '../../registry/registry.ts';
import { Child } from '../../supervisor/child.ts';
import { choosePorts } from '../../supervisor/ports.ts';
import { embeddedPostgres } from '../../supervisor/postgres.ts';
import { API_NODE_FLAGS } from '../../supervisor/processes.ts';
import { Watchdog } from '../../supervisor/watchdog.ts';
import { RegistryWorld } from '../../tests/integration/registry/world.ts';
import { asker } from './asker.ts';
import { figure, quantile, type Figure } from './figures.ts';
import { withMlflow, type Mlflow } from './mlflow.ts';
import { modelWith } from './models.ts';

/** Swaps over HTTP have to be so many times faster than setting an alias is there. */
const BAR = 10;
const START_MS = 60_000;
const WARM_UP = 20;

interface Times {
  readonly swap: number[];
  /** The name of a consumer that points to a version: nearest to what an alias is. */
  readonly pin: number[];
  readonly read: number[];
}

/** What one side is asked, over a connection that is kept open, with authentication. */
interface Side {
  swap(round: number): Promise<unknown>;
  pin(round: number): Promise<unknown>;
  read(): Promise<unknown>;
}

/**
 * Champion read and swap over our API beside reading and setting the alias of MLflow, both at `versions` versions, on one Postgres that
 * writes durably, in turns. Ours also writes an audit row, an announcement and the answer under its key; theirs a row.
 */
export async function againstMlflow(versions: number, rounds: number): Promise<Figure[]> {
  const folder = mkdtempSync(join(tmpdir(), 'contender-registry-bench-'));
  const watchdog = new Watchdog();
  const ports = await choosePorts(['postgres', 'api'].map((name) => ({ name, candidates: [] })));
  const { spec, databaseUrl } = await embeddedPostgres({
    ...{ root: PROJECT_ROOT, dataDir: folder, port: ports['postgres'] ?? 0, durable: true },
  });
  const logFile = join(folder, 'postgres.log');
  const postgres = new Child({ spec, logFile, watchdog, onEvent: () => undefined });
  try {
    await postgres.start();
    await migrate({ url: databaseUrl });
    const model = await seedOurs(databaseUrl, versions);
    const port = ports['api'] ?? 0;
    return await withOurs({ databaseUrl, folder, port }, (token) =>
      withMlflow({ postgresUrl: databaseUrl, folder }, async (mlflow) => {
        await mlflow.seed('bench', versions);
        const sides = {
          ours: ours({ base: `http://127.0.0.1:${String(port)}`, token, model }),
          theirs: theirs(mlflow, 'bench', versions),
        };
        return compare(sides, versions, rounds);
      }),
    );
  } finally {
    await postgres.stop();
    watchdog.close();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function compare(
  sides: { readonly ours: Side; readonly theirs: Side },
  versions: number,
  rounds: number,
): Promise<Figure[]> {
  const times = { ours: emptyTimes(), theirs: emptyTimes() };
  for (let round = -WARM_UP; round < rounds; round += 1) {
    for (const name of ['ours', 'theirs'] as const) {
      const into = round < 0 ? emptyTimes() : times[name];
      await timed(into.swap, () => sides[name].swap(round + WARM_UP));
      await timed(into.pin, () => sides[name].pin(round + WARM_UP));
      await timed(into.read, () => sides[name].read());
    }
  }
  const at = `${String(versions)} versions, HTTP and authentication`;
  return (['swap', 'pin', 'read'] as const).flatMap((what) => {
    const [mine, other] = [times.ours[what], times.theirs[what]];
    const ratio = quantile(other, 0.5) / quantile(mine, 0.5);
    const bar = what === 'swap' ? `>= ${String(BAR)}` : null;
    return [
      ...[0.5, 0.99].flatMap((q) => [
        figure(`${what}, ${at}, p${String(100 * q)}`, quantile(mine, q), 'ms', null, null),
        figure(
          `MLflow, alias ${what === 'read' ? 'read' : 'write'}, p${String(100 * q)}`,
          quantile(other, q),
          'ms',
          null,
          null,
        ),
      ]),
      figure(`${what} against MLflow's alias, p50`, ratio, 'x', bar, bar === null ? null : ratio >= BAR),
      figure(
        `${what} against MLflow's alias, p99`,
        quantile(other, 0.99) / quantile(mine, 0.99),
        'x',
        null,
        null,
      ),
    ];
  });
}

const emptyTimes = (): Times => ({ swap: [], pin: [], read: [] });

async function timed(into: number[], operation: () => Promise<unknown>): Promise<void> {
  const started = performance.now();
  await operation();
  into.push(performance.now() - started);
}

async function seedOurs(url: string, versions: number): Promise<string> {
  const registry = openRegistry({ url, applicationName: 'bench' });
  const root = new pg.Client({ connectionString: url });
  await root.connect();
  try {
    const model = await modelWith(root, new RegistryWorld(registry), versions);
    await root.query('analyze');
    return model;
  } finally {
    await registry.close();
    await root.end();
  }
}

async function withOurs<T>(
  {
    databaseUrl,
    folder,
    port,
  }: { readonly databaseUrl: string; readonly folder: string; readonly port: number },
  use: (token: string) => Promise<T>,
): Promise<T> {
  const signingKeyFile = join(folder, 'key');
  const who = { subject: 'ops', roles: ['operator'], ttlSeconds: 3600, now: new Date() };
  const { token } = await issueToken({ signingKeyFile, ...who });
  const program = join(PROJECT_ROOT, 'bench', 'registry', 'api-process.ts');
  const told = [databaseUrl, signingKeyFile, join(folder, 'artifacts'), String(port)];
  const api = spawn(process.execPath, [...API_NODE_FLAGS, program, ...told], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { PATH: inheritedEnvironment()['PATH'] ?? '' },
  });
  const exited = once(api, 'exit');
  try {
    const deadline = performance.now() + START_MS;
    const health = `http://127.0.0.1:${String(port)}/health`;
    while (
      !(await fetch(health).then(
        ({ ok }) => ok,
        () => false,
      ))
    ) {
      if (performance.now() > deadline || api.exitCode !== null) throw new Error('the API did not start');
      await delay(50);
    }
    return await use(token);
  } finally {
    api.kill('SIGTERM');
    await exited;
  }
}

function ours({
  base,
  token,
  model,
}: {
  readonly base: string;
  readonly token: string;
  readonly model: string;
}): Side {
  const ask = asker(base, `Bearer ${token}`);
  const path = `/api/v1/models/${model}`;
  return {
    swap: (round) => ask('POST', `${path}/rollbacks`, { reason: 'of the bench', toVersion: 1 + (round % 2) }),
    pin: (round) =>
      ask('PUT', `${path}/pins/bench`, { version: 1 + (round % 2), purpose: 'pin', reason: 'of the bench' }),
    read: () => ask('GET', `${path}/champion`, null),
  };
}

function theirs({ base, authorization }: Mlflow, name: string, versions: number): Side {
  const ask = asker(base, authorization);
  const path = '/api/2.0/mlflow/registered-models/alias';
  return {
    swap: (round) => ask('POST', path, { name, alias: 'champion', version: String(versions - (round % 2)) }),
    pin: (round) => ask('POST', path, { name, alias: 'bench', version: String(versions - (round % 2)) }),
    read: () => ask('GET', `${path}?name=${name}&alias=champion`, null),
  };
}
