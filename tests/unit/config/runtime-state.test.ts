import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadConfig } from '../../../config/config.ts';
import { SystemNotRunning } from '../../../config/errors.ts';
import {
  readRuntimeState,
  resolveEndpoints,
  runtimeStateFile,
  writeRuntimeState,
} from '../../../config/runtime-state.ts';
import type { RuntimeState } from '../../../config/runtime-state.ts';

let dataDir = '';
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'contender state '));
});
afterEach(() => {
  rmSync(dataDir, { recursive: true });
});

const running = (): RuntimeState => ({
  schema: 1,
  state: 'running',
  supervisorPid: process.pid,
  startedAt: '2026-03-02T10:00:00.000Z',
  ports: { postgres: 5433 },
  databaseUrl: 'postgres://u:p@127.0.0.1:5433/contender',
  temporalAddress: '127.0.0.1:7233',
  temporalUiUrl: 'http://127.0.0.1:8233',
  apiUrl: 'http://127.0.0.1:8080',
  serverUrls: { 'server-a': 'http://127.0.0.1:8090' },
  metricsUrls: {},
  processes: [{ name: 'postgres', pid: 7, marker: 'x' }],
});
const config = (environment: Readonly<Record<string, string>> = {}) =>
  loadConfig({ environment: { CONTENDER_DATA_DIR: dataDir, ...environment }, root: dataDir });
/** No process has it: ids are far smaller. */
const NO_PROCESS = 2 ** 30;

describe('the runtime state', () => {
  it('is read as it was written, and by its owner alone', () => {
    writeRuntimeState(dataDir, running());
    expect(readRuntimeState(dataDir)).toEqual(running());
    expect(statSync(runtimeStateFile(dataDir)).mode & 0o777).toBe(0o600);
  });

  it.each(['', '{"schema":1', '{"schema":2}', '[]'])('is nothing when the file holds %j', (text) => {
    writeFileSync(runtimeStateFile(dataDir), text);
    expect(readRuntimeState(dataDir)).toBeUndefined();
  });
});

describe('the addresses of the parts', () => {
  it('come from the running system where a part is embedded', () => {
    writeRuntimeState(dataDir, running());
    expect({ ...resolveEndpoints(config()) }).toEqual({
      databaseUrl: 'postgres://u:p@127.0.0.1:5433/contender',
      temporalAddress: '127.0.0.1:7233',
      temporalUiUrl: 'http://127.0.0.1:8233',
      apiUrl: 'http://127.0.0.1:8080',
      serverUrls: { 'server-a': 'http://127.0.0.1:8090' },
    });
  });

  it('come from the settings where a part is elsewhere, whatever runs', () => {
    writeRuntimeState(dataDir, running());
    const endpoints = resolveEndpoints(config({ CONTENDER_TEMPORAL_ADDRESS: 'temporal.test:7233' }));
    expect(endpoints.temporalAddress).toBe('temporal.test:7233');
  });

  it('are asked for one by one: a database that is elsewhere needs no running system', () => {
    const endpoints = resolveEndpoints(config({ CONTENDER_DATABASE_URL: 'postgres://db.test/contender' }));
    expect(endpoints.databaseUrl).toBe('postgres://db.test/contender');
    expect(() => endpoints.temporalAddress).toThrow(SystemNotRunning);
  });

  it.each([
    ['nothing ever ran', undefined],
    ['it was stopped', { state: 'stopped' }],
    ['its supervisor is gone', { supervisorPid: NO_PROCESS }],
  ] as const)('are unknown when %s', (_, change) => {
    if (change !== undefined) writeRuntimeState(dataDir, { ...running(), ...change });
    expect(() => resolveEndpoints(config()).databaseUrl).toThrow(SystemNotRunning);
  });
});
