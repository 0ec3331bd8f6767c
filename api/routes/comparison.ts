import { z } from 'zod';
import {
  ChallengerPage,
  EndChallenger,
  NameChallenger,
  NamedChallenger,
  ReignComparison,
} from '../../contracts/api/comparison.ts';
import { PageQuery } from '../../contracts/api/text.ts';
import { listChallengers } from '../../control/challengers.ts';
import { reignComparison } from '../../control/reign-comparison.ts';
import { defineRoute } from '../route.ts';
import type { Access } from '../route.ts';
import { aboutModel, ModelParams, READ } from './models.ts';
import { NO_BODY, NO_QUERY } from './nothing.ts';
import { pageOfAll } from './page.ts';

const OF_MODEL = { tag: 'models', params: ModelParams, about: aboutModel } as const;
/** Who may have a version scored beside the champion: it informs, and changes nothing that answers. */
const NAME: Access = { kind: 'roles', roles: ['researcher', 'quant-lead', 'operator', 'admin'], on: 'model' };

export const comparisonRoutes = [
  defineRoute({
    ...{ id: 'getComparison', method: 'get', path: '/models/{model}/comparison', refusals: [404] },
    ...{ ...OF_MODEL, access: READ, body: NO_BODY, answer: ReignComparison, repeatable: false },
    summary:
      'A reign against the previous champion, the universe, and never having retrained: evidence so far',
    query: z.strictObject({
      epoch: z.coerce.number().int().min(1).optional().describe('absent: the reign in force'),
    }),
    handle: ({ params, query }, { registry }) =>
      reignComparison(registry, { model: params.model, epoch: query.epoch ?? null }),
  }),
  defineRoute({
    ...{ id: 'listChallengers', method: 'get', path: '/models/{model}/challengers', refusals: [404] },
    ...{ ...OF_MODEL, access: READ, body: NO_BODY, answer: ChallengerPage, repeatable: false },
    summary: 'Versions scored beside the champion, besides those of retrains; newest first',
    query: PageQuery.extend({
      open: z
        .enum(['true', 'false'])
        .optional()
        .describe('true: those that are scored; false: those that ended'),
    }),
    handle: async ({ params, query }, { registry }) => {
      const all = await listChallengers(registry, params);
      const wanted = all.filter(
        ({ end }) => query.open === undefined || (end === null) === (query.open === 'true'),
      );
      return pageOfAll(wanted, query);
    },
  }),
  defineRoute({
    ...{ id: 'addChallenger', method: 'post', path: '/models/{model}/challengers', refusals: [404, 409] },
    ...{ ...OF_MODEL, access: NAME, query: NO_QUERY, body: NameChallenger, answer: NamedChallenger },
    ...{ repeatable: true, summary: 'Has a version scored beside the champion from the next session on' },
    handle: async ({ params, body, actor, key }, { registry }) => {
      const { model: _, ...named } = await registry.addChallenger({
        ...{ ...params, ...body, actor, idempotencyKey: key },
      });
      return named;
    },
  }),
  defineRoute({
    ...{ id: 'endChallenger', method: 'post', path: '/models/{model}/challengers/{version}/end' },
    ...{ ...OF_MODEL, access: NAME, query: NO_QUERY, body: EndChallenger, answer: NamedChallenger },
    params: ModelParams.extend({ version: z.coerce.number().int().min(1) }),
    ...{ refusals: [404, 409], repeatable: true, summary: 'Ends the shadow of a named challenger early' },
    handle: async ({ params, body, actor, key }, { registry }) => {
      const { model: _, ...ended } = await registry.endChallenger({
        ...{ ...params, ...body, actor, verdict: 'inconclusive', idempotencyKey: key },
      });
      return ended;
    },
  }),
];
