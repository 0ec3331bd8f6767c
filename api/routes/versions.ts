import { z } from 'zod';
import {
  LiveResultList,
  PinList,
  PinOutcome,
  SetPin,
  Consumer,
  TrialList,
} from '../../contracts/api/records.ts';
import { VersionDossier, VersionPage } from '../../contracts/api/retrains.ts';
import { PageQuery, VersionName } from '../../contracts/api/text.ts';
import { ModelName, Sha256 } from '../../contracts/primitives.ts';
import { defineRoute } from '../route.ts';
import { aboutModel, CONTROL, ModelParams, READ } from './models.ts';
import { NO_BODY, NO_QUERY } from './nothing.ts';
import { pageFrom, pageInput } from './page.ts';

const TAG = 'versions';
const OF_MODEL = { tag: TAG, params: ModelParams, about: aboutModel } as const;
const LONGEST_LIST = 500;

export const versionRoutes = [
  defineRoute({
    ...{
      id: 'listVersions',
      method: 'get',
      path: '/models/{model}/versions',
      refusals: [404],
      repeatable: false,
    },
    ...{ ...OF_MODEL, access: READ, query: PageQuery, body: NO_BODY, answer: VersionPage },
    summary: 'Versions of a model, newest first, with the role each has now',
    handle: async ({ params, query }, { registry }) => {
      const rows = await registry.versionPage({ ...params, ...pageInput(query) });
      return pageFrom(rows, query.limit, ({ number }) => number);
    },
  }),
  defineRoute({
    ...{ id: 'getVersion', method: 'get', path: '/models/{model}/versions/{version}', refusals: [404] },
    ...{ tag: TAG, access: READ, about: aboutModel, query: NO_QUERY, body: NO_BODY, answer: VersionDossier },
    params: z.strictObject({ model: ModelName, version: VersionName }),
    repeatable: false,
    summary: 'Everything the registry knows of one version: lineage, evidence, signatures, reigns',
    handle: async ({ params }, { registry }) => {
      const { model, version } = params;
      const wanted = /^\d{1,9}$/u.test(version) ? Number(version) : version;
      return (await registry.versionDossier({ model, version: wanted })) as z.input<typeof VersionDossier>;
    },
  }),
  defineRoute({
    ...{
      id: 'listTrials',
      method: 'get',
      path: '/models/{model}/trials',
      refusals: [404],
      repeatable: false,
    },
    ...{ ...OF_MODEL, access: READ, body: NO_BODY, answer: TrialList },
    query: z.strictObject({ limit: z.coerce.number().int().min(1).max(LONGEST_LIST).default(50) }),
    summary: 'The ledger: how many recipes were tried, what the gates count, and the newest trials',
    handle: async ({ params, query }, { registry }) => {
      const [{ trials, recipes, counted }, newest] = await Promise.all([
        registry.ledger(params),
        registry.listTrials({ ...params, limit: query.limit }),
      ]);
      return { trials, recipes: recipes.length, counted, newest: newest.map((trial) => ({ ...trial })) };
    },
  }),
  defineRoute({
    ...{
      id: 'listResults',
      method: 'get',
      path: '/models/{model}/results',
      refusals: [404],
      repeatable: false,
    },
    ...{ ...OF_MODEL, access: READ, body: NO_BODY, answer: LiveResultList },
    query: z.strictObject({
      versionId: Sha256.optional().describe('absent: every version'),
      last: z.coerce.number().int().min(1).max(5000).default(LONGEST_LIST).describe('newest rows'),
    }),
    summary: 'What versions earned, session by session, oldest first',
    handle: async ({ params, query }, { registry }) => {
      const rows = await registry.liveResults({ ...params, versionId: query.versionId ?? null });
      type Numbers = z.input<typeof LiveResultList>['items'][number]['numbers'];
      const newest = rows.slice(-query.last);
      return { items: newest.map((row) => ({ ...row, numbers: row.numbers as Numbers })) };
    },
  }),
  defineRoute({
    ...{ id: 'listPins', method: 'get', path: '/models/{model}/pins', refusals: [404], repeatable: false },
    ...{ ...OF_MODEL, access: READ, query: NO_QUERY, body: NO_BODY, answer: PinList },
    summary: 'Which consumers hold on to which versions',
    handle: async ({ params }, { registry }) => ({ items: [...(await registry.pins(params))] }),
  }),
  defineRoute({
    ...{
      id: 'setPin',
      method: 'put',
      path: '/models/{model}/pins/{consumer}',
      refusals: [404, 409],
      repeatable: true,
    },
    ...{ tag: TAG, access: CONTROL, about: aboutModel, query: NO_QUERY, body: SetPin, answer: PinOutcome },
    params: z.strictObject({ model: ModelName, consumer: Consumer }),
    summary: 'Lets a consumer hold on to a version, or give it up',
    handle: async ({ params, body, actor, key }, { registry }) => {
      const { version } = await registry.pinVersion({ ...params, ...body, actor, idempotencyKey: key });
      return { ...params, version };
    },
  }),
];
