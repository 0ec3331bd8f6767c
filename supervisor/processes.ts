import { join } from 'node:path';
import { configEnvironment, inheritedEnvironment, tracingEnvironment } from '../config/config.ts';
import type { Config } from '../config/config.ts';
import { AUTO } from '../config/settings.ts';
import type { ChildSpec } from './child.ts';
import { answersOk } from './http-probe.ts';
import type { ProcessPlan, ProcessSurroundings } from './supervisor.ts';

const HOST = '127.0.0.1';
/** The control worker bundles the workflows first: seconds, many of them on a busy machine. */
const READY_TIMEOUT_MS = 180_000;
/** Workers finish or hand back what they hold before they end. */
const STOP_GRACE_MS = 15_000;

/** The processes of the system on one machine: two workers, a training sidecar, the control API, the prediction servers. */
export function systemProcesses(config: Config): ProcessPlan {
  const servers = config.serverPorts.map((port, index) => ({ name: serverName(index), port }));
  return {
    wishes: [
      { name: 'control', candidates: [config.controlMetricsPort] },
      { name: 'compute', candidates: [config.computeMetricsPort] },
      { name: 'sidecar', candidates: [config.sidecarMetricsPort] },
      { name: 'api', candidates: [config.apiPort] },
      ...servers.map(({ name, port }) => ({ name, candidates: [port] })),
    ],
    children: (surroundings) => [
      worker('control', surroundings),
      worker('compute', surroundings),
      sidecar(surroundings),
      worker('api', surroundings),
      ...servers.map(({ name }) => predictionServer(name, surroundings)),
    ],
    apiUrl: (ports) => baseUrl(ports, 'api'),
    serverUrls: (ports) => Object.fromEntries(servers.map(({ name }) => [name, baseUrl(ports, name)])),
    metricsUrls: (ports) => {
      const names = ['control', 'compute', 'sidecar', 'api', ...servers.map(({ name }) => name)];
      return Object.fromEntries(names.map((name) => [name, `${baseUrl(ports, name)}/metrics`]));
    },
  };
}

/** `server-a`, `server-b` and so on; the settings allow sixteen. */
function serverName(index: number): string {
  return `server-${String.fromCodePoint('a'.charCodeAt(0) + index)}`;
}

/**
 * The API answers small requests: young objects die young, and a heap that is left to grow to the size of the machine is
 * never collected. Measured with fifty people by bench/api.ts.
 */
export const API_NODE_FLAGS: readonly string[] = ['--max-semi-space-size=4', '--max-old-space-size=192'];

function worker(name: 'control' | 'compute' | 'api', surroundings: ProcessSurroundings): ChildSpec {
  const program = join(surroundings.config.root, 'workers', `${name}.ts`);
  const flags = name === 'api' ? API_NODE_FLAGS : [];
  return nodeProcess(name, [...flags, program], program, surroundings);
}

function predictionServer(name: string, surroundings: ProcessSurroundings): ChildSpec {
  const program = join(surroundings.config.root, 'cli', 'main.ts');
  const args = [program, 'serve', '--name', name, '--port', String(portOf(surroundings.ports, name))];
  return nodeProcess(name, args, `serve --name ${name}`, surroundings);
}

function nodeProcess(
  name: string,
  args: readonly string[],
  marker: string,
  surroundings: ProcessSurroundings,
): ChildSpec {
  return {
    ...{ name, command: process.execPath, args, marker, cwd: surroundings.config.root },
    environment: { ...inheritedEnvironment(), ...tracingEnvironment(), ...settingsOf(surroundings, name) },
    ...lifecycle(surroundings, name),
  };
}

function sidecar(surroundings: ProcessSurroundings): ChildSpec {
  const { config } = surroundings;
  const { temporalNamespace, replayNamespace } = config;
  const folder = join(config.root, 'sidecar');
  const environment = {
    ...inheritedEnvironment(),
    ...tracingEnvironment(),
    ...settingsOf(surroundings, 'sidecar'),
    CONTENDER_TEMPORAL_NAMESPACES: `${temporalNamespace},${replayNamespace}`,
    PYTHONPATH: folder,
    PYTHONUNBUFFERED: '1',
  };
  return {
    ...{ name: 'sidecar', command: config.pythonPath, args: ['-m', 'contender_sidecar'], cwd: folder },
    marker: 'contender_sidecar',
    environment: Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== AUTO)),
    ...lifecycle(surroundings, 'sidecar'),
  };
}

/** Every setting as it is in force, with the places the supervisor has chosen. */
function settingsOf({ config, endpoints, ports }: ProcessSurroundings, name: string): Record<string, string> {
  return configEnvironment({ ...config, ...endpoints, metricsPort: portOf(ports, name) });
}

function lifecycle(
  { ports }: ProcessSurroundings,
  name: string,
): Pick<ChildSpec, 'stop' | 'readyTimeoutMs' | 'isReady'> {
  return {
    stop: { signal: 'SIGTERM', target: 'group', graceMs: STOP_GRACE_MS },
    readyTimeoutMs: READY_TIMEOUT_MS,
    // Up, not healthy: a server without a champion has nothing to answer with and is still as it should be.
    isReady: () => answersOk(`${baseUrl(ports, name)}/metrics`),
  };
}

function baseUrl(ports: Readonly<Record<string, number>>, name: string): string {
  return `http://${HOST}:${String(portOf(ports, name))}`;
}

function portOf(ports: Readonly<Record<string, number>>, name: string): number {
  return ports[name] ?? 0;
}
