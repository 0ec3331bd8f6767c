import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import type { PromoteChampionInput, SwapResult } from '../../../activities/swap.ts';
import type { RollbackInput } from '../../../contracts/retrain.ts';

/** What one actor process is asked to do. */
export type ActorRequest =
  | { readonly command: 'swap'; readonly role: 'worker'; readonly promotion: PromoteChampionInput }
  | { readonly command: 'rollback'; readonly role: 'worker' | 'api'; readonly rollback: RollbackInput };

export type ActorStep = 'ready' | 'acknowledged' | 'servers' | 'finished';

/** A process that gives one command. Killed, it is started again with the same request. */
export class Actor {
  readonly #process: ChildProcess;
  readonly #steps = new Map<ActorStep, unknown>();
  #errors = '';
  #rest = '';

  constructor(request: ActorRequest, environment: Readonly<Record<string, string>>) {
    const program = join(import.meta.dirname, 'fixture-swap-actor.ts');
    this.#process = spawn(process.execPath, [program, JSON.stringify(request)], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: environment,
    });
    this.#process.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      this.#take(chunk);
    });
    this.#process.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
      this.#errors += chunk;
    });
  }

  #take(chunk: string): void {
    const lines = (this.#rest + chunk).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) {
      const { step, value } = JSON.parse(line) as { readonly step: ActorStep; readonly value: unknown };
      this.#steps.set(step, value);
    }
  }

  /** Whether it said so; throws when it ended without. */
  reached(step: ActorStep): boolean {
    if (this.#steps.has(step)) return true;
    if (this.#process.exitCode === null && this.#process.signalCode === null) return false;
    if (this.#process.signalCode === 'SIGKILL') return false;
    throw new Error(`the actor ended before ${step}: ${this.#errors}`);
  }

  get acknowledged(): SwapResult | null {
    return (this.#steps.get('acknowledged') as SwapResult | undefined) ?? null;
  }

  get running(): boolean {
    return this.#process.exitCode === null && this.#process.signalCode === null;
  }

  signal(name: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): void {
    this.#process.kill(name);
  }
}
