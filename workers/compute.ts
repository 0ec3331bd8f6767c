import { join } from 'node:path';
import { atEdge } from '../activities/edge.ts';
import { judgingActivities } from '../activities/judging.ts';
import { packagingActivities } from '../activities/packaging.ts';
import { championBackupActivities } from '../activities/champion-backup.ts';
import { challengerActivities } from '../activities/challengers.ts';
import { decayOutlookActivities } from '../activities/decay-outlook.ts';
import { rebuildActivities, reproductionActivities } from '../activities/reproduction.ts';
import { reignMeasureActivities } from '../activities/reign-measure.ts';
import { scoreRunActivities } from '../activities/scoring/score-run.ts';
import { shadowActivities } from '../activities/shadow.ts';
import { snapshotActivities } from '../activities/snapshot.ts';
import { trialActivities } from '../activities/trials.ts';
import { watchActivities } from '../activities/watch.ts';
import { loadConfig } from '../config/config.ts';
import { createLogger } from '../config/logger.ts';
import { TASK_QUEUES } from '../contracts/ids.ts';
import { closeMarketFolders } from '../extraction/folder-cache.ts';
import { openRegistry } from '../registry/registry.ts';
import { createWorkerMetrics } from './metrics-server.ts';
import { stopSignal } from './stop-signal.ts';
import { runTemporalWorkers } from './temporal-workers.ts';
import { createWorkbench } from './workbench.ts';

/**
 * The compute worker: the queues `data` and `evaluation`. Two activities at a time: each may hold a market in memory, and
 * two cores are the smallest machine promised.
 */
const MAX_CONCURRENT_ACTIVITIES = 2;

const config = loadConfig();
const log = createLogger({ service: 'compute', level: config.logLevel });
const metrics = createWorkerMetrics('compute');
const registry = openRegistry({
  url: config.databaseUrl,
  applicationName: 'contender-compute',
  role: 'worker',
});
const bench = createWorkbench(config, registry);
const wrap = <Activities extends object>(activities: Activities): Activities =>
  atEdge(activities, log, metrics.observeActivity);

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
        ...shadowActivities(bench),
        ...reignMeasureActivities(bench),
        ...challengerActivities(bench),
        ...decayOutlookActivities(bench),
        ...watchActivities(bench),
        ...scoreRunActivities(bench, { folder: join(config.dataDir, 'scores') }),
      }),
      runsWorkflows: false,
      maxConcurrentActivities: MAX_CONCURRENT_ACTIVITIES,
    },
  ],
  builds: null,
  log,
  onPolling: async () => {
    await metrics.listen(config);
  },
  stop: stopSignal(),
});
await closeMarketFolders();
await registry.close();
process.exit(0);
