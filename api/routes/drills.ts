import { DrillPage, StartDrill } from '../../contracts/api/drills.ts';
import { PageQuery } from '../../contracts/api/text.ts';
import { RollbackDrill } from '../../contracts/drill.ts';
import { drillByHand } from '../../control/drill.ts';
import { defineRoute } from '../route.ts';
import { aboutModel, CONTROL, ModelParams, READ } from './models.ts';
import { NO_BODY, NO_QUERY } from './nothing.ts';
import { pageFrom, pageInput } from './page.ts';

const OF_MODEL = {
  ...{ tag: 'models', path: '/models/{model}/drills', params: ModelParams, about: aboutModel },
} as const;
/** Whoever waits longer asks the list. */
const PATIENCE_MS = 20_000;

/** Rehearsals of the way back: `contender drill`. */
export const drillRoutes = [
  defineRoute({
    ...{ ...OF_MODEL, id: 'listDrills', method: 'get', access: READ, refusals: [404], repeatable: false },
    ...{ query: PageQuery, body: NO_BODY, answer: DrillPage },
    summary: 'Rehearsals of the way back, newest first: who asked, what each server found',
    handle: async ({ params, query }, { registry }) => {
      await registry.currentSpec(params);
      const rows = await registry.drillPage({ ...params, ...pageInput(query) });
      return pageFrom(rows, query.limit, ({ id }) => id);
    },
  }),
  defineRoute({
    ...{ ...OF_MODEL, id: 'startDrill', method: 'post', access: CONTROL, refusals: [404, 409] },
    ...{ query: NO_QUERY, body: StartDrill, answer: RollbackDrill, repeatable: true },
    summary:
      'Rehearses the way back on every server; the champion, its epoch and its answers stay as they are',
    handle: async ({ params, body, actor, key }, { registry, temporal }) => {
      await registry.currentSpec(params);
      return await drillByHand(
        { link: temporal, registry },
        { ...params, reason: body.reason, actor, key },
        { until: body.until, patienceMs: PATIENCE_MS },
      );
    },
  }),
];
