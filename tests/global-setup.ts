import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { loadConfig } from '../config/config.ts';
import { Child } from '../supervisor/child.ts';
import { choosePorts } from '../supervisor/ports.ts';
import { embeddedPostgres } from '../supervisor/postgres.ts';
import { temporalProgram } from '../supervisor/temporal.ts';
import { Watchdog } from '../supervisor/watchdog.ts';

/**
 * Runs once for the `system` project, before its first file. One Postgres for the whole run, in a folder that is thrown
 * away; each file makes a database of its own in it. Test processes inherit:
 *
 * - CONTENDER_TEST_POSTGRES_URL: superuser URL of that server
 * - CONTENDER_TEST_TEMPORAL_CLI: the program with `server start-dev`
 * - CONTENDER_TEST_TEMPORAL_SERVER: the time-skipping test server
 */
export async function setup(): Promise<() => Promise<void>> {
  const { root, pythonPath } = loadConfig();
  const cli = temporalProgram(pythonPath);
  process.env['CONTENDER_TEST_TEMPORAL_CLI'] = cli;
  process.env['CONTENDER_TEST_TEMPORAL_SERVER'] = join(dirname(cli), 'temporal-test-server');
  if (process.env['CONTENDER_TEST_POSTGRES_URL'] !== undefined) return async () => Promise.resolve();

  const dataDir = mkdtempSync(join(tmpdir(), 'contender-tests-'));
  const { postgres: port = 0 } = await choosePorts([{ name: 'postgres', candidates: [] }]);
  const { spec, databaseUrl } = await embeddedPostgres({ root, dataDir, port, durable: false });
  const watchdog = new Watchdog();
  const server = new Child({
    spec,
    logFile: join(dataDir, 'postgres.log'),
    watchdog,
    onEvent: () => undefined,
  });
  await server.start();
  process.env['CONTENDER_TEST_POSTGRES_URL'] = databaseUrl;
  return async () => {
    await server.stop();
    watchdog.close();
    rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 });
  };
}
