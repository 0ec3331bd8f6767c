import type { Escalation } from '../alerting/config.ts';
import type { OnCallPerson } from '../contracts/alert.ts';
import { notificationEvent } from '../contracts/notification.ts';
import type { NotificationEvent } from '../contracts/notification.ts';
import { groupItems } from './group-event.ts';
import type { GroupItem } from './alert-port.ts';

export interface EscalationGround {
  readonly notificationId: number;
  readonly receiver: string;
  readonly groupLabels: Readonly<Record<string, string>>;
  readonly severity: NotificationEvent['severity'];
  readonly model: string | null;
  readonly unacknowledged: number;
  readonly items: readonly GroupItem[];
}

/**
 * The messages of one step: for each of its channels one, or one for each person on call. With nobody on call a step that is
 * for who is on call goes to the receivers of its channels: a gap in the rota must not swallow an alarm.
 */
export function escalationMessages(
  ground: EscalationGround,
  step: number,
  { channels, oncall }: Pick<Escalation['steps'][number], 'channels' | 'oncall'>,
  people: readonly OnCallPerson[],
  now: string,
): readonly { readonly event: NotificationEvent; readonly channel: string }[] {
  const addressed = oncall && people.length > 0 ? people.map((person) => [person]) : [[]];
  return channels.flatMap((channel) =>
    addressed.map((recipients) => ({
      channel,
      event: notificationEvent({
        kind: 'alert',
        severity: ground.severity,
        model: ground.model,
        retrain: null,
        run: null,
        asOf: null,
        session: null,
        occurredAt: now,
        correlationId: `alert-group:${String(ground.notificationId)}`,
        temporalUrl: null,
        status: 'firing',
        receiver: ground.receiver,
        groupLabels: { ...ground.groupLabels },
        sequence: ground.notificationId,
        step,
        firing: ground.unacknowledged,
        resolved: 0,
        items: groupItems(ground.items),
        recipients,
      }),
    })),
  );
}
