import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ParitySetInvalid, RowsUnread } from './errors.ts';
import { checkColumns, type ParityColumns } from './parity-columns.ts';
import type { ParityAnswer, ParityReading } from './parity-process.ts';

/** Some thousand rows take a tenth of a second, and the process that reads them somewhat longer. */
const PATIENCE_MS = 45_000;

/**
 * Recorded rows of a version, read in a process of its own that ends with it. The engine that reads them gives its memory back to
 * nobody but the system; in a thread of the server each reading would leave some megabytes behind. Of more than `mostRows`
 * every so many, from the first to the last. The process ends with `ended` at the latest.
 * @throws ParitySetInvalid, RowsUnread
 */
export async function readParityAside(
  bytes: Uint8Array,
  featureNames: readonly string[],
  mostRows: number,
  ended: AbortSignal,
): Promise<ParityColumns> {
  const folder = await mkdtemp(join(tmpdir(), 'contender-rows-'));
  try {
    const path = join(folder, 'rows.parquet');
    await writeFile(path, bytes);
    const answer = await read({ path, featureNames, mostRows }, ended);
    if (!answer.ok) {
      if (answer.invalid) throw new ParitySetInvalid(answer.message);
      throw unread(answer.message);
    }
    checkColumns(answer.columns, featureNames.length);
    return answer.columns;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function read(reading: ParityReading, wantedUntil: AbortSignal): Promise<ParityAnswer> {
  const reader = fork(new URL('./parity-process.ts', import.meta.url), [], {
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    // What the server was started with (ports, inspectors) is not the reader's.
    execArgv: [],
    // It is given a file and nothing else: no settings, no secrets.
    env: {},
  });
  const ended = once(reader, 'exit');
  const failed = (async (): Promise<ParityAnswer> => {
    const [code, signal] = (await ended) as [number | null, string | null];
    throw unread(`its process ended with ${signal ?? String(code)}`);
  })();
  // Only what comes first counts: an end after the answer is none of ours.
  failed.catch(() => undefined);
  try {
    reader.send(reading);
    const answered = once(reader, 'message', {
      signal: AbortSignal.any([AbortSignal.timeout(PATIENCE_MS), wantedUntil]),
    });
    const [answer] = (await Promise.race([answered, failed.then((none) => [none])])) as [ParityAnswer];
    return answer;
  } catch (error) {
    if (error instanceof RowsUnread) throw error;
    throw unread(error instanceof Error ? error.message : String(error), error);
  } finally {
    reader.kill('SIGKILL');
    await ended.catch(() => undefined);
  }
}

const unread = (reason: string, cause?: unknown): RowsUnread =>
  new RowsUnread(`the recorded rows were not read: ${reason}`, {
    cause,
    remedy: 'Drill again; when it stays, look at the memory of the machine and at the log of the server.',
  });
