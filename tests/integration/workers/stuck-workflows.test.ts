import { SearchAttributeType } from '@temporalio/common';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { aboutModel } from '../../../contracts/ids.ts';
import { type StuckWorkflow, stuckWorkflows, tellOf } from '../../../workers/stuck-workflows.ts';
import { openBench, type RegistryBench } from '../registry/registry-bench.ts';

/** An error in workflow code ends nothing: without this, the workflow is "running" for ever. On a real server. */
const QUEUE = 'stuck';
const PATIENCE_MS = 90_000;

let environment: TestWorkflowEnvironment;
let bench: RegistryBench;
let model: string;

Runtime.install({ logger: new DefaultLogger('ERROR', () => undefined) });

beforeAll(async () => {
  const path = process.env['CONTENDER_TEST_TEMPORAL_CLI'];
  if (path === undefined)
    throw new Error('CONTENDER_TEST_TEMPORAL_CLI is not set; run the tests with npm test');
  environment = await TestWorkflowEnvironment.createLocal({
    server: {
      executable: { type: 'existing-path', path },
      searchAttributes: [{ name: 'ModelName', type: SearchAttributeType.KEYWORD }],
    },
  });
  bench = await openBench('stuck workflows');
  model = await bench.world.model();
}, 120_000);
afterAll(async () => {
  await environment.teardown();
  await bench.close();
});

async function foundStuck(): Promise<readonly StuckWorkflow[]> {
  const deadline = performance.now() + PATIENCE_MS;
  while (performance.now() < deadline) {
    const found = await stuckWorkflows(environment.client);
    if (found.length > 0) return found;
    await delay(200);
  }
  throw new Error('nothing was found to be stuck');
}

describe('a workflow whose code fails', () => {
  it('is found with its error and told of once, and one that waits is not', async () => {
    const worker = await Worker.create({
      connection: environment.nativeConnection,
      taskQueue: QUEUE,
      workflowsPath: join(import.meta.dirname, 'fixture-stuck-workflow.ts'),
    });
    const found = await worker.runUntil(async () => {
      const { workflow } = environment.client;
      const about = { taskQueue: QUEUE, typedSearchAttributes: aboutModel(model) };
      const waiting = await workflow.start('patient', { ...about, workflowId: 'waiting' });
      const failing = await workflow.start('innocentlyEdited', { ...about, workflowId: 'failing' });
      const stuck = await foundStuck();
      await failing.terminate();
      await waiting.signal('go');
      await waiting.result();
      return stuck;
    });
    expect(found).toHaveLength(1);
    const [stuck] = found;
    expect(stuck).toMatchObject({ workflowId: 'failing', type: 'innocentlyEdited', model });
    expect(stuck?.reason).toContain('an innocent edit');

    if (stuck === undefined) throw new Error('nothing was found');
    for (let look = 0; look < 3; look += 1) await tellOf(bench.registry, stuck, 'default');
    const { rows } = await bench.root.query<{ kind: string; severity: string; body: string }>(
      `select kind, severity, body from alerts where model = $1 and kind = 'workflow-stuck'`,
      [model],
    );
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({ severity: 'ERROR' });
    expect(rows[0]?.body).toContain('innocentlyEdited cannot go on');
  });
});
