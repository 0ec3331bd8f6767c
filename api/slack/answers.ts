import { randomUUID } from 'node:crypto';
import { PEOPLE_PER_WAIVER } from '../../contracts/gate-catalogue.ts';
import type { Actor } from '../../contracts/primitives.ts';
import type { GateName } from '../../contracts/verdict.ts';
import { decideRetrain } from '../../control/decide.ts';
import { refuseWaivers, waiveGate } from '../../control/gate-people.ts';
import { isDeputyOf } from '../deputy.ts';
import { NotAllowed } from '../errors.ts';
import type { ApiParts } from '../parts.ts';
import type { SlackDecision } from './interaction.ts';
import type { StillAsked } from './message.ts';

/** What an answer asks of Temporal: Slack itself was answered at once. */
const PATIENCE_MS = 10_000;

const EVERYTHING: StillAsked = () => true;
const NOTHING: StillAsked = () => false;

/** What somebody did, in one line for everybody, and what is still asked. */
export interface Answered {
  readonly line: string;
  readonly asked: StillAsked;
}

/** Where a deputy stands in. */
const WHERE = { approve: 'decision', reject: 'decision', waive: 'waivers', refuse: 'waivers' } as const;

/** Leads answer; a deputy signs, waives and refuses, and does not object. Throws NotAllowed. */
export async function requireMay(
  { retrain, act }: SlackDecision,
  actor: Actor,
  registry: ApiParts['registry'],
): Promise<void> {
  if (actor.roles.includes('quant-lead')) return;
  const where = act.kind === 'object' ? null : WHERE[act.kind];
  if (where !== null && (await isDeputyOf(where, { retrain }, actor.subject, registry))) return;
  throw notAllowed(`${actor.subject} is no quant lead of ${retrain.split(':')[1] ?? ''}`);
}

/** Does what the button says. Throws what the rules of it throw. */
export function answer(
  pressed: SlackDecision,
  actor: Actor,
  { registry, temporal }: Pick<ApiParts, 'registry' | 'temporal'>,
): Promise<Answered> {
  const { act } = pressed;
  switch (act.kind) {
    case 'object':
      return object(pressed, actor, registry);
    case 'waive':
      return waive(pressed, act.gate, actor, temporal);
    case 'refuse':
      return refuse(pressed, actor, temporal);
    case 'approve':
    case 'reject':
      return sign(pressed, act.kind, actor, temporal);
  }
}

async function sign(
  { retrain, evidenceHash, reason }: SlackDecision,
  decision: 'approve' | 'reject',
  actor: Actor,
  temporal: ApiParts['temporal'],
): Promise<Answered> {
  const state = await temporal.within(PATIENCE_MS, () =>
    decideRetrain(temporal, { retrainId: retrain, decision, actor, evidenceHash, reason }),
  );
  const signed = state.approvedBy.length >= state.needed;
  return {
    line: said(actor.subject, decision, state),
    asked: decision === 'reject' ? NOTHING : signed ? (action) => action === 'object' : EVERYTHING,
  };
}

/** Accepts the fail of one gate; the buttons of gates that two people have waived go. */
async function waive(
  { retrain, evidenceHash, reason }: SlackDecision,
  gate: GateName,
  actor: Actor,
  temporal: ApiParts['temporal'],
): Promise<Answered> {
  const { waivedBy, open } = await temporal.within(PATIENCE_MS, () =>
    waiveGate(temporal, { retrainId: retrain, gate, actor, evidenceHash, reason }),
  );
  const given = `${String(waivedBy.length)} of ${String(PEOPLE_PER_WAIVER)} people`;
  if (open.length === 0) {
    return {
      line: `${actor.subject} waived ${gate}: nothing is missing, the retrain goes on.`,
      asked: NOTHING,
    };
  }
  const left: readonly string[] = ['refuse', ...open.map((one) => `waive:${one}`)];
  return { line: `${actor.subject} waived ${gate}: ${given}.`, asked: (action) => left.includes(action) };
}

/** Ends the retrain. Whoever refused first is told of. */
async function refuse(
  { retrain, evidenceHash, reason }: SlackDecision,
  actor: Actor,
  temporal: ApiParts['temporal'],
): Promise<Answered> {
  const { subject } = await temporal.within(PATIENCE_MS, () =>
    refuseWaivers(temporal, { retrainId: retrain, actor, evidenceHash, reason }),
  );
  return { line: `${subject} refused to waive: the retrain ends.`, asked: NOTHING };
}

/** Speaks against the promotion; works while Temporal is away. Whose objection stands already is answered with that one. */
async function object(
  { retrain, evidenceHash, reason }: SlackDecision,
  actor: Actor,
  registry: ApiParts['registry'],
): Promise<Answered> {
  const { id, epoch } = await registry.raiseObjection({
    ...{ retrainId: retrain, evidenceHash, actor, reason, idempotencyKey: randomUUID() },
  });
  const effect = epoch === null ? 'the swap is held' : `epoch ${String(epoch)} goes on answering`;
  return { line: `${actor.subject} objects (objection ${String(id)}): ${effect}.`, asked: EVERYTHING };
}

export const notAllowed = (what: string): NotAllowed =>
  new NotAllowed(what, {
    remedy: 'Ask an admin to add the account to slackPeople with the role quant-lead.',
  });

function said(
  subject: string,
  decision: 'approve' | 'reject',
  { approvedBy, needed, evidenceHash }: Awaited<ReturnType<typeof decideRetrain>>,
): string {
  if (decision === 'reject') return `${subject} rejected ${evidenceHash.slice(0, 12)}.`;
  return `${subject} signed ${evidenceHash.slice(0, 12)}: ${String(approvedBy.length)} of ${String(needed)} signatures.`;
}
