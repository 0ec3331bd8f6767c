import { Client } from '@temporalio/client';
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inheritedEnvironment, PROJECT_ROOT } from '../../../config/config.ts';
import { readRuntimeState, type RuntimeState } from '../../../config/runtime-state.ts';
import type { RetrainInput, RetrainResult, RetrainState } from '../../../contracts/retrain.ts';
import { openLine } from '../../../control/temporal-line.ts';
import { openRegistry } from '../../../registry/registry.ts';
import { LEAD, type Retrain, until } from '../../e2e/small-world.ts';
import { finalState } from '../final-state.ts';
import { violations } from '../swap/invariants.ts';
import { type CellResult, differencesOf } from './judged-retrain.ts';
import { Hold, releaseAll } from './points.ts';
import { connected, Link } from './link.ts';
import { RetrainFleet, UNDISTURBED } from './retrain-fleet.ts';

export const MACHINE_RESTART = 'machine/restart';
const STOP_PATIENCE_MS = 60_000;

/**
 * Every process dies at once while a shadow session is being written, as in a machine that loses its power; then
 * `contender up` is started again. `recoverySeconds` is from its start to the first step that the retrain takes.
 */
export async function machineRestart(): Promise<CellResult> {
  const dataDir = mkdtempSync(join(tmpdir(), 'contender-restart-'));
  try {
    const fleet = await RetrainFleet.start({ dataDir });
    const { expected } = fleet;
    let model = '';
    let workflowId = '';
    const started = performance.now();
    try {
      model = await fleet.newModel();
      const hold = await Hold.place(fleet.link, model, 'shadow', 'in');
      ({ workflowId } = await fleet.startRetrain(model));
      await until('a shadow session at its commit', () => hold.isReached());
      killEverything(fleet);
      await fleet.world.supervisor.stop();
    } finally {
      await fleet.stop({ keep: true });
    }
    const namespace = fleet.world.config.replayNamespace;
    return await upAgain(dataDir, { workflowId, model, started, namespace, expected });
  } finally {
    rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 });
  }
}

function killEverything({ world }: RetrainFleet): void {
  const pids = Object.entries(world.supervisor.pids());
  // Nothing may be started again by what started it.
  for (const [name] of pids) world.hold(name);
  for (const [, pid] of pids) if (pid > 0) process.kill(-pid, 'SIGKILL');
}

async function upAgain(
  dataDir: string,
  subject: {
    readonly workflowId: string;
    readonly model: string;
    readonly started: number;
    readonly namespace: string;
    readonly expected: RetrainFleet['expected'];
  },
): Promise<CellResult> {
  const { workflowId, model, expected } = subject;
  const upAt = performance.now();
  const up = spawn(process.execPath, [join(PROJECT_ROOT, 'cli', 'main.ts'), 'up', '--quiet'], {
    env: { ...inheritedEnvironment(), CONTENDER_DATA_DIR: dataDir, ...ANY_SERVER_PORTS },
    stdio: 'ignore',
  });
  try {
    const state = await until('a running system', () => Promise.resolve(runningUnder(dataDir, up)));
    const readySeconds = (performance.now() - upAt) / 1000;
    const { connection, close } = await openLine(state.temporalAddress);
    const registry = openRegistry({ url: state.databaseUrl, applicationName: 'contender-chaos' });
    try {
      const replay = new Client({ connection, namespace: subject.namespace });
      const retrain = replay.workflow.getHandle<(input: RetrainInput) => Promise<RetrainResult>>(workflowId);
      const link = new Link(state.databaseUrl);
      await until('the release of the point', async () => {
        await releaseAll(link);
        return true;
      });
      await link.close();
      await until('a session of the shadow', async () => {
        const days = await registry.shadowDays({ retrainId: workflowId });
        return days.length > 0;
      });
      const recoverySeconds = (performance.now() - upAt) / 1000;
      const result = await signedResult(retrain);
      const seconds = (performance.now() - subject.started) / 1000;
      const world = { registry, running: state };
      const found = await finalState(world, model, result, UNDISTURBED);
      const client = await connected(state.databaseUrl);
      const { epoch, versionId, retrainId } = result;
      const key = `promote:${retrainId}:${versionId ?? ''}`;
      const acknowledged = epoch === null || versionId === null ? [] : [{ key, model, epoch, versionId }];
      try {
        return {
          cell: MACHINE_RESTART,
          atFault: `everything killed in a shadow session; all parts ready after ${readySeconds.toFixed(1)} s`,
          ...{ seconds, recoverySeconds, answers: 0, readings: 0 },
          differences: differencesOf(found, expected.state),
          violations: await violations(client, {
            ...{ acknowledged, answers: [], readings: [], deliveries: [] },
          }),
        };
      } finally {
        await client.end();
      }
    } finally {
      await registry.close();
      await close();
    }
  } finally {
    await stopped(up);
  }
}

const ANY_SERVER_PORTS = {
  CONTENDER_SERVER_PORTS: '0,0',
  CONTENDER_API_PORT: '0',
  CONTENDER_POSTGRES_PORT: '0',
  CONTENDER_TEMPORAL_PORT: '0',
  CONTENDER_TEMPORAL_UI_PORT: '0',
  CONTENDER_CONTROL_METRICS_PORT: '0',
  CONTENDER_COMPUTE_METRICS_PORT: '0',
  CONTENDER_SIDECAR_METRICS_PORT: '0',
};

function runningUnder(dataDir: string, up: ChildProcess): RuntimeState | null {
  if (up.exitCode !== null) throw new Error(`up ended with code ${String(up.exitCode)}`);
  const state = readRuntimeState(dataDir);
  return state?.state === 'running' && state.supervisorPid === up.pid ? state : null;
}

async function signedResult(retrain: Retrain): Promise<RetrainResult> {
  await until('the end', async () => {
    if ((await retrain.describe()).status.name !== 'RUNNING') return true;
    const { approval, finished } = await retrain.query<RetrainState>('state');
    if (approval !== null && !finished && approval.approvedBy.length === 0) {
      const { evidenceHash } = approval;
      await retrain.executeUpdate('decide', {
        updateId: `approve:${evidenceHash}`,
        args: [{ decision: 'approve', actor: LEAD, evidenceHash, reason: 'read in the test' }],
      });
    }
    return finished;
  });
  return await until('the result', () => retrain.result());
}

async function stopped(up: ChildProcess): Promise<void> {
  if (up.exitCode !== null) return;
  const ended = new Promise<void>((resolve) => {
    up.once('exit', () => {
      resolve();
    });
  });
  up.kill('SIGINT');
  const timer = setTimeout(() => up.kill('SIGKILL'), STOP_PATIENCE_MS);
  await ended;
  clearTimeout(timer);
}
