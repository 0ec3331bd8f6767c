import type { Logger } from 'pino';
import type { AlertingFile } from '../alerting/config.ts';
import { AlertConfigInvalid } from '../alerting/errors.ts';
import type { Config } from '../config/config.ts';
import { OFF } from '../config/settings.ts';
import { readCalendarInForce } from '../extraction/calendar-in-force.ts';
import { Market } from '../contracts/primitives.ts';
import type { SessionCalendar } from '../market/calendar.ts';
import { AlertLoop } from '../notifications/alert-loop.ts';
import { AlertRouter } from '../notifications/alert-router.ts';
import { defaultAlertingFile, readAlertingFile } from '../notifications/alerting-file.ts';
import type { NotificationDispatcher } from '../notifications/dispatcher.ts';
import { ChannelMisconfigured } from '../notifications/errors.ts';
import { builtInChannels, createDispatcher } from '../notifications/setup.ts';
import type { NotificationSettings } from '../notifications/setup.ts';
import { systemTimer } from '../notifications/timer.ts';
import type { Papers } from '../notifications/channels/papers.ts';
import { openArtifactStore } from '../registry/artifacts/open-store.ts';
import type { Registry } from '../registry/registry.ts';
import { dispatchObserver } from './dispatch-observer.ts';
import { reportPapers } from './report-papers.ts';

export interface Alerting {
  /** What is in force. */
  readonly file: AlertingFile;
  stop(): Promise<void>;
}

/** Reports reach the router within this time; critical ones are told at once. */
const ROUTER_POLL_MS = 500;
const DISPATCH_POLL_MS = 500;

export function notificationSettings(config: Config, papers: Papers): NotificationSettings {
  const { slackWebhookUrl, smtpUrl, mailFrom, mailTo, dataDir, notificationTimeoutMs, dashboardUrl } = config;
  return {
    slack: slackWebhookUrl === OFF ? null : { webhookUrl: slackWebhookUrl },
    slackButtons: config.slackSigningSecret !== OFF,
    papers,
    email: smtpUrl === OFF ? null : { smtpUrl, from: mailFrom, to: mailTo },
    dataFolder: dataDir,
    timeoutMs: notificationTimeoutMs,
    words: {
      language: config.notificationLanguage,
      dashboardUrl: dashboardUrl === OFF ? null : dashboardUrl,
    },
  };
}

/**
 * Starts the alert router and the dispatcher. An alerting file that is wrong stops nothing: the default is in force instead,
 * and everybody configured is told what is wrong with it.
 */
export async function startAlerting(config: Config, registry: Registry, log: Logger): Promise<Alerting> {
  const artifacts = openArtifactStore(config);
  const settings = notificationSettings(config, reportPapers({ registry, artifacts, log }));
  const calendars = new Map<Market, SessionCalendar>();
  for (const market of Market.options) {
    calendars.set(market, (await readCalendarInForce(config.calendarDir, market)).calendar);
  }
  const waiting = await waitingChannels(registry, log);
  const dispatcherOf = (file: AlertingFile): NotificationDispatcher =>
    createDispatcher({
      outbox: registry.outbox,
      observer: dispatchObserver(log),
      random: Math.random,
      settings,
      alerting: file,
      waiting,
      onAlerts: () => {
        loop.wake();
      },
      pollMs: DISPATCH_POLL_MS,
      announce: (headline, path) => {
        log.info({ file: path }, headline);
      },
    });
  const { file, dispatcher } = await inForce(config, settings, registry, log, dispatcherOf);
  const router = new AlertRouter({
    routing: registry.alertRouting,
    file,
    calendars: (market) => {
      const calendar = calendars.get(market);
      if (calendar === undefined) throw new RangeError(`no calendar of ${market}`);
      return calendar;
    },
  });
  const loop = new AlertLoop({
    router,
    timer: systemTimer,
    pollMs: ROUTER_POLL_MS,
    onNotified: () => {
      dispatcher.wake();
    },
    onRound: (round) => {
      log.debug({ ...round }, 'alerts routed');
    },
    onFailure: (err) => {
      log.warn({ err }, 'alerts cannot be routed yet');
    },
  });
  log.info({ routes: router.describe() }, 'alerts are routed');
  dispatcher.start();
  loop.start();
  return {
    file,
    stop: async () => {
      await Promise.all([loop.stop(), dispatcher.stop()]);
    },
  };
}

async function inForce(
  config: Config,
  settings: NotificationSettings,
  registry: Registry,
  log: Logger,
  dispatcherOf: (file: AlertingFile) => NotificationDispatcher,
): Promise<{ readonly file: AlertingFile; readonly dispatcher: NotificationDispatcher }> {
  const builtIn = builtInChannels(settings);
  try {
    const file = await readAlertingFile(config.alertsFile, builtIn);
    return { file, dispatcher: dispatcherOf(file) };
  } catch (error) {
    if (!(error instanceof AlertConfigInvalid) && !(error instanceof ChannelMisconfigured)) throw error;
    const file = defaultAlertingFile(builtIn);
    // What is wrong with the settings themselves is thrown again here: there is nothing to fall back to.
    const dispatcher = dispatcherOf(file);
    log.error({ err: error }, 'the alerting file is wrong; the default is in force');
    const now = new Date().toISOString();
    await registry
      .raiseAlert({
        nature: 'occurrence',
        rule: 'alerting-file-invalid',
        severity: 'ERROR',
        model: null,
        labels: {},
        summary: 'The alerting file is wrong; everybody configured hears of everything instead',
        description: `${error.message}\n${error.remedy}`.slice(0, 4000),
        session: null,
        facts: [{ label: 'Code', value: error.code }],
        actions: [{ label: 'Check it', command: 'npm run contender -- alerts check' }],
        series: [],
        startsAt: now,
        endsAt: null,
        correlationId: 'alerting-file',
        dedupeKey: `alerting-file-invalid:${now}`,
      })
      .catch((failure: unknown) => {
        log.warn({ err: failure }, 'the fault of the alerting file could not be told');
      });
    return { file, dispatcher };
  }
}

/** Channels that messages wait for; one that is not configured any more refuses them, so that they end as files. */
async function waitingChannels(registry: Registry, log: Logger): Promise<readonly string[]> {
  try {
    const counts = await registry.outboxCounts();
    return counts.filter(({ state }) => state === 'pending').map(({ channel }) => channel);
  } catch (error) {
    log.warn({ err: error }, 'the outbox could not be looked at');
    return [];
  }
}
