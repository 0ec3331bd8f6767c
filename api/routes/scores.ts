import { z } from 'zod';
import { ScoreRunList, StartedScoring, StartScoring } from '../../contracts/api/scores.ts';
import { startScoring } from '../../control/start-scoring.ts';
import { defineRoute } from '../route.ts';
import type { Access } from '../route.ts';
import { aboutModel, ModelParams, READ } from './models.ts';
import { NO_BODY, NO_QUERY } from './nothing.ts';

const SCORE: Access = { kind: 'roles', roles: ['researcher', 'quant-lead', 'operator'], on: 'model' };
const OF_MODEL = { tag: 'versions', path: '/models/{model}/scores', params: ModelParams } as const;

/** Whole universes, scored session by session: `contender score`. */
export const scoreRoutes = [
  defineRoute({
    ...{ ...OF_MODEL, id: 'listScores', method: 'get', access: READ, about: aboutModel, refusals: [404] },
    ...{ query: z.strictObject({ limit: z.coerce.number().int().min(1).max(500).default(50) }) },
    ...{ body: NO_BODY, answer: ScoreRunList, repeatable: false },
    summary: 'Universes that were scored or are being scored, newest first',
    handle: async ({ params, query }, { registry }) => {
      const runs = await registry.scoreRuns({ ...params, limit: query.limit });
      return {
        items: runs.map(({ model: _model, universe: _universe, files, ...run }) => ({
          ...run,
          files: files === null ? null : { ...files },
        })),
      };
    },
  }),
  defineRoute({
    ...{ ...OF_MODEL, id: 'startScoring', method: 'post', access: SCORE, about: aboutModel },
    ...{ query: NO_QUERY, body: StartScoring, answer: StartedScoring, repeatable: true, refusals: [404] },
    summary: 'Has the whole universe of a session scored; the list says how far it is',
    handle: async ({ params, body, actor, key }, { registry, temporal }) => {
      await registry.currentSpec(params);
      const { workflowId } = await startScoring(temporal, {
        ...{ ...params, ...body, trigger: 'manual', requestedBy: actor.subject },
        correlationId: key,
      });
      return { workflowId };
    },
  }),
];
