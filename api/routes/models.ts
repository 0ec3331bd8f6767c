import { z } from 'zod';
import {
  ChampionAt,
  ChampionView,
  ModelFreeze,
  ModelList,
  ModelSide,
  ReignPage,
  RollbackRequest,
  SetFreeze,
  SetSide,
  SwapStatus,
} from '../../contracts/api/models.ts';
import { PageQuery } from '../../contracts/api/text.ts';
import { scopeOf } from '../../contracts/identity.ts';
import { Instant, ModelName } from '../../contracts/primitives.ts';
import { RollbackResult } from '../../contracts/retrain.ts';
import { rollbackModel } from '../../control/rollback.ts';
import { defineRoute, EVERY_ROLE } from '../route.ts';
import type { Access } from '../route.ts';
import { NO_BODY, NO_PARAMS, NO_QUERY } from './nothing.ts';
import { pageFrom, pageInput } from './page.ts';

export const ModelParams = z.strictObject({ model: ModelName });
export const aboutModel = ({ params }: { readonly params: { readonly model: string } }): string =>
  params.model;
export const READ: Access = { kind: 'roles', roles: EVERY_ROLE, on: 'model' };
/** Who holds a model still, tells its consumers what to do, and takes a champion back. */
export const CONTROL: Access = { kind: 'roles', roles: ['quant-lead', 'operator', 'admin'], on: 'model' };

const TAG = 'models';
const OF_MODEL = { tag: TAG, params: ModelParams, about: aboutModel } as const;

export const modelRoutes = [
  defineRoute({
    ...{ id: 'listModels', method: 'get', path: '/models', tag: TAG, refusals: [], repeatable: false },
    summary:
      'Every model that you may look at: champion, open retrain, what it asks for, servers, newest result',
    access: { kind: 'signed-in' },
    ...{ params: NO_PARAMS, query: NO_QUERY, body: NO_BODY, answer: ModelList, about: () => null },
    handle: async ({ identity }, { registry }) => ({
      items: [...(await registry.overview({ scope: scopeOf(identity.grants) }))] as z.input<
        typeof ModelList
      >['items'],
    }),
  }),
  defineRoute({
    ...{ id: 'getModel', method: 'get', path: '/models/{model}', refusals: [404], repeatable: false },
    ...{ ...OF_MODEL, access: READ, query: NO_QUERY, body: NO_BODY, answer: ChampionView },
    summary: 'Champion, previous champions, challenger and spec of one model, all of one epoch',
    handle: async ({ params }, { registry }) => {
      // What consumers asked for has a list of its own: listPins. So have drills: listDrills.
      const { consumers: _, pinned: __, drill: ___, ...view } = await registry.champion(params);
      return view as z.input<typeof ChampionView>;
    },
  }),
  defineRoute({
    ...{
      id: 'championAt',
      method: 'get',
      path: '/models/{model}/champion',
      refusals: [404],
      repeatable: false,
    },
    ...{ ...OF_MODEL, access: READ, body: NO_BODY, answer: ChampionAt },
    summary: 'Who was champion at a business time, as known at a system time',
    query: z.strictObject({
      at: Instant.optional().describe('business time; absent: now'),
      knownAt: Instant.optional().describe('system time; absent: now'),
    }),
    handle: async ({ params, query, askedAt }, { registry }) => {
      const question = { model: params.model, at: query.at ?? askedAt, knownAt: query.knownAt ?? askedAt };
      return { ...question, reign: await registry.championAt(question) };
    },
  }),
  defineRoute({
    ...{
      id: 'listReigns',
      method: 'get',
      path: '/models/{model}/reigns',
      refusals: [404],
      repeatable: false,
    },
    ...{ ...OF_MODEL, access: READ, query: PageQuery, body: NO_BODY, answer: ReignPage },
    summary: 'Every champion that a model has had, newest first',
    handle: async ({ params, query }, { registry }) => {
      const rows = await registry.reignPage({ ...params, ...pageInput(query) });
      return pageFrom(rows, query.limit, ({ epoch }) => epoch);
    },
  }),
  defineRoute({
    ...{
      id: 'getServers',
      method: 'get',
      path: '/models/{model}/servers',
      refusals: [404],
      repeatable: false,
    },
    ...{ ...OF_MODEL, access: READ, query: NO_QUERY, body: NO_BODY, answer: SwapStatus },
    summary: 'Which servers answer with the epoch in force, and which do not yet',
    handle: async ({ params }, { registry }) => {
      const { epoch } = await registry.champion(params);
      const [status, measured, drill] = await Promise.all([
        registry.swapStatus({ ...params, epoch }),
        registry.measuredSwaps(params),
        registry.drillStanding(params),
      ]);
      const { acknowledged, missing } = status;
      return { ...status, acknowledged: [...acknowledged], missing: [...missing], measured, drill };
    },
  }),
  defineRoute({
    ...{
      id: 'rollBack',
      method: 'post',
      path: '/models/{model}/rollbacks',
      refusals: [404, 409],
      repeatable: true,
    },
    ...{ ...OF_MODEL, access: CONTROL, query: NO_QUERY, body: RollbackRequest, answer: RollbackResult },
    summary: 'Takes a model back to an earlier champion; works in every state',
    handle: ({ params, body, actor, key }, { temporal, registry, log }) =>
      rollbackModel(
        {
          link: temporal,
          registry,
          onFallback: (reason) => {
            log.warn({ model: params.model }, reason);
          },
        },
        { ...params, ...body, actor, idempotencyKey: key, correlationId: key },
      ),
  }),
  defineRoute({
    ...{ id: 'getSide', method: 'get', path: '/models/{model}/side', refusals: [404], repeatable: false },
    ...{ ...OF_MODEL, access: READ, query: NO_QUERY, body: NO_BODY, answer: ModelSide },
    summary: 'What consumers do with the answers of a model',
    handle: async ({ params }, { registry }) => (await registry.champion(params)).side,
  }),
  defineRoute({
    ...{ id: 'setSide', method: 'put', path: '/models/{model}/side', refusals: [404, 409], repeatable: true },
    ...{ ...OF_MODEL, access: CONTROL, query: NO_QUERY, body: SetSide, answer: ModelSide },
    summary: 'Tells consumers to use the answers, to close positions only, or to stop',
    handle: ({ params, body, actor, key }, { registry }) =>
      registry.setSide({ ...params, ...body, actor, idempotencyKey: key }),
  }),
  defineRoute({
    ...{ id: 'getFreeze', method: 'get', path: '/models/{model}/freeze', refusals: [404], repeatable: false },
    ...{ ...OF_MODEL, access: READ, query: NO_QUERY, body: NO_BODY, answer: ModelFreeze },
    summary: 'Whether a model is held still',
    handle: async ({ params }, { registry }) => (await registry.champion(params)).freeze,
  }),
  defineRoute({
    ...{
      id: 'setFreeze',
      method: 'put',
      path: '/models/{model}/freeze',
      refusals: [404, 409],
      repeatable: true,
    },
    ...{ ...OF_MODEL, access: CONTROL, query: NO_QUERY, body: SetFreeze, answer: ModelFreeze },
    summary: 'Holds a model still, or lets it go: no promotion, no automatic rollback',
    handle: ({ params, body, actor, key }, { registry }) =>
      registry.setFreeze({ ...params, ...body, actor, idempotencyKey: key }),
  }),
];
