import { text } from 'node:stream/consumers';
import type { ReportDocument } from './document.ts';
import { renderPdf } from './pdf.ts';

/** One report, printed by a process of its own: JSON in, the document out; see `printAside`. */
export interface PrintJob {
  readonly report: ReportDocument;
  /** ISO instant that is written into the document. */
  readonly madeAt: string;
}

const { report, madeAt } = JSON.parse(await text(process.stdin)) as PrintJob;
process.stdout.end(await renderPdf(report, new Date(madeAt)));
