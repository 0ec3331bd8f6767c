import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { EXPLANATION_FIGURES, ExplanationFigures } from '../contracts/explanation.ts';
import { ModelName } from '../contracts/primitives.ts';
import { RetrainId } from '../contracts/api/text.ts';
import { FigureMissing } from './errors.ts';
import { parsePart } from './parse.ts';
import type { ApiParts } from './parts.ts';

/** How the titles of the plots begin. */
const TITLES = {
  equity: 'Equity out of sample',
  spa: 'SPA: ',
  dsr: 'Deflated Sharpe ratio',
  pbo: 'PBO: ',
  ic: 'Rank IC by year',
  search: 'The search itself',
  capacity: 'Return by the size of the book',
  costs: 'Return by the cost of trading',
} as const;

/** The headings that stand where a plot could not be drawn. */
const HEADINGS: Readonly<Record<keyof typeof TITLES, string>> = {
  ...TITLES,
  spa: 'SPA bootstrap distribution',
  pbo: 'PBO logits',
  search: 'The search itself, out of sample',
};

const FIGURE_NAMES = Object.keys(TITLES) as (keyof typeof TITLES)[];
const FigureParams = z.strictObject({ retrain: RetrainId, name: z.enum(FIGURE_NAMES) });

/** It styles itself and does nothing else; in a frame of its own it could not run a script. */
const FIGURE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox";

/** Plots of a retrain as they stand in its page, in mails and in reports: the same bytes everywhere. */
export function addFigures(
  app: FastifyInstance,
  admit: (request: FastifyRequest, retrain: string) => Promise<ApiParts>,
): void {
  app.get('/api/v1/retrains/:retrain/figures/:name', async (request, reply) => {
    const { retrain, name } = parsePart('path', FigureParams, request.params);
    const { registry, artifacts } = await admit(request, retrain);
    const { page } = await registry.latestGateReport({ retrainId: retrain });
    if (page === null)
      throw new FigureMissing(`${retrain} has no page of plots`, { remedy: 'Look at its gate report.' });
    const html = new TextDecoder().decode(await artifacts.get(page));
    void reply
      .header('content-security-policy', FIGURE_POLICY)
      .header('cache-control', 'private, max-age=3600');
    return reply.type('image/svg+xml; charset=utf-8').send(figureFrom(html, name));
  });
}

const VersionFigureParams = z.strictObject({
  model: ModelName,
  version: z.coerce.number().int().min(1),
  name: z.enum(EXPLANATION_FIGURES),
});

/** Plots of what a version uses: drawn when it was packaged, the same bytes ever since. */
export function addVersionFigures(
  app: FastifyInstance,
  admit: (request: FastifyRequest, version: { model: string; version: string }) => Promise<ApiParts>,
): void {
  app.get('/api/v1/models/:model/versions/:version/figures/:name', async (request, reply) => {
    const { model, version, name } = parsePart('path', VersionFigureParams, request.params);
    const { registry, artifacts } = await admit(request, { model, version: String(version) });
    const dossier = await registry.versionDossier({ model, version });
    const drawn = ExplanationFigures.safeParse(dossier.version.manifest.provenance['explanationFigures']);
    if (!drawn.success)
      throw new FigureMissing(`version ${String(version)} of ${model} was made before plots were drawn`, {
        remedy: 'Retrain: every version made from now on has them.',
      });
    const svg = new TextDecoder().decode(await artifacts.get(drawn.data[name]));
    void reply
      .header('content-security-policy', FIGURE_POLICY)
      .header('cache-control', 'private, max-age=3600');
    return reply.type('image/svg+xml; charset=utf-8').send(svg);
  });
}

/** Throws FigureMissing with the reason that stands in the plot's place. */
export function figureFrom(html: string, name: keyof typeof TITLES): string {
  const figures = [...html.matchAll(/<figure>\n(<svg [\s\S]*?<\/svg>)\n<\/figure>/gu)].map(
    ([, svg = '']) => svg,
  );
  const found = figures.find((svg) => /<title[^>]*>([^<]*)/u.exec(svg)?.[1]?.startsWith(TITLES[name]));
  if (found !== undefined) return found;
  const at = html.indexOf(`<h2>${HEADINGS[name]}</h2>`);
  const [, reason] = at < 0 ? [] : (/<p class="muted">([^<]*)<\/p>/u.exec(html.slice(at)) ?? []);
  throw new FigureMissing(`${HEADINGS[name]}: ${reason ?? 'the page does not have it'}`, {
    remedy: 'Look at the gate report.',
  });
}
