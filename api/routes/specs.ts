import { isAbsolute } from 'node:path';
import { z } from 'zod';
import {
  AppliedSpec,
  ApplySpec,
  DecidedProposal,
  DecideProposal,
  SpecPage,
  SpecProposalDetail,
  SpecProposalPage,
  SpecRecord,
} from '../../contracts/api/models.ts';
import { PageQuery } from '../../contracts/api/text.ts';
import { rolesFor, scopeOf } from '../../contracts/identity.ts';
import { ModelName } from '../../contracts/primitives.ts';
import type { Role } from '../../contracts/primitives.ts';
import type { ModelSpec } from '../../contracts/spec.ts';
import { proposedChanges } from '../../control/proposal-changes.ts';
import { putSchedules } from '../../control/put-schedules.ts';
import type { ProposalUnknown } from '../../registry/errors.ts';
import { unknownProposal } from '../../registry/spec-proposals.ts';
import { NotAllowed } from '../errors.ts';
import { invalid } from '../parse.ts';
import type { ApiParts } from '../parts.ts';
import { defineRoute } from '../route.ts';
import { aboutModel, ModelParams, READ } from './models.ts';
import { NO_BODY, NO_PARAMS, NO_QUERY } from './nothing.ts';
import { pageFrom, pageInput } from './page.ts';

const TAG = 'specs';
const SCHEDULE_PATIENCE_MS = 3000;
const APPLY_ROLES: readonly Role[] = ['researcher', 'quant-lead'];
const OF_MODEL = { tag: TAG, params: ModelParams, about: aboutModel } as const;
const ProposalParams = z.strictObject({
  proposal: z.coerce
    .number()
    .int()
    .min(1)
    .max(2 ** 31),
});

export const specRoutes = [
  defineRoute({
    ...{ id: 'getSpec', method: 'get', path: '/models/{model}/spec', refusals: [404], repeatable: false },
    ...{ ...OF_MODEL, access: READ, query: NO_QUERY, body: NO_BODY, answer: SpecRecord },
    summary: 'The spec in force',
    handle: async ({ params }, { registry }) => recordOf(await registry.currentSpec(params)),
  }),
  defineRoute({
    ...{
      id: 'applySpec',
      method: 'put',
      path: '/models/{model}/spec',
      refusals: [404, 409],
      repeatable: true,
    },
    ...{ tag: TAG, params: ModelParams, query: NO_QUERY, body: ApplySpec, answer: AppliedSpec },
    access: { kind: 'roles', roles: APPLY_ROLES, on: 'model' },
    summary:
      'Stores a spec and puts its schedule in force; one that loosens anything waits for a second quant lead',
    // A model that does not exist yet has no market to have a role on, but that of the spec.
    about: ({ params, body }) => {
      if (body.spec.model !== params.model) {
        throw invalid([
          { field: 'body.spec.model', message: `is ${body.spec.model}, the path says ${params.model}` },
        ]);
      }
      return { model: params.model, market: body.spec.market };
    },
    handle: async ({ body, actor, identity }, parts) => {
      const { spec, reason, expectedNumber } = body;
      // A spec that moves its model to another market needs the role there too.
      if (!rolesFor(identity.grants, spec).some((role) => APPLY_ROLES.includes(role))) {
        throw new NotAllowed(`${actor.subject} has no role on ${spec.market}`, {
          remedy: 'Ask somebody who has.',
        });
      }
      if (!isAbsolute(spec.data)) {
        throw invalid([
          { field: 'body.spec.data', message: 'is the absolute path of a folder of the workers' },
        ]);
      }
      const outcome = await parts.registry.applyOrProposeSpec({
        ...{ spec, reason, expectedNumber, actor },
        deadline: parts.sessionsFromNow,
      });
      if (outcome.kind === 'proposed')
        return { kind: 'proposed' as const, proposal: proposalOf(outcome.proposal) };
      const scheduled = await schedule(parts, spec);
      const { loosened, ...applied } = outcome.applied;
      return {
        kind: 'applied' as const,
        applied: {
          model: applied.model,
          number: applied.number,
          changed: applied.changed,
          loosened: [...loosened],
        },
        scheduled,
      };
    },
  }),
  defineRoute({
    ...{ id: 'listSpecs', method: 'get', path: '/models/{model}/specs', refusals: [404], repeatable: false },
    ...{ ...OF_MODEL, access: READ, query: PageQuery, body: NO_BODY, answer: SpecPage },
    summary: 'Every spec of a model, newest first',
    handle: async ({ params, query }, { registry }) => {
      const rows = await registry.specPage({ ...params, ...pageInput(query) });
      return pageFrom(rows.map(recordOf), query.limit, ({ number }) => number);
    },
  }),
  defineRoute({
    ...{ id: 'getSpecByNumber', method: 'get', path: '/models/{model}/specs/{number}', refusals: [404] },
    ...{ tag: TAG, access: READ, query: NO_QUERY, body: NO_BODY, answer: SpecRecord, repeatable: false },
    params: z.strictObject({ model: ModelName, number: z.coerce.number().int().min(1).max(1_000_000) }),
    about: aboutModel,
    summary: 'One spec by its number',
    handle: async ({ params }, { registry }) => recordOf(await registry.specByNumber(params)),
  }),
  defineRoute({
    ...{
      id: 'listSpecProposals',
      method: 'get',
      path: '/spec-proposals',
      tag: TAG,
      refusals: [],
      repeatable: false,
    },
    summary: 'Specs that loosen something and wait, or waited, for a second quant lead; newest first',
    access: { kind: 'signed-in' },
    ...{ params: NO_PARAMS, query: PageQuery.extend({ model: ModelName.optional() }), body: NO_BODY },
    ...{ answer: SpecProposalPage, about: () => null },
    handle: async ({ identity, query }, { registry }) => {
      const rows = await registry.listSpecProposals({
        ...pageInput(query),
        scope: scopeOf(identity.grants),
        model: query.model ?? null,
      });
      return pageFrom(rows.map(proposalOf), query.limit, ({ id }) => id);
    },
  }),
  defineRoute({
    ...{
      id: 'getSpecProposal',
      method: 'get',
      path: '/spec-proposals/{proposal}',
      tag: TAG,
      refusals: [404],
    },
    ...{ access: READ, params: ProposalParams, query: NO_QUERY, body: NO_BODY, answer: SpecProposalDetail },
    ...{ about: modelOfProposal, repeatable: false },
    summary: 'One proposal, with what it changes and what of that it loosens',
    handle: async ({ params }, { registry }) => {
      const proposal = await registry.specProposal({ id: params.proposal });
      const { model, baseNumber } = proposal;
      const base = await registry.specByNumber({ model, number: baseNumber });
      return { ...proposalOf(proposal), changes: proposedChanges(base.spec, proposal) };
    },
  }),
  defineRoute({
    ...{ id: 'decideSpecProposal', method: 'post', path: '/spec-proposals/{proposal}/decision', tag: TAG },
    ...{
      params: ProposalParams,
      query: NO_QUERY,
      body: DecideProposal,
      answer: DecidedProposal,
      refusals: [404, 409],
    },
    ...{ about: modelOfProposal, repeatable: true },
    access: { kind: 'signers', roles: ['quant-lead'], on: 'model', deputyOf: 'proposal' },
    summary:
      'A second quant lead, or the deputy once asked, agrees, which puts the spec in force, or rejects it',
    handle: async ({ params, body, actor }, parts) => {
      const decided = await parts.registry.decideSpecProposal({ id: params.proposal, actor, ...body });
      const scheduled = decided.state === 'agreed' && (await schedule(parts, decided.spec));
      return { proposal: proposalOf(decided), scheduled };
    },
  }),
];

/** A spec is in force without its schedule; whether that could be put in force too is said, not made a failure. */
async function schedule({ temporal, log }: ApiParts, spec: ModelSpec): Promise<boolean> {
  try {
    await temporal.within(SCHEDULE_PATIENCE_MS, async () => {
      await putSchedules(temporal.live, spec);
    });
    return true;
  } catch (error) {
    log.warn({ err: error, model: spec.model }, 'a spec is in force without its schedule');
    return false;
  }
}

async function modelOfProposal(
  { params }: { readonly params: { readonly proposal: number } },
  { registry }: ApiParts,
): Promise<{ readonly model: string; readonly absent: ProposalUnknown }> {
  const { model } = await registry.specProposal({ id: params.proposal });
  return { model, absent: unknownProposal(params.proposal) };
}

type Stored = Awaited<ReturnType<ApiParts['registry']['currentSpec']>>;

/** Without what the table has beside it. */
function recordOf(stored: Stored) {
  const { model, number, spec, hash, author, loosened, secondPerson, secondAsDeputy, recordedAt } = stored;
  return {
    ...{ model, number, spec, hash, author, secondPerson, secondAsDeputy, recordedAt },
    loosened: [...loosened],
  };
}

function proposalOf<P extends { readonly loosened: readonly string[] }>(proposal: P) {
  return { ...proposal, loosened: [...proposal.loosened] };
}
