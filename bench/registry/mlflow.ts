import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { inheritedEnvironment, PROJECT_ROOT } from '../../config/config.ts';
import { choosePorts } from '../../supervisor/ports.ts';
import { asker } from './asker.ts';

/** MLflow in an environment of the bench's own (.contender/bench-registry, about 900 MB), made at the first run. */
const FOLDER = join(PROJECT_ROOT, '.contender', 'bench-registry');
const PYTHON = join(FOLDER, 'bin', 'python');
const START_MS = 180_000;
const DATABASE = 'mlflow';
const [USER, PASSWORD] = ['admin', 'bench-password-of-a-day'];

function install(): void {
  const mark = join(FOLDER, 'installed');
  if (existsSync(mark)) return;
  mkdirSync(FOLDER, { recursive: true });
  execFileSync('python3', ['-m', 'venv', FOLDER]);
  const requirements = join(PROJECT_ROOT, 'bench', 'registry-requirements.txt');
  const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', requirements];
  execFileSync(PYTHON, pip);
  writeFileSync(mark, '');
}

export interface Mlflow {
  readonly base: string;
  readonly authorization: string;
  /** A model of so many versions. */
  seed(model: string, versions: number): Promise<void>;
}

/**
 * MLflow's server with basic authentication over a database of its own on `postgresUrl`, its number of workers and everything else as
 * it comes, but for the cache of passwords, which is switched on (60 s, as ours).
 */
export async function withMlflow<T>(
  { postgresUrl, folder }: { readonly postgresUrl: string; readonly folder: string },
  use: (mlflow: Mlflow) => Promise<T>,
): Promise<T> {
  install();
  const { mlflow: port = 0 } = await choosePorts([{ name: 'mlflow', candidates: [] }]);
  await query(postgresUrl, `create database ${DATABASE}`);
  const own = new URL(postgresUrl);
  own.pathname = `/${DATABASE}`;
  const config = join(folder, 'basic_auth.ini');
  writeFileSync(
    config,
    [
      '[mlflow]',
      'default_permission = READ',
      `database_uri = sqlite:///${join(folder, 'basic_auth.db')}`,
      `admin_username = ${USER}`,
      `admin_password = ${PASSWORD}`,
      'authorization_function = mlflow.server.auth:authenticate_request_basic_auth',
      'auth_cache_ttl_seconds = 60',
      '',
    ].join('\n'),
  );
  const store = own.toString().replace(/^postgres(?:ql)?:/u, 'postgresql+psycopg2:');
  const serving = ['--app-name', 'basic-auth', '--backend-store-uri', store, '--host', '127.0.0.1'];
  // On a busy machine its supervisor ends workers that do not say within 5 s that they live.
  const patient = ['--uvicorn-opts', '--timeout-worker-healthcheck 120'];
  const child = spawn(PYTHON, ['-m', 'mlflow', 'server', ...serving, ...patient, '--port', String(port)], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'ignore'],
    // Its workers are processes of their own; ended together.
    detached: true,
    env: {
      PATH: `${join(FOLDER, 'bin')}:${inheritedEnvironment()['PATH'] ?? ''}`,
      HOME: folder,
      MLFLOW_AUTH_CONFIG_PATH: config,
      MLFLOW_FLASK_SERVER_SECRET_KEY: 'of-the-bench',
      MLFLOW_DISABLE_TELEMETRY: 'true',
    },
  });
  const exited = once(child, 'exit');
  const base = `http://127.0.0.1:${String(port)}`;
  const authorization = `Basic ${Buffer.from(`${USER}:${PASSWORD}`).toString('base64')}`;
  try {
    const deadline = performance.now() + START_MS;
    while (!(await answers(`${base}/health`))) {
      if (performance.now() > deadline || child.exitCode !== null)
        throw new Error('MLflow did not begin to answer');
      await delay(200);
    }
    return await use({
      ...{ base, authorization },
      seed: (model, versions) => seed({ base, authorization, store: own.toString() }, model, versions),
    });
  } finally {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGTERM');
    await exited;
  }
}

/** One version over its API, the others as copies of its row: making 10,000 by its API takes ten minutes and measures something else. */
async function seed(
  {
    base,
    authorization,
    store,
  }: { readonly base: string; readonly authorization: string; readonly store: string },
  model: string,
  versions: number,
): Promise<void> {
  const post = asker(base, authorization);
  const ask = (path: string, body: unknown): Promise<void> => post('POST', `/api/2.0/mlflow/${path}`, body);
  await ask('registered-models/create', { name: model });
  await ask('model-versions/create', { name: model, source: 's3://bench/model' });
  const columns = await query(
    store,
    `select column_name as name from information_schema.columns where table_name = 'model_versions' and table_schema = 'public'`,
  );
  const names = columns.map(({ name }) => `"${String(name)}"`);
  const values = names.map((name) => (name === '"version"' ? 'n' : name));
  await query(
    store,
    `insert into model_versions (${names.join(', ')})
     select ${values.join(', ')} from model_versions, generate_series(2, ${String(versions)}) n where name = '${model}' and version = 1`,
  );
  await query(store, 'analyze');
}

async function query(url: string, sql: string): Promise<readonly Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

const answers = (url: string): Promise<boolean> =>
  fetch(url)
    .then(({ ok }) => ok)
    .catch(() => false);
