import { actorOn } from '../../contracts/identity.ts';
import type { Actor } from '../../contracts/primitives.ts';
import type { ApiParts } from '../parts.ts';
import { NotAllowed } from '../errors.ts';
import { CONTROL } from '../routes/models.ts';
import type { Answered } from './answers.ts';
import type { SlackAcknowledgement } from './interaction.ts';
import type { SlackPerson } from './people.ts';

interface Admitted {
  readonly id: number;
  /** With the roles that hold on what the alert is about. */
  readonly actor: Actor;
}

/**
 * All alerts of the message, or none of them: whoever may not acknowledge one of them has not looked after the group. Throws
 * NotAllowed, AlertUnknown.
 */
export async function requireMayAcknowledge(
  { alerts }: SlackAcknowledgement,
  { subject, grants }: SlackPerson,
  registry: ApiParts['registry'],
): Promise<readonly Admitted[]> {
  const admitted: Admitted[] = [];
  for (const id of alerts) {
    const { model } = await registry.alertEpisode({ id });
    const market = model === null ? null : await registry.marketOf({ model });
    const actor = actorOn({ subject, grants: [...grants] }, { model, market });
    if (!mayAnswerAlerts(actor)) {
      throw new NotAllowed(`${subject} may not acknowledge alert ${String(id)}`, {
        remedy:
          'Ask an admin to add the account to slackPeople with the role quant-lead, operator or admin on its model.',
      });
    }
    admitted.push({ id, actor });
  }
  return admitted;
}

/** As the operation `acknowledgeAlert` of the API asks. */
const mayAnswerAlerts = ({ roles }: Actor): boolean =>
  CONTROL.kind === 'roles' && CONTROL.roles.some((role) => roles.includes(role));

/** Their escalations end and none is repeated; whoever was first with one stays the one who looks after it. */
export async function acknowledge(
  admitted: readonly Admitted[],
  reason: string,
  registry: ApiParts['registry'],
): Promise<Answered> {
  const taken: number[] = [];
  const before = new Set<string>();
  for (const { id, actor } of admitted) {
    const { subject } = await registry.acknowledgeAlert({ id, actor, reason });
    if (subject === actor.subject) taken.push(id);
    else before.add(subject);
  }
  const subject = admitted[0]?.actor.subject ?? '';
  const others = [...before].join(', ');
  const numbers = taken.join(', ');
  return {
    line:
      taken.length === 0
        ? `${others} had acknowledged them before.`
        : before.size === 0
          ? `${subject} looks after them (alerts ${numbers}).`
          : `${subject} looks after alerts ${numbers}; ${others} acknowledged the others before.`,
    asked: () => false,
  };
}
