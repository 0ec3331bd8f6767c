import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { buffer, text } from 'node:stream/consumers';
import { ContenderError } from '../contracts/error.ts';
import type { ReportDocument } from './document.ts';
import type { PrintJob } from './pdf-process.ts';

/** A report of many pages takes a second or two; whoever asks over HTTP waits for it. */
const PATIENCE_MS = 60_000;
/** Heap of the process that prints, and of young objects in it; both fonts and the pages lie beside it. */
const FLAGS = ['--max-old-space-size=256', '--max-semi-space-size=4'];
/** Who comes later than this many others would have lost patience before the turn comes. */
const MOST_WAITING = 8;
const PROGRAM = join(import.meta.dirname, 'pdf-process.ts');
const MOST_TOLD = 1000;

/** The process that printed a report ended without one. */
export class ReportNotPrinted extends ContenderError {
  readonly code = 'REPORT_NOT_PRINTED';
  readonly kind = 'unreachable';
}

/** As many reports wait to be printed as are printed in the time that anybody waits. */
export class ReportsQueued extends ContenderError {
  readonly code = 'REPORTS_QUEUED';
  readonly kind = 'unreachable';
}

/** One at a time: a second one would take its memory, and its processor, at the same moment. */
let turn: Promise<unknown> = Promise.resolve();
let waiting = 0;

/**
 * As `renderPdf`, in a process of its own, which gives its memory back by ending: laying out Chinese pages takes more of both time
 * and memory than a server of small answers has. `gather` is asked when the turn has come, so that whoever waits holds nothing.
 * Throws ReportsQueued, ReportNotPrinted, and what `gather` throws.
 */
export async function printAside(gather: () => Promise<ReportDocument>, madeAt: Date): Promise<Uint8Array> {
  if (waiting >= MOST_WAITING) {
    throw new ReportsQueued(`${String(waiting)} reports wait to be printed`, {
      remedy: 'Ask again in a minute, or for the page (html), which nobody waits for.',
    });
  }
  waiting += 1;
  const mine = turn.then(async () => print({ report: await gather(), madeAt: madeAt.toISOString() }));
  turn = mine.catch(() => undefined);
  try {
    return await mine;
  } finally {
    waiting -= 1;
  }
}

async function print(job: PrintJob): Promise<Uint8Array> {
  // It is given the report and nothing else: no settings, no secrets.
  const child = spawn(process.execPath, [...FLAGS, PROGRAM], {
    env: {},
    stdio: 'pipe',
    signal: AbortSignal.timeout(PATIENCE_MS),
    killSignal: 'SIGKILL',
  });
  // Told below, where a process that could not even be started is not listened to yet.
  child.on('error', () => undefined);
  try {
    // A process that ends early hears no more; what it said before is told below.
    child.stdin.on('error', () => undefined);
    child.stdin.end(JSON.stringify(job));
    const [bytes, told, [code]] = await Promise.all([
      buffer(child.stdout),
      text(child.stderr),
      once(child, 'close') as Promise<[number | null]>,
    ]);
    if (code === 0 && bytes.length > 0) return bytes;
    throw new Error(told.slice(-MOST_TOLD) || `exit code ${String(code)}`);
  } catch (error) {
    throw new ReportNotPrinted('the report was not printed: its process ended', {
      cause: error,
      remedy: 'Ask for it as a page (html), or at the command line: contender report',
    });
  }
}
