import { TestWorkflowEnvironment } from '@temporalio/testing';
import { Worker } from '@temporalio/worker';
import { drillActivities } from '../../../activities/drill.ts';
import { atEdge } from '../../../activities/edge.ts';
import type { ApiOptions } from '../../../api/server.ts';
import type { DrillFinding } from '../../../contracts/drill.ts';
import { lazyTemporalLink, type TemporalLink } from '../../../control/temporal-link.ts';
import { workflowBundle } from '../workflows/retrain-world.ts';
import { ApiWorld } from './api-world.ts';

const LEASE_SECONDS = 600;
const ATTRIBUTES = [
  'ModelName=Keyword',
  'ModelVersion=Int',
  'Trigger=Keyword',
  'Step=Keyword',
  'Verdict=Keyword',
];
const QUIET = { info: () => undefined, warn: () => undefined, error: () => undefined };

export const PASSED: DrillFinding = {
  ...{ code: '', reason: '', remedy: '', loadMs: 41, checkMs: 7, rows: 500, mismatches: 0 },
  ...{ warm: true, warmMs: 3 },
};
export const DIFFERS: DrillFinding = {
  ...{ ...PASSED, mismatches: 2, code: 'RECORDED_ROWS_DIFFER' },
  reason: 'version 1, loaded anew, answers 2 of 500 recorded rows otherwise',
  remedy: 'Roll back to no such version: name another with --to, and compare this server with the others.',
};

/** A control API with a Temporal server and a control worker for drills; servers say what the test has them say. */
export class DrillWorld {
  readonly api: ApiWorld;
  readonly environment: TestWorkflowEnvironment;
  readonly link: TemporalLink;
  #worker: { readonly worker: Worker; readonly stopped: Promise<void> } | null = null;

  private constructor(api: ApiWorld, environment: TestWorkflowEnvironment, link: TemporalLink) {
    this.api = api;
    this.environment = environment;
    this.link = link;
  }

  static async open(options: Partial<ApiOptions> = {}): Promise<DrillWorld> {
    const path = process.env['CONTENDER_TEST_TEMPORAL_CLI'];
    if (path === undefined)
      throw new Error('CONTENDER_TEST_TEMPORAL_CLI is not set; run the tests with npm test');
    const environment = await TestWorkflowEnvironment.createLocal({
      server: {
        executable: { type: 'existing-path', path },
        extraArgs: ATTRIBUTES.flatMap((attribute) => ['--search-attribute', attribute]),
      },
    });
    const link = lazyTemporalLink({
      ...{ address: environment.address, namespace: 'default', replayNamespace: 'default' },
    });
    const world = new DrillWorld(await ApiWorld.open(options, link), environment, link);
    await world.startWorker();
    return world;
  }

  async close(): Promise<void> {
    await this.stopWorker();
    await this.api.close();
    await this.environment.teardown();
  }

  async startWorker(): Promise<void> {
    const worker = await Worker.create({
      connection: this.environment.nativeConnection,
      taskQueue: 'control',
      workflowBundle: await workflowBundle(),
      activities: atEdge(drillActivities({ registry: this.api.registry }), QUIET, () => undefined),
      shutdownGraceTime: 0,
    });
    this.#worker = { worker, stopped: worker.run() };
  }

  async stopWorker(): Promise<void> {
    const running = this.#worker;
    this.#worker = null;
    running?.worker.shutdown();
    await running?.stopped;
  }

  /** A model with a way back, and servers that hold its epoch. */
  async model(servers: readonly string[]): Promise<string> {
    const { world, registry } = this.api;
    const model = await world.model();
    await world.champion(model, 1);
    await world.champion(model, 2);
    const { epoch, champion } = await registry.champion({ model });
    for (const name of servers) {
      await registry.registerServer({
        ...{ name, address: 'http://127.0.0.1:1', models: [model], leaseSeconds: LEASE_SECONDS },
      });
      await registry.acknowledgeEpoch({ server: name, model, epoch, versionId: champion?.id ?? '' });
    }
    return model;
  }

  /** What a server found; of the drill that is open. */
  async report(model: string, server: string, finding: DrillFinding = PASSED): Promise<void> {
    const { underWay } = await this.api.registry.drillStanding({ model });
    if (underWay === null) throw new Error(`no drill of ${model} is open`);
    await this.api.registry.reportDrill({ drill: underWay, server, finding });
  }
}
