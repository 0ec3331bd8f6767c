import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
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
