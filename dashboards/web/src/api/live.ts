import type { QueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { answerOf, api, patience } from './client.ts';
import { staleAfter } from './stale-after.ts';
import { learnServerTime } from '../server-time.ts';

interface Snapshot {
  readonly type: 'snapshot';
  readonly at: string;
  readonly resume: string;
  readonly entries: Readonly<Record<string, unknown>>;
}
interface Delta {
  readonly type: 'delta';
  readonly at: string;
  readonly resume: string;
  readonly changed: Readonly<Record<string, unknown>>;
  readonly removed: readonly string[];
}

export type LiveStatus = 'connecting' | 'live' | 'lost';

export const LIVE_MODELS = ['live', 'models'] as const;
export const LIVE_ALERTS = ['live', 'alerts'] as const;

/** Close code of a session that ended. */
const SIGNED_OUT = 4401;
const FIRST_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 30_000;
/** A frame comes every five seconds, also when nothing changed. A line that is cut may stay open for minutes without a word. */
const SILENCE_MS = 20_000;

/**
 * Keeps the live view of models and alerts in the cache: one socket for all pages. After a lost connection it asks only for
 * what changed since; pages whose model changed are read again.
 */
export function useLive(
  queries: QueryClient,
  /** Who is signed in; empty: nobody is. */
  subject: string,
): { readonly status: LiveStatus; readonly at: string } {
  const [state, setState] = useState<{ status: LiveStatus; at: string }>({ status: 'connecting', at: '' });
  useEffect(() => {
    if (subject === '') return;
    const connection = new LiveConnection(queries, setState);
    const lose = (): void => {
      connection.lose();
    };
    const again = (): void => {
      connection.again();
    };
    connection.open();
    window.addEventListener('offline', lose);
    window.addEventListener('online', again);
    return () => {
      window.removeEventListener('offline', lose);
      window.removeEventListener('online', again);
      connection.end();
    };
  }, [queries, subject]);
  return state;
}

class LiveConnection {
  readonly #queries: QueryClient;
  readonly #tell: (state: { status: LiveStatus; at: string }) => void;
  readonly #entries = new Map<string, unknown>();
  #socket: WebSocket | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #silence: ReturnType<typeof setTimeout> | undefined;
  #resume = '';
  #at = '';
  #retryMs = FIRST_RETRY_MS;
  #ended = false;

  constructor(queries: QueryClient, tell: (state: { status: LiveStatus; at: string }) => void) {
    this.#queries = queries;
    this.#tell = tell;
  }

  open(): void {
    this.#connect().catch(() => {
      this.#retry();
    });
  }

  end(): void {
    this.#ended = true;
    clearTimeout(this.#timer);
    this.#drop();
  }

  /** Nothing comes any more: says so now, and tries again. */
  lose(): void {
    this.#drop();
    this.#retry();
  }

  /** The network is back: need not wait for the next try. */
  again(): void {
    if (this.#ended || this.#socket !== undefined) return;
    clearTimeout(this.#timer);
    this.#retryMs = FIRST_RETRY_MS;
    this.open();
  }

  #drop(): void {
    clearTimeout(this.#silence);
    const socket = this.#socket;
    // What it still says when it closes, which may be long after, is about nothing any more.
    this.#socket = undefined;
    socket?.close();
  }

  #listen(): void {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => {
      this.lose();
    }, SILENCE_MS);
  }

  async #connect(): Promise<void> {
    const { ticket, path } = await answerOf(api.liveTicket(patience()));
    if (this.#ended || this.#socket !== undefined) return;
    const url = new URL(path, window.location.origin);
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    url.searchParams.set('ticket', ticket);
    if (this.#resume !== '') url.searchParams.set('resume', this.#resume);
    const socket = new WebSocket(url);
    this.#socket = socket;
    this.#listen();
    socket.addEventListener('message', ({ data }) => {
      if (this.#socket !== socket) return;
      this.#listen();
      this.#retryMs = FIRST_RETRY_MS;
      this.#take(JSON.parse(String(data)) as Snapshot | Delta);
    });
    socket.addEventListener('close', ({ code }) => {
      if (this.#socket !== socket) return;
      this.#drop();
      // Signed out: a read finds that out and leads to the sign-in.
      if (code === SIGNED_OUT) void this.#queries.invalidateQueries();
      else this.#retry();
    });
  }

  #retry(): void {
    if (this.#ended) return;
    this.#tell({ status: 'lost', at: this.#at });
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.open();
    }, this.#retryMs);
    this.#retryMs = Math.min(this.#retryMs * 2, LONGEST_RETRY_MS);
  }

  #take(frame: Snapshot | Delta): void {
    const changed = frame.type === 'snapshot' ? frame.entries : frame.changed;
    const before = new Map(this.#entries);
    if (frame.type === 'snapshot') this.#entries.clear();
    else for (const key of frame.removed) this.#entries.delete(key);
    for (const [key, value] of Object.entries(changed)) this.#entries.set(key, value);
    this.#resume = frame.resume;
    this.#at = frame.at;
    learnServerTime(frame.at);
    this.#publish(Object.keys(changed), before);
    this.#tell({ status: 'live', at: frame.at });
  }

  #publish(changed: readonly string[], before: ReadonlyMap<string, unknown>): void {
    this.#queries.setQueryData(LIVE_MODELS, this.#all('model:'));
    this.#queries.setQueryData(LIVE_ALERTS, this.#all('alert:'));
    // The list of all retrains is about every model.
    if (changed.some((key) => key.startsWith('model:')))
      void this.#queries.invalidateQueries({ queryKey: ['about', null] });
    for (const key of changed) {
      const [kind, name] = [key.slice(0, key.indexOf(':')), key.slice(key.indexOf(':') + 1)];
      void this.#queries.invalidateQueries(
        kind === 'model'
          ? {
              queryKey: ['about', name],
              predicate: staleAfter(before.get(key), this.#entries.get(key)),
            }
          : { queryKey: [`${kind}s`] },
      );
    }
  }

  #all(prefix: string): readonly unknown[] {
    return [...this.#entries].filter(([key]) => key.startsWith(prefix)).map(([, value]) => value);
  }
}
