import { Client, WorkflowExecutionAlreadyStartedError, WorkflowIdReusePolicy } from '@temporalio/client';
import type { ActivityLog } from '../activities/edge.ts';
import type { AlertingFile } from '../alerting/config.ts';
import type { Config } from '../config/config.ts';
import { deadManId, escalationId, TASK_QUEUES } from '../contracts/ids.ts';
import { lazyLine } from '../control/temporal-line.ts';
import type { Registry } from '../registry/registry.ts';

/** An escalation's first step is minutes away; it may start a moment late. */
const LOOK_EVERY_MS = 2000;
const BATCH = 100;

export interface AlertWorkflows {
  stop(): Promise<void>;
}

/**
 * Starts what keeps time for alerts: one workflow for each escalation that the router has begun, one for each dead-man
 * switch of the alerting file. Ids say what they are for, so that however often and by whomever it is asked, each runs once.
 */
export function startAlertWorkflows(
  config: Config,
  registry: Registry,
  file: AlertingFile,
  log: ActivityLog,
): AlertWorkflows {
  if (file.escalations.length === 0 && file.dead_man_switches.length === 0)
    return { stop: () => Promise.resolve() };
  const { connection, close } = lazyLine(config.temporalAddress);
  const client = new Client({ connection, namespace: config.temporalNamespace });
  let switchesStarted = false;
  let looking: Promise<void> | null = null;

  const look = async (): Promise<void> => {
    if (!switchesStarted) {
      for (const { name } of file.dead_man_switches) {
        await startOnce(client, 'watchForResults', deadManId(name), { name, after: null });
      }
      switchesStarted = true;
    }
    if (file.escalations.length === 0) return;
    for (const escalation of await registry.escalationsToStart({ limit: BATCH })) {
      const { notificationId } = escalation;
      await startOnce(client, 'escalateAlert', escalationId(notificationId), escalation);
      await registry.escalationStarted({ notificationId });
    }
  };

  const timer = setInterval(() => {
    looking ??= look()
      .catch((error: unknown) => {
        log.warn({ err: error }, 'escalations and dead-man switches could not be started yet');
      })
      .finally(() => {
        looking = null;
      });
  }, LOOK_EVERY_MS);
  timer.unref();
  return {
    stop: async () => {
      clearInterval(timer);
      await close();
      await looking;
    },
  };
}

async function startOnce(client: Client, type: string, workflowId: string, input: object): Promise<void> {
  try {
    await client.workflow.start(type, {
      workflowId,
      taskQueue: TASK_QUEUES.control,
      workflowIdReusePolicy:
        type === 'escalateAlert'
          ? WorkflowIdReusePolicy.REJECT_DUPLICATE
          : WorkflowIdReusePolicy.ALLOW_DUPLICATE,
      args: [input],
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
  }
}
