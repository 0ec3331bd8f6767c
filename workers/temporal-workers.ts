import {
  bundleWorkflowCode,
  DefaultLogger,
  NativeConnection,
  Runtime,
  Worker,
  type WorkflowBundle,
} from '@temporalio/worker';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { ActivityLog } from '../activities/edge.ts';

export interface QueueSpec {
  readonly taskQueue: string;
  readonly activities: object;
  /** Only the control queue runs workflow code. */
  readonly runsWorkflows: boolean;
  readonly maxConcurrentActivities: number;
}

export interface WorkersOptions {
  readonly address: string;
  readonly namespaces: readonly string[];
  readonly queues: readonly QueueSpec[];
  readonly log: ActivityLog;
  /** Called when every worker is about to poll: the process is ready. */
  readonly onPolling: () => Promise<void>;
  /** Aborted when the process is asked to stop. */
  readonly stop: AbortSignal;
}

const CONNECT_RETRY_MS = 500;
/** Each cached workflow holds its part of an isolate's memory; beyond this, one is evicted and replayed when needed. */
const MAX_CACHED_WORKFLOWS = 200;
/** How long running activities may finish after a stop was asked for. */
const SHUTDOWN_GRACE = '5 seconds';

/** Runs workers for every queue in every namespace until asked to stop; rejects when one of them dies. */
export async function runTemporalWorkers(options: WorkersOptions): Promise<void> {
  routeSdkLog(options.log);
  const connection = await connect(options);
  if (connection === null) return;
  const bundle = options.queues.some((queue) => queue.runsWorkflows) ? await workflowBundle() : null;
  const workers = await Promise.all(
    options.namespaces.flatMap((namespace) =>
      options.queues.map((queue) => createWorker(connection, namespace, queue, bundle)),
    ),
  );
  options.log.info(
    { namespaces: options.namespaces, queues: options.queues.map((queue) => queue.taskQueue) },
    'polling',
  );
  const shutdown = (): void => {
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
  };
  options.stop.addEventListener('abort', shutdown, { once: true });
  try {
    const running = workers.map((worker) => worker.run());
    await options.onPolling();
    if (options.stop.aborted) shutdown();
    await Promise.all(running);
  } finally {
    await connection.close();
  }
}

/** Temporal may start after us, or restart: wait for it instead of dying. Null when asked to stop meanwhile. */
async function connect(options: WorkersOptions): Promise<NativeConnection | null> {
  let announced = false;
  while (!options.stop.aborted) {
    try {
      return await NativeConnection.connect({ address: options.address });
    } catch (error) {
      if (!announced)
        options.log.warn({ err: error, address: options.address }, 'Temporal does not answer yet');
      announced = true;
      await delay(CONNECT_RETRY_MS);
    }
  }
  return null;
}

async function createWorker(
  connection: NativeConnection,
  namespace: string,
  queue: QueueSpec,
  bundle: WorkflowBundle | null,
): Promise<Worker> {
  return await Worker.create({
    connection,
    namespace,
    taskQueue: queue.taskQueue,
    activities: queue.activities,
    maxConcurrentActivityTaskExecutions: queue.maxConcurrentActivities,
    maxCachedWorkflows: MAX_CACHED_WORKFLOWS,
    shutdownGraceTime: SHUTDOWN_GRACE,
    ...(queue.runsWorkflows && bundle !== null ? { workflowBundle: bundle } : {}),
  });
}

/** Bundled once for all namespaces; the bundler refuses node built-ins in workflow code. */
function workflowBundle(): Promise<WorkflowBundle> {
  return bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('../workflows/index.ts', import.meta.url)),
  });
}

function routeSdkLog(log: ActivityLog): void {
  Runtime.install({
    logger: new DefaultLogger('WARN', (entry) => {
      const fields = { ...entry.meta };
      if (entry.level === 'ERROR') log.error(fields, entry.message);
      else log.warn(fields, entry.message);
    }),
    shutdownSignals: [],
  });
}
