import { alertingActivities } from '../activities/alerting.ts';
import { approvalActivities } from '../activities/approval.ts';
import { calendarPins } from '../activities/calendar-pin.ts';
import { atEdge } from '../activities/edge.ts';
import { drillActivities } from '../activities/drill.ts';
import { gatePeopleActivities } from '../activities/gate-people.ts';
import { reignRecordActivities } from '../activities/reign.ts';
import { retrainRecordActivities } from '../activities/retrain-record.ts';
import { folderCalendar } from '../activities/scoring-ground.ts';
import { scorePlanActivities } from '../activities/scoring/score-run.ts';
import { type CalendarSource, sessionClockActivities } from '../activities/session-clock.ts';
import { swapActivities } from '../activities/swap.ts';
import { loadConfig } from '../config/config.ts';
import { createLogger } from '../config/logger.ts';
import { TASK_QUEUES } from '../contracts/ids.ts';
import { closeMarketFolders } from '../extraction/folder-cache.ts';
import { openRegistry } from '../registry/registry.ts';
import { startAlertWorkflows } from './alert-workflows.ts';
import { startAlerting } from './alerting.ts';
import { activeCarrier } from '../tracing/tracing.ts';
import { openTracing } from '../tracing/open-tracing.ts';
import { createWorkerMetrics } from './metrics-server.ts';
import { watchedCalendar } from './live-calendar.ts';
import { watchDrills } from './drill-watch.ts';
import { watchMonths } from './month-watch.ts';
import { watchSchedules } from './schedule-watch.ts';
import { stopSignal } from './stop-signal.ts';
import { watchWorkflows } from './stuck-workflows.ts';
import { runTemporalWorkers } from './temporal-workers.ts';
import { createWorkbench } from './workbench.ts';
import { buildStore } from './workflow-builds.ts';

/** The control worker: workflows, everything that writes the record, and the notifications of the outbox. */
const MAX_CONCURRENT_ACTIVITIES = 20;

const config = loadConfig();
const log = createLogger({ service: 'control', level: config.logLevel });
const tracing = await openTracing({ otlpEndpoint: config.otlpEndpoint, service: 'contender-control', log });
const metrics = createWorkerMetrics('control');
const registry = openRegistry({
  url: config.databaseUrl,
  applicationName: 'contender-control',
  role: 'worker',
  trace: () => activeCarrier(tracing),
});
metrics.watchOutbox(() => registry.outboxCounts());
metrics.watchDrills(
  () => registry.drillStandings(),
  () => new Date(),
);
const bench = createWorkbench(config, registry);
const stop = stopSignal(log);

const alerting = await startAlerting(config, registry, log);

const liveCalendar = await watchedCalendar(config.calendarDir, log, bench.now);
const calendars: CalendarSource = {
  calendar: (spec, mode) => (mode.mode === 'live' ? liveCalendar(spec.market) : folderCalendar(spec)),
  pin: calendarPins(bench.artifacts),
};
const clock = sessionClockActivities(calendars, bench.now);
const alertTimers = startAlertWorkflows(config, registry, alerting.file, log);
const schedules = watchSchedules(config, registry, log);
const stuck = watchWorkflows(config, registry, log);
const months = watchMonths(registry, log, bench.now);
const drills = watchDrills(registry, log, bench.now);

await runTemporalWorkers({
  address: config.temporalAddress,
  namespaces: [config.temporalNamespace, config.replayNamespace],
  queues: [
    {
      taskQueue: TASK_QUEUES.control,
      activities: atEdge(
        {
          ...retrainRecordActivities(bench),
          ...approvalActivities(bench),
          ...gatePeopleActivities(bench),
          ...swapActivities(bench),
          ...drillActivities(bench),
          ...reignRecordActivities(bench),
          ...clock,
          ...alertingActivities({ registry, file: alerting.file, calendar: liveCalendar, now: bench.now }),
          ...scorePlanActivities(bench, calendars),
        },
        log,
        metrics.observeActivity,
      ),
      runsWorkflows: true,
      maxConcurrentActivities: MAX_CONCURRENT_ACTIVITIES,
    },
  ],
  builds: buildStore(registry, bench.artifacts),
  log,
  tracing,
  onPolling: async () => {
    await metrics.listen(config);
  },
  stop,
});
schedules.stop();
stuck.stop();
months.stop();
drills.stop();
await alertTimers.stop();
await alerting.stop();
await closeMarketFolders();
await tracing.close();
await registry.close();
process.exit(0);
