import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LightMyRequestResponse } from 'fastify';
import { randomUUID } from 'node:crypto';
import { runbooksOf } from '../../../api/runbooks.ts';
import { createApiMetrics } from '../../../api/metrics.ts';
import { createApi } from '../../../api/server.ts';
import type { Api, ApiOptions } from '../../../api/server.ts';
import { marketClockAt, sessionsFrom } from '../../../control/market-clock.ts';
import { lazyTemporalLink } from '../../../control/temporal-link.ts';
import type { TemporalLink } from '../../../control/temporal-link.ts';
import { shippedCalendar } from '../../../market/shipped-calendar.ts';
import { FolderArtifactStore } from '../../../registry/artifacts/folder-store.ts';
import { reportMaker } from '../../../reports/make-report.ts';
import { createIdentifier } from '../../../registry/identity/identify.ts';
import { issueToken } from '../../../registry/identity/tokens.ts';
import { openRegistry } from '../../../registry/registry.ts';
import type { Registry } from '../../../registry/registry.ts';
import { examineAside } from '../../../serving/examine-aside.ts';
import { testDatabase } from '../../postgres.ts';
import type { TestDatabase } from '../../postgres.ts';
import { RegistryWorld } from '../registry/world.ts';

/** A port on which nothing listens: Temporal is away, which no operation may answer with a 5xx other than 503. */
const RUNBOOKS = join(import.meta.dirname, '..', '..', '..', 'docs', 'runbooks');
const NOBODY_LISTENS = '127.0.0.1:1';

export interface Answer {
  readonly status: number;
  readonly headers: LightMyRequestResponse['headers'];
  readonly body: Record<string, unknown>;
  readonly text: string;
}

export interface Asking {
  readonly token?: string;
  readonly cookie?: string;
  readonly headers?: Record<string, string>;
  readonly body?: unknown;
  /** Null: none is sent. */
  readonly key?: string | null;
}

/** A control API over a real database, and people with tokens. */
export class ApiWorld {
  readonly database: TestDatabase;
  readonly api: Api;
  /** With every privilege, for setting scenes. */
  readonly registry: Registry;
  readonly world: RegistryWorld;
  readonly signingKeyFile: string;
  readonly artifacts: FolderArtifactStore;
  readonly #apiRegistry: Registry;
  readonly #temporal: TemporalLink;
  readonly #folder: string;

  private constructor(parts: {
    database: TestDatabase;
    temporal: TemporalLink;
    folder: string;
    options: Partial<ApiOptions>;
    patienceMs: number;
  }) {
    this.database = parts.database;
    this.#folder = parts.folder;
    this.#temporal = parts.temporal;
    this.signingKeyFile = join(parts.folder, 'key');
    this.artifacts = new FolderArtifactStore(join(parts.folder, 'artifacts'));
    const { url } = parts.database;
    this.registry = openRegistry({ url, applicationName: 'api-world', maxConnections: 3 });
    this.world = new RegistryWorld(this.registry);
    // With the privileges that the API has in production, and no more.
    this.#apiRegistry = openRegistry({ url, applicationName: 'api', role: 'api', maxConnections: 6 });
    const now = (): Date => new Date();
    this.api = createApi({
      trustedProxies: 'loopback',
      registry: this.#apiRegistry,
      // Nobody waits long for a Temporal that is away.
      temporal: {
        ...parts.temporal,
        within: (ms, use) => parts.temporal.within(Math.min(ms, parts.patienceMs), use),
      },
      identify: createIdentifier({ signingKeyFile: this.signingKeyFile, oidc: null, localTokens: true, now }),
      metrics: createApiMetrics({ processMetrics: false }),
      clock: { now, monotonicMs: () => performance.now() },
      log: {
        info: () => undefined,
        warn: () => undefined,
        error: (fields, message) => {
          console.error(message, fields);
        },
      },
      temporalUiUrl: 'http://127.0.0.1:8233',
      temporalNamespaces: { live: 'default', replay: 'replay' },
      publicUrl: null,
      requestsPerSecond: 100_000,
      liveEveryMs: 60_000,
      artifacts: this.artifacts,
      examine: examineAside,
      report: reportMaker(this.#apiRegistry, this.artifacts, now),
      sessionsFromNow: (market, sessions) =>
        Promise.resolve(sessionsFrom(shippedCalendar(market), now(), sessions)),
      marketClock: (market) =>
        Promise.resolve(
          marketClockAt({ calendar: shippedCalendar(market), reviewedThrough: '2026-12-31' }, now()),
        ),
      oidcSignIn: null,
      slack: null,
      runbook: runbooksOf(RUNBOOKS),
      webDir: null,
      version: 'test',
      checkAnswers: true,
      ...parts.options,
    });
  }

  /** Without a Temporal of the caller's own, there is none. */
  static async open(
    options: Partial<ApiOptions> = {},
    temporal: TemporalLink | null = null,
  ): Promise<ApiWorld> {
    const database = await testDatabase();
    const away = { address: NOBODY_LISTENS, namespace: 'default', replayNamespace: 'replay' };
    return new ApiWorld({
      ...{ database, options, folder: mkdtempSync(join(tmpdir(), 'api-')) },
      temporal: temporal ?? lazyTemporalLink(away),
      patienceMs: temporal === null ? 300 : 30_000,
    });
  }

  async close(): Promise<void> {
    await this.api.stop();
    await this.#temporal.close();
    await this.#apiRegistry.close();
    await this.registry.close();
    await this.database.drop();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async token(subject: string, ...roles: string[]): Promise<string> {
    const issued = await issueToken({
      ...{ signingKeyFile: this.signingKeyFile, subject, roles, ttlSeconds: 3600, now: new Date() },
    });
    return issued.token;
  }

  async ask(method: string, path: string, asking: Asking = {}): Promise<Answer> {
    const { token, cookie, headers = {}, body, key } = asking;
    const unsafe = method !== 'GET';
    const answer = await this.api.app.inject({
      method: method,
      url: path.startsWith('/api') ? path : `/api/v1${path}`,
      headers: {
        host: '127.0.0.1:8080',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(cookie === undefined ? {} : { cookie }),
        ...(unsafe && key !== null ? { 'idempotency-key': key ?? randomUUID() } : {}),
        ...headers,
      },
      ...(body === undefined ? {} : { payload: body as object }),
    });
    return {
      status: answer.statusCode,
      headers: answer.headers,
      body: parsed(answer.body),
      text: answer.body,
    };
  }
}

function parsed(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    return {};
  }
}
