import { readCarrier, type TraceCarrier } from '../contracts/trace-context.ts';
import type { OpenSpan, Tracing } from '../tracing/tracing.ts';
import type { ServingClock } from './ports.ts';

/** A swap that nobody acknowledged for so long was overtaken by another, or is not ours. */
const FORGET_AFTER_MS = 60_000;

/**
 * How this server followed a swap, as a span below the activity or the request that committed it: from the moment it heard of it
 * until it had acknowledged the epoch. A swap that it learnt by polling alone is in no trace.
 */
export class SwapTraces {
  readonly #tracing: Tracing;
  readonly #server: string;
  readonly #clock: ServingClock;
  readonly #open = new Map<string, { readonly span: OpenSpan; readonly heardMs: number }>();

  constructor(tracing: Tracing, server: string, clock: ServingClock) {
    this.#tracing = tracing;
    this.#server = server;
    this.#clock = clock;
  }

  heard(model: string, carrier: TraceCarrier): void {
    const parent = readCarrier(carrier);
    if (!this.#tracing.on || parent === null) return;
    const attributes = { 'contender.model': model, 'contender.server': this.#server };
    const span = this.#tracing.begin({ name: 'follow swap', kind: 'consumer', parent, attributes });
    this.#open.set(model, { span, heardMs: this.#clock.monotonicMs() });
  }

  acknowledged(model: string, epoch: number, version: number): void {
    const open = this.#open.get(model);
    if (open === undefined) return;
    this.#open.delete(model);
    if (this.#clock.monotonicMs() - open.heardMs > FORGET_AFTER_MS) return;
    open.span.annotate({ 'contender.epoch': epoch, 'contender.version': version });
    open.span.end('');
  }
}
