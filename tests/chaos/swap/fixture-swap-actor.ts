import { setTimeout as delay } from 'node:timers/promises';
import { awaitServers, swapActivities } from '../../../activities/swap.ts';
import { loadConfig } from '../../../config/config.ts';
import { ContenderError } from '../../../contracts/error.ts';
import { openRegistry } from '../../../registry/registry.ts';
import { createWorkbench } from '../../../workers/workbench.ts';
import type { ActorRequest } from './actor.ts';

/**
 * A process that gives one command as the control worker (or the API) gives it: the activity under its idempotency key,
 * tried again while a part is away, as Temporal would after a crash; then the wait for the servers, then the end of the
 * retrain. Each step that was answered is a line on standard output.
 */
const request = JSON.parse(process.argv[2] ?? '') as ActorRequest;
const config = loadConfig();
const registry = openRegistry({
  ...{ url: config.databaseUrl, applicationName: `chaos ${request.role}`, role: request.role },
  ...{ statementTimeoutMs: 120_000, maxConnections: 2 },
});
const bench = createWorkbench(config, registry);
const activities = swapActivities(bench);
const say = (step: string, value: unknown): void => {
  process.stdout.write(`${JSON.stringify({ step, value })}\n`);
};
const RETRY_MS = 100;
const ACKNOWLEDGEMENT_MS = 60_000;

async function persistently<T>(step: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await step();
    } catch (error) {
      if (!(error instanceof ContenderError) || error.kind !== 'unreachable') throw error;
      await delay(RETRY_MS);
    }
  }
}

say('ready', process.pid);
const outcome = await persistently(() =>
  request.command === 'swap'
    ? activities.promoteChampion(request.promotion)
    : activities.rollbackChampion(request.rollback),
);
say('acknowledged', outcome);
const { model, epoch, committedAt } = outcome;
const answer = await persistently(() =>
  awaitServers(registry, { model, epoch, committedAt, timeoutMs: ACKNOWLEDGEMENT_MS }),
);
say('servers', answer);
if (request.command === 'swap') {
  const { retrainId } = request.promotion;
  await persistently(() =>
    registry.finishRetrain({
      ...{ retrainId, outcome: 'promoted', step: 'swap', reason: 'chaos', code: '', verdict: null },
      notification: null,
    }),
  );
}
say('finished', null);
process.exit(0);
