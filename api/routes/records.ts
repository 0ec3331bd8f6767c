import { z } from 'zod';
import {
  AuditPage,
  AuditVerification,
  RefusedAttemptList,
  ScheduleCommand,
  SchedulePage,
  ScheduleView,
} from '../../contracts/api/records.ts';
import { PageQuery } from '../../contracts/api/text.ts';
import { ModelName } from '../../contracts/primitives.ts';
import { ScheduleKind } from '../../contracts/schedule.ts';
import { scopeOf } from '../../contracts/identity.ts';
import { commandSchedule, listSchedules } from '../../control/schedules.ts';
import { defineRoute } from '../route.ts';
import { aboutModel, CONTROL, ModelParams, READ } from './models.ts';
import { NO_BODY, NO_PARAMS, NO_QUERY } from './nothing.ts';
import { pageFrom, pageInput, pageOfAll } from './page.ts';

const OF_MODEL = { params: ModelParams, about: aboutModel } as const;

export const recordRoutes = [
  defineRoute({
    ...{ id: 'listAudit', method: 'get', path: '/models/{model}/audit', tag: 'audit', refusals: [404] },
    ...{ ...OF_MODEL, access: READ, query: PageQuery, body: NO_BODY, answer: AuditPage, repeatable: false },
    summary: 'Who did what, when and why, newest first',
    handle: async ({ params, query }, { registry }) => {
      const rows = await registry.auditPage({ ...params, ...pageInput(query) });
      return pageFrom(rows, query.limit, ({ seq }) => seq) as z.input<typeof AuditPage>;
    },
  }),
  defineRoute({
    ...{ id: 'verifyAudit', method: 'get', path: '/models/{model}/audit/verification', tag: 'audit' },
    ...{
      ...OF_MODEL,
      query: NO_QUERY,
      body: NO_BODY,
      answer: AuditVerification,
      refusals: [404],
      repeatable: false,
    },
    access: READ,
    summary: 'Walks the chain of a model: whether a row was edited, removed or cut off',
    handle: async ({ params }, { registry }) => {
      const result = await registry.verifyAudit({ model: params.model, anchor: null });
      return { ...result, anchor: { ...result.anchor, heads: [...result.anchor.heads] } };
    },
  }),
  defineRoute({
    ...{ id: 'listRefusedAttempts', method: 'get', path: '/refused-attempts', tag: 'audit', refusals: [] },
    summary: 'The log of refused attempts: who tried what they may not, by the minute',
    access: { kind: 'roles', roles: ['operator', 'admin'], on: 'everything' },
    query: z.strictObject({ limit: z.coerce.number().int().min(1).max(1000).default(100) }),
    ...{ params: NO_PARAMS, body: NO_BODY, answer: RefusedAttemptList, about: () => null, repeatable: false },
    handle: async ({ query }, { registry }) => ({ items: [...(await registry.refusedAttempts(query))] }),
  }),
  defineRoute({
    ...{ id: 'listSchedules', method: 'get', path: '/schedules', tag: 'schedules', refusals: [503] },
    summary:
      'Schedules of every model that you may look at, of retrains, drills and scores: next times, last runs, pauses, misses',
    access: { kind: 'signed-in' },
    query: PageQuery.extend({
      model: ModelName.optional(),
      kind: ScheduleKind.optional(),
      paused: z.enum(['true', 'false']).optional(),
    }),
    ...{ params: NO_PARAMS, body: NO_BODY, answer: SchedulePage, about: () => null, repeatable: false },
    handle: async ({ identity, query }, { registry, temporal }) => {
      const models = await registry.overview({ scope: scopeOf(identity.grants) });
      const asked = models.filter(({ model }) => query.model === undefined || model === query.model);
      const views = await listSchedules({ client: temporal.live, registry }, asked, query.kind ?? null);
      const wanted = views.filter(
        ({ paused }) => query.paused === undefined || paused === (query.paused === 'true'),
      );
      return pageOfAll(wanted, query);
    },
  }),
  defineRoute({
    ...{ id: 'commandSchedule', method: 'post', path: '/models/{model}/schedule', tag: 'schedules' },
    ...{ ...OF_MODEL, access: CONTROL, query: NO_QUERY, body: ScheduleCommand, answer: ScheduleView },
    ...{ refusals: [404, 409, 503], repeatable: true },
    summary:
      'Pauses or resumes a schedule of a model, or starts what it would start, now: a retrain only while no other is open',
    handle: async ({ params, body, actor, key }, { registry, temporal }) => {
      const { spec } = await registry.currentSpec(params);
      return commandSchedule(
        { client: temporal.live, registry },
        { ...params, ...body, market: spec.market, subject: actor.subject },
        () => registry.recordScheduleCommand({ ...params, ...body, actor, idempotencyKey: key }),
      );
    },
  }),
];
