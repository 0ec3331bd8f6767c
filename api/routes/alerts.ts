import { z } from 'zod';
import { requireMatcher } from '../../alerting/matcher.ts';
import type { Matcher } from '../../alerting/matcher.ts';
import { mayConcern } from '../../alerting/silence.ts';
import {
  AcknowledgeAlert,
  AlertDeliveryList,
  AlertEpisode,
  AlertPage,
  AlertQuality,
  CreateSilence,
  JudgeAlert,
  RaisedTestAlert,
  RaiseTestAlert,
  Runbook,
  RunbookQuery,
  Silence,
  SilenceList,
} from '../../contracts/api/alerts.ts';
import { AlertRule } from '../../contracts/alert.ts';
import { PageQuery } from '../../contracts/api/text.ts';
import { scopeOf } from '../../contracts/identity.ts';
import { ModelName } from '../../contracts/primitives.ts';
import { unknownAlert, unknownSilence } from '../../registry/alerts/people.ts';
import type { AlertUnknown } from '../../registry/errors.ts';
import { raiseTestAlert } from '../../control/test-alert.ts';
import type { ApiParts } from '../parts.ts';
import { defineRoute } from '../route.ts';
import { CONTROL, READ } from './models.ts';
import { NO_BODY, NO_PARAMS, NO_QUERY } from './nothing.ts';
import { pageFrom, pageInput } from './page.ts';

const TAG = 'alerts';
const AlertParams = z.strictObject({
  alert: z.coerce
    .number()
    .int()
    .min(1)
    .max(2 ** 31),
});
const SilenceParams = z.strictObject({
  silence: z.coerce
    .number()
    .int()
    .min(1)
    .max(2 ** 31),
});
const MOST_LISTED = 500;
const DAY_MS = 86_400_000;

export const alertRoutes = [
  defineRoute({
    ...{ id: 'listAlerts', method: 'get', path: '/alerts', tag: TAG, refusals: [], repeatable: false },
    summary: 'Alerts of every model that you may look at, and of the system, newest first',
    access: { kind: 'signed-in' },
    params: NO_PARAMS,
    query: PageQuery.extend({
      model: ModelName.optional(),
      firing: z.enum(['true', 'false']).default('false').describe('true: only those that have not ended'),
    }),
    ...{ body: NO_BODY, answer: AlertPage, about: () => null },
    handle: async ({ identity, query }, { registry }) => {
      const rows = await registry.alertPage({
        ...pageInput(query),
        scope: scopeOf(identity.grants),
        model: query.model ?? null,
        firingOnly: query.firing === 'true',
      });
      return pageFrom(rows.map(episodeOf), query.limit, ({ id }) => id);
    },
  }),
  defineRoute({
    ...{
      id: 'getAlert',
      method: 'get',
      path: '/alerts/{alert}',
      tag: TAG,
      refusals: [404],
      repeatable: false,
    },
    ...{
      access: READ,
      params: AlertParams,
      query: NO_QUERY,
      body: NO_BODY,
      answer: AlertEpisode,
      about: modelOfAlert,
    },
    summary: 'One alert, and what people did about it',
    handle: async ({ params }, { registry }) => episodeOf(await registry.alertEpisode({ id: params.alert })),
  }),
  defineRoute({
    ...{
      id: 'getRunbook',
      method: 'get',
      path: '/runbooks/{rule}',
      tag: TAG,
      refusals: [],
      repeatable: false,
    },
    ...{ params: z.strictObject({ rule: AlertRule }), query: RunbookQuery, body: NO_BODY, answer: Runbook },
    access: { kind: 'signed-in' },
    about: () => null,
    summary: 'What to look at and to do when alerts of a rule fire, as the release that runs has it',
    handle: async ({ params: { rule }, query: { language } }, { runbook }) => ({
      rule,
      ...((await runbook(rule, language)) ?? { text: null, language: 'en' as const }),
    }),
  }),
  defineRoute({
    ...{ id: 'listAlertDeliveries', method: 'get', path: '/alerts/{alert}/deliveries', tag: TAG },
    ...{ access: READ, params: AlertParams, query: NO_QUERY, body: NO_BODY, answer: AlertDeliveryList },
    ...{ about: modelOfAlert, refusals: [404], repeatable: false },
    summary: 'Who was told of an alert, by which channel, after how many attempts; newest first',
    handle: async ({ params }, { registry }) => ({
      items: [...(await registry.alertDeliveries({ episodeId: params.alert, limit: MOST_LISTED }))],
    }),
  }),
  defineRoute({
    ...{ id: 'getAlertQuality', method: 'get', path: '/alert-quality', tag: TAG, refusals: [] },
    ...{ repeatable: false, params: NO_PARAMS, body: NO_BODY, answer: AlertQuality, about: () => null },
    summary: 'Per rule, over the models that you may look at: how many alerts were true, false or ignored',
    access: { kind: 'signed-in' },
    query: z.strictObject({
      days: z.coerce.number().int().min(1).max(3650).default(90).describe('how far back'),
    }),
    handle: async ({ identity, query, askedAt }, { registry }) => {
      const since = new Date(Date.parse(askedAt) - query.days * DAY_MS).toISOString();
      const rules = await registry.alertQuality({ since, scope: scopeOf(identity.grants) });
      return { since, items: [...rules] };
    },
  }),
  defineRoute({
    ...{ id: 'acknowledgeAlert', method: 'post', path: '/alerts/{alert}/acknowledgement', tag: TAG },
    ...{
      access: CONTROL,
      params: AlertParams,
      query: NO_QUERY,
      body: AcknowledgeAlert,
      answer: AlertEpisode,
    },
    ...{ about: modelOfAlert, refusals: [404, 409], repeatable: true },
    summary: 'Somebody looks after it: its escalation ends and it is not repeated',
    handle: async ({ params, body, actor }, { registry }) => {
      await registry.acknowledgeAlert({ id: params.alert, actor, reason: body.reason });
      return episodeOf(await registry.alertEpisode({ id: params.alert }));
    },
  }),
  defineRoute({
    ...{ id: 'judgeAlert', method: 'post', path: '/alerts/{alert}/judgement', tag: TAG },
    ...{ access: CONTROL, params: AlertParams, query: NO_QUERY, body: JudgeAlert, answer: AlertEpisode },
    ...{ about: modelOfAlert, refusals: [404, 409], repeatable: true },
    summary: 'Whether there was something to act on; the last word counts',
    handle: async ({ params, body, actor, key }, { registry }) => {
      await registry.judgeAlert({ id: params.alert, actor, ...body, idempotencyKey: key });
      return episodeOf(await registry.alertEpisode({ id: params.alert }));
    },
  }),
  defineRoute({
    ...{ id: 'listSilences', method: 'get', path: '/silences', tag: TAG, refusals: [], repeatable: false },
    summary: 'Silences of what you may look at, in force or to come; or all there ever were, newest first',
    access: { kind: 'signed-in' },
    params: NO_PARAMS,
    query: z.strictObject({ all: z.enum(['true', 'false']).default('false') }),
    ...{ body: NO_BODY, answer: SilenceList, about: () => null },
    handle: async ({ identity, query }, { registry }) => {
      const scope = scopeOf(identity.grants);
      const rows = await registry.listSilences({ all: query.all === 'true', limit: MOST_LISTED });
      if (scope.all) return { items: rows.map(silenceOf) };
      const models = await registry.overview({ scope });
      return {
        items: rows
          .filter(({ matchers }) => models.some(({ model }) => mayConcern(matchers, model)))
          .map(silenceOf),
      };
    },
  }),
  defineRoute({
    ...{
      id: 'createSilence',
      method: 'post',
      path: '/silences',
      tag: TAG,
      refusals: [404, 409],
      repeatable: true,
    },
    ...{ access: CONTROL, params: NO_PARAMS, query: NO_QUERY, body: CreateSilence, answer: Silence },
    summary: 'Nobody hears of what matches; a silence that names one model needs a role on that model only',
    about: ({ body }) => modelNamed(body.matchers),
    handle: async ({ body, actor, key }, { registry }) => {
      body.matchers.forEach(requireMatcher);
      return silenceOf(await registry.createSilence({ ...body, actor, idempotencyKey: key }));
    },
  }),
  defineRoute({
    ...{ id: 'expireSilence', method: 'post', path: '/silences/{silence}/expiry', tag: TAG, refusals: [404] },
    ...{
      access: CONTROL,
      params: SilenceParams,
      query: NO_QUERY,
      body: NO_BODY,
      answer: Silence,
      repeatable: true,
    },
    summary: 'Ends a silence before its time',
    about: async ({ params }, { registry }) => {
      const silences = await registry.listSilences({ all: true, limit: 10_000 });
      const silence = silences.find(({ id }) => id === params.silence);
      if (silence === undefined) throw unknownSilence(params.silence);
      const model = modelNamed(silence.matchers);
      return model === null ? null : { model, absent: unknownSilence(params.silence) };
    },
    handle: async ({ params, actor }, { registry }) =>
      silenceOf(await registry.expireSilence({ id: params.silence, actor })),
  }),
  defineRoute({
    ...{ id: 'raiseTestAlert', method: 'post', path: '/alert-tests', tag: TAG, refusals: [404] },
    ...{ access: CONTROL, params: NO_PARAMS, query: NO_QUERY, body: RaiseTestAlert, answer: RaisedTestAlert },
    about: ({ body }) => body.model,
    repeatable: true,
    summary: 'Sends an alert the way of a real one, to see whether it arrives',
    handle: async ({ body, key, askedAt }, { registry }) => {
      const labels = await raiseTestAlert(registry, { ...body, labels: {}, key, at: askedAt });
      return { labels };
    },
  }),
];

async function modelOfAlert(
  { params }: { readonly params: { readonly alert: number } },
  { registry }: ApiParts,
): Promise<{ readonly model: string; readonly absent: AlertUnknown } | null> {
  const { model } = await registry.alertEpisode({ id: params.alert });
  return model === null ? null : { model, absent: unknownAlert(params.alert) };
}

/** The model that a silence names; null: it concerns more than one. */
const modelNamed = (matchers: readonly Matcher[]): string | null =>
  matchers.find(({ name, operator }) => name === 'model' && operator === '=')?.value ?? null;

function episodeOf(row: Awaited<ReturnType<ApiParts['registry']['alertEpisode']>>) {
  return { ...row, labels: { ...row.labels }, suppressedBy: [...row.suppressedBy] };
}

function silenceOf(row: Awaited<ReturnType<ApiParts['registry']['createSilence']>>) {
  return { ...row, matchers: row.matchers.map((matcher) => ({ ...matcher })) };
}
