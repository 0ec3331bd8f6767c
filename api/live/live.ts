import { randomUUID } from 'node:crypto';
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { WebSocket } from 'ws';
import { scopeOf } from '../../contracts/identity.ts';
import type { ModelScope } from '../../contracts/identity.ts';
import type { Registry } from '../../registry/registry.ts';
import { TooManyRequests } from '../errors.ts';
import type { RequestGate, SignedIn } from '../identity-of-request.ts';
import type { ApiMetrics } from '../metrics.ts';
import type { ApiClock, ApiLog } from '../parts.ts';
import { problemOf, translate } from '../problem.ts';
import type { Refusal } from '../refusals.ts';
import { entriesOf } from './entries.ts';
import { Feed } from './feed.ts';
import { Tickets } from './tickets.ts';

export interface LiveOptions {
  readonly registry: Registry;
  readonly gate: RequestGate;
  readonly clock: ApiClock;
  readonly metrics: ApiMetrics;
  readonly log: ApiLog;
  /** Told of sockets that were refused. */
  readonly onRefused: (refusal: Refusal) => void;
  /** From one reading to the next, milliseconds. */
  readonly everyMs: number;
}

export const LIVE_PATH = '/api/v1/live';
export const READ_EVERY_MS = 5000;

interface Client {
  readonly socket: WebSocket;
  readonly holder: SignedIn;
  readonly scope: ModelScope;
  /** The reading it has; null: none. */
  seq: number | null;
  /** Readings that it was too slow for, in a row. */
  missed: number;
  answered: boolean;
}

const MOST_CLIENTS = 1000;
const MOST_OF_ONE = 30;
/** Of those that fire. */
const ALERTS_SHOWN = 100;
/** A client that has more than this unsent gets nothing until it has caught up, then the newest. */
const BEHIND_BYTES = 64 * 1024;
/** Five minutes. */
const GIVEN_UP_AFTER = 60;
/** Every half minute whoever watches is looked at again: session closed, token called back, no answer to a ping. */
const RECHECK_EVERY = 6;
const EVERYBODY: ModelScope = { all: true, models: [], markets: [] };

/** Close codes of the application range, RFC 6455 section 7.4.2. */
const ENDED = 4401;
const TOO_SLOW = 4408;
const GOING_AWAY = 1001;

/** The live view: one reading every few seconds, shared by everybody who watches. */
export class Live {
  readonly #options: LiveOptions;
  readonly #tickets: Tickets;
  readonly #feed = new Feed(randomUUID().slice(0, 8));
  readonly #clients = new Set<Client>();
  readonly #sockets = new WebSocketServer({ noServer: true, maxPayload: 1024, perMessageDeflate: false });
  #timer: NodeJS.Timeout | undefined;
  #reading: Promise<void> | undefined;
  #readAtMs = Number.NEGATIVE_INFINITY;
  #ticks = 0;

  constructor(options: LiveOptions) {
    this.#options = options;
    this.#tickets = new Tickets(options.clock);
  }

  get clients(): number {
    return this.#clients.size;
  }

  ticket(holder: SignedIn): { readonly ticket: string; readonly expiresAt: string } {
    return this.#tickets.give(holder);
  }

  /** Takes the sockets of a server that listens. */
  attach(server: Server): void {
    server.on('upgrade', (request, socket, head) => {
      // From here on nobody else hears of a line that breaks, and what nobody hears of ends the process.
      socket.on('error', () => socket.destroy());
      this.#upgrade(request, socket, head).catch((error: unknown) => {
        this.#refuse(request, socket, error);
      });
    });
    this.#timer = setInterval(() => void this.tick(), this.#options.everyMs);
    this.#timer.unref();
  }

  /** Ends every socket in order. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    for (const { socket } of this.#clients) socket.close(GOING_AWAY, 'the server stops');
    await this.#reading;
    for (const { socket } of this.#clients) socket.terminate();
    this.#clients.clear();
    this.#sockets.close();
  }

  /** Reads the registry once and brings everybody to it. Nobody watches: nothing is read. */
  async tick(): Promise<void> {
    if (this.#clients.size === 0) return;
    this.#ticks += 1;
    if (this.#ticks % RECHECK_EVERY === 0) await this.#recheck();
    await this.#read();
    for (const client of this.#clients) this.#bring(client);
  }

  /** At most one reading at a time; whoever asks meanwhile waits for the same one. */
  #read(): Promise<void> {
    this.#reading ??= this.#readOnce().finally(() => {
      this.#reading = undefined;
    });
    return this.#reading;
  }

  async #readOnce(): Promise<void> {
    const { registry, clock, metrics, log } = this.#options;
    const at = clock.now().toISOString();
    const begun = clock.monotonicMs();
    try {
      const [models, alerts] = await Promise.all([
        registry.overview({ scope: EVERYBODY }),
        registry.listAlerts({ model: null, rule: null, firingOnly: true, limit: ALERTS_SHOWN }),
      ]);
      this.#feed.take(entriesOf(models, alerts), at);
      this.#readAtMs = clock.monotonicMs();
      metrics.snapshotSeconds.observe((this.#readAtMs - begun) / 1000);
    } catch (error) {
      // Watchers keep what they have; the age of the last frame tells them.
      metrics.snapshotFailures.inc();
      log.warn({ err: error }, 'the live view could not read the registry');
    }
  }

  #bring(client: Client): void {
    const { metrics, clock } = this.#options;
    const { socket, holder } = client;
    if (clock.now().getTime() >= Date.parse(holder.identity.expiresAt)) {
      socket.close(ENDED, 'signed out');
      return;
    }
    if (client.seq === this.#feed.seq || this.#feed.seq === 0) return;
    if (socket.bufferedAmount > BEHIND_BYTES) {
      client.missed += 1;
      metrics.liveFrames.inc({ kind: 'dropped' });
      if (client.missed > GIVEN_UP_AFTER) socket.close(TOO_SLOW, 'too slow');
      return;
    }
    client.missed = 0;
    const { kind, text } = this.#feed.frame(client.scope, client.seq);
    client.seq = this.#feed.seq;
    metrics.liveFrames.inc({ kind });
    socket.send(text);
  }

  async #recheck(): Promise<void> {
    const { gate, log } = this.#options;
    for (const client of this.#clients) {
      if (!client.answered) {
        client.socket.terminate();
        continue;
      }
      client.answered = false;
      client.socket.ping();
      try {
        if (!(await gate.stillCounts(client.holder))) client.socket.close(ENDED, 'signed out');
      } catch (error) {
        log.warn({ err: error }, 'a watcher could not be looked at again');
      }
    }
  }

  async #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    const { gate, clock, everyMs } = this.#options;
    gate.requireHost(request.headers.host);
    const url = URL.parse(request.url ?? '/', 'http://unused');
    if (url?.pathname !== LIVE_PATH) {
      socket.destroy();
      return;
    }
    gate.requireOwnOrigin(request);
    const holder = this.#tickets.take(url.searchParams.get('ticket') ?? '');
    this.#requireRoom(holder);
    if (clock.monotonicMs() - this.#readAtMs > everyMs) await this.#read();
    const resume = url.searchParams.get('resume');
    this.#sockets.handleUpgrade(request, socket, head, (opened) => {
      this.#join(opened, holder, resume === null ? null : this.#feed.placeOf(resume));
    });
  }

  #requireRoom({ identity: { subject } }: SignedIn): void {
    const own = [...this.#clients].filter(({ holder }) => holder.identity.subject === subject);
    if (this.#clients.size < MOST_CLIENTS && own.length < MOST_OF_ONE) return;
    throw new TooManyRequests('too many live views are open', { remedy: 'Close one of them.' });
  }

  #join(socket: WebSocket, holder: SignedIn, seq: number | null): void {
    const { metrics } = this.#options;
    const scope = scopeOf(holder.identity.grants);
    const client: Client = { socket, holder, scope, seq, missed: 0, answered: true };
    this.#clients.add(client);
    metrics.liveClients.set(this.#clients.size);
    socket.on('pong', () => {
      client.answered = true;
    });
    socket.on('error', () => {
      socket.terminate();
    });
    socket.on('close', () => {
      this.#clients.delete(client);
      metrics.liveClients.set(this.#clients.size);
    });
    this.#bring(client);
  }

  #refuse(request: IncomingMessage, socket: Duplex, thrown: unknown): void {
    const error = translate(thrown);
    const problem = problemOf(error, randomUUID());
    const body = JSON.stringify(problem);
    const actor = `anonymous@${request.socket.remoteAddress ?? ''}`;
    this.#options.onRefused({ actor, command: 'live', code: error.code, model: '', reason: error.message });
    socket.end(
      `HTTP/1.1 ${String(problem.status)} Refused\r\ncontent-type: application/problem+json\r\n` +
        `content-length: ${String(Buffer.byteLength(body))}\r\nconnection: close\r\n\r\n${body}`,
    );
  }
}
