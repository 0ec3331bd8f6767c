import { setImmediate } from 'node:timers/promises';
import type { Timer } from '../../../notifications/timer.ts';

/** Time that passes only by sleeping: every sleep ends at once and moves the clock. For one lane at a time. */
export class VirtualTimer implements Timer {
  nowMs: number;
  readonly sleeps: number[] = [];

  constructor(start: string) {
    this.nowMs = Date.parse(start);
  }

  now(): number {
    return this.nowMs;
  }

  async sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
    if (!signal.aborted && milliseconds > 0) {
      this.sleeps.push(milliseconds);
      this.nowMs += milliseconds;
    }
    await setImmediate();
  }
}
