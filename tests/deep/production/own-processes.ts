import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { stringify } from 'yaml';
import { inheritedEnvironment, PROJECT_ROOT } from '../../../config/config.ts';
import { Watchdog } from '../../../supervisor/watchdog.ts';
import type { ProcessPlan } from '../../../supervisor/supervisor.ts';
import type { SmallWorld } from '../../e2e/small-world.ts';

/** Postgres and Temporal alone: everything else is started as on machines of its own. */
export const NO_PROCESSES: ProcessPlan = {
  wishes: [],
  children: () => [],
  apiUrl: () => '',
  serverUrls: () => ({}),
  metricsUrls: () => ({}),
};

/** Where a process runs, and where it finds the others from there. */
export interface Place {
  readonly listenAddress: string;
  readonly databaseUrl: string;
  readonly temporalAddress: string;
  readonly command: (program: string, args: readonly string[]) => readonly [string, readonly string[]];
}

/** This machine, as every other process of it sees it. */
export function thisMachine({ running }: SmallWorld): Place {
  return {
    listenAddress: '127.0.0.1',
    ...{ databaseUrl: running.databaseUrl, temporalAddress: running.temporalAddress },
    command: (program, args) => [program, args],
  };
}

/** One process of the command line, with a settings file and a data folder of its own, in a process group of its own. */
export class OwnProcess {
  /** Ends what a killed test would leave behind. */
  static readonly #watchdog = new Watchdog();
  readonly name: string;
  readonly #child: ChildProcess;
  readonly #ended: Promise<number | null>;
  #output = '';

  constructor(world: SmallWorld, name: string, args: readonly string[], place = thisMachine(world)) {
    this.name = name;
    const folder = join(world.dataDir, 'production', name);
    mkdirSync(folder, { recursive: true });
    // As an orchestrator mounts it: the password in a file, everything else in the settings.
    writeFileSync(join(folder, 'database-url'), `${place.databaseUrl}\n`, { mode: 0o600 });
    const settings = {
      dataDir: join(folder, 'data'),
      ...{ temporalAddress: place.temporalAddress, listenAddress: place.listenAddress },
      artifactsDir: world.config.artifactsDir,
      tokenSigningKeyFile: world.config.tokenSigningKeyFile,
      ...{ controlMetricsPort: 0, computeMetricsPort: 0, sidecarMetricsPort: 0, apiPort: 0 },
      trainingConcurrency: 1,
    };
    writeFileSync(join(folder, 'config.yaml'), stringify(settings));
    const main = join(PROJECT_ROOT, 'cli', 'main.ts');
    const [program, programArgs] = place.command(process.execPath, [main, ...args]);
    this.#child = spawn(program, programArgs, {
      cwd: folder,
      env: {
        ...inheritedEnvironment(),
        CONTENDER_CONFIG: join(folder, 'config.yaml'),
        CONTENDER_DATABASE_URL_FILE: join(folder, 'database-url'),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    OwnProcess.#watchdog.guard({ pid: this.pid, target: 'group', signal: 'SIGKILL' });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on('data', (chunk: Buffer) => (this.#output += chunk.toString('utf8')));
    }
    this.#ended = new Promise((resolve) => {
      this.#child.once('exit', (code) => {
        OwnProcess.#watchdog.release({ pid: this.pid, target: 'group' });
        resolve(code);
      });
    });
  }

  /** What it has written so far. */
  get output(): string {
    return this.#output;
  }

  /** Of the process, and of its group. */
  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** kill -9 of it and everything it started. */
  kill(): void {
    this.#signal('SIGKILL');
  }

  /** Asks it to end; gives its exit code, or what of it still runs after `withinMs`. */
  async stop(withinMs: number): Promise<number | string | null> {
    if (this.running) this.#child.kill('SIGTERM');
    const patience = new AbortController();
    const code = await Promise.race([
      this.#ended,
      delay(withinMs, undefined, { signal: patience.signal }).then(
        () => `has not ended after ${String(withinMs / 1000)} s: ${this.#group()}`,
        () => null,
      ),
    ]);
    patience.abort();
    this.#signal('SIGKILL');
    return code;
  }

  /** The processes of its group, for whoever wonders why it does not end. */
  #group(): string {
    const { stdout } = spawnSync('ps', ['-ww', '-o', 'pid,stat,wchan:20,time,args', '-g', String(this.pid)]);
    return String(stdout);
  }

  #signal(signal: NodeJS.Signals): void {
    try {
      process.kill(-(this.#child.pid ?? 0), signal);
    } catch {
      // The group is gone.
    }
  }
}
