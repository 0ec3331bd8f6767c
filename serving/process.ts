import { once } from 'node:events';
import { join } from 'node:path';
import type { Actor } from '../contracts/primitives.ts';
import { closeMarketFolders } from '../extraction/folder-cache.ts';
import { type ArtifactLocation, openArtifactStore } from '../registry/artifacts/open-store.ts';
import { verifyBreakGlassToken } from '../registry/identity/break-glass-token.ts';
import { verifyToken as verifyIdentityToken } from '../registry/identity/tokens.ts';
import { openRegistry } from '../registry/registry.ts';
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
  readonly access: Omit<ServingAccess, 'verifyToken'> & {
    /** True: requests have to carry a token of this installation. */
    readonly tokens: boolean;
  };
  readonly log: ServingLog;
  readonly interrupted: AbortSignal;
  readonly onListening: (server: { readonly name: string; readonly url: string }) => void;
}

/** A server waits for the registry no longer than this: it has an answer of its own while the registry is away. */
const STATEMENT_TIMEOUT_MS = 3000;

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
  const port = servingRegistry(registry, openArtifactStore(options.artifacts));
  try {
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
      limits: { scorerThreads: options.scorerThreads },
      processMetrics: true,
      access: accessOf(options),
      breakGlass: {
        folder: join(options.stateDir, 'break-glass'),
        verify: (token) =>
          verifyBreakGlassToken({ signingKeyFile: options.tokenSigningKeyFile, token, now: new Date() }),
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
    await closeMarketFolders();
    await registry.close();
  }
}

async function aborted(signal: AbortSignal): Promise<null> {
  await once(signal, 'abort');
  return null;
}

function accessOf({ access, tokenSigningKeyFile }: ServingProcessOptions): ServingAccess {
  const { tokens, requestsPerSecond, corsOrigins } = access;
  const verifyToken = (token: string): Promise<Actor> =>
    verifyIdentityToken({ signingKeyFile: tokenSigningKeyFile, token, now: new Date() });
  return { verifyToken: tokens ? verifyToken : null, requestsPerSecond, corsOrigins };
}
