import { setTimeout as delay } from 'node:timers/promises';
import { randomUUID } from 'node:crypto';
import { guardId, rollbackId, TASK_QUEUES } from '../../contracts/ids.ts';
import type { Actor } from '../../contracts/primitives.ts';
import type { RetrainInput, RetrainResult, RollbackInput, RollbackResult } from '../../contracts/retrain.ts';
import { ModelSpec } from '../../contracts/spec.ts';
import { mean } from '../../stats/series.ts';
import { type DemoDesk, REQUESTER, retrainOf } from './desk.ts';
import { storeSpec } from './demo-spec.ts';
import { type LoadReport, type RunningLoad, startLoad } from './swap-load.ts';
import { type DemoMarket, demoMarket } from './taiwan-market.ts';

export interface TaiwanReport {
  readonly model: string;
  readonly first: RetrainResult;
  readonly second: RetrainResult | null;
  readonly swap: LoadReport | null;
  readonly emergency: RetrainResult | null;
  readonly rollback: (RollbackResult & { readonly commandMs: number }) | null;
}

/** Its models are called so, with a number from the second demo on. */
export const TAIWAN_MODEL = 'tw-simulated';

const OPERATOR: Actor = { subject: 'olga', roles: ['operator'] };

/** Positions in the simulated market; its signal turns round at session 600. */
const FIRST_SESSION = 430;
const SECOND_SESSION = 570;
/**
 * The guard of the first reign runs on the same market while the second retrain is made; at this pace it stays behind the
 * second's as-of.
 */
const FIRST_PACE: RetrainInput['clock'] = {
  mode: 'replay',
  secondsPerSession: 1.5,
  approvalSecondsPerSession: 120,
};
const SECOND_PACE: RetrainInput['clock'] = {
  mode: 'replay',
  secondsPerSession: 0.3,
  approvalSecondsPerSession: 120,
};

/** Bounded on purpose: enough to notice one lost request, little enough for two cores. */
const LOAD = { connectionsPerServer: 4, pauseMs: 10, maxRequests: 50_000 } as const;
const DECAY_PATIENCE_MS = 240_000;
const POLL_MS = 500;

/**
 * Act (b): a market with a known truth. Promotion by the gates, a second one swapped in under load, a signal that turns
 * round, the decay alarm with its emergency retrain, and a rollback.
 */
export async function actTaiwan(desk: DemoDesk): Promise<TaiwanReport> {
  const progress = desk.context.output.progress('Simulating a Taiwan market');
  const market = await demoMarket(desk.context.config().dataDir);
  progress.done();
  desk.say(
    `Act (b): a simulated Taiwan market, ${String(market.symbols)} symbols, ${String(market.sessions)} sessions, with a planted signal that turns round on ${market.flipSession}.`,
  );
  const spec = await storeSpec(desk, TAIWAN_MODEL, (model) =>
    ModelSpec.parse({
      model,
      market: 'XTAI',
      data: market.folder,
      training: { trials: 12, draws: 'fixed', trainSessions: 200, testSessions: 42, maxFolds: 4 },
      // The planted signal gives a Sharpe ratio of nine, and half a year knows a difference to one: the default margin of
      // half a Sharpe ratio is made for ratios of one or two.
      gates: { nonInferiorityMargin: 2.5 },
    }),
  );
  desk.say('');
  desk.say('The first champion, by its gates:');
  const first = await followAsOf(desk, spec.model, market, FIRST_SESSION, FIRST_PACE, 'first champion');
  const report = { model: spec.model, first, second: null, swap: null, emergency: null, rollback: null };
  if (first.outcome !== 'promoted') return report;

  desk.say('');
  desk.say('Half a year later, a retrain; its swap happens under load on both servers:');
  const { second, swap } = await swapUnderLoad(desk, spec.model, market);
  const { epoch, versionId } = second;
  if (second.outcome !== 'promoted' || epoch === null || versionId === null)
    return { ...report, second, swap };
  desk.say(
    `  swap under load: ${String(swap?.requests ?? 0)} requests, ${String(swap?.failed ?? 0)} failed, epochs ${swap?.epochsSeen.join(', ') ?? ''}, p99 ${swap?.p99Ms.toFixed(1) ?? ''} ms`,
  );

  desk.say('');
  desk.say('Sessions pass; the signal turns round; the decay rule watches:');
  const emergency = await awaitEmergency(desk, { model: spec.model, epoch, versionId });
  desk.say('');
  desk.say('The operator takes the model back:');
  const rollback = await rollBack(
    desk,
    spec.model,
    emergency === null ? 'the demo takes it back' : 'the demo takes it back after the decay alarm',
  );
  return { ...report, second, swap, emergency, rollback };
}

async function followAsOf(
  desk: DemoDesk,
  model: string,
  market: DemoMarket,
  position: number,
  clock: RetrainInput['clock'],
  reason: string,
  beforeDecision?: () => Promise<void>,
): Promise<RetrainResult> {
  const input = retrainOf(model, market.decidedAt(position), clock, {
    requester: REQUESTER,
    allowProbation: false,
    reason,
  });
  return await desk.follow(await desk.start(input), beforeDecision);
}

async function swapUnderLoad(
  desk: DemoDesk,
  model: string,
  market: DemoMarket,
): Promise<{ readonly second: RetrainResult; readonly swap: LoadReport | null }> {
  const load: { running: RunningLoad | null } = { running: null };
  const begin = async (): Promise<void> => {
    const { champion } = await desk.registry.champion({ model });
    if (champion === null) return;
    const row = Object.fromEntries(champion.manifest.identity.featureNames.map((name) => [name, 0.1]));
    load.running = startLoad({ model, serverUrls: Object.values(desk.running.serverUrls), row, ...LOAD });
  };
  try {
    const second = await followAsOf(
      desk,
      model,
      market,
      SECOND_SESSION,
      SECOND_PACE,
      'half-yearly retrain',
      begin,
    );
    // A second more on the new champion, so that both epochs answer.
    if (load.running !== null) await delay(1000);
    return { second, swap: (await load.running?.stop()) ?? null };
  } finally {
    await load.running?.stop();
  }
}

/** Follows the guard until its decay rule has started an emergency retrain, and then that. */
async function awaitEmergency(
  desk: DemoDesk,
  { model, epoch, versionId }: { readonly model: string; readonly epoch: number; readonly versionId: string },
): Promise<RetrainResult | null> {
  const progress = desk.context.output.progress(guardId(model, epoch));
  const deadline = performance.now() + DECAY_PATIENCE_MS;
  try {
    while (performance.now() < deadline) {
      desk.context.interrupted.throwIfAborted();
      const retrains = await desk.registry.listRetrains({ model, limit: 10 });
      const emergency = retrains.find((retrain) => retrain.trigger === 'decay');
      if (emergency !== undefined) {
        progress.done();
        desk.say(`  decay alarm as of ${emergency.asOf}: ${emergency.triggerReason}`);
        return await desk.follow(desk.client.workflow.getHandle(emergency.retrainId));
      }
      progress.update(
        `Guard of ${model}: ${liveLine(await desk.registry.liveResults({ model, versionId }))}`,
      );
      await delay(POLL_MS);
    }
    desk.say('  no decay alarm in time');
    return null;
  } finally {
    progress.done();
  }
}

/** Results of the reign so far; a session has a rank IC once its labels have matured. */
function liveLine(results: readonly { readonly rankIc: number | null }[]): string {
  const known = results.flatMap(({ rankIc }) => (rankIc === null ? [] : [rankIc]));
  const recent = known.slice(-10);
  const ic =
    recent.length === 0
      ? 'no label has matured yet'
      : `mean rank IC of the last ${String(recent.length)} with labels ${mean(recent).toFixed(3)}`;
  return `${String(results.length)} sessions, ${String(results.length - known.length)} of them await labels; ${ic}`;
}

async function rollBack(
  desk: DemoDesk,
  model: string,
  reason: string,
): Promise<RollbackResult & { readonly commandMs: number }> {
  const idempotencyKey = `demo:${randomUUID()}`;
  const input: RollbackInput = {
    model,
    toVersion: null,
    expectedEpoch: null,
    reason,
    actor: OPERATOR,
    idempotencyKey,
    correlationId: idempotencyKey,
  };
  const started = performance.now();
  const result = await desk.client.workflow.execute<(input: RollbackInput) => Promise<RollbackResult>>(
    'rollbackModel',
    {
      workflowId: rollbackId(model, idempotencyKey),
      taskQueue: TASK_QUEUES.control,
      staticSummary: `Rollback of ${model}`,
      args: [input],
    },
  );
  const commandMs = performance.now() - started;
  desk.say(
    `  version ${String(result.fromVersion)} back to ${String(result.toVersion)}, epoch ${String(result.epoch)}, ${result.status}: last acknowledgement ${result.elapsedMs.toFixed(0)} ms after the commit, ${commandMs.toFixed(0)} ms after the command`,
  );
  return { ...result, commandMs };
}
