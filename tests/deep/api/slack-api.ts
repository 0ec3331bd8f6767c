import { createApiMetrics } from '../../../api/metrics.ts';
import { createApi } from '../../../api/server.ts';
import { slackPeople } from '../../../api/slack/people.ts';
import type { ReplacedMessage } from '../../../api/slack/slack.ts';
import { marketClockAt, sessionsFrom } from '../../../control/market-clock.ts';
import { lazyTemporalLink } from '../../../control/temporal-link.ts';
import { shippedCalendar } from '../../../market/shipped-calendar.ts';
import { FolderArtifactStore } from '../../../registry/artifacts/folder-store.ts';
import { reportMaker } from '../../../reports/make-report.ts';
import { createIdentifier } from '../../../registry/identity/identify.ts';
import { openRegistry } from '../../../registry/registry.ts';
import { examineAside } from '../../../serving/examine-aside.ts';
import type { SmallWorld } from '../../e2e/small-world.ts';
import { SIGNING_SECRET } from '../../integration/api/slack-press.ts';

export interface SlackApi {
  /** What the person is told after a button was pressed. */
  press(body: string, headers: Readonly<Record<string, string>>): Promise<string>;
  /** What stands in the place of the messages that were answered. */
  readonly messages: readonly ReplacedMessage[];
  close(): Promise<void>;
}

/** A control API with Slack buttons over the registry and Temporal of a real system; what it would tell Slack is caught. */
export function slackApi({ running, config }: SmallWorld, others: readonly string[] = []): SlackApi {
  const heard: ((text: string) => void)[] = [];
  const messages: ReplacedMessage[] = [];
  const registry = openRegistry({ url: running.databaseUrl, applicationName: 'slack-api', role: 'api' });
  const temporal = lazyTemporalLink({
    address: running.temporalAddress,
    namespace: config.temporalNamespace,
    replayNamespace: config.replayNamespace,
  });
  const now = (): Date => new Date();
  const { tokenSigningKeyFile: signingKeyFile } = config;
  const api = createApi({
    ...{ registry, temporal, liveEveryMs: 60_000, requestsPerSecond: 1000, version: 'test' },
    identify: createIdentifier({ signingKeyFile, oidc: null, localTokens: true, now }),
    metrics: createApiMetrics({ processMetrics: false }),
    clock: { now, monotonicMs: () => performance.now() },
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    temporalUiUrl: null,
    temporalNamespaces: { live: config.temporalNamespace, replay: config.replayNamespace },
    publicUrl: null,
    trustedProxies: 'loopback',
    artifacts: new FolderArtifactStore(config.artifactsDir),
    examine: examineAside,
    report: reportMaker(registry, new FolderArtifactStore(config.artifactsDir), now),
    sessionsFromNow: (market, sessions) =>
      Promise.resolve(sessionsFrom(shippedCalendar(market), now(), sessions)),
    marketClock: (market) =>
      Promise.resolve(
        marketClockAt({ calendar: shippedCalendar(market), reviewedThrough: '2026-12-31' }, now()),
      ),
    slack: {
      signingSecret: SIGNING_SECRET,
      people: slackPeople(['U024LEE01=lee=quant-lead', 'U024RITA1=rita=quant-lead', ...others]),
      respond: (_url, text) => {
        heard.shift()?.(text);
        return Promise.resolve();
      },
      update: (_url, message) => {
        messages.push(message);
        return Promise.resolve();
      },
    },
    oidcSignIn: null,
    runbook: () => Promise.resolve(null),
    webDir: null,
    checkAnswers: true,
  });
  return {
    messages,
    press: async (body, headers) => {
      const told = new Promise<string>((resolve) => heard.push(resolve));
      const { statusCode } = await api.app.inject({
        method: 'POST',
        url: '/api/v1/slack/actions',
        headers: { host: '127.0.0.1:8080', ...headers },
        payload: body,
      });
      if (statusCode !== 200) throw new Error(`Slack was answered ${String(statusCode)}`);
      return told;
    },
    close: async () => {
      await api.stop();
      await temporal.close();
      await registry.close();
    },
  };
}
