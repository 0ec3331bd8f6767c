import type { Registry } from '../registry/registry.ts';
import type { ApiMetrics } from './metrics.ts';
import type { ApiLog } from './parts.ts';

export interface Refusal {
  readonly actor: string;
  /** Id of the operation. */
  readonly command: string;
  readonly code: string;
  /** Empty: about no model. */
  readonly model: string;
  readonly reason: string;
}

/** A flood of refusals must not become a flood of writes: what is more than this at once is counted only. */
const MOST_WAITING = 200;

/** Writes denied attempts to their log, one after the other, behind the answers. */
export class RefusalLog {
  readonly #registry: Registry;
  readonly #metrics: ApiMetrics;
  readonly #log: ApiLog;
  #waiting: Refusal[] = [];
  #writing: Promise<void> = Promise.resolve();
  #busy = false;

  constructor(registry: Registry, metrics: ApiMetrics, log: ApiLog) {
    this.#registry = registry;
    this.#metrics = metrics;
    this.#log = log;
  }

  record(refusal: Refusal): void {
    this.#metrics.denied.inc({ code: refusal.code });
    if (this.#waiting.length >= MOST_WAITING) {
      this.#metrics.unrecorded.inc();
      return;
    }
    this.#waiting.push({
      actor: refusal.actor.slice(0, 120),
      command: refusal.command.slice(0, 60),
      code: refusal.code,
      model: refusal.model.slice(0, 48),
      reason: refusal.reason.slice(0, 500),
    });
    if (!this.#busy) {
      this.#busy = true;
      this.#writing = this.#drain();
    }
  }

  /** Resolves when everything that was recorded so far is written. */
  async flushed(): Promise<void> {
    await this.#writing;
  }

  async #drain(): Promise<void> {
    try {
      for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
        try {
          await this.#registry.recordRefusedAttempt(next);
        } catch (error) {
          this.#metrics.unrecorded.inc();
          this.#log.warn({ err: error, code: next.code }, 'a refused attempt could not be recorded');
        }
      }
    } finally {
      this.#busy = false;
    }
  }
}
