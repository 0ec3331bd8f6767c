import {
  ApplicationFailure,
  condition,
  defineUpdate,
  patched,
  setHandler,
  upsertMemo,
} from '@temporalio/workflow';
import type { ConcludedGates, SettledJudgement } from '../activities/judging.ts';
import type { RetrainPlan } from '../activities/retrain-record.ts';
import { namedDeputy } from '../contracts/deputy.ts';
import { GATE_CATALOGUE, PEOPLE_PER_WAIVER } from '../contracts/gate-catalogue.ts';
import type {
  GateHold,
  HoldDecision,
  HoldObjection,
  RefuseWaiversRequest,
  WaiveAnswer,
  WaiveRequest,
  WaiversRefused,
} from '../contracts/gate-hold.ts';
import type { Actor } from '../contracts/primitives.ts';
import type { RetrainInput } from '../contracts/retrain.ts';
import type { GateName } from '../contracts/verdict.ts';
import { control } from './activity-proxies.ts';
import { deputyOf, isBarred, refusal, requireDeputy } from './deputy.ts';
import type { RetrainProgress } from './retrain-progress.ts';
import { nowMs, untilInstant } from './until-instant.ts';

/** An operator's word on gates that could not be judged. */
export const answerHold = defineUpdate<GateHold, [HoldDecision]>('answerHold');
/** A quant lead, or the deputy once asked, accepts the fail of one gate. */
export const waive = defineUpdate<WaiveAnswer, [WaiveRequest]>('waive');
/** Whoever may waive says no: the retrain ends. The answer is the first refusal. */
export const refuseWaivers = defineUpdate<WaiversRefused, [RefuseWaiversRequest]>('refuseWaivers');

const OPERATORS: readonly string[] = ['operator', 'admin'];
/** Gates of before 0.2.0 asked leads alone; what waits there goes on as it began. */
const DEPUTY_AT_GATES = 'deputy-at-gates';
/** When even the spec's number could not be read: a working week. */
const DEFAULT_HOLD_SESSIONS = 5;

interface OpenHold {
  readonly hold: GateHold;
  readonly barred: readonly string[];
  answer: HoldDecision | null;
  readonly signed: Map<GateName, readonly string[]>;
  refused: WaiversRefused | null;
  /** Refusals that the registry is being asked to record. */
  refusing: number;
}

export interface ErrorHold {
  readonly round: number;
  readonly objections: readonly HoldObjection[];
  readonly evidenceHash: string | null;
  /** Null: not known. */
  readonly sessions: number | null;
}

/**
 * Where a retrain waits for people at its gates. A validator refuses before anything enters the history; behind it stand the
 * registry's constraints, which refuse the same.
 */
export class GateDesk {
  private readonly retrainId: string;
  private readonly input: RetrainInput;
  private readonly progress: RetrainProgress;
  private open: OpenHold | null = null;

  constructor(retrainId: string, input: RetrainInput, progress: RetrainProgress) {
    this.retrainId = retrainId;
    this.input = input;
    this.progress = progress;
    setHandler(answerHold, (decision) => this.recordAnswer(decision), {
      validator: (decision: HoldDecision) => {
        this.validateAnswer(decision);
      },
    });
    setHandler(waive, (request) => this.recordWaiver(request), {
      validator: (request: WaiveRequest) => {
        this.validateWaiver(request);
      },
    });
    setHandler(refuseWaivers, (request) => this.recordRefusal(request), {
      validator: ({ actor, evidenceHash }: RefuseWaiversRequest) => {
        const open = this.requireWaivable();
        requireMayWaive(actor, open);
        requireEvidence(evidenceHash, open);
      },
    });
  }

  /** Waits until an operator has the gates run again; throws when they are to end, or nobody answers. */
  async holdError(plan: RetrainPlan, error: ErrorHold): Promise<void> {
    const { round, objections, evidenceHash } = error;
    const open = await this.begin(plan, error.sessions ?? DEFAULT_HOLD_SESSIONS, {
      ...{ round, cause: 'error', objections: [...objections], evidenceHash },
    });
    const names = objections.map(({ gate }) => gate).join(', ');
    this.progress.await(`an operator: ${names} in error; retry or stop, until ${open.hold.expiresAt}`);
    await condition(() => open.answer !== null, untilInstant(open.hold.expiresAt));
    this.end();
    const { answer } = open;
    const found = objections.map(({ gate, reason }) => `${gate}: ${reason}`).join('; ');
    if (answer === null) {
      await this.expire(round, 'error');
      throw undecided('GATES_HOLD_EXPIRED', `nobody answered until ${open.hold.expiresAt}; ${found}`);
    }
    if (answer.answer === 'retry') return;
    const { subject } = answer.actor;
    throw undecided(
      'GATES_STOPPED',
      `stopped by ${subject} (${answer.reason}) with gates in error; ${found}`,
    );
  }

  /** Waits until two people have waived each fail, somebody refuses, or the time is up; the judgement with what they said. */
  async offerWaivers(
    plan: RetrainPlan,
    concluded: ConcludedGates,
    sessions: number,
    round: number,
  ): Promise<SettledJudgement> {
    const { gateEvidenceHash: evidenceHash, waivable } = concluded;
    const open = await this.begin(plan, sessions, {
      ...{ round, cause: 'waivable-fail', objections: [...waivable], evidenceHash },
    });
    this.awaitWaivers(open);
    await this.askDeputy(plan, open);
    await condition(() => decided(open), untilInstant(open.hold.expiresAt));
    // What the registry may have written down already is not to be called expired.
    if (open.refusing > 0) await condition(() => open.refusing === 0);
    this.end();
    if (open.refused !== null) return { ...concluded, waivers: [], refused: open.refused };
    if (unsigned(open).length > 0) {
      await this.expire(round, 'waivable-fail');
      return { ...concluded, waivers: [], refused: null };
    }
    const sealed = await control.sealWaivers.executeWithOptions({ summary: 'evidence with the waivers' }, [
      { retrainId: this.retrainId, evidenceHash },
    ]);
    await this.answered(
      round,
      'waivable-fail',
      'waived',
      'system',
      'every failed gate was waived by two people',
    );
    this.progress.setWaivers(sealed.waivers);
    upsertMemo({ waivers: sealed.waivers.map(({ gate, subject }) => `${gate} by ${subject}`).join(', ') });
    const { evidenceHash: gateEvidenceHash, waivers } = sealed;
    return { ...concluded, gateEvidenceHash, waivers, refused: null };
  }

  private async begin(
    plan: RetrainPlan,
    sessions: number,
    facts: Omit<GateHold, 'expiresAt' | 'deputy'>,
  ): Promise<OpenHold> {
    const { clock, model, asOf, correlationId } = this.input;
    const from = new Date(nowMs()).toISOString();
    const deadline = await control.sessionDeadline({ spec: plan.spec, clock, from, sessions });
    const deputy = await this.deputyUntil(plan, facts.cause, from, deadline.at);
    const hold: GateHold = { ...facts, expiresAt: deadline.at, deputy };
    const { barred } = await control.openGateHold.executeWithOptions(
      { summary: `gates held: ${hold.cause}` },
      [{ retrainId: this.retrainId, model, asOf, correlationId, hold }],
    );
    this.open = { hold, barred, answer: null, signed: new Map(), refused: null, refusing: 0 };
    this.progress.setHold(hold);
    return this.open;
  }

  /** Who may waive in the place of a lead before the hold ends; nobody does where an operator is asked. */
  private async deputyUntil(
    plan: RetrainPlan,
    cause: GateHold['cause'],
    from: string,
    expiresAt: string,
  ): Promise<GateHold['deputy']> {
    if (cause === 'error' || namedDeputy(plan.spec.approval) === null || !patched(DEPUTY_AT_GATES))
      return null;
    const deputy = await deputyOf(plan, this.input.clock, from);
    return deputy !== null && Date.parse(deputy.from) < Date.parse(expiresAt) ? deputy : null;
  }

  /** Tells the deputy, unless the leads were quick or the deputy may not sign anyway. */
  private async askDeputy(plan: RetrainPlan, open: OpenHold): Promise<void> {
    const { deputy } = open.hold;
    if (deputy === null || isBarred(deputy.subject, open.barred)) return;
    if (await condition(() => decided(open), untilInstant(deputy.from))) return;
    const { model, asOf, correlationId } = this.input;
    await control.askDeputyAtGates.executeWithOptions({ summary: `ask the deputy ${deputy.subject}` }, [
      { retrainId: plan.retrainId, model, asOf, correlationId, hold: open.hold },
    ]);
    this.awaitWaivers(open);
  }

  private end(): void {
    this.open = null;
    this.progress.setHold(null);
    this.progress.await('the evaluation worker');
  }

  private awaitWaivers(open: OpenHold): void {
    const missing = unsigned(open).map(
      (gate) => `${gate} (${String(signaturesOf(open, gate).length)} of ${String(PEOPLE_PER_WAIVER)})`,
    );
    const { deputy, expiresAt } = open.hold;
    const also = deputy === null ? '' : `; ${deputy.subject} as deputy from ${deputy.from}`;
    this.progress.await(`quant leads: waive ${missing.join(', ')}, or refuse, until ${expiresAt}${also}`);
  }

  private expire(round: number, cause: GateHold['cause']): Promise<void> {
    return this.answered(round, cause, 'expired', 'system', 'nobody answered in time');
  }

  private answered(
    round: number,
    cause: GateHold['cause'],
    answer: 'retry' | 'stop' | 'waived' | 'expired',
    subject: string,
    reason: string,
  ): Promise<void> {
    return control.answerGateHold.executeWithOptions({ summary: `gates held: ${answer}` }, [
      { retrainId: this.retrainId, round, cause, answer, subject, reason },
    ]);
  }

  private validateAnswer({ actor, round }: HoldDecision): void {
    const { open } = this;
    if (open?.hold.cause !== 'error') {
      throw refusal('GATES_NOT_HELD', `${this.retrainId} does not wait for an operator`);
    }
    if (!actor.roles.some((role) => OPERATORS.includes(role))) {
      throw refusal('OPERATOR_ROLE', `${actor.subject} is not an operator`);
    }
    if (round !== open.hold.round || open.answer !== null) {
      throw refusal('GATES_NOT_HELD', `round ${String(round)} of the gates was answered`);
    }
  }

  private async recordAnswer(decision: HoldDecision): Promise<GateHold> {
    const { open } = this;
    if (open === null) throw refusal('GATES_NOT_HELD', `${this.retrainId} does not wait for an operator`);
    const { round, cause } = open.hold;
    const { answer, actor, reason } = decision;
    await this.answered(round, cause, answer, actor.subject, reason);
    open.answer = decision;
    return open.hold;
  }

  private validateWaiver({ gate, actor, evidenceHash }: WaiveRequest): void {
    if (!GATE_CATALOGUE[gate].waivable) {
      throw refusal('GATE_NOT_WAIVABLE', `${gate} is waived by nobody: repair the cause and retrain`);
    }
    const open = this.requireWaivable();
    requireMayWaive(actor, open);
    if (!failedGates(open).includes(gate)) {
      throw refusal('GATE_NOT_WAIVABLE', `${gate} did not fail; open: ${unsigned(open).join(', ')}`);
    }
    requireEvidence(evidenceHash, open);
  }

  private requireWaivable(): OpenHold {
    const { open } = this;
    if (open?.hold.cause === 'waivable-fail') return open;
    throw refusal('WAIVERS_NOT_OPEN', `${this.retrainId} waits for no waiver`);
  }

  private async recordWaiver(request: WaiveRequest): Promise<WaiveAnswer> {
    const open = this.requireWaivable();
    const { gate, actor } = request;
    const { waivedBy } = await control.recordWaiver.executeWithOptions(
      { summary: `${gate} waived by ${actor.subject}` },
      [{ model: this.input.model, request }],
    );
    open.signed.set(gate, waivedBy);
    if (this.open === open) this.awaitWaivers(open);
    return { gate, waivedBy, open: unsigned(open) };
  }

  /** Against the last waiver the registry decides who was first; whoever was second is told. */
  private async recordRefusal(request: RefuseWaiversRequest): Promise<WaiversRefused> {
    const open = this.requireWaivable();
    open.refusing += 1;
    try {
      open.refused = await control.recordWaiversRefused.executeWithOptions(
        { summary: `waivers refused by ${request.actor.subject}` },
        [{ model: this.input.model, request }],
      );
      return open.refused;
    } finally {
      open.refusing -= 1;
    }
  }
}

/** Whoever may waive may refuse, and nobody else. */
function requireMayWaive({ roles, subject }: Actor, { hold, barred }: OpenHold): void {
  if (!roles.includes('quant-lead')) requireDeputy(subject, hold.deputy);
  if (isBarred(subject, barred)) {
    const why = 'requested this retrain or wrote its spec; another lead must decide';
    throw refusal('FOUR_EYES', `${subject} ${why}`);
  }
}

function requireEvidence(evidenceHash: string, { hold }: OpenHold): void {
  if (evidenceHash === hold.evidenceHash) return;
  throw refusal(
    'EVIDENCE_CHANGED',
    `the gate evidence is ${hold.evidenceHash ?? 'none'}, not ${evidenceHash}`,
  );
}

function failedGates({ hold }: OpenHold): GateName[] {
  return hold.objections.map(({ gate }) => gate as GateName);
}

function signaturesOf(open: OpenHold, gate: GateName): readonly string[] {
  return open.signed.get(gate) ?? [];
}

function unsigned(open: OpenHold): GateName[] {
  return failedGates(open).filter((gate) => new Set(signaturesOf(open, gate)).size < PEOPLE_PER_WAIVER);
}

const decided = (open: OpenHold): boolean => open.refused !== null || unsigned(open).length === 0;

/** Ends a retrain whose gates nobody could judge: it failed, it was not refused. */
function undecided(code: string, message: string): ApplicationFailure {
  return ApplicationFailure.create({
    message,
    type: code,
    nonRetryable: true,
    details: [{ kind: 'failed' }],
  });
}
