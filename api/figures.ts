import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { FigureName } from '../contracts/api/retrains.ts';
import { EXPLANATION_FIGURES, ExplanationFigures } from '../contracts/explanation.ts';
import { ModelName } from '../contracts/primitives.ts';
import { RetrainId } from '../contracts/api/text.ts';
import type { ArtifactRef } from '../contracts/primitives.ts';
import type { ArtifactStore } from '../registry/artifacts/artifact-store.ts';
import { retoldFigure } from '../gates/plots/retold-figure.ts';
import { FigureMissing } from './errors.ts';
import { parsePart } from './parse.ts';
import type { ApiParts } from './parts.ts';

/** How the titles of the plots begin. */
const TITLES: Readonly<Record<FigureName, string>> = {
  equity: 'Equity out of sample',
  difference: 'Candidate less benchmark',
  spa: 'SPA: ',
  dsr: 'Deflated Sharpe ratio',
  pbo: 'PBO: ',
  ic: 'Rank IC by year',
  'ic-decile': 'Return by decile of the prediction',
  'ic-sector': 'Rank IC within sectors',
  'ic-regime': 'Rank IC by market regime',
  'ic-horizon': 'Rank IC by horizon',
  search: 'The search itself',
  costs: 'Return by the cost of trading',
  capacity: 'Return by the size of the book',
};

/** The headings that stand where a plot could not be drawn. */
const HEADINGS: Readonly<Record<FigureName, string>> = {
  ...TITLES,
  spa: 'SPA bootstrap distribution',
  pbo: 'PBO logits',
  search: 'The search itself, out of sample',
};

/** A plot as it was recorded, or the reason why there is none. */
export type RecordedFigure =
  { readonly svg: string; readonly missing: '' } | { readonly svg: null; readonly missing: string };

/** In whose words and for what screen; without either a figure is given as it was recorded. */
const FigureQuery = z.strictObject({
  language: z.enum(['en', 'zh-TW']).default('en'),
  size: z.enum(['wide', 'narrow']).default('wide'),
});

type Figures = Readonly<Record<FigureName, RecordedFigure>>;

/** An approval is read by a few people at once: their pages, each of about a quarter of a megabyte. */
const PAGES_KEPT = 8;

/** The pages of plots that were asked for lately, taken apart. Pages never change: they are named by their content. */
export class FigurePages {
  readonly #artifacts: Pick<ArtifactStore, 'get'>;
  readonly #kept = new Map<string, Figures>();

  constructor(artifacts: Pick<ArtifactStore, 'get'>) {
    this.#artifacts = artifacts;
  }

  async of(page: ArtifactRef): Promise<Figures> {
    const known = this.#kept.get(page.sha256);
    if (known !== undefined) return known;
    const figures = figuresOf(new TextDecoder().decode(await this.#artifacts.get(page)));
    this.#kept.set(page.sha256, figures);
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > PAGES_KEPT && oldest !== undefined) this.#kept.delete(oldest);
    return figures;
  }
}

/** Every figure of a page of plots. */
export function figuresOf(html: string): Figures {
  const drawn = [...html.matchAll(/<figure>\n(<svg [\s\S]*?<\/svg>)\n<\/figure>/gu)].map(([, svg = '']) => ({
    svg,
    title: /<title[^>]*>([^<]*)/u.exec(svg)?.[1] ?? '',
  }));
  const figure = (name: FigureName): RecordedFigure => {
    const found = drawn.find(({ title }) => title.startsWith(TITLES[name]));
    if (found !== undefined) return { svg: found.svg, missing: '' };
    const at = html.indexOf(`<h2>${HEADINGS[name]}</h2>`);
    const [, reason] = at < 0 ? [] : (/<p class="muted">([^<]*)<\/p>/u.exec(html.slice(at)) ?? []);
    return { svg: null, missing: plain(reason ?? 'The release that judged did not draw it.') };
  };
  return Object.fromEntries(FigureName.options.map((name) => [name, figure(name)])) as Record<
    FigureName,
    RecordedFigure
  >;
}

/** The reason as it was before it became part of a page. */
const plain = (text: string): string =>
  text
    .replace(/^Not drawn: (.*)\.$/u, '$1')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&');

const FigureParams = z.strictObject({ retrain: RetrainId, name: FigureName });

/** It styles itself and does nothing else; in a frame of its own it could not run a script. */
const FIGURE_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox";

/** Below the base path; `FIGURE_OPERATION` in the log of refused attempts. */
export const FIGURE_URL = '/retrains/:retrain/figures/:name';
export const VERSION_FIGURE_URL = '/models/:model/versions/:version/figures/:name';
export const FIGURE_OPERATION = 'getFigure';

/** Plots of a retrain as they stand in its page, in mails and in reports, in the words of whoever looks. */
export function addFigures(
  app: FastifyInstance,
  base: string,
  admit: (request: FastifyRequest, retrain: string) => Promise<ApiParts>,
): void {
  app.get(`${base}${FIGURE_URL}`, async (request, reply) => {
    const { retrain, name } = parsePart('path', FigureParams, request.params);
    const wish = parsePart('query', FigureQuery, request.query);
    const { registry, figures } = await admit(request, retrain);
    const { page } = await registry.latestGateReport({ retrainId: retrain });
    if (page === null)
      throw new FigureMissing(`${retrain} has no page of plots`, { remedy: 'Look at its gate report.' });
    const { svg, missing } = (await figures.of(page))[name];
    if (svg === null) {
      throw new FigureMissing(`${HEADINGS[name]}: ${missing}`, { remedy: 'Look at the gate report.' });
    }
    void reply
      .header('content-security-policy', FIGURE_POLICY)
      // Kept by the browser of whoever was let in: another person at the same desk asks again.
      .header('cache-control', 'private, max-age=3600')
      .header('vary', 'cookie, authorization');
    return reply.type('image/svg+xml; charset=utf-8').send(retoldFigure(svg, wish));
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
  base: string,
  admit: (request: FastifyRequest, version: { model: string; version: string }) => Promise<ApiParts>,
): void {
  app.get(`${base}${VERSION_FIGURE_URL}`, async (request, reply) => {
    const { model, version, name } = parsePart('path', VersionFigureParams, request.params);
    const wish = parsePart('query', FigureQuery, request.query);
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
      // Kept by the browser of whoever was let in: another person at the same desk asks again.
      .header('cache-control', 'private, max-age=3600')
      .header('vary', 'cookie, authorization');
    return reply.type('image/svg+xml; charset=utf-8').send(retoldFigure(svg, wish));
  });
}
