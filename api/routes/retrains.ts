import { z } from 'zod';
import {
  AnsweredHold,
  AnswerHold,
  AnswerObjection,
  ApprovalPage,
  DecideRetrain,
  EvidenceList,
  FigureList,
  FigureName,
  ObjectionRecord,
  type OpenWaivers,
  OpenWaiversPage,
  RaiseObjection,
  RefusedWaivers,
  RefuseWaivers,
  RetrainDetail,
  RetrainPage,
  StartedRetrain,
  StartRetrain,
  StoredGateReport,
  WaivedGate,
  WaiveGate,
} from '../../contracts/api/retrains.ts';
import { PageQuery, RetrainId } from '../../contracts/api/text.ts';
import { PEOPLE_PER_WAIVER } from '../../contracts/gate-catalogue.ts';
import { scopeOf } from '../../contracts/identity.ts';
import { retrainId } from '../../contracts/ids.ts';
import { ModelName } from '../../contracts/primitives.ts';
import { GateVerdict } from '../../contracts/verdict.ts';
import { ApprovalState, RetrainOutcome, RetrainState } from '../../contracts/retrain.ts';
import type { RetrainInput } from '../../contracts/retrain.ts';
import { decideRetrain } from '../../control/decide.ts';
import { answerGateHold, refuseWaivers, waiveGate } from '../../control/gate-people.ts';
import type { SwapHours } from '../../control/market-clock.ts';
import { answerObjection } from '../../control/objections.ts';
import { startRetrain } from '../../control/start-retrain.ts';
import { figureDescription } from '../../gates/plots/retold-figure.ts';
import { findWorkflow, translateFailure } from '../../control/temporal-link.ts';
import { closenessOf } from '../../gates/closeness.ts';
import { judgedSize } from '../../gates/judged-size.ts';
import { icHalfLife, recordedHorizons } from '../../monitoring/ic-half-life.ts';
import type { ObjectionRecord as RecordedObjection } from '../../registry/objections.ts';
import type { OpenWaivers as RecordedWaivers } from '../../registry/gate-holds.ts';
import type { RetrainRecord } from '../../registry/retrains.ts';
import type { ApiParts } from '../parts.ts';
import { defineRoute } from '../route.ts';
import { aboutModel, ModelParams, READ } from './models.ts';
import { NO_BODY, NO_PARAMS, NO_QUERY } from './nothing.ts';
import { pageFrom, pageInput, pageOfAll } from './page.ts';

const TAG = 'retrains';
const RetrainParams = z.strictObject({ retrain: RetrainId });
const ObjectionNumber = z.coerce.number().int().min(1).max(999_999_999);
const aboutRetrain = ({ params }: { readonly params: { readonly retrain: string } }): string =>
  params.retrain.split(':')[1] ?? '';
const OF_RETRAIN = { tag: TAG, params: RetrainParams, query: NO_QUERY, about: aboutRetrain } as const;

/** People decide at their own pace, however fast sessions pass: two minutes for each session of a deadline. */
const APPROVAL_SECONDS_PER_SESSION = 120;
/** Who may look was judged before. */
const EVERY_MODEL = { all: true, models: [], markets: [] } as const;
/** A worker that is there answers in milliseconds. */
const STATE_PATIENCE_MS = 3000;

export const retrainRoutes = [
  defineRoute({
    ...{ id: 'listRetrains', method: 'get', path: '/retrains', tag: TAG, refusals: [], repeatable: false },
    summary: 'Retrains of every model that you may look at, newest first',
    access: { kind: 'signed-in' },
    params: NO_PARAMS,
    query: PageQuery.extend({
      model: ModelName.optional(),
      status: z.union([z.literal('open'), RetrainOutcome]).optional(),
    }),
    ...{ body: NO_BODY, answer: RetrainPage, about: () => null },
    handle: async ({ identity, query }, { registry }) => {
      const rows = await registry.retrainPage({
        ...pageInput(query),
        scope: scopeOf(identity.grants),
        model: query.model ?? null,
        status: query.status ?? null,
      });
      return pageFrom(rows, query.limit, ({ run }) => run);
    },
  }),
  defineRoute({
    ...{
      id: 'startRetrain',
      method: 'post',
      path: '/models/{model}/retrains',
      refusals: [404, 409],
      repeatable: true,
    },
    ...{
      tag: TAG,
      params: ModelParams,
      about: aboutModel,
      query: NO_QUERY,
      body: StartRetrain,
      answer: StartedRetrain,
    },
    access: { kind: 'roles', roles: ['researcher', 'quant-lead', 'operator'], on: 'model' },
    summary: 'Starts the eight steps for a model, as of an instant',
    handle: async ({ params, body, actor, key, askedAt }, { registry, temporal }) => {
      const { model } = params;
      await registry.currentSpec({ model });
      const { emergency, allowProbation, challenger, reason, replaySecondsPerSession } = body;
      const asOf = body.asOf ?? askedAt;
      const input: RetrainInput = {
        ...{
          model,
          asOf,
          trigger: 'manual',
          requester: actor,
          emergency,
          allowProbation,
          reason: reason.slice(0, 1000),
        },
        clock:
          replaySecondsPerSession === null
            ? { mode: 'live' }
            : {
                mode: 'replay',
                secondsPerSession: replaySecondsPerSession,
                approvalSecondsPerSession: APPROVAL_SECONDS_PER_SESSION,
              },
        correlationId: `${retrainId(model, asOf)}/${key.slice(-8)}`,
      };
      const started = await startRetrain(temporal, input, challenger);
      return { retrainId: started.retrainId, asOf };
    },
  }),
  defineRoute({
    ...{ id: 'getRetrain', method: 'get', path: '/retrains/{retrain}', refusals: [404], repeatable: false },
    ...{ ...OF_RETRAIN, access: READ, body: NO_BODY, answer: RetrainDetail },
    summary: 'One retrain as the registry has it; complete also while no worker runs',
    handle: async ({ params }, parts) =>
      (await detailOf(params.retrain, parts)) as z.input<typeof RetrainDetail>,
  }),
  defineRoute({
    ...{ id: 'getRetrainState', method: 'get', path: '/retrains/{retrain}/state', refusals: [404, 503] },
    ...{ ...OF_RETRAIN, access: READ, body: NO_BODY, answer: RetrainState, repeatable: false },
    summary: 'The running workflow in its own words: what it waits for, from whom',
    handle: async ({ params }, { temporal }) => {
      try {
        // A retrain ends on the release that it began with, which may not say when its steps were.
        type Said = Omit<RetrainState, 'steps'> & Partial<Pick<RetrainState, 'steps'>>;
        const said = await temporal.within(STATE_PATIENCE_MS, async () =>
          (await findWorkflow(temporal, params.retrain)).query<Said>('state'),
        );
        return { ...said, steps: said.steps ?? [] };
      } catch (error) {
        throw translateFailure(error);
      }
    },
  }),
  defineRoute({
    ...{
      id: 'getEvidence',
      method: 'get',
      path: '/retrains/{retrain}/evidence',
      refusals: [404],
      repeatable: false,
    },
    ...{ ...OF_RETRAIN, access: READ, body: NO_BODY, answer: EvidenceList },
    summary: 'The chain of evidence: gates, shadow, decision, each with the hash of the one before',
    handle: async ({ params }, { registry }) => ({
      items: [...(await registry.evidenceOf({ retrainId: params.retrain }))] as z.input<
        typeof EvidenceList
      >['items'],
    }),
  }),
  defineRoute({
    ...{ id: 'getGateReport', method: 'get', path: '/retrains/{retrain}/gate-report', refusals: [404] },
    ...{ ...OF_RETRAIN, access: READ, body: NO_BODY, answer: StoredGateReport, repeatable: false },
    summary: 'Everything the gates found, with what they were told',
    handle: async ({ params }, { registry }) => {
      const { body, ...stored } = await registry.latestGateReport({ retrainId: params.retrain });
      const report = JSON.parse(body) as z.input<typeof StoredGateReport>['report'];
      const halfLife = icHalfLife(recordedHorizons(report));
      const verdicts = recordedVerdicts(report);
      return {
        ...stored,
        report,
        closeness: closenessIn(verdicts),
        judgedSize: judgedSize(verdicts),
        icHalfLife: halfLife.identified
          ? { sessions: halfLife.sessions, interval: [...halfLife.interval], reason: '' }
          : { sessions: null, interval: [], reason: halfLife.reason },
      };
    },
  }),
  defineRoute({
    ...{ id: 'listFigures', method: 'get', path: '/retrains/{retrain}/figures', refusals: [404] },
    ...{ ...OF_RETRAIN, access: READ, body: NO_BODY, answer: FigureList, repeatable: false },
    summary:
      'Which plots its gate report has, and why it lacks the others; each is an SVG below /figures/{name}',
    handle: async ({ params }, { registry, figures }) => {
      const { page } = await registry.latestGateReport({ retrainId: params.retrain });
      if (page === null) return { items: [] };
      const drawn = await figures.of(page);
      return {
        items: FigureName.options.map((name) => {
          const { svg, missing } = drawn[name];
          return { name, missing, description: svg === null ? '' : figureDescription(svg) };
        }),
      };
    },
  }),
  defineRoute({
    ...{ id: 'listApprovals', method: 'get', path: '/approvals', tag: TAG, refusals: [], repeatable: false },
    summary: 'Decisions that open retrains ask for, the soonest to expire first',
    access: { kind: 'signed-in' },
    query: PageQuery.extend({ model: ModelName.optional() }),
    ...{ params: NO_PARAMS, body: NO_BODY, answer: ApprovalPage, about: () => null },
    handle: async ({ identity, query }, { registry }) => {
      const open = await registry.openApprovals({ scope: scopeOf(identity.grants) });
      const wanted = open.filter(({ model }) => query.model === undefined || model === query.model);
      const { items, next } = pageOfAll(wanted, query);
      const shown = items.map(({ approvedBy, barred, ...rest }) => ({
        ...rest,
        approvedBy: [...approvedBy],
        barred: [...barred],
      }));
      return { items: shown, next };
    },
  }),
  defineRoute({
    ...{
      id: 'decideRetrain',
      method: 'post',
      path: '/retrains/{retrain}/decision',
      refusals: [404, 409, 503],
    },
    ...{ ...OF_RETRAIN, body: DecideRetrain, answer: ApprovalState, repeatable: true },
    access: { kind: 'signers', roles: ['quant-lead'], on: 'model', deputyOf: 'decision' },
    summary:
      'Signs, or refuses to sign, the decision evidence that was read: a quant lead, or the deputy whom the spec names once asked',
    handle: ({ params, body, actor }, { temporal }) =>
      decideRetrain(temporal, { retrainId: params.retrain, actor, ...body }),
  }),
  defineRoute({
    ...{
      id: 'raiseObjection',
      method: 'post',
      path: '/retrains/{retrain}/objections',
      refusals: [404, 409],
    },
    ...{ ...OF_RETRAIN, body: RaiseObjection, answer: ObjectionRecord, repeatable: true },
    access: { kind: 'roles', roles: ['quant-lead'], on: 'model' },
    summary: 'Speaks against a promotion: holds the swap; after it, pages while the reign lasts',
    handle: async ({ params, body, actor, key }, { registry }) =>
      shownObjection(
        await registry.raiseObjection({
          retrainId: params.retrain,
          ...body,
          actor,
          idempotencyKey: key,
        }),
      ),
  }),
  defineRoute({
    ...{
      id: 'answerObjection',
      method: 'post',
      path: '/retrains/{retrain}/objections/{objection}/answers',
      refusals: [404, 409],
    },
    ...{ ...OF_RETRAIN, body: AnswerObjection, answer: ObjectionRecord, repeatable: true },
    params: RetrainParams.extend({ objection: ObjectionNumber }),
    access: { kind: 'roles', roles: ['quant-lead'], on: 'model' },
    summary: 'Withdraws an objection of your own, or overrules that of another with a second quant lead',
    handle: async ({ params, body, actor }, { registry, temporal, log }) =>
      shownObjection(
        await answerObjection(
          {
            registry,
            link: temporal,
            onUntold: (reason) => {
              log.warn({ retrain: params.retrain, reason }, 'the retrain could not be told of an answer');
            },
          },
          { retrainId: params.retrain, objection: params.objection, actor, ...body },
        ),
      ),
  }),
  defineRoute({
    ...{ id: 'listOpenWaivers', method: 'get', path: '/waivers', tag: TAG, refusals: [], repeatable: false },
    summary: 'Failed gates that open retrains let people waive, the soonest to end first',
    access: { kind: 'signed-in' },
    query: PageQuery.extend({ model: ModelName.optional() }),
    ...{ params: NO_PARAMS, body: NO_BODY, answer: OpenWaiversPage, about: () => null },
    handle: async ({ identity, query }, { registry }) => {
      const open = await registry.openWaivers({ scope: scopeOf(identity.grants), retrainId: null });
      const wanted = open.filter(({ model }) => query.model === undefined || model === query.model);
      const { items, next } = pageOfAll(wanted, query);
      return { items: items.map(shownWaivers), next };
    },
  }),
  defineRoute({
    ...{ id: 'waiveGate', method: 'post', path: '/retrains/{retrain}/waivers', refusals: [404, 409, 503] },
    ...{ ...OF_RETRAIN, body: WaiveGate, answer: WaivedGate, repeatable: true },
    access: { kind: 'signers', roles: ['quant-lead'], on: 'model', deputyOf: 'waivers' },
    summary:
      'Accepts the fail of one gate; two people other than the requester make it waived: quant leads, or one and the deputy once asked',
    handle: async ({ params, body, actor }, { temporal }) => {
      const { gate, waivedBy, open } = await waiveGate(temporal, {
        retrainId: params.retrain,
        actor,
        ...body,
      });
      return { gate, waivedBy: [...waivedBy], open: [...open] };
    },
  }),
  defineRoute({
    ...{
      id: 'refuseWaivers',
      method: 'post',
      path: '/retrains/{retrain}/waivers/refusal',
      refusals: [404, 409, 503],
    },
    ...{ ...OF_RETRAIN, body: RefuseWaivers, answer: RefusedWaivers, repeatable: true },
    access: { kind: 'signers', roles: ['quant-lead'], on: 'model', deputyOf: 'waivers' },
    summary: 'Refuses to waive what failed: one person who may waive says no, and the retrain ends',
    handle: async ({ params, body, actor }, { temporal }) => ({
      ...(await refuseWaivers(temporal, { retrainId: params.retrain, actor, ...body })),
    }),
  }),
  defineRoute({
    ...{
      id: 'answerGateHold',
      method: 'post',
      path: '/retrains/{retrain}/hold-answer',
      refusals: [404, 409, 503],
    },
    ...{ ...OF_RETRAIN, body: AnswerHold, answer: AnsweredHold, repeatable: true },
    access: { kind: 'roles', roles: ['operator', 'admin'], on: 'model' },
    summary: "An operator's word on gates that could not be judged: again, or stop",
    handle: ({ params, body, actor }, { temporal }) =>
      answerGateHold(temporal, { retrainId: params.retrain, actor, ...body }),
  }),
];

const shownObjection = ({ answers, ...rest }: RecordedObjection): z.input<typeof ObjectionRecord> => ({
  ...rest,
  answers: answers.map((answer) => ({ ...answer })),
});

const shownWaivers = ({ gates, barred, ...rest }: RecordedWaivers): z.input<typeof OpenWaivers> => ({
  ...rest,
  needed: PEOPLE_PER_WAIVER,
  gates: gates.map(({ waivedBy, ...gate }) => ({ ...gate, waivedBy: [...waivedBy] })),
  barred: [...barred],
});

async function detailOf(id: string, parts: ApiParts) {
  const { registry, temporalUiUrl, temporalNamespaces } = parts;
  const retrain = await registry.getRetrain({ retrainId: id });
  const { model } = retrain;
  const version =
    retrain.versionId === null ? null : await registry.getVersion({ model, version: retrain.versionId });
  const [approval, shadowDays, holds, waivers, waiving, objections] = await Promise.all([
    registry.approvalOf({ retrainId: id }),
    registry.shadowDays({ retrainId: id }),
    registry.gateHolds({ retrainId: id }),
    registry.waiversOf({ retrainId: id }),
    registry.openWaivers({ scope: EVERY_MODEL, retrainId: id }),
    registry.objectionsOf({ retrainId: id }),
  ]);
  const { run, asOf, trigger, requester, emergency, step, status, verdict, reason, code, specNumber } =
    retrain;
  const namespace = retrain.clock.mode === 'live' ? temporalNamespaces.live : temporalNamespaces.replay;
  return {
    retrain: {
      ...{
        retrainId: id,
        run,
        model,
        asOf,
        trigger,
        requester,
        emergency,
        step,
        status,
        verdict,
        reason,
        code,
      },
      ...{ specNumber, version: version?.number ?? null },
      ...{ startedAt: retrain.startedAt, stepAt: retrain.stepAt, finishedAt: retrain.finishedAt },
    },
    clock: retrain.clock,
    approval,
    shadowDays,
    holds,
    waivers,
    waiving: waiving.map(shownWaivers)[0] ?? null,
    objections,
    swap: approval === null ? null : await swapHours(retrain, parts),
    temporalUrl:
      temporalUiUrl === null
        ? null
        : `${temporalUiUrl}/namespaces/${encodeURIComponent(namespace)}/workflows/${encodeURIComponent(id)}`,
  };
}

/** A replay has no hours, and a model may be swapped at any: then it is open at once and does not close. */
async function swapHours(
  { clock, model, specNumber }: RetrainRecord,
  { registry, marketClock }: ApiParts,
): Promise<SwapHours> {
  const { spec } = await registry.specByNumber({ model, number: specNumber });
  if (clock.mode === 'replay') return { opensAt: null, closesAt: null, firstSession: null };
  const { swap } = await marketClock(spec.market);
  // Inside of a session the next one is the first to be decided, whether the swap waits for its end or not.
  return spec.serving.swapWindow === 'any' ? { ...swap, opensAt: null, closesAt: null } : swap;
}

const RecordedVerdicts = z.object({ verdicts: z.array(GateVerdict) });

/** Of a report of any release; none of one whose verdicts are not of today's form. */
function recordedVerdicts(report: unknown): readonly GateVerdict[] {
  return RecordedVerdicts.safeParse(report).data?.verdicts ?? [];
}

function closenessIn(verdicts: readonly GateVerdict[]): z.input<typeof StoredGateReport>['closeness'] {
  return verdicts.flatMap((verdict) => {
    const closeness = closenessOf(verdict);
    return closeness === null ? [] : [{ ...closeness }];
  });
}
