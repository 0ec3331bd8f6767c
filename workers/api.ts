import { join } from 'node:path';
import { createApi } from '../api/server.ts';
import { runbooksOf } from '../api/runbooks.ts';
import { createApiMetrics } from '../api/metrics.ts';
import { slackPeople } from '../api/slack/people.ts';
import { replaceAtSlack, respondAtSlack } from '../api/slack/slack.ts';
import { READ_EVERY_MS } from '../api/live/live.ts';
import { loadConfig } from '../config/config.ts';
import { createLogger } from '../config/logger.ts';
import { OFF } from '../config/settings.ts';
import { identifierFrom } from '../control/identifier.ts';
import { marketClockAt, sessionsFrom } from '../control/market-clock.ts';
import { lazyTemporalLink } from '../control/temporal-link.ts';
import { readCalendarInForce } from '../extraction/calendar-in-force.ts';
import { openArtifactStore } from '../registry/artifacts/open-store.ts';
import { OidcSignIn } from '../registry/identity/oidc-sign-in.ts';
import { openRegistry } from '../registry/registry.ts';
import { examineAside } from '../serving/examine-aside.ts';
import { reportMaker } from '../reports/make-report.ts';
import { openTracing } from '../tracing/open-tracing.ts';
import { clientInterceptors } from '../tracing/temporal.ts';
import { activeCarrier } from '../tracing/tracing.ts';
import { stopSignal } from './stop-signal.ts';

/**
 * The control API: what people command of a running system, over HTTP at listenAddress. A proxy in front of it gives it a
 * name and TLS (apiPublicUrl).
 */
/** Fifty people who look at once, and the live view beside them. */
const CONNECTIONS = 10;

const config = loadConfig();
const log = createLogger({ service: 'api', level: config.logLevel });
const tracing = await openTracing({ otlpEndpoint: config.otlpEndpoint, service: 'contender-api', log });
const stop = stopSignal(log);
const now = (): Date => new Date();
const registry = openRegistry({
  url: config.databaseUrl,
  applicationName: 'contender-api',
  role: 'api',
  maxConnections: CONNECTIONS,
  trace: () => activeCarrier(tracing),
  onLostConnection: (error) => {
    log.warn({ reason: error.message }, 'a connection of the registry was lost');
  },
});
const temporal = lazyTemporalLink({
  address: config.temporalAddress,
  namespace: config.temporalNamespace,
  replayNamespace: config.replayNamespace,
  interceptors: clientInterceptors(tracing),
});
const artifacts = openArtifactStore(config);
const api = createApi({
  registry,
  temporal,
  identify: identifierFrom(config, now),
  tracing,
  metrics: createApiMetrics({ processMetrics: true }),
  clock: { now, monotonicMs: () => performance.now() },
  log,
  temporalUiUrl: URL.canParse(config.temporalUiUrl) ? config.temporalUiUrl.replace(/\/$/u, '') : null,
  temporalNamespaces: { live: config.temporalNamespace, replay: config.replayNamespace },
  publicUrl: config.apiPublicUrl === OFF ? null : config.apiPublicUrl,
  requestsPerSecond: config.apiRequestsPerSecond,
  liveEveryMs: READ_EVERY_MS,
  artifacts,
  report: reportMaker(registry, artifacts, now),
  examine: examineAside,
  trustedProxies: config.trustedProxies,
  marketClock: async (market) => marketClockAt(await readCalendarInForce(config.calendarDir, market), now()),
  sessionsFromNow: async (market, sessions) =>
    sessionsFrom((await readCalendarInForce(config.calendarDir, market)).calendar, now(), sessions),
  oidcSignIn:
    config.oidcIssuer === OFF
      ? null
      : new OidcSignIn({
          issuer: config.oidcIssuer,
          clientId: config.oidcAudience,
          clientSecret: config.oidcClientSecret === OFF ? null : config.oidcClientSecret,
        }),
  slack:
    config.slackSigningSecret === OFF
      ? null
      : {
          signingSecret: config.slackSigningSecret,
          people: slackPeople(config.slackPeople),
          respond: respondAtSlack,
          update: replaceAtSlack,
        },
  runbook: runbooksOf(join(config.root, 'docs', 'runbooks')),
  webDir: join(config.root, 'dashboards', 'web', 'dist'),
  version: '0.1.0',
  checkAnswers: false,
});
// The supervisor hands every process the one port that is its own.
await api.app.listen({ host: config.listenAddress, port: config.metricsPort });
api.live.attach(api.app.server);
log.info({ port: config.metricsPort }, 'listening');
if (!stop.aborted) {
  await new Promise<void>((resolve) => {
    stop.addEventListener('abort', () => {
      resolve();
    });
  });
}
await api.stop();
await tracing.close();
await registry.close();
// Last: a call that nobody waits for any more tries again by a timer, which fails the process once its line is closed.
await temporal.close();
process.exit(0);
