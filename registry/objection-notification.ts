import { notificationEvent } from '../contracts/notification.ts';
import type { NotificationEvent } from '../contracts/notification.ts';
import { oneLine } from './swap-notification.ts';
import type { ObjectionRecord } from './objections.ts';

const SEVERITY = { raised: 'ERROR', withdrawn: 'INFO', overruled: 'WARNING' } as const;

/** Leaves with the objection itself, so that no crash can lose it. One that comes after the swap pages. */
export function objectionAnnouncement(
  record: ObjectionRecord,
  state: 'raised' | 'withdrawn' | 'overruled',
  by: string,
  reason: string,
): NotificationEvent {
  const { id, model, retrainId, version, evidenceHash, epoch, recordedAt } = record;
  const last = record.answers.at(-1);
  return notificationEvent({
    kind: 'objection',
    severity: state === 'raised' && epoch !== null ? 'CRITICAL' : SEVERITY[state],
    model,
    retrain: oneLine(retrainId, 200),
    run: null,
    asOf: null,
    session: null,
    occurredAt: last?.recordedAt ?? recordedAt,
    correlationId: oneLine(`objection ${String(id)}`, 200),
    temporalUrl: null,
    state,
    objection: id,
    by: oneLine(by, 120),
    objector: oneLine(record.subject, 120),
    reason: reason.slice(0, 4000),
    version,
    evidenceHash,
    epoch,
    withdrawCommand: `npm run contender -- objection withdraw ${retrainId} ${String(id)} --reason "..."`,
    overruleCommand: `npm run contender -- objection overrule ${retrainId} ${String(id)} --reason "..."`,
    rollbackCommand: `npm run contender -- rollback ${model} --reason "..."`,
  });
}
