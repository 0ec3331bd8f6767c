import { PEOPLE_PER_WAIVER } from '../contracts/gate-catalogue.ts';
import { GateHold } from '../contracts/gate-hold.ts';
import type {
  HoldObjection,
  RefuseWaiversRequest,
  WaiveRequest,
  WaiversRefused,
} from '../contracts/gate-hold.ts';
import type { z } from 'zod';
import { type NotificationEvent, notificationEvent } from '../contracts/notification.ts';
import type { SealedWaivers } from '../registry/waivers.ts';
import { notificationEnvelope } from './notification-envelope.ts';
import type { Workbench } from './workbench.ts';

const EVERY_MODEL = { all: true, models: [], markets: [] } as const;

export interface OpenGateHoldInput {
  readonly retrainId: string;
  readonly model: string;
  readonly asOf: string;
  readonly correlationId: string;
  /** Requests of before 0.2.0 name no deputy. */
  readonly hold: z.input<typeof GateHold>;
}

export interface OpenedGateHold {
  /** Subjects who may not waive: the requester and, under four-eyes, the last author of the spec. */
  readonly barred: readonly string[];
}

export interface AnswerGateHoldInput {
  readonly retrainId: string;
  readonly round: number;
  readonly cause: GateHold['cause'];
  readonly answer: 'retry' | 'stop' | 'waived' | 'expired';
  readonly subject: string;
  readonly reason: string;
}

/** Activities of the `control` queue for a retrain that waits for people at its gates. */
export interface GatePeopleActivities {
  /** Records that it waits, raises the alert, tells people. */
  openGateHold(input: OpenGateHoldInput): Promise<OpenedGateHold>;
  /** The leads have had their time: tells the deputy, who may waive from now on. */
  askDeputyAtGates(input: OpenGateHoldInput): Promise<void>;
  answerGateHold(input: AnswerGateHoldInput): Promise<void>;
  recordWaiver(input: {
    readonly model: string;
    readonly request: WaiveRequest;
  }): Promise<{ readonly waivedBy: readonly string[] }>;
  /** Writes down that somebody refuses to waive; the first refusal stands. */
  recordWaiversRefused(input: {
    readonly model: string;
    readonly request: RefuseWaiversRequest;
  }): Promise<WaiversRefused>;
  /** Writes the gate evidence that lists the waivers: the hash that everything after it builds on. */
  sealWaivers(input: { readonly retrainId: string; readonly evidenceHash: string }): Promise<SealedWaivers>;
}

export function gatePeopleActivities(bench: Workbench): GatePeopleActivities {
  const { registry } = bench;
  return {
    openGateHold: async (input) => {
      const { retrainId } = input;
      const { round, cause, objections, expiresAt, deputy } = GateHold.parse(input.hold);
      const { barred } = await registry.openGateHold({
        ...{ retrainId, round, cause, objections, expiresAt, deputy },
        notification: heldEvent(bench, input, null),
      });
      return { barred };
    },
    askDeputyAtGates: async (input) => {
      const { deputy } = GateHold.parse(input.hold);
      const left = await unwaived(bench, input);
      if (deputy !== null && left.length > 0) {
        const hold = { ...input.hold, objections: [...left] };
        await registry.enqueueNotification({ event: heldEvent(bench, { ...input, hold }, deputy.subject) });
      }
    },
    answerGateHold: async ({ retrainId, round, cause, answer, subject, reason }) => {
      await registry.answerGateHold({ retrainId, round, cause, answer: { answer, subject, reason } });
    },
    recordWaiver: ({ model, request }) => {
      const { evidenceHash, gate, actor, reason } = request;
      return registry.waiveGate({ model, evidenceHash, gate, actor, reason });
    },
    recordWaiversRefused: ({ model, request }) => {
      const { evidenceHash, actor, reason } = request;
      return registry.refuseWaivers({ model, evidenceHash, actor, reason });
    },
    sealWaivers: (input) => registry.sealWaivers(input),
  };
}

/** Gates that a deputy can still do something about: two people have waived the others. */
async function unwaived(
  { registry }: Workbench,
  { retrainId, hold }: OpenGateHoldInput,
): Promise<readonly HoldObjection[]> {
  const [open] = await registry.openWaivers({ scope: EVERY_MODEL, retrainId });
  const done = (open?.gates ?? []).filter(({ waivedBy }) => waivedBy.length >= PEOPLE_PER_WAIVER);
  return hold.objections.filter(({ gate }) => done.every((waived) => waived.gate !== gate));
}

/** `deputy`: who may waive from now on; null: it begins to wait. */
function heldEvent(bench: Workbench, input: OpenGateHoldInput, deputy: string | null): NotificationEvent {
  const { retrainId, model, asOf, correlationId, hold } = input;
  return notificationEvent({
    ...notificationEnvelope(bench, { model, retrainId, asOf, session: null, correlationId }),
    kind: 'gates-held',
    severity: hold.cause === 'error' || deputy !== null ? 'ERROR' : 'WARNING',
    cause: hold.cause,
    round: hold.round,
    objections: hold.objections,
    expiresAt: hold.expiresAt,
    deputy,
    evidenceHash: hold.cause === 'error' ? null : (hold.evidenceHash ?? null),
    commands: commandsFor(retrainId, hold.cause, hold.objections),
  });
}

function commandsFor(
  retrainId: string,
  cause: GateHold['cause'],
  objections: readonly HoldObjection[],
): { readonly label: string; readonly command: string }[] {
  const contender = (line: string): string => `npm run contender -- ${line} --reason "..."`;
  if (cause === 'error') {
    return [
      { label: 'Run the gates again', command: contender(`gates retry ${retrainId}`) },
      { label: 'End the retrain', command: contender(`gates stop ${retrainId}`) },
    ];
  }
  return [
    ...objections.slice(0, 19).map(({ gate }) => ({
      label: `Waive ${gate}`,
      command: contender(`waive ${retrainId} --gate ${gate}`),
    })),
    { label: 'Refuse to waive', command: contender(`gates refuse ${retrainId}`) },
  ];
}
