import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { testDatabase } from '../../postgres.ts';
import { eventually } from '../../unit/serving/memory-registry.ts';
import { BackgroundProcess } from '../../../workers/background-process.ts';

let database: Awaited<ReturnType<typeof testDatabase>>;
let folder: string;
const opened: BackgroundProcess[] = [];

beforeAll(async () => {
  database = await testDatabase();
  folder = await mkdtemp(join(tmpdir(), 'contender-background-'));
});
afterEach(() => {
  for (const each of opened.splice(0)) each.close();
});
afterAll(async () => {
  // What was killed leaves its connections to the server for a moment.
  await eventually('the database let go', () =>
    database.drop().then(
      () => true,
      () => false,
    ),
  );
  await rm(folder, { recursive: true, force: true });
});

function background(idleMs = 600_000): BackgroundProcess {
  const started = new BackgroundProcess({
    environment: {
      PATH: process.env['PATH'],
      CONTENDER_DATA_DIR: folder,
      CONTENDER_DATABASE_URL: database.url,
      CONTENDER_TEMPORAL_ADDRESS: '127.0.0.1:1',
      CONTENDER_LOG_LEVEL: 'error',
    },
    idleMs,
  });
  opened.push(started);
  return started;
}

const NEVER = new AbortController().signal;
const NOBODY = {
  model: 'tw-nobody',
  epoch: 1,
  session: '2019-07-01',
  decisionInstant: '2019-07-01T06:30:00.000Z',
};
const ask = (process: BackgroundProcess, signal = NEVER) => process.run('scoreChallengers', NOBODY, signal);

/** SCHED_IDLE of sched.h; the 41st field of /proc/PID/stat. */
const IDLE_POLICY = '5';
const policyOf = async (pid: number): Promise<string> => {
  const stat = await readFile(`/proc/${String(pid)}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[38] ?? '';
};

describe('the process that scores live shadows', () => {
  it('answers with the error of the activity, its code and kind, and stays for the next question', async () => {
    const process = background();
    await expect(ask(process)).rejects.toMatchObject({ code: 'MODEL_UNKNOWN', kind: 'refused' });
    const { pid } = process;
    await expect(ask(process)).rejects.toMatchObject({ code: 'MODEL_UNKNOWN' });
    expect(process.pid).toBe(pid);
  }, 120_000);

  it.runIf(process.platform === 'linux')(
    'takes the processor only while nothing else wants it',
    async () => {
      const started = background();
      await expect(ask(started)).rejects.toMatchObject({ code: 'MODEL_UNKNOWN' });
      expect(await policyOf(started.pid)).toBe(IDLE_POLICY);
    },
    120_000,
  );

  it('that is killed fails what was asked, to be tried again, and the next question starts another', async () => {
    const process = background();
    const asked = ask(process);
    process.close();
    await expect(asked).rejects.toMatchObject({ code: 'BACKGROUND_ENDED', kind: 'unreachable' });
    await expect(ask(process)).rejects.toMatchObject({ code: 'MODEL_UNKNOWN' });
  }, 120_000);

  it('is ended by an abort: nothing else stops a query in the middle', async () => {
    const process = background();
    const abort = new AbortController();
    const asked = ask(process, abort.signal);
    abort.abort();
    await expect(asked).rejects.toMatchObject({ code: 'BACKGROUND_ENDED' });
    await eventually('the end of the process', () => process.pid === 0);
  }, 120_000);

  it('ends by itself after a while without a question', async () => {
    const process = background(10);
    await expect(ask(process)).rejects.toMatchObject({ code: 'MODEL_UNKNOWN' });
    await eventually('the end of the process', () => process.pid === 0);
  }, 120_000);
});
