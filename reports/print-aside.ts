import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { ContenderError } from '../contracts/error.ts';
import type { ReportDocument } from './document.ts';
import type { PrintJob } from './pdf-worker.ts';

/** A report of many pages takes a second or two; whoever asks over HTTP waits for it. */
const PATIENCE_MS = 60_000;
const MOST_MEMORY_MB = 512;

/** The thread that printed a report ended without one. */
export class ReportNotPrinted extends ContenderError {
  readonly code = 'REPORT_NOT_PRINTED';
  readonly kind = 'unreachable';
}

/** One at a time: a second one would take its memory at the same moment. */
let turn: Promise<unknown> = Promise.resolve();

/** As `renderPdf`, on a thread of its own: laying out a page of Chinese takes longer than anybody else should wait. Throws ReportNotPrinted. */
export function printAside(report: ReportDocument, madeAt: Date): Promise<Uint8Array> {
  const mine = turn.then(() => print({ report, madeAt: madeAt.toISOString() }));
  turn = mine.catch(() => undefined);
  return mine;
}

async function print(job: PrintJob): Promise<Uint8Array> {
  const worker = new Worker(new URL('./pdf-worker.ts', import.meta.url), {
    name: 'contender-report',
    workerData: job,
    resourceLimits: { maxOldGenerationSizeMb: MOST_MEMORY_MB },
  });
  try {
    const [bytes] = (await once(worker, 'message', { signal: AbortSignal.timeout(PATIENCE_MS) })) as [
      Uint8Array,
    ];
    return bytes;
  } catch (error) {
    throw new ReportNotPrinted('the report was not printed: its thread ended', {
      cause: error,
      remedy: 'Ask for it as a page (html), or at the command line: contender report',
    });
  } finally {
    await worker.terminate();
  }
}
