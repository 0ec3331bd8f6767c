import { once } from 'node:events';
import { join } from 'node:path';
import { closeMarketFolders } from '../extraction/folder-cache.ts';
import { type ArtifactLocation, openArtifactStore } from '../registry/artifacts/open-store.ts';
import { verifyBreakGlassToken } from '../registry/identity/break-glass-token.ts';
import { Revocations, revocationsFile } from '../registry/identity/revocations.ts';
import { ISSUER } from '../registry/identity/tokens.ts';
import type { Identify } from '../registry/identity/identify.ts';
import { openRegistry } from '../registry/registry.ts';
import type { Tracing } from '../tracing/tracing.ts';
import { SYSTEM_CLOCK, type ServingLog } from './ports.ts';
import { servingRegistry } from './registry-port.ts';
import { SidecarExplainer } from './sidecar-explainer.ts';
import { startServingServer, type ServingAccess } from './server.ts';
import { createUniverseSource } from './universe-source.ts';

export interface ServingProcessOptions {
  readonly name: string;
  readonly port: number;
  /** IP address to listen on. */
  readonly host: string;
  /** Empty: every model. */
  readonly models: readonly string[];
  readonly scorerThreads: number;
  /** Python of the sidecar's environment, and the folder of its package. */
  readonly sidecar: { readonly python: string; readonly folder: string };
  readonly databaseUrl: string;
  readonly artifacts: ArtifactLocation;
  readonly tokenSigningKeyFile: string;
  /** Folder of what the server has to remember over a restart. */
  readonly stateDir: string;
  readonly access: Omit<ServingAccess, 'verifyToken' | 'revoked'> & {
    /** Who a token speaks for, whoever made it; null: requests need none. */
    readonly identify: Identify | null;
  };
  readonly log: ServingLog;
  readonly tracing: Tracing;
  readonly interrupted: AbortSignal;
  readonly onListening: (server: { readonly name: string; readonly url: string }) => void;
}

/** A server waits for the registry no longer than this: it has an answer of its own while the registry is away. */
const STATEMENT_TIMEOUT_MS = 3000;

/** A token that was called back is refused after this long at most; on this machine, by the next break-glass command. */
const REVOCATIONS_EVERY_MS = 20_000;

/**
 * A prediction server from start to end: listens, follows the registry, and drains when `interrupted` is aborted.
 * @throws the reason when the server cannot score any more; whoever started it starts it again
 */
export async function runServingProcess(options: ServingProcessOptions): Promise<void> {
  const { name, log } = options;
  const registry = openRegistry({
    url: options.databaseUrl,
    applicationName: `contender ${name}`,
    maxConnections: 4,
    statementTimeoutMs: STATEMENT_TIMEOUT_MS,
    connectTimeoutMs: STATEMENT_TIMEOUT_MS,
    onLostConnection: (error) => {
      log.warn({ reason: error.message }, 'a connection of the registry was lost');
    },
  });
  const revocations = new Revocations({
    file: revocationsFile(options.stateDir),
    read: () => registry.revokedTokens(),
    onUnread: (reason) => {
      log.warn({ reason }, 'tokens called back since could not be read; those known before stay refused');
    },
  });
  const port = servingRegistry(registry, openArtifactStore(options.artifacts));
  const refreshing = setInterval(() => void revocations.refresh(), REVOCATIONS_EVERY_MS);
  try {
    await revocations.readKept();
    // The registry may be away, and a server answers all the same.
    void revocations.refresh();
    const server = await startServingServer({
      name,
      port: options.port,
      host: options.host,
      models: options.models,
      registry: port,
      universe: createUniverseSource({ registry: port, clock: SYSTEM_CLOCK }),
      explainer: new SidecarExplainer({
        python: options.sidecar.python,
        sidecarFolder: options.sidecar.folder,
        registry: port,
      }),
      log,
      tracing: options.tracing,
      limits: { scorerThreads: options.scorerThreads },
      processMetrics: true,
      access: accessOf(options, revocations),
      breakGlass: {
        folder: join(options.stateDir, 'break-glass'),
        verify: async (token) => {
          const signingKeyFile = options.tokenSigningKeyFile;
          const grant = await verifyBreakGlassToken({ signingKeyFile, token, now: new Date() });
          await revocations.require(ISSUER, grant.tokenId);
          return grant;
        },
      },
    });
    options.onListening({ name, url: server.url });
    log.info({ url: server.url, models: options.models }, 'listening');
    const ended = options.interrupted.aborted
      ? null
      : await Promise.race([server.failed, aborted(options.interrupted)]);
    await server.stop();
    if (ended instanceof Error) throw ended;
  } finally {
    clearInterval(refreshing);
    await closeMarketFolders();
    await options.tracing.close();
    await registry.close();
  }
}

async function aborted(signal: AbortSignal): Promise<null> {
  await once(signal, 'abort');
  return null;
}

function accessOf({ access }: ServingProcessOptions, revocations: Revocations): ServingAccess {
  const { identify, requestsPerSecond, corsOrigins } = access;
  const revoked = (issuer: string, tokenId: string): boolean => revocations.has(issuer, tokenId);
  return { verifyToken: identify, revoked, requestsPerSecond, corsOrigins };
}
