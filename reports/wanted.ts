import type { ReportDocument } from './document.ts';
import { incidentReportOf, monthlyReportOf, retrainReportOf, type ReportSources } from './gather.ts';

/** Which report. `month`: `YYYY-MM` in the market's time; `epoch` null: the newest rollback. */
export type WantedReport =
  | { readonly kind: 'retrain'; readonly retrain: string }
  | { readonly kind: 'monthly'; readonly model: string; readonly month: string }
  | { readonly kind: 'incident'; readonly model: string; readonly epoch: number | null };

/** Throws RetrainUnknown, ModelUnknown, NoIncident. */
export function gatherReport(sources: ReportSources, wanted: WantedReport): Promise<ReportDocument> {
  switch (wanted.kind) {
    case 'retrain':
      return retrainReportOf(sources, wanted.retrain);
    case 'monthly':
      return monthlyReportOf(sources, wanted.model, wanted.month);
    case 'incident':
      return incidentReportOf(sources, wanted.model, wanted.epoch);
  }
}
