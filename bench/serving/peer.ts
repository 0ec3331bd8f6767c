import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { PROJECT_ROOT } from '../../config/config.ts';
import { choosePorts } from '../../supervisor/ports.ts';

/** What ours stands beside. FastAPI over onnxruntime runs in an environment of the bench's own (.contender/bench-serving), made at the first run. */
const FOLDER = join(PROJECT_ROOT, '.contender', 'bench-serving');
const PYTHON = join(FOLDER, 'bin', 'python');
const READY_WITHIN_MS = 60_000;
/** Ticks of the processor's accounting in a second, on every Linux there is. */
const TICKS_PER_SECOND = 100;

function install(): void {
  const mark = join(FOLDER, 'installed');
  if (existsSync(mark)) return;
  mkdirSync(FOLDER, { recursive: true });
  execFileSync('python3', ['-m', 'venv', FOLDER]);
  const requirements = join(PROJECT_ROOT, 'bench', 'serving-requirements.txt');
  execFileSync(PYTHON, [
    '-m',
    'pip',
    'install',
    '--quiet',
    '--disable-pip-version-check',
    '-r',
    requirements,
  ]);
  writeFileSync(mark, '');
}

export interface Peer {
  readonly port: number;
  /** Of the process since it began; NaN where the system does not say. */
  cpuSeconds(): number;
  stop(): Promise<void>;
}

export function startPeer(model: string, token: string): Promise<Peer> {
  install();
  const program = join(PROJECT_ROOT, 'bench', 'serving', 'peer.py');
  return start((port) => [PYTHON, program, model, String(port)], { PEER_TOKEN: token });
}

/** Node's HTTP server with nothing behind it. */
export function startFloor(): Promise<Peer> {
  const program = join(PROJECT_ROOT, 'bench', 'serving', 'floor.ts');
  return start((port) => [process.execPath, program, String(port)], {});
}

async function start(
  commandOn: (port: number) => readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Peer> {
  const { peer: port = 0 } = await choosePorts([{ name: 'peer', candidates: [] }]);
  const [command = '', ...arguments_] = commandOn(port);
  const child: ChildProcess = spawn(command, arguments_, { stdio: ['ignore', 'ignore', 'inherit'], env });
  const stop = async (): Promise<void> => {
    if (child.exitCode !== null) return;
    child.kill('SIGTERM');
    await once(child, 'exit');
  };
  const endMs = performance.now() + READY_WITHIN_MS;
  while (!(await answers(port))) {
    if (performance.now() > endMs || child.exitCode !== null) {
      await stop();
      throw new Error('the peer did not begin to answer');
    }
    await delay(100);
  }
  return { port, cpuSeconds: () => cpuOf(child.pid ?? 0), stop };
}

async function answers(port: number): Promise<boolean> {
  try {
    return (await fetch(`http://127.0.0.1:${String(port)}/health`)).ok;
  } catch {
    return false;
  }
}

/** User and system time of a process, fields 14 and 15 of its stat line; what stands before them may hold spaces. */
function cpuOf(pid: number): number {
  try {
    const fields =
      readFileSync(`/proc/${String(pid)}/stat`, 'utf8')
        .split(') ')[1]
        ?.split(' ') ?? [];
    return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
  } catch {
    return Number.NaN;
  }
}
