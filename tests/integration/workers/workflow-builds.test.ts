import { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, type NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ActivityLog } from '../../../activities/edge.ts';
import {
  type Announcement,
  type BuildStore,
  bundleWorkflows,
  buildIdOf,
  DEPLOYMENT,
  makeCurrent,
  openBuilds,
} from '../../../workers/workflow-builds.ts';

const NAMESPACE = 'default';
const QUEUE = 'builds';
const OLD = { buildId: 'a'.repeat(64), firstSeenAt: '2026-01-01T00:00:00Z' };
const NEW = { buildId: 'b'.repeat(64), firstSeenAt: '2026-02-01T00:00:00Z' };

Runtime.install({ logger: new DefaultLogger('ERROR') });

let environment: TestWorkflowEnvironment;
let connection: NativeConnection;
let code: string;

// A real server: the time-skipping one knows no deployments.
beforeAll(async () => {
  const path = process.env['CONTENDER_TEST_TEMPORAL_CLI'];
  if (path === undefined)
    throw new Error('CONTENDER_TEST_TEMPORAL_CLI is not set; run the tests with npm test');
  environment = await TestWorkflowEnvironment.createLocal({
    server: { executable: { type: 'existing-path', path } },
  });
  connection = environment.nativeConnection;
  ({ code } = await bundleWorkflows());
}, 120_000);
afterAll(async () => {
  await environment.teardown();
});

const builds: BuildStore = {
  keep: () => Promise.reject(new Error('nothing is kept here')),
  find: (buildId) =>
    Promise.resolve(
      [OLD, NEW].map((build) => ({ ...build, code })).find((build) => build.buildId === buildId) ?? null,
    ),
};

async function polling<T>(build: typeof OLD, identity: string, body: () => Promise<T>): Promise<T> {
  const worker = await Worker.create({
    connection,
    namespace: NAMESPACE,
    identity,
    taskQueue: QUEUE,
    workflowBundle: { code },
    workerDeploymentOptions: {
      version: { deploymentName: DEPLOYMENT, buildId: build.buildId },
      useWorkerVersioning: true,
      defaultVersioningBehavior: 'AUTO_UPGRADE',
    },
  });
  return await worker.runUntil(body);
}

function announcement(own: typeof OLD, identity: string, given: Partial<Announcement> = {}): Announcement {
  return {
    ...{ connection, namespace: NAMESPACE, taskQueue: QUEUE, own, builds, identity },
    patience: { lookAgainMs: 50, silentMs: 600_000 },
    log: silentLog(() => undefined),
    stop: new AbortController().signal,
    ...given,
  };
}

function silentLog(onWarn: (message: string) => void): ActivityLog {
  const ignore = (): void => undefined;
  return {
    info: ignore,
    error: ignore,
    warn: (_fields: object, message?: string) => {
      onWarn(message ?? '');
    },
  };
}

/** Resolves when a worker has asked for work. */
async function asked(identity: string): Promise<void> {
  for (;;) {
    const { pollers } = await connection.workflowService.describeTaskQueue({
      namespace: NAMESPACE,
      taskQueue: { name: QUEUE },
    });
    const found = pollers.some(
      (poller) => poller.identity === identity && poller.deploymentOptions?.buildId === NEW.buildId,
    );
    if (found) return;
    await delay(50);
  }
}

async function current(): Promise<string> {
  const { workerDeploymentInfo } = await connection.workflowService.describeWorkerDeployment({
    namespace: NAMESPACE,
    deploymentName: DEPLOYMENT,
  });
  return workerDeploymentInfo?.routingConfig?.currentDeploymentVersion?.buildId ?? '';
}

describe('builds of workflow code', () => {
  it('a deployment nobody made has no open builds', async () => {
    expect(await openBuilds(connection, NAMESPACE, OLD.buildId)).toEqual([]);
  });

  it('the first build becomes current, a newer one takes over, and the older is one that may have open retrains', async () => {
    await polling(OLD, 'old', () => makeCurrent(announcement(OLD, 'old')));
    expect(await current()).toBe(OLD.buildId);
    await polling(NEW, 'new', () => makeCurrent(announcement(NEW, 'new')));
    expect(await current()).toBe(NEW.buildId);
    expect(await openBuilds(connection, NAMESPACE, NEW.buildId)).toEqual([OLD.buildId]);
  });

  it('an older build that restarts does not take over while another process works for the newer one', async () => {
    await polling(NEW, 'new', async () => {
      await asked('new');
      const stop = new AbortController();
      const warned = new Promise<string>((resolve) => {
        const log = silentLog((message) => {
          stop.abort();
          resolve(message);
        });
        void makeCurrent(announcement(OLD, 'old', { log, stop: stop.signal }));
      });
      expect(await warned).toContain('a newer build is at work');
      expect(await current()).toBe(NEW.buildId);
    });
  });

  it('an older build takes over when only its own process works for the newer one, or nobody is heard of', async () => {
    await polling(OLD, 'both', async () => {
      await makeCurrent(announcement(OLD, 'both', { patience: { lookAgainMs: 50, silentMs: 0 } }));
    });
    expect(await current()).toBe(OLD.buildId);
  });

  it('the id of a build does not depend on the machine it was bundled on', () => {
    const map = (path: string): string =>
      `//# sourceMappingURL=data:application/json;base64,${Buffer.from(path).toString('base64')}`;
    expect(buildIdOf(`code\n${map('/here')}`)).toBe(buildIdOf(`code\n${map('/there')}`));
    expect(buildIdOf(`code 2\n${map('/here')}`)).not.toBe(buildIdOf(`code\n${map('/here')}`));
    expect(code.split('//# sourceMappingURL=')[0]).not.toContain(process.cwd());
  });
});
