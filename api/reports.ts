import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { RetrainId } from '../contracts/api/text.ts';
import { ModelName } from '../contracts/primitives.ts';
import { parsePart } from './parse.ts';

/** Which report, in which language and form. `epoch` null: the newest rollback. */
export type ReportRequest = {
  readonly language: 'en' | 'zh-TW';
  readonly form: 'html' | 'pdf';
} & (
  | { readonly kind: 'retrain'; readonly retrain: string }
  | { readonly kind: 'monthly'; readonly model: string; readonly month: string }
  | { readonly kind: 'incident'; readonly model: string; readonly epoch: number | null }
);

/** The bytes of a report. The composition root wires it: who draws and prints knows nothing of HTTP. */
export type MakeReport = (request: ReportRequest) => Promise<Uint8Array>;

const Query = z.strictObject({
  language: z.enum(['en', 'zh-TW']).default('en'),
  form: z.enum(['html', 'pdf']).default('html'),
});
const OfRetrain = z.strictObject({ retrain: RetrainId });
const OfModel = z.strictObject({ model: ModelName });
const MonthlyQuery = Query.extend({
  month: z.string().regex(/^\d{4}-(?:0[1-9]|1[0-2])$/u, 'a calendar month as 2019-06'),
});
const IncidentQuery = Query.extend({ epoch: z.coerce.number().int().min(1).max(999_999_999).optional() });

/** Below the base path; `REPORT_OPERATION` in the log of refused attempts. */
export const REPORT_URLS = [
  '/retrains/:retrain/report',
  '/models/:model/reports/monthly',
  '/models/:model/reports/incident',
] as const;
export const REPORT_OPERATION = 'getReport';

/** It styles itself and shows what it holds; in a frame of its own it could not run a script. */
const PAGE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; sandbox";

export interface ReportParts {
  readonly report: MakeReport;
  /** Whoever may read the retrain or the model may read its report. */
  readonly admitRetrain: (request: FastifyRequest, retrain: string) => Promise<unknown>;
  readonly admitModel: (request: FastifyRequest, model: string) => Promise<unknown>;
}

/** Reports for people, as a page or a printed document: what `contender report` writes to a file. */
export function addReports(app: FastifyInstance, base: string, parts: ReportParts): void {
  const { report, admitRetrain, admitModel } = parts;
  const [ofRetrain, monthly, incident] = REPORT_URLS;
  app.get(`${base}${ofRetrain}`, async (request, reply) => {
    const { retrain } = parsePart('path', OfRetrain, request.params);
    const query = parsePart('query', Query, request.query);
    await admitRetrain(request, retrain);
    return send(reply, query.form, await report({ ...query, kind: 'retrain', retrain }));
  });
  app.get(`${base}${monthly}`, async (request, reply) => {
    const { model } = parsePart('path', OfModel, request.params);
    const query = parsePart('query', MonthlyQuery, request.query);
    await admitModel(request, model);
    return send(reply, query.form, await report({ ...query, kind: 'monthly', model }));
  });
  app.get(`${base}${incident}`, async (request, reply) => {
    const { model } = parsePart('path', OfModel, request.params);
    const { epoch = null, ...query } = parsePart('query', IncidentQuery, request.query);
    await admitModel(request, model);
    return send(reply, query.form, await report({ ...query, kind: 'incident', model, epoch }));
  });
}

function send(reply: FastifyReply, form: 'html' | 'pdf', bytes: Uint8Array): FastifyReply {
  void reply.header('cache-control', 'no-store').header('content-security-policy', PAGE_POLICY);
  return reply
    .type(form === 'html' ? 'text/html; charset=utf-8' : 'application/pdf')
    .header('content-disposition', `inline; filename="report.${form}"`)
    .send(Buffer.from(bytes));
}
