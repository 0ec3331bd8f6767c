import { setTimeout as delay } from 'node:timers/promises';
import { createApiMetrics } from '../../api/metrics.ts';
import { createApi } from '../../api/server.ts';
import { marketClockAt, sessionsFrom } from '../../control/market-clock.ts';
import { lazyTemporalLink } from '../../control/temporal-link.ts';
import { shippedCalendar } from '../../market/shipped-calendar.ts';
import { FolderArtifactStore } from '../../registry/artifacts/folder-store.ts';
import { reportMaker } from '../../reports/make-report.ts';
import { createIdentifier } from '../../registry/identity/identify.ts';
import { openRegistry } from '../../registry/registry.ts';
import { examineAside } from '../../serving/examine-aside.ts';

/**
 * The control API as it is, over a registry, with a Temporal that is away: a rollback is then the write of the
 * registry itself, as setting an alias is MLflow's. `node api-process.ts DATABASE_URL KEY_FILE FOLDER PORT`.
 */
const [url = '', signingKeyFile = '', folder = '', port = ''] = process.argv.slice(2);
const now = (): Date => new Date();
const away = lazyTemporalLink({ address: '127.0.0.1:1', namespace: 'default', replayNamespace: 'replay' });
/** Refuses workflows at once, as a Temporal that is shutting down does. */
const refusing = Object.create(away.live, {
  workflow: { value: { start: () => Promise.reject(new Error('away')) } },
}) as typeof away.live;
const registry = openRegistry({ url, applicationName: 'api', role: 'api', maxConnections: 6 });
const quiet = (): void => undefined;
const api = createApi({
  ...{ trustedProxies: 'loopback', registry, temporalUiUrl: null, publicUrl: null },
  temporal: { ...away, live: refusing },
  identify: createIdentifier({ signingKeyFile, oidc: null, localTokens: true, now }),
  metrics: createApiMetrics({ processMetrics: false }),
  clock: { now, monotonicMs: () => performance.now() },
  log: { info: quiet, warn: quiet, error: quiet },
  temporalNamespaces: { live: 'default', replay: 'replay' },
  ...{ requestsPerSecond: 1_000_000, liveEveryMs: 60_000, oidcSignIn: null, slack: null, webDir: null },
  artifacts: new FolderArtifactStore(folder),
  examine: examineAside,
  report: reportMaker(registry, new FolderArtifactStore(folder), now),
  sessionsFromNow: (market, sessions) =>
    Promise.resolve(sessionsFrom(shippedCalendar(market), now(), sessions)),
  marketClock: (market) =>
    Promise.resolve(
      marketClockAt({ calendar: shippedCalendar(market), reviewedThrough: '2026-12-31' }, now()),
    ),
  ...{ version: 'bench', checkAnswers: false, runbook: () => Promise.resolve(null) },
});
await api.app.listen({ host: '127.0.0.1', port: Number(port) });
process.once('SIGTERM', () => {
  void Promise.race([api.stop(), delay(5000)]).then(() => process.exit(0));
});
