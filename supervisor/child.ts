import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { ChildNotReady, StartInterrupted } from './errors.ts';
import { LogFile } from './log-file.ts';
import { signal } from './process-table.ts';
import type { SignalTarget } from './process-table.ts';
import type { Watchdog } from './watchdog.ts';

export interface ChildSpec {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** The whole environment of the child. */
  readonly environment: Readonly<Record<string, string>>;
  /** Part of its command line by which a later start knows a left-over process of ours. */
  readonly marker: string;
  /** Another user to run as; only root can. */
  readonly user?: { readonly uid: number; readonly gid: number };
  readonly stop: { readonly signal: NodeJS.Signals; readonly target: SignalTarget; readonly graceMs: number };
  /** Polled until true; a throw counts as not yet. */
  readonly isReady: () => Promise<boolean>;
  readonly readyTimeoutMs: number;
  /** Run before every start, for what a crash may have left behind. */
  readonly beforeStart?: () => Promise<void>;
}

export interface ChildEvent {
  /** Wall time, ISO. */
  readonly at: string;
  readonly name: string;
  readonly kind: 'starting' | 'ready' | 'exited' | 'restarting' | 'stopped';
  /** Zero when there is no process. */
  readonly pid: number;
  readonly detail: string;
}

/** Waits before a restart: doubled each time, forgotten after a while of health. */
const BACKOFF = { firstMs: 200, maxMs: 5000, healthyMs: 30_000 } as const;
/** Ends before the first readiness that are put down to a passing cause (a port in use, a predecessor still dying). */
const START_ATTEMPTS = 5;
const READY_POLL_MS = 50;

export interface ChildOptions {
  readonly spec: ChildSpec;
  readonly logFile: string;
  readonly watchdog: Watchdog;
  readonly onEvent: (event: ChildEvent) => void;
}

/** One supervised process: started, probed, started again whenever it ends, stopped in order. */
export class Child {
  readonly spec: ChildSpec;
  readonly #options: ChildOptions;
  readonly #log: LogFile;
  readonly #stopping = new AbortController();
  #process: ChildProcess | undefined;
  #exited: Promise<string> = Promise.resolve('never started');
  #loop: Promise<void> = Promise.resolve();
  #restarts = 0;

  constructor(options: ChildOptions) {
    this.spec = options.spec;
    this.#options = options;
    this.#log = new LogFile(options.logFile);
  }

  /** Zero while there is no process. */
  get pid(): number {
    return this.#process?.pid ?? 0;
  }

  /** How often it was started again after it had been ready. */
  get restarts(): number {
    return this.#restarts;
  }

  /**
   * Resolves when the child is ready for the first time; from then on it is kept running until `stop`.
   *
   * @throws ChildNotReady with the last lines of its log
   * @throws StartInterrupted when stopped meanwhile
   */
  async start(): Promise<void> {
    const deadline = performance.now() + this.spec.readyTimeoutMs;
    for (let attempt = 1; ; attempt += 1) {
      const outcome = await this.#launch(deadline);
      if (outcome === 'ready') break;
      if (this.#isStopping()) throw new StartInterrupted(`${this.spec.name} was stopped while starting`);
      if (attempt === START_ATTEMPTS || performance.now() > deadline) {
        await this.#end();
        throw this.#notReady(outcome);
      }
      await this.#pause(attempt);
    }
    this.#loop = this.#keepRunning();
  }

  /** Asks the child to end, kills it after the grace period, and returns when it is gone. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#end();
    await this.#loop;
    this.#log.close();
    this.#emit('stopped', '');
  }

  async #keepRunning(): Promise<void> {
    let failures = 0;
    let healthySince = performance.now();
    for (;;) {
      await this.#exited;
      if (this.#isStopping()) return;
      failures = performance.now() - healthySince > BACKOFF.healthyMs ? 1 : failures + 1;
      await this.#pause(failures);
      if (this.#isStopping()) return;
      this.#restarts += 1;
      const outcome = await this.#launch(performance.now() + this.spec.readyTimeoutMs);
      if (outcome === 'ready') healthySince = performance.now();
      // Alive but silent past its time: a fresh process has a better chance than a stuck one.
      else await this.#end();
    }
  }

  /** One process from spawn to readiness; otherwise the reason why not. */
  async #launch(deadline: number): Promise<string> {
    try {
      await this.spec.beforeStart?.();
      if (this.#isStopping()) return 'stopped';
      this.#spawn();
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
    let how = '';
    const hasEnded = (): boolean => how !== '';
    const exited = this.#exited.then((text) => {
      how = text;
    });
    while (!hasEnded() && !this.#isStopping()) {
      if (await this.spec.isReady().catch(() => false)) {
        // The probe may have been answered by somebody else on the same port.
        if (hasEnded()) break;
        this.#emit('ready', '');
        return 'ready';
      }
      if (performance.now() > deadline) return 'it did not become ready in time';
      await Promise.race([exited, delay(READY_POLL_MS)]);
    }
    return hasEnded() ? how : 'stopped';
  }

  #spawn(): void {
    const { command, args, cwd, environment, user, stop } = this.spec;
    const child = spawn(command, [...args], {
      cwd,
      env: { ...environment },
      // A group of its own: Ctrl-C reaches the supervisor alone, and a stop reaches grandchildren too.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      ...user,
    });
    this.#process = child;
    child.stdout.on('data', (chunk: Buffer) => {
      this.#log.write(chunk);
    });
    child.stderr.on('data', (chunk: Buffer) => {
      this.#log.write(chunk);
    });
    this.#exited = new Promise((resolve) => {
      child.once('error', (error) => {
        this.#process = undefined;
        this.#emit('exited', error.message);
        resolve(error.message);
      });
      child.once('exit', (code, killedBy) => {
        const how = killedBy === null ? `it ended with code ${String(code)}` : `it was ended by ${killedBy}`;
        this.#afterExit(child.pid ?? 0, how);
        resolve(how);
      });
    });
    if (child.pid === undefined) return;
    this.#options.watchdog.guard({ pid: child.pid, target: stop.target, signal: stop.signal });
    this.#emit('starting', '');
  }

  #afterExit(pid: number, how: string): void {
    const { target } = this.spec.stop;
    // What it started and left behind would write into the successor's work.
    if (target === 'group') signal(pid, 'group', 'SIGKILL');
    this.#options.watchdog.release({ pid, target });
    this.#emit('exited', how);
    this.#process = undefined;
  }

  async #end(): Promise<void> {
    const { signal: name, target, graceMs } = this.spec.stop;
    const pid = this.pid;
    if (pid === 0) return;
    signal(pid, target, name);
    const inTime = await Promise.race([this.#exited.then(() => true), delay(graceMs, false, { ref: false })]);
    if (inTime) return;
    signal(pid, target, 'SIGKILL');
    await this.#exited;
  }

  #isStopping(): boolean {
    return this.#stopping.signal.aborted;
  }

  async #pause(failures: number): Promise<void> {
    const milliseconds = Math.min(BACKOFF.firstMs * 2 ** (failures - 1), BACKOFF.maxMs);
    this.#emit('restarting', `in ${String(milliseconds)} ms`);
    await delay(milliseconds, undefined, { signal: this.#stopping.signal }).catch(() => undefined);
  }

  #notReady(reason: string): ChildNotReady {
    const { name } = this.spec;
    const tail = this.#log.tail();
    // After an uncaught error the runtime still prints a stack and its version; the error itself says more.
    const telling = tail.findLast((line) => /error/iu.test(line)) ?? tail.at(-1);
    const said = telling === undefined ? '' : `; it said: ${telling.trim().slice(0, 400)}`;
    return new ChildNotReady(`${name} did not start: ${reason}${said}`, {
      remedy: `Its log is ${this.#log.path}; npm run contender -- doctor checks what it needs.`,
      details: { name, reason, tail },
    });
  }

  #emit(kind: ChildEvent['kind'], detail: string): void {
    this.#options.onEvent({
      at: new Date().toISOString(),
      name: this.spec.name,
      kind,
      pid: this.pid,
      detail,
    });
  }
}
