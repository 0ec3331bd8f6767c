import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { setTimeout as delay } from 'node:timers/promises';
import { bundleWorkflowCode, type NativeConnection } from '@temporalio/worker';
import type { ActivityLog } from '../activities/edge.ts';
import type { ArtifactStore } from '../registry/artifacts/artifact-store.ts';
import type { Registry } from '../registry/registry.ts';
import { WORKFLOW_INTERCEPTORS } from '../tracing/temporal.ts';

/**
 * A retrain ends on the workflow code it began with, whatever is deployed meanwhile. Temporal pins it to a build; so that
 * a worker of that build is there even when its release is not installed any more, the bundled code of every build is
 * kept with the artifacts, and a control worker runs each build that still has open retrains beside its own.
 */
export const DEPLOYMENT = 'contender-control';

/** Workflow code of one build, as Temporal's workers take it. */
export interface BuiltWorkflows {
  readonly buildId: string;
  readonly code: string;
}

/** Where the code of builds is kept. */
export interface BuildStore {
  /** Keeps it; the instant at which the build was first seen. */
  keep(build: BuiltWorkflows): Promise<{ readonly firstSeenAt: string }>;
  /** Null when that build was never kept here. */
  find(buildId: string): Promise<(BuiltWorkflows & { readonly firstSeenAt: string }) | null>;
}

/** Bundled with the workflows: traces, and what keeps messages within the limits of the server. */
export const WORKFLOW_INTERCEPTOR_MODULES: string[] = [
  WORKFLOW_INTERCEPTORS,
  new URL('../workflows/payload-guard.ts', import.meta.url),
].map((url) => fileURLToPath(url));

const RETRY_MS = 500;
export interface Patience {
  /** How often an older build asks whether the workers of the newer one are gone, ms. */
  readonly lookAgainMs: number;
  /** A worker asks for work at least once a minute; one not heard of for longer is gone, ms. */
  readonly silentMs: number;
}
export const PATIENCE: Patience = { lookAgainMs: 30_000, silentMs: 90_000 };
const { NOT_FOUND, FAILED_PRECONDITION } = { NOT_FOUND: 5, FAILED_PRECONDITION: 9 };
/** WORKER_DEPLOYMENT_VERSION_STATUS_INACTIVE and _DRAINED of Temporal's API: nothing open was begun on it. */
const NOTHING_OPEN: readonly number[] = [1, 5];

export function buildStore(registry: Registry, artifacts: ArtifactStore): BuildStore {
  return {
    async keep({ buildId, code }) {
      const bundle = await artifacts.put(Buffer.from(code), 'text/javascript');
      return registry.rememberWorkflowBuild({ buildId, bundle });
    },
    async find(buildId) {
      const build = await registry.workflowBuild({ buildId });
      if (build === null) return null;
      const code = Buffer.from(await artifacts.get(build.bundle)).toString('utf8');
      return { buildId, code, firstSeenAt: build.firstSeenAt };
    },
  };
}

/** Bundled once for all namespaces; the bundler refuses node built-ins in workflow code. */
export async function bundleWorkflows(): Promise<BuiltWorkflows> {
  const workflowsPath = fileURLToPath(new URL('../workflows/index.ts', import.meta.url));
  const { code } = await bundleWorkflowCode({
    workflowsPath,
    workflowInterceptorModules: WORKFLOW_INTERCEPTOR_MODULES,
  });
  return { buildId: buildIdOf(code), code };
}

/** SHA-256 of the code without its source map, which holds the paths of the machine it was bundled on. */
export function buildIdOf(code: string): string {
  const [program = ''] = code.split('//# sourceMappingURL=');
  return createHash('sha256').update(program).digest('hex');
}

/** Builds other than our own that may have open workflows in a namespace. */
export async function openBuilds(
  connection: NativeConnection,
  namespace: string,
  ownBuildId: string,
): Promise<readonly string[]> {
  const info = await deployment(connection, namespace);
  return (info?.versionSummaries ?? [])
    .filter(({ status }) => !NOTHING_OPEN.includes(Number(status)))
    .map(({ deploymentVersion }) => deploymentVersion?.buildId ?? '')
    .filter((buildId) => buildId !== '' && buildId !== ownBuildId);
}

export interface Announcement {
  readonly connection: NativeConnection;
  readonly namespace: string;
  readonly taskQueue: string;
  readonly own: { readonly buildId: string; readonly firstSeenAt: string };
  readonly builds: BuildStore;
  /** Identities of this process's workers: they poll for older builds too. */
  readonly identity: string;
  readonly patience: Patience;
  readonly log: ActivityLog;
  readonly stop: AbortSignal;
}

/**
 * Makes our build the one on which new workflows begin. A build that was first seen earlier than the current one takes
 * over only when no other process works for the current one: a worker of the old release that restarts during a
 * deployment must not turn it back, an installation that went back to an older release must.
 */
export async function makeCurrent(announcement: Announcement): Promise<void> {
  const { connection, namespace, own, log, stop } = announcement;
  while (!stop.aborted) {
    try {
      const current = (await deployment(connection, namespace))?.routingConfig?.currentDeploymentVersion;
      const buildId = current?.buildId ?? '';
      if (buildId === own.buildId) return;
      if (buildId === '' || (await mayReplace(announcement, buildId))) {
        await connection.workflowService.setWorkerDeploymentCurrentVersion({
          namespace,
          deploymentName: DEPLOYMENT,
          buildId: own.buildId,
          identity: announcement.identity,
          ignoreMissingTaskQueues: true,
        });
        log.info({ namespace, buildId: own.buildId, replaced: buildId }, 'new workflows begin on this build');
        return;
      }
      log.warn(
        { namespace, buildId: own.buildId, current: buildId },
        'a newer build is at work; it stays current',
      );
      await delay(announcement.patience.lookAgainMs, undefined, { signal: stop }).catch(() => undefined);
    } catch (error) {
      // The build is known to Temporal a moment after its first poll.
      if (!hasCode(error, NOT_FOUND, FAILED_PRECONDITION)) {
        log.warn({ err: error, namespace }, 'Temporal did not take over the build; trying again');
      }
      await delay(RETRY_MS, undefined, { signal: stop }).catch(() => undefined);
    }
  }
}

async function mayReplace(announcement: Announcement, currentBuildId: string): Promise<boolean> {
  const { connection, namespace, taskQueue, own, builds, identity, patience } = announcement;
  const current = await builds.find(currentBuildId);
  if (current === null || current.firstSeenAt <= own.firstSeenAt) return true;
  // Of the queue of workflow tasks, which is the default.
  const { pollers } = await connection.workflowService.describeTaskQueue({
    namespace,
    taskQueue: { name: taskQueue },
  });
  const others = pollers.filter(
    (poller) =>
      poller.identity !== identity &&
      poller.deploymentOptions?.buildId === currentBuildId &&
      Date.now() - Number(poller.lastAccessTime?.seconds ?? 0) * 1000 < patience.silentMs,
  );
  return others.length === 0;
}

async function deployment(connection: NativeConnection, namespace: string) {
  try {
    const answer = await connection.workflowService.describeWorkerDeployment({
      namespace,
      deploymentName: DEPLOYMENT,
    });
    return answer.workerDeploymentInfo ?? null;
  } catch (error) {
    if (hasCode(error, NOT_FOUND)) return null;
    throw error;
  }
}

function hasCode(error: unknown, ...codes: readonly number[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(Number(error.code));
}
