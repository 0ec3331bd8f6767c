import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { configEnvironment, inheritedEnvironment, tracingEnvironment } from '../config/config.ts';
import type { Config } from '../config/config.ts';
import type { Endpoints } from '../config/runtime-state.ts';
import { AUTO, EMBEDDED, OFF } from '../config/settings.ts';
import { WorkerEnded } from './errors.ts';
import { Watchdog } from './watchdog.ts';

/** The processes that may run by themselves, one to a container or unit; prediction servers have a command of their own. */
export const ROLES = ['control', 'compute', 'sidecar', 'api'] as const;
export type Role = (typeof ROLES)[number];

/** Where each answers /metrics; the API answers everything there. */
const PORT = {
  control: 'controlMetricsPort',
  compute: 'computeMetricsPort',
  sidecar: 'sidecarMetricsPort',
  api: 'apiPort',
} as const satisfies Record<Role, keyof Config>;

export interface ForegroundOptions {
  readonly role: Role;
  readonly config: Config;
  /** Looked up when they are asked for: a sidecar needs no database. */
  readonly endpoints: Pick<Endpoints, 'databaseUrl' | 'temporalAddress'>;
  readonly interrupted: AbortSignal;
}

/**
 * Runs one process of the system in this terminal until it ends or `interrupted` is aborted, which asks it to end in order.
 *
 * @throws WorkerEnded when it ends by itself with anything but 0
 */
export async function runInForeground(options: ForegroundOptions): Promise<void> {
  const { command, args, cwd, environment } = processOf(options);
  const child = spawn(command, args, { cwd, env: environment, stdio: ['ignore', 'inherit', 'inherit'] });
  // Killed ourselves, we leave nothing behind that would go on under nobody's name.
  const watchdog = new Watchdog();
  const guarded = { pid: child.pid ?? 0, target: 'process', signal: 'SIGTERM' } as const;
  if (guarded.pid > 0) watchdog.guard(guarded);
  const end = (): void => {
    child.kill('SIGTERM');
  };
  options.interrupted.addEventListener('abort', end, { once: true });
  if (options.interrupted.aborted) end();
  const ended = await new Promise<string>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      resolve(code === 0 ? '' : signal === null ? `with exit code ${String(code)}` : `by ${signal}`);
    });
  });
  watchdog.release(guarded);
  watchdog.close();
  if (ended === '' || options.interrupted.aborted) return;
  throw new WorkerEnded(`the ${options.role} process ended ${ended}`, {
    remedy: 'Its last lines above say why; start it again when that is mended.',
  });
}

const NO_SECRETS = {
  ...{ slackWebhookUrl: OFF, slackSigningSecret: OFF, smtpUrl: OFF, oidcClientSecret: OFF },
} as const;

interface ForegroundProcess {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly environment: Record<string, string>;
}

export function processOf({
  role,
  config,
  endpoints,
}: Omit<ForegroundOptions, 'interrupted'>): ForegroundProcess {
  const at = { temporalAddress: endpoints.temporalAddress, metricsPort: config[PORT[role]] };
  const environmentOf = (settings: Config): Record<string, string> => ({
    ...inheritedEnvironment(),
    ...tracingEnvironment(),
    ...configEnvironment(settings),
  });
  if (role !== 'sidecar') {
    const environment = environmentOf({ ...config, ...at, databaseUrl: endpoints.databaseUrl });
    const program = join(config.root, 'workers', `${role}.ts`);
    return { command: process.execPath, args: [program], cwd: config.root, environment };
  }
  const cwd = join(config.root, 'sidecar');
  const own = {
    // It has no business with the registry, nor with who is told what.
    ...environmentOf({ ...config, ...at, databaseUrl: EMBEDDED, ...NO_SECRETS }),
    CONTENDER_TEMPORAL_NAMESPACES: `${config.temporalNamespace},${config.replayNamespace}`,
    PYTHONPATH: cwd,
    PYTHONUNBUFFERED: '1',
  };
  return {
    ...{ command: config.pythonPath, args: ['-m', 'contender_sidecar'], cwd },
    environment: Object.fromEntries(Object.entries(own).filter(([, value]) => value !== AUTO)),
  };
}
