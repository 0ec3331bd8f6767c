import { z } from 'zod';
import {
  ChampionTrack,
  LiveResultList,
  PinPage,
  PinOutcome,
  SetPin,
  Consumer,
  TrialList,
} from '../../contracts/api/records.ts';
import {
  SnapshotLineage,
  VersionDossier,
  VersionLineage,
  VersionPage,
} from '../../contracts/api/retrains.ts';
import { PageQuery, VersionName } from '../../contracts/api/text.ts';
import { scopeOf } from '../../contracts/identity.ts';
import { ModelName, Sha256 } from '../../contracts/primitives.ts';
import { SnapshotUnknown } from '../../registry/errors.ts';
import { liveTrack } from '../../monitoring/live-track.ts';
import { defineRoute } from '../route.ts';
import { aboutModel, CONTROL, ModelParams, READ } from './models.ts';
import { NO_BODY, NO_QUERY } from './nothing.ts';
import { pageFrom, pageInput, pageOfAll } from './page.ts';

const TAG = 'versions';
const OF_MODEL = { tag: TAG, params: ModelParams, about: aboutModel } as const;
const LONGEST_LIST = 500;

const numberOrId = (version: string): number | string =>
  /^\d{1,9}$/u.test(version) ? Number(version) : version;

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
      return (await registry.versionDossier({ model, version: numberOrId(version) })) as z.input<
        typeof VersionDossier
      >;
    },
  }),
  defineRoute({
    ...{ id: 'getVersionLineage', method: 'get', path: '/models/{model}/versions/{version}/lineage' },
    ...{ tag: TAG, access: READ, about: aboutModel, query: NO_QUERY, body: NO_BODY, answer: VersionLineage },
    params: z.strictObject({ model: ModelName, version: VersionName }),
    ...{ refusals: [404], repeatable: false },
    summary:
      'What a version was made of: snapshot, recipe, seed, code, environment, and the retrains that made it',
    handle: async ({ params: { model, version } }, { registry }) => {
      const lineage = await registry.versionLineage({ model, version: numberOrId(version) });
      return lineage as z.input<typeof VersionLineage>;
    },
  }),
  defineRoute({
    ...{ id: 'getSnapshotLineage', method: 'get', path: '/snapshots/{snapshot}/lineage', tag: TAG },
    access: { kind: 'signed-in' },
    params: z.strictObject({
      snapshot: z
        .string()
        .regex(/^[0-9a-f]{8,64}$/u, '8 to 64 hexadecimal characters of its id')
        .describe('the beginning of its id'),
    }),
    ...{ query: NO_QUERY, body: NO_BODY, answer: SnapshotLineage, about: () => null },
    ...{ refusals: [404, 409], repeatable: false },
    summary: 'What was made of a snapshot: versions and retrains of the models that you may look at',
    handle: async ({ params, identity }, { registry }) => {
      const scope = scopeOf(identity.grants);
      const { snapshot, versions, retrains } = await registry.snapshotLineage(params);
      const models = new Set((await registry.overview({ scope })).map(({ model }) => model));
      const seen = {
        snapshot,
        versions: versions.filter(({ model }) => models.has(model)).map((row) => ({ ...row })),
        retrains: retrains.filter(({ model }) => models.has(model)).map(({ model: _, ...row }) => row),
      };
      // Whoever may see nothing of it does not learn that it is there.
      if (!scope.all && seen.versions.length + seen.retrains.length === 0) {
        throw new SnapshotUnknown(`there is no snapshot ${params.snapshot}`, {
          remedy: 'Versions name theirs: GET /api/v1/models/MODEL/versions/VERSION/lineage',
        });
      }
      return seen;
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
    ...{ id: 'getTrack', method: 'get', path: '/models/{model}/track', refusals: [404], repeatable: false },
    ...{ ...OF_MODEL, access: READ, body: NO_BODY, answer: ChampionTrack },
    query: z.strictObject({
      window: z.coerce.number().int().min(10).max(260).default(60).describe('sessions of the running mean'),
      last: z.coerce.number().int().min(1).max(5000).default(LONGEST_LIST).describe('newest sessions'),
    }),
    summary: 'Rank IC with the band of its mean, equity and drawdown of whoever was champion',
    handle: async ({ params, query }, { registry }) => {
      const { spec } = await registry.currentSpec(params);
      const sessions = await registry.championSessions({ ...params, last: query.last });
      const points = liveTrack(sessions, {
        windowSessions: query.window,
        overlapSessions: spec.label.horizonSessions,
      });
      return {
        windowSessions: query.window,
        sessions: points.map(({ interval, ...point }) => ({
          ...point,
          meanIcLower: interval?.[0] ?? null,
          meanIcUpper: interval?.[1] ?? null,
        })),
      };
    },
  }),
  defineRoute({
    ...{ id: 'listPins', method: 'get', path: '/models/{model}/pins', refusals: [404], repeatable: false },
    ...{ ...OF_MODEL, access: READ, body: NO_BODY, answer: PinPage },
    summary: 'Which consumers hold on to which versions, by consumer',
    query: PageQuery.extend({
      consumer: Consumer.optional(),
      purpose: z.enum(['pin', 'fallback']).optional(),
      version: z.coerce.number().int().min(1).optional().describe('number of the version that is held'),
    }),
    handle: async ({ params, query }, { registry }) => {
      const { consumer, purpose, version } = query;
      const all = await registry.pins(params);
      const wanted = all.filter(
        (pin) =>
          (consumer === undefined || pin.consumer === consumer) &&
          (purpose === undefined || pin.purpose === purpose) &&
          (version === undefined || pin.version === version),
      );
      return pageOfAll(wanted, query);
    },
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
