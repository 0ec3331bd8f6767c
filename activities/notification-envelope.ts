import { Context } from '@temporalio/activity';
import type { NotificationDraft } from '../contracts/notification.ts';
import type { Workbench } from './workbench.ts';
import { workflowLink } from './workflow-link.ts';

export interface EnvelopeFacts {
  readonly model: string;
  readonly retrainId: string | null;
  readonly asOf: string | null;
  readonly session: string | null;
  readonly correlationId: string;
}

type Envelope = Pick<
  NotificationDraft,
  'retrain' | 'run' | 'asOf' | 'session' | 'occurredAt' | 'correlationId' | 'temporalUrl'
> & { readonly model: string };

/** What every notification says besides its own facts: about what, when, and where to look. */
export function notificationEnvelope(bench: Workbench, facts: EnvelopeFacts): Envelope {
  const run = Context.current().info.workflowExecution?.runId ?? null;
  return {
    model: facts.model,
    retrain: facts.retrainId,
    run: facts.retrainId === null ? null : run,
    asOf: facts.asOf,
    session: facts.session,
    occurredAt: bench.now().toISOString(),
    correlationId: facts.correlationId.slice(0, 200),
    temporalUrl: workflowLink(bench),
  };
}

/** Free text of people and libraries within the bound of the contract. */
export const freeText = (text: string): string => text.slice(0, 4000) || 'no reason given';
