import type pg from 'pg';
import { z } from 'zod';
import { ModelName, Sha256 } from '../contracts/primitives.ts';
import { openClient, operations } from './database.ts';
import type { TraceCarrier } from '../contracts/trace-context.ts';
import type { Database } from './database.ts';

/** The channel that contender_swap notifies. */
const CHANNEL = 'contender_swap';
/** The trace of a swap, in the transaction of the swap and before it. */
export const TRACE_CHANNEL = 'contender_trace';
/** A drill of a model was opened. */
export const DRILL_CHANNEL = 'contender_drill';

export const SwapNotice = z.strictObject({
  model: ModelName,
  epoch: z.int().min(1),
  versionId: Sha256,
});
export type SwapNotice = z.infer<typeof SwapNotice>;

const DrillNotice = z.object({ model: ModelName });
const TraceNotice = z.object({ model: ModelName, carrier: z.record(z.string(), z.string().max(4000)) });

export interface SwapListener {
  close(): Promise<void>;
}

export interface ListenSwapsInput {
  /** A committed swap; null: notices may have been missed (the connection is new), so read everything again. */
  readonly onSwap: (notice: SwapNotice | null) => void;
  /** The trace in which the next swap of the model was made. Absent: nobody wants to know. */
  readonly onTrace?: (model: string, carrier: TraceCarrier) => void;
  /** A drill was opened. Absent: nobody wants to know. */
  readonly onDrill?: (model: string) => void;
  /** Waiting time after the first lost connection; doubled up to sixteen times that. */
  readonly reconnectMs?: number;
}

const RECONNECT_MS = 200;
const MOST_DOUBLINGS = 4;
/** A connection that is silently dead says nothing; a query on it does. */
const PROBE_MS = 5000;

/**
 * Hears of swaps over a connection of its own, since a pooled one is not always the same. Lost connections are opened
 * again for ever; each new one calls back with null. A failing call-back does not end the listening.
 */
export const listenerOperations = operations((database) => ({
  listenSwaps(input: ListenSwapsInput): SwapListener {
    const reconnectMs = input.reconnectMs ?? RECONNECT_MS;
    let client: pg.Client | null = null;
    let timer: NodeJS.Timeout | null = null;
    let closed = false;
    let failures = 0;

    const drop = (dead: pg.Client): void => {
      if (client !== dead) return;
      client = null;
      void dead.end().catch(() => undefined);
      if (closed) return;
      timer = setTimeout(() => void connect(), reconnectMs * 2 ** Math.min(failures, MOST_DOUBLINGS));
      failures += 1;
    };

    const probe = (alive: pg.Client): void => {
      if (client !== alive || closed) return;
      timer = setTimeout(() => {
        alive.query('select 1').then(
          () => {
            probe(alive);
          },
          () => {
            drop(alive);
          },
        );
      }, PROBE_MS);
      timer.unref();
    };

    const connect = async (): Promise<void> => {
      const next = openClient({ ...database.options, applicationName: listenerName(database) });
      client = next;
      next.on('error', () => {
        drop(next);
      });
      next.on('end', () => {
        drop(next);
      });
      next.on('notification', ({ channel, payload }) => {
        if (channel === CHANNEL) input.onSwap(parseNotice(payload));
        if (channel === TRACE_CHANNEL) tellTrace(payload, input);
        if (channel === DRILL_CHANNEL) tellDrill(payload, input);
      });
      try {
        await next.connect();
        await next.query(`listen ${CHANNEL}`);
        if (input.onTrace !== undefined) await next.query(`listen ${TRACE_CHANNEL}`);
        if (input.onDrill !== undefined) await next.query(`listen ${DRILL_CHANNEL}`);
        failures = 0;
        input.onSwap(null);
        probe(next);
      } catch {
        drop(next);
      }
    };

    void connect();
    return {
      close: async () => {
        closed = true;
        if (timer !== null) clearTimeout(timer);
        const last = client;
        client = null;
        await last?.end().catch(() => undefined);
      },
    };
  },
}));

const listenerName = (database: Database): string => `${database.options.applicationName} listen`;

/** What is not a notice of ours still means that something moved. */
function parseNotice(payload: string | undefined): SwapNotice | null {
  try {
    const parsed = SwapNotice.safeParse(JSON.parse(payload ?? ''));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}

/** What cannot be read is a trace less, and nothing else. */
function tellTrace(payload: string | undefined, { onTrace }: ListenSwapsInput): void {
  try {
    const { model, carrier } = TraceNotice.parse(JSON.parse(payload ?? ''));
    onTrace?.(model, carrier);
  } catch {
    return;
  }
}

/** What cannot be read is heard of at the next poll. */
function tellDrill(payload: string | undefined, { onDrill }: ListenSwapsInput): void {
  try {
    const { model } = DrillNotice.parse(JSON.parse(payload ?? ''));
    onDrill?.(model);
  } catch {
    return;
  }
}
