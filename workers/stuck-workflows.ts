import { Client } from '@temporalio/client';
import type { ActivityLog } from '../activities/edge.ts';
import type { Config } from '../config/config.ts';
import { SEARCH_ATTRIBUTES } from '../contracts/ids.ts';
import { openLine } from '../control/temporal-line.ts';
import type { Registry } from '../registry/registry.ts';
import { lookRegularly, type Watch } from './look-regularly.ts';

const LOOK_EVERY_MS = 60_000;
/** Temporal itself waits from the third attempt on; what fails so often does not pass by itself. */
const STUCK_AFTER_ATTEMPTS = 4;
/** The failure lies among the last events of a history. */
const EVENTS_LOOKED_AT = 20;
const MAX_REASON = 500;

/** A workflow whose code fails: Temporal tries the same task again, for ever, and nothing else shows it. */
export interface StuckWorkflow {
  readonly workflowId: string;
  readonly runId: string;
  readonly type: string;
  /** As its search attribute says; null when it has none. */
  readonly model: string | null;
  readonly attempts: number;
  /** Events of its history: the same for as long as it is stuck at the same place. */
  readonly at: number;
  readonly reason: string;
}

/** Tells people within a minute or two of a workflow that cannot go on, once for each place at which it is stuck. */
export function watchWorkflows(config: Config, registry: Registry, log: ActivityLog): Watch {
  return lookRegularly(LOOK_EVERY_MS, () => look(config, registry), log, 'workflows could not be looked at');
}

async function look(config: Config, registry: Registry): Promise<void> {
  const { connection, close } = await openLine(config.temporalAddress);
  try {
    for (const namespace of [config.temporalNamespace, config.replayNamespace]) {
      const client = new Client({ connection, namespace });
      for (const stuck of await stuckWorkflows(client)) await tellOf(registry, stuck, namespace);
    }
  } finally {
    await close();
  }
}

/** Every open workflow of the namespace whose current task has failed again and again. */
export async function stuckWorkflows(client: Client): Promise<readonly StuckWorkflow[]> {
  const found: StuckWorkflow[] = [];
  for await (const { workflowId, runId } of client.workflow.list({ query: 'ExecutionStatus = "Running"' })) {
    const { type, historyLength, typedSearchAttributes, raw } = await client.workflow
      .getHandle(workflowId, runId)
      .describe();
    const attempts = raw.pendingWorkflowTask?.attempt ?? 0;
    if (attempts < STUCK_AFTER_ATTEMPTS) continue;
    const model = typedSearchAttributes.get({ name: SEARCH_ATTRIBUTES.modelName, type: 'KEYWORD' }) ?? null;
    const reason = await lastFailure(client, workflowId, runId);
    found.push({
      ...{ workflowId, runId, type, model, attempts, at: historyLength, reason },
    });
  }
  return found;
}

async function lastFailure(client: Client, workflowId: string, runId: string): Promise<string> {
  const { history } = await client.workflowService.getWorkflowExecutionHistoryReverse({
    namespace: client.options.namespace,
    execution: { workflowId, runId },
    maximumPageSize: EVENTS_LOOKED_AT,
  });
  const messages = (history?.events ?? []).flatMap(
    ({ workflowTaskFailedEventAttributes: failed }) => failed?.failure?.message ?? [],
  );
  return messages[0] ?? 'its worker does not answer in time';
}

/** The alert `workflow-stuck`; repeated for the same place of the same run, it changes nothing. */
export async function tellOf(
  registry: Pick<Registry, 'raiseAlert' | 'listModels'>,
  stuck: StuckWorkflow,
  namespace: string,
): Promise<void> {
  const { workflowId, runId, type, attempts, at } = stuck;
  const model = (await registry.listModels()).find((known) => known === stuck.model) ?? null;
  const reason = stuck.reason.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').slice(0, MAX_REASON);
  await registry.raiseAlert({
    rule: 'workflow-stuck',
    nature: 'occurrence',
    severity: 'ERROR',
    model,
    labels: { workflow: type },
    summary: `${type} cannot go on: ${reason}`.slice(0, 300),
    description: `The code of ${workflowId} fails at the same place again and again. Temporal goes on trying; a release that repairs it lets the workflow go on where it stands.`,
    session: null,
    facts: [
      { label: 'workflow', value: workflowId.slice(0, 400) },
      { label: 'namespace', value: namespace },
      { label: 'attempts', value: String(attempts) },
    ],
    actions: [],
    series: [],
    retrain: type === 'retrainModel' ? workflowId : null,
    startsAt: new Date().toISOString(),
    endsAt: null,
    correlationId: `stuck:${runId}`,
    dedupeKey: `workflow-stuck:${runId}:${String(at)}`,
  });
}
