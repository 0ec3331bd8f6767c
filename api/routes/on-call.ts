import { z } from 'zod';
import { AddShift, OnCall, OnCallShift, RemovedShift } from '../../contracts/api/alerts.ts';
import { defineRoute, type Access } from '../route.ts';
import { NO_BODY, NO_PARAMS, NO_QUERY } from './nothing.ts';

const TAG = 'alerts';
/** Who is on call hears of every model. */
const ROSTER: Access = { kind: 'roles', roles: ['quant-lead', 'operator', 'admin'], on: 'everything' };
const ShiftParams = z.strictObject({
  shift: z.coerce
    .number()
    .int()
    .min(1)
    .max(2 ** 31 - 1),
});

export const onCallRoutes = [
  defineRoute({
    ...{ id: 'getOnCall', method: 'get', path: '/on-call', tag: TAG, refusals: [], repeatable: false },
    summary: 'Who is on call now, and every shift',
    access: { kind: 'signed-in' },
    ...{ params: NO_PARAMS, query: NO_QUERY, body: NO_BODY, answer: OnCall, about: () => null },
    handle: async ({ askedAt }, { registry }) => {
      const [people, shifts] = await Promise.all([registry.onCall({ at: askedAt }), registry.listShifts()]);
      return {
        now: people.map(({ subject }) => subject),
        // Numbers and addresses of people stay out: whoever only looks does not need them.
        shifts: shifts.map(({ id, subject, startsAt, endsAt, addedBy }) => ({
          id,
          subject,
          startsAt,
          endsAt,
          addedBy,
        })),
      };
    },
  }),
  defineRoute({
    ...{
      id: 'addShift',
      method: 'post',
      path: '/on-call/shifts',
      tag: TAG,
      refusals: [409],
      repeatable: true,
    },
    ...{ access: ROSTER, params: NO_PARAMS, query: NO_QUERY, body: AddShift, answer: OnCallShift },
    summary: 'Puts somebody on call: escalations reach them by mail and SMS from then on',
    about: () => null,
    handle: async ({ body, actor, key }, { registry }) => {
      const { subject, email, phone, startsAt, endsAt } = body;
      const person = { subject, email, phone };
      return registry.addShift({ person, startsAt, endsAt, actor, idempotencyKey: key });
    },
  }),
  defineRoute({
    ...{ id: 'removeShift', method: 'post', path: '/on-call/shifts/{shift}/removal', tag: TAG },
    ...{ access: ROSTER, params: ShiftParams, query: NO_QUERY, body: NO_BODY, answer: RemovedShift },
    ...{ refusals: [404], repeatable: true },
    summary: 'Takes a shift away; one that is gone stays so',
    about: () => null,
    handle: async ({ params, actor }, { registry }) => {
      await registry.removeShift({ id: params.shift, actor });
      return { id: params.shift, removed: true as const };
    },
  }),
];
