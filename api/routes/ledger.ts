import { z } from 'zod';
import {
  DeclareStructuralChange,
  ErrorBudgetState,
  StructuralChange,
  StructuralChangeList,
  WatchedSessionPage,
} from '../../contracts/api/ledger.ts';
import { actorOn } from '../../contracts/identity.ts';
import type { Actor } from '../../contracts/primitives.ts';
import { errorBudgetOf } from '../../control/error-budget.ts';
import { SecondPersonNeeded } from '../../registry/errors.ts';
import type { ApiParts } from '../parts.ts';
import { defineRoute } from '../route.ts';
import { aboutModel, ModelParams, READ } from './models.ts';
import { NO_BODY, NO_QUERY } from './nothing.ts';

const OF_MODEL = { tag: 'trials', params: ModelParams, about: aboutModel } as const;
const LONGEST_LIST = 500;

export const ledgerRoutes = [
  defineRoute({
    ...{ id: 'getErrorBudget', method: 'get', path: '/models/{model}/error-budget', refusals: [404] },
    ...{ ...OF_MODEL, access: READ, query: NO_QUERY, body: NO_BODY, answer: ErrorBudgetState },
    summary: 'What is left of the error budget over retrains, and the level of the next test',
    repeatable: false,
    handle: async ({ params: { model } }, { registry }) => {
      const { tests, ...rest } = await errorBudgetOf(registry, model);
      return { model, ...rest, tests: [...tests] };
    },
  }),
  defineRoute({
    ...{ id: 'listStructuralChanges', method: 'get', path: '/models/{model}/structural-changes' },
    ...{ ...OF_MODEL, access: READ, query: NO_QUERY, body: NO_BODY, answer: StructuralChangeList },
    ...{ refusals: [404], repeatable: false },
    summary: 'From where on the recipes of a model were counted anew, by whom and why, newest first',
    handle: async ({ params }, { registry }) => ({ items: [...(await registry.structuralChanges(params))] }),
  }),
  defineRoute({
    ...{ id: 'declareStructuralChange', method: 'post', path: '/models/{model}/structural-changes' },
    ...{ ...OF_MODEL, query: NO_QUERY, body: DeclareStructuralChange, answer: StructuralChange },
    ...{ refusals: [404, 409], repeatable: true },
    access: { kind: 'roles', roles: ['quant-lead'], on: 'model' },
    summary: 'Counts the recipes of a model anew from here on; two quant leads, and no retrain is open',
    handle: async ({ params: { model }, body, actor, key }, parts) => {
      const secondPerson = await secondLead(parts, model, body.secondToken);
      const declared = await parts.registry.declareStructuralChange({
        ...{ model, actor, secondPerson, reason: body.reason, idempotencyKey: key },
      });
      const { number, ledgerSeq, recipesBefore, reason, recordedAt } = declared;
      const people = { actor: declared.actor, secondPerson: declared.secondPerson };
      return { model, number, ledgerSeq, recipesBefore, ...people, reason, recordedAt };
    },
  }),
  defineRoute({
    ...{
      id: 'listWatchedSessions',
      method: 'get',
      path: '/models/{model}/watched-sessions',
      refusals: [404],
    },
    ...{ params: ModelParams, about: aboutModel, tag: 'versions', access: READ, body: NO_BODY },
    ...{ answer: WatchedSessionPage, repeatable: false },
    query: z.strictObject({
      limit: z.coerce.number().int().min(1).max(LONGEST_LIST).default(50).describe('newest sessions'),
      decisions: z
        .enum(['true', 'false'])
        .default('false')
        .describe('true: only sessions on which something was decided about decay, data or drift'),
    }),
    summary: 'How the sessions of a model were watched: health, alarm, decision and its reason, newest first',
    handle: async ({ params, query }, { registry }) => {
      await registry.champion(params);
      const decisionsOnly = query.decisions === 'true';
      const rows = await registry.watchRecords({ ...params, epoch: null, decisionsOnly, limit: query.limit });
      return { items: rows.map(({ state: _state, ...row }) => row), next: null };
    },
  }),
];

/** Whoever agrees, by a token of their own. Throws SecondPersonNeeded for one that counts no longer, TokenInvalid, TokenExpired. */
async function secondLead({ identify, registry }: ApiParts, model: string, token: string): Promise<Actor> {
  const identity = await identify(token);
  const revoked = await registry.revokedTokens();
  if (revoked.includes(`${identity.issuer} ${identity.tokenId}`)) {
    throw new SecondPersonNeeded('the token of the second person was called back', {
      remedy: 'Ask them for another one.',
    });
  }
  return actorOn(identity, { model, market: await registry.marketOf({ model }) });
}
