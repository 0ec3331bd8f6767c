import { parentPort, workerData } from 'node:worker_threads';
import type { ReportDocument } from './document.ts';
import { renderPdf } from './pdf.ts';

/** One report, printed on a thread of its own; see `printAside`. */
export interface PrintJob {
  readonly report: ReportDocument;
  /** ISO instant that is written into the document. */
  readonly madeAt: string;
}

const { report, madeAt } = workerData as PrintJob;
const bytes = await renderPdf(report, new Date(madeAt));
parentPort?.postMessage(new Uint8Array(bytes));
