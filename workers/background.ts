import { challengerActivities } from '../activities/challengers.ts';
import { shadowActivities } from '../activities/shadow.ts';
import { loadConfig } from '../config/config.ts';
import { reportError } from '../control/reported-error.ts';
import { limitEngines } from '../extraction/duckdb.ts';
import { openRegistry } from '../registry/registry.ts';
import { Asked, type Answered, type BackgroundActivity } from './background-process.ts';
import { createWorkbench } from './workbench.ts';

/**
 * What the compute worker does behind everything else: the sessions of shadows. One thread and one gigabyte for its data base:
 * it has until the next session. It ends with the worker that started it.
 */
limitEngines({ threads: 1, memoryLimitMb: 1024 });
const config = loadConfig();
const registry = openRegistry({
  ...{ url: config.databaseUrl, applicationName: 'contender-shadow', role: 'worker', maxConnections: 2 },
});
const bench = createWorkbench(config, registry);
const shadow = shadowActivities(bench);
const challengers = challengerActivities(bench);
const activities: Readonly<Record<BackgroundActivity, (input: never) => Promise<unknown>>> = {
  scoreShadowSession: (input) => shadow.scoreShadowSession(input),
  scoreChallengers: (input) => challengers.scoreChallengers(input),
};

async function answer(message: unknown): Promise<Answered> {
  const { id, activity, input } = Asked.parse(message);
  try {
    return { id, result: await activities[activity](input as never) };
  } catch (error) {
    const { code, kind, message: text, remedy, details } = reportError(error);
    return { id, error: { code, kind, message: text, remedy, details } };
  }
}

process.on('message', (message) => {
  void answer(message).then((answered) => process.send?.(answered));
});
process.on('disconnect', () => process.exit(0));
