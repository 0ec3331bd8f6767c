import { Context } from '@temporalio/activity';
import { join } from 'node:path';
import { atEdge } from '../activities/edge.ts';
import { judgingActivities } from '../activities/judging.ts';
import { packagingActivities } from '../activities/packaging.ts';
import { championBackupActivities } from '../activities/champion-backup.ts';
import { decayOutlookActivities } from '../activities/decay-outlook.ts';
import { adoptionActivities } from '../activities/adoption.ts';
import { challengerActivities, type ScoreChallengersInput } from '../activities/challengers.ts';
import { rebuildActivities, reproductionActivities } from '../activities/reproduction.ts';
import { reignMeasureActivities } from '../activities/reign-measure.ts';
import { scoreRunActivities } from '../activities/scoring/score-run.ts';
import { shadowActivities, type ShadowSessionInput } from '../activities/shadow.ts';
import { snapshotActivities } from '../activities/snapshot.ts';
import { trialActivities } from '../activities/trials.ts';
import { watchActivities } from '../activities/watch.ts';
import { configEnvironment, inheritedEnvironment, loadConfig } from '../config/config.ts';
import { createLogger } from '../config/logger.ts';
import { TASK_QUEUES } from '../contracts/ids.ts';
import { closeMarketFolders } from '../extraction/folder-cache.ts';
import { openRegistry } from '../registry/registry.ts';
import { openTracing } from '../tracing/open-tracing.ts';
import { createWorkerMetrics } from './metrics-server.ts';
import { stopSignal } from './stop-signal.ts';
import { runTemporalWorkers } from './temporal-workers.ts';
import { createWorkbench } from './workbench.ts';
import { type BackgroundActivity, BackgroundProcess } from './background-process.ts';

/**
 * The compute worker: the queues `data` and `evaluation`. Two activities at a time: each may hold a market in memory, and
 * two cores are the smallest machine promised.
 */
const MAX_CONCURRENT_ACTIVITIES = 2;

const config = loadConfig();
const log = createLogger({ service: 'compute', level: config.logLevel });
const tracing = await openTracing({ otlpEndpoint: config.otlpEndpoint, service: 'contender-compute', log });
const metrics = createWorkerMetrics('compute');
const registry = openRegistry({
  url: config.databaseUrl,
  applicationName: 'contender-compute',
  role: 'worker',
});
const bench = createWorkbench(config, registry);
const wrap = <Activities extends object>(activities: Activities): Activities =>
  atEdge(activities, log, metrics.observeActivity);

/** Long enough to keep the market of a session open for the next model's; short of a night. */
const BACKGROUND_IDLE_MS = 10 * 60_000;
const background = new BackgroundProcess({
  environment: { ...inheritedEnvironment(), ...configEnvironment(config) },
  idleMs: BACKGROUND_IDLE_MS,
});
const shadow = shadowActivities(bench);
const challengers = challengerActivities(bench);

/** A live shadow has until the next session, and answers nobody; a replay, which nobody is served beside, has a pace to keep. */
function behind<Input, Result>(
  activity: BackgroundActivity,
  here: (input: Input) => Promise<Result>,
): (input: Input) => Promise<Result> {
  return async (input) => {
    const { info, cancellationSignal } = Context.current();
    if (config.shadowPriority === 'normal' || info.namespace === config.replayNamespace) return here(input);
    return (await background.run(activity, input, cancellationSignal)) as Result;
  };
}

await runTemporalWorkers({
  address: config.temporalAddress,
  namespaces: [config.temporalNamespace, config.replayNamespace],
  queues: [
    {
      taskQueue: TASK_QUEUES.data,
      activities: wrap({
        ...snapshotActivities(bench),
        ...rebuildActivities(bench),
        ...championBackupActivities(bench),
      }),
      runsWorkflows: false,
      maxConcurrentActivities: MAX_CONCURRENT_ACTIVITIES,
    },
    {
      taskQueue: TASK_QUEUES.evaluation,
      activities: wrap({
        ...trialActivities(bench),
        ...reproductionActivities(bench),
        ...packagingActivities(bench),
        ...judgingActivities(bench),
        ...shadow,
        scoreShadowSession: behind('scoreShadowSession', (input: ShadowSessionInput) =>
          shadow.scoreShadowSession(input),
        ),
        ...reignMeasureActivities(bench),
        ...decayOutlookActivities(bench),
        scoreChallengers: behind('scoreChallengers', (input: ScoreChallengersInput) =>
          challengers.scoreChallengers(input),
        ),
        ...adoptionActivities(bench),
        ...watchActivities(bench),
        ...scoreRunActivities(bench, { folder: join(config.dataDir, 'scores') }),
      }),
      runsWorkflows: false,
      maxConcurrentActivities: MAX_CONCURRENT_ACTIVITIES,
    },
  ],
  builds: null,
  log,
  tracing,
  onPolling: async () => {
    await metrics.listen(config);
  },
  stop: stopSignal(log),
});
background.close();
await closeMarketFolders();
await tracing.close();
await registry.close();
process.exit(0);
