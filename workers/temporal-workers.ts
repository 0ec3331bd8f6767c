import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { once } from 'node:events';
import { hostname } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import type { ActivityLog } from '../activities/edge.ts';
import { workerInterceptors, workflowSinks } from '../tracing/temporal.ts';
import type { Tracing } from '../tracing/tracing.ts';
import { bundleWorkflows, DEPLOYMENT, makeCurrent, openBuilds, PATIENCE } from './workflow-builds.ts';
import type { BuildStore, BuiltWorkflows } from './workflow-builds.ts';

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
  /** Keeps the workflow code of every build; null when no queue runs workflows. */
  readonly builds: BuildStore | null;
  readonly log: ActivityLog;
  readonly tracing: Tracing;
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
/**
 * How long the workers have to end: on a line that died without a word Temporal takes their end after a minute, or never. What was
 * at work here is then tried again elsewhere, as after a kill.
 */
const LEAVE_AFTER_MS = 15_000;
/** Of all workers of this process. */
const IDENTITY = `${String(process.pid)}@${hostname()}`;

/**
 * Runs workers for every queue in every namespace until asked to stop; rejects when one of them dies. They have ended then, or
 * were left to the end of the process.
 */
export async function runTemporalWorkers(options: WorkersOptions): Promise<void> {
  const { log, stop } = options;
  routeSdkLog(log);
  const work = serve(options).then(() => true);
  if (await Promise.race([work, overdue(stop)])) return;
  work.catch((error: unknown) => {
    log.warn({ err: error }, 'a worker that was left has failed');
  });
  log.warn({ afterMs: LEAVE_AFTER_MS }, 'the workers have not ended in time; they are left');
}

async function overdue(stop: AbortSignal): Promise<false> {
  if (!stop.aborted) await once(stop, 'abort');
  return await delay(LEAVE_AFTER_MS, false);
}

async function serve(options: WorkersOptions): Promise<void> {
  const connection = await connect(options);
  if (connection === null) return;
  const own = options.builds === null ? null : await ownBuild(options.builds);
  const workers: Worker[] = [];
  for (const namespace of options.namespaces) {
    const builds =
      own === null ? [null] : [own, ...(await olderBuilds(options, connection, namespace, own.buildId))];
    for (const queue of options.queues) {
      for (const build of builds) {
        if (build === own || queue.runsWorkflows) {
          workers.push(await createWorker(connection, namespace, queue, build, options.tracing));
        }
      }
    }
  }
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
    const announced = announce(options, connection, own);
    await options.onPolling();
    if (options.stop.aborted) shutdown();
    await Promise.all([...running, announced]);
  } finally {
    await connection.close();
  }
}

/**
 * Temporal may start after us, or restart: wait for it instead of dying. Null when asked to stop meanwhile, also in the middle of
 * an attempt: one that takes the line and says nothing is given up by the SDK only after half a minute.
 */
async function connect(options: WorkersOptions): Promise<NativeConnection | null> {
  const { stop } = options;
  let announced = false;
  while (!stop.aborted) {
    const answered = new AbortController();
    try {
      const stopped = once(stop, 'abort', { signal: answered.signal }).then(() => null);
      stopped.catch(() => undefined);
      return await Promise.race([NativeConnection.connect({ address: options.address }), stopped]);
    } catch (error) {
      if (!announced)
        options.log.warn({ err: error, address: options.address }, 'Temporal does not answer yet');
      announced = true;
      await delay(CONNECT_RETRY_MS);
    } finally {
      answered.abort();
    }
  }
  return null;
}

type OwnBuild = BuiltWorkflows & { readonly firstSeenAt: string };

async function ownBuild(builds: BuildStore): Promise<OwnBuild> {
  const build = await bundleWorkflows();
  return { ...build, ...(await builds.keep(build)) };
}

/** Code of the builds on which something may still be open. */
async function olderBuilds(
  options: WorkersOptions,
  connection: NativeConnection,
  namespace: string,
  ownBuildId: string,
): Promise<readonly BuiltWorkflows[]> {
  const found: BuiltWorkflows[] = [];
  for (const buildId of await openBuilds(connection, namespace, ownBuildId)) {
    const build = (await options.builds?.find(buildId)) ?? null;
    if (build === null) {
      options.log.error(
        { namespace, buildId },
        'the code of a build with open retrains is not kept here; they wait for a worker of that release',
      );
    } else {
      options.log.info({ namespace, buildId }, 'open retrains go on with the build they began on');
      found.push(build);
    }
  }
  return found;
}

async function announce(
  options: WorkersOptions,
  connection: NativeConnection,
  own: OwnBuild | null,
): Promise<void> {
  const taskQueue = options.queues.find((queue) => queue.runsWorkflows)?.taskQueue;
  const { builds, namespaces, log, stop } = options;
  if (own === null || builds === null || taskQueue === undefined) return;
  await Promise.all(
    namespaces.map((namespace) =>
      makeCurrent({
        ...{ connection, namespace, taskQueue, own, builds, log, stop },
        ...{ identity: IDENTITY, patience: PATIENCE },
      }),
    ),
  );
}

async function createWorker(
  connection: NativeConnection,
  namespace: string,
  queue: QueueSpec,
  build: BuiltWorkflows | null,
  tracing: Tracing,
): Promise<Worker> {
  return await Worker.create({
    connection,
    namespace,
    identity: IDENTITY,
    taskQueue: queue.taskQueue,
    activities: queue.activities,
    maxConcurrentActivityTaskExecutions: queue.maxConcurrentActivities,
    maxCachedWorkflows: MAX_CACHED_WORKFLOWS,
    shutdownGraceTime: SHUTDOWN_GRACE,
    interceptors: workerInterceptors(tracing),
    sinks: workflowSinks(tracing),
    ...(queue.runsWorkflows && build !== null
      ? {
          workflowBundle: { code: build.code },
          workerDeploymentOptions: {
            version: { deploymentName: DEPLOYMENT, buildId: build.buildId },
            useWorkerVersioning: true,
            // Guards live for years and rollbacks must go on in every state: they follow the newest code, by patches.
            // A retrain says of itself that it is pinned.
            defaultVersioningBehavior: 'AUTO_UPGRADE' as const,
          },
        }
      : {}),
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
