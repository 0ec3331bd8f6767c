import { z } from 'zod';
import { written } from '../contracts/decimals.ts';
import { GateReport } from '../contracts/gate-report.ts';
import { type NotificationEvent, notificationEvent } from '../contracts/notification.ts';
import type { Decision } from '../contracts/retrain.ts';
import { differences, type FieldDifference } from '../contracts/spec-difference.ts';
import { storedSpec } from '../contracts/stored-spec.ts';
import type { GateVerdict, Waiver } from '../contracts/verdict.ts';
import { closestCallText } from '../gates/closeness.ts';
import { noticedLead } from '../evaluation/power-card.ts';
import { EvidenceMissing } from '../registry/errors.ts';
import type { ApprovalRecord } from '../registry/approvals.ts';
import type { OpenedDecision } from '../registry/evidence.ts';
import { loosenedFields } from '../registry/spec-loosening.ts';
import type { VersionRecord } from '../registry/versions.ts';
import { specOfChampion } from './champion-spec.ts';
import type { DecayOutlook } from './decay-outlook.ts';
import { notificationEnvelope } from './notification-envelope.ts';
import type { RetrainPlan } from './retrain-record.ts';
import type { Workbench } from './workbench.ts';

export interface OpenApprovalInput {
  readonly plan: RetrainPlan;
  readonly model: string;
  readonly asOf: string;
  readonly versionId: string;
  /** The shadow's evidence, or the gates' for an admission on probation. */
  readonly parentEvidenceHash: string;
  readonly kind: 'promotion' | 'probation';
  readonly expiresAt: string;
  readonly requester: string;
  /** Shown to the leads with the question. */
  readonly verdicts: readonly GateVerdict[];
  /** Fails that two leads accepted; absent in requests of before 0.2.0, whose gates could not be waived. */
  readonly waivers: readonly Waiver[];
  /** What watching the candidate for decay will be able to see; null: unknown. Absent in requests of before 0.2.0. */
  readonly decayOutlook?: DecayOutlook | null;
  /** Wall time from which the deputy of the spec may sign; absent or null: it names none. */
  readonly deputyFrom?: string | null;
  readonly correlationId: string;
}

export interface OpenedApproval {
  readonly evidenceHash: string;
  readonly needed: number;
  /** Subjects who may not sign: the requester and the last author of the spec, when four-eyes is on. */
  readonly barred: readonly string[];
}

export interface RecordDecisionInput {
  readonly retrainId: string;
  readonly model: string;
  readonly decision: Decision;
  readonly expiresAt: string;
}

export interface DecisionState {
  readonly approvedBy: readonly string[];
  readonly rejectedBy: string | null;
}

export interface StandingObjections {
  readonly open: readonly { readonly id: number; readonly subject: string; readonly reason: string }[];
}

export interface ApprovalActivities {
  /** Writes the decision evidence and asks the quant leads for it. */
  openApproval(input: OpenApprovalInput): Promise<OpenedApproval>;
  recordDecision(input: RecordDecisionInput): Promise<DecisionState>;
  /** Objections to what was signed that nobody has resolved. */
  standingObjections(input: { readonly evidenceHash: string }): Promise<StandingObjections>;
  remindApproval(input: OpenApprovalInput & { readonly evidenceHash: string }): Promise<void>;
  /** The leads have had their time: tells the deputy, who may sign from now on, and the leads with them. */
  askDeputy(
    input: OpenApprovalInput & { readonly evidenceHash: string; readonly deputy: string },
  ): Promise<void>;
}

export function approvalActivities(bench: Workbench): ApprovalActivities {
  const { registry } = bench;
  return {
    openApproval: async (input) => {
      const { plan, versionId, kind, expiresAt } = input;
      const candidate = await registry.getVersion({ model: input.model, version: versionId });
      const { cautions, apart } = await reportLines(bench, input);
      const shadow = await shadowLines(bench, input, apart);
      const marketAt = await replayedAt(bench, input);
      const against = await againstChampion(bench, plan);
      const opened = await registry.openDecision({
        retrainId: plan.retrainId,
        versionId,
        parentHash: input.parentEvidenceHash,
        admission: kind,
        expectedEpoch: plan.epoch,
        expiresAt,
        deputyFrom: input.deputyFrom ?? null,
        facts: {
          specDifference: against.difference,
          loosened: against.loosened,
          decayOutlook: input.decayOutlook ?? null,
        },
        notification: (decision) =>
          askedEvent(bench, input, candidate, decision, {
            shadow,
            cautions,
            marketAt,
            loosened: against.loosened,
          }),
      });
      return { evidenceHash: opened.evidenceHash, needed: opened.needed, barred: opened.barred };
    },
    recordDecision: async ({ retrainId, decision }) => {
      const { approvedBy, rejectedBy } = await registry.recordApproval({ retrainId, decision });
      return { approvedBy, rejectedBy };
    },
    standingObjections: async (input) => ({ open: await registry.standingObjections(input) }),
    remindApproval: (input) => remind(bench, input, null),
    askDeputy: (input) => remind(bench, input, input.deputy),
  };
}

/** `deputy`: who may sign from now on; null: the leads are reminded. */
async function remind(
  bench: Workbench,
  input: OpenApprovalInput & { readonly evidenceHash: string },
  deputy: string | null,
): Promise<void> {
  const { registry } = bench;
  const candidate = await registry.getVersion({ model: input.model, version: input.versionId });
  const state = await registry.approvalState({ evidenceHash: input.evidenceHash });
  const marketAt = await replayedAt(bench, input);
  await registry.enqueueNotification({
    event: expiringEvent(bench, input, candidate, state, { deputy, marketAt }),
  });
}

interface AgainstChampion {
  /** Fields in which the spec in force differs from the one the champion was made under: what else would change. */
  readonly difference: readonly FieldDifference[];
  /** Those in which it asks for less; null: there is no champion to compare with. */
  readonly loosened: string[] | null;
}

/** Several specs may lie between the champion's and this one: each may have loosened something, and the next taken it back. */
async function againstChampion(bench: Workbench, plan: RetrainPlan): Promise<AgainstChampion> {
  const before = await specOfChampion(bench, plan);
  if (before === null) return { difference: [], loosened: null };
  const spec = storedSpec(plan.spec);
  return { difference: differences(before, spec), loosened: [...loosenedFields(before, spec)] };
}

const ShadowFacts = z.object({
  facts: z.object({
    powerCard: z.object({ text: z.string(), detectableSharpe: z.number().nullable().default(null) }),
    transition: z
      .object({
        names: z.number(),
        entering: z.array(z.string()),
        leaving: z.array(z.string()),
        turnover: z.number(),
      })
      .nullable(),
  }),
});

/** Power card and position transition, as the shadow's evidence has them; empty for an admission without a shadow. */
async function shadowLines(
  { registry }: Workbench,
  input: OpenApprovalInput,
  apart: GateReport['dailyDifference'],
): Promise<string[]> {
  const evidence = await registry.evidenceOf({ retrainId: input.plan.retrainId });
  const shadow = evidence.find(({ hash }) => hash === input.parentEvidenceHash);
  const parsed = ShadowFacts.safeParse(shadow?.body);
  if (!parsed.success) return [];
  const { powerCard, transition } = parsed.data.facts;
  const lead = apart === null ? '' : noticedLead(powerCard, apart);
  const power = lead === '' ? [powerCard.text] : [powerCard.text, lead];
  if (transition === null) return power;
  const { names, entering, leaving, turnover } = transition;
  const change = `The swap changes ${String(entering.length)} of ${String(names)} names (${String(leaving.length)} leave, ${String(names - entering.length)} stay), ${written(100 * turnover, 0)} % of the book.`;
  return [...power, change];
}

const ReportParts = GateReport.pick({ cautions: true, dailyDifference: true });

interface ReportLines {
  /** What stands out at a second look; empty for a report of a release that took none. */
  readonly cautions: string[];
  readonly apart: GateReport['dailyDifference'];
}

/** What the gate report says beside the verdicts. */
async function reportLines({ registry }: Workbench, { plan }: OpenApprovalInput): Promise<ReportLines> {
  const { retrainId } = plan;
  const stored = await registry.latestGateReport({ retrainId }).catch((error: unknown) => {
    // A named challenger has no gate report of its own.
    if (error instanceof EvidenceMissing) return null;
    throw error;
  });
  const parsed = stored === null ? null : ReportParts.loose().safeParse(JSON.parse(stored.body)).data;
  const { cautions = null, dailyDifference: apart = null } = parsed ?? {};
  return {
    cautions: (cautions ?? []).filter(({ raised }) => raised).map(({ reason }) => reason),
    apart,
  };
}

/** Where the market of a replay stands, by the as-of of the retrain; null on the live clock. */
async function replayedAt({ registry }: Workbench, { plan }: OpenApprovalInput): Promise<string | null> {
  const { clock, asOf } = await registry.getRetrain({ retrainId: plan.retrainId });
  return clock.mode === 'replay' ? asOf : null;
}

function askedEvent(
  bench: Workbench,
  input: OpenApprovalInput,
  candidate: VersionRecord,
  decision: OpenedDecision,
  told: {
    readonly shadow: string[];
    readonly cautions: string[];
    readonly marketAt: string | null;
    readonly loosened: string[] | null;
  },
): NotificationEvent {
  const { plan } = input;
  const { champion } = plan;
  return notificationEvent({
    ...approvalEnvelope(bench, input),
    kind: 'approval-asked',
    severity: 'WARNING',
    admission: input.kind,
    requestedBy: decision.requester,
    candidate: { number: candidate.number, id: candidate.id },
    champion: champion === null ? null : { number: champion.number, id: champion.versionId },
    evidenceHash: decision.evidenceHash,
    approvers: decision.needed,
    fourEyes: decision.fourEyes,
    expiresAt: input.expiresAt,
    expiresAfterSession: null,
    verdicts: [...input.verdicts],
    waivers: [...input.waivers],
    ...told,
    closestCall: closestCallText(input.verdicts),
    outlook: input.decayOutlook?.text ?? '',
    deputy: decision.deputy,
    ...commands(plan.retrainId),
  });
}

function expiringEvent(
  bench: Workbench,
  input: OpenApprovalInput,
  candidate: VersionRecord,
  state: ApprovalRecord,
  { deputy, marketAt }: { readonly deputy: string | null; readonly marketAt: string | null },
): NotificationEvent {
  const { approval } = input.plan.spec;
  const passed = deputy === null ? approval.remindSessions : approval.deputyAfterSessions;
  return notificationEvent({
    ...approvalEnvelope(bench, input),
    kind: 'approval-expiring',
    severity: 'ERROR',
    requestedBy: input.requester,
    candidate: { number: candidate.number, id: candidate.id },
    evidenceHash: state.evidenceHash,
    approvals: state.approvedBy.length,
    approvers: state.needed,
    expiresAt: input.expiresAt,
    expiresAfterSession: null,
    remainingSessions: Math.max(0, approval.expiresSessions - passed),
    deputy,
    marketAt,
    ...commands(input.plan.retrainId),
  });
}

function approvalEnvelope(bench: Workbench, { plan, model, asOf, correlationId }: OpenApprovalInput) {
  return notificationEnvelope(bench, {
    model,
    retrainId: plan.retrainId,
    asOf,
    session: null,
    correlationId,
  });
}

function commands(retrainId: string): { readonly approveCommand: string; readonly rejectCommand: string } {
  const command = (verb: string): string => `npm run contender -- ${verb} ${retrainId} --reason "..."`;
  return { approveCommand: command('approve'), rejectCommand: command('reject') };
}
