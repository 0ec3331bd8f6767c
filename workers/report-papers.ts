import type { AlertGroupEvent, NotificationEvent } from '../contracts/notification.ts';
import type { Paper, Papers } from '../notifications/channels/papers.ts';
import type { ArtifactStore } from '../registry/artifacts/artifact-store.ts';
import type { Registry } from '../registry/registry.ts';
import type { ReportDocument } from '../reports/document.ts';
import { incidentReportOf, monthlyReportOf, retrainReportOf, type ReportSources } from '../reports/gather.ts';
import { renderHtml } from '../reports/html.ts';
import { renderPdf } from '../reports/pdf.ts';

interface PaperParts {
  readonly registry: Registry;
  readonly artifacts: ArtifactStore;
  readonly log: { warn(fields: Record<string, unknown>, message: string): void };
}

/**
 * Reports that go with the mails about them, as a page and as a printed document: of a retrain when it has ended, of the
 * incident after a rollback, of a month when it is over. A report that cannot be made keeps no mail back.
 */
export function reportPapers({ registry, artifacts, log }: PaperParts): Papers {
  return async (event, language) => {
    const about = reportOf(event);
    if (about === null) return [];
    try {
      const report = await about.gather({ registry, artifacts, language });
      return [
        {
          ...{ filename: `${about.name}.html`, contentType: 'text/html' },
          content: Buffer.from(renderHtml(report)),
        },
        {
          ...{ filename: `${about.name}.pdf`, contentType: 'application/pdf' },
          content: await renderPdf(report, new Date(event.occurredAt)),
        },
      ] satisfies readonly Paper[];
    } catch (error) {
      log.warn({ err: error, kind: event.kind, model: event.model }, 'a report could not be made for a mail');
      return [];
    }
  };
}

interface ReportOfEvent {
  /** Of the file, without its ending. */
  readonly name: string;
  gather(sources: ReportSources): Promise<ReportDocument>;
}

function reportOf(event: NotificationEvent): ReportOfEvent | null {
  switch (event.kind) {
    case 'swapped':
    case 'retrain-refused':
    case 'failed': {
      const { retrain, model, asOf } = event;
      if (retrain === null || !retrain.startsWith('retrain:')) return null;
      return {
        name: `retrain-${model}-${(asOf ?? event.occurredAt).slice(0, 10)}`,
        gather: (sources) => retrainReportOf(sources, retrain),
      };
    }
    case 'rolled-back': {
      const { model, epoch } = event;
      return {
        name: `incident-${model}-epoch-${String(epoch)}`,
        gather: (sources) => incidentReportOf(sources, model, epoch),
      };
    }
    case 'month-ended': {
      const { model, month } = event;
      return {
        name: `month-${model}-${month}`,
        gather: (sources) => monthlyReportOf(sources, model, month),
      };
    }
    case 'alert':
      return failedRetrain(event);
    default:
      return null;
  }
}

/** A failed retrain is told by the alert about it: the report of the first that the message names. */
function failedRetrain({ items }: AlertGroupEvent): ReportOfEvent | null {
  const item = items.find(({ rule, status }) => rule === 'retrain-failed' && status === 'firing');
  const { model = null, retrain = null, startsAt = '' } = item ?? {};
  if (model === null || retrain === null) return null;
  return {
    name: `retrain-${model}-${startsAt.slice(0, 10)}`,
    gather: (sources) => retrainReportOf(sources, retrain),
  };
}
