import { randomBytes } from 'node:crypto';
import { TicketInvalid } from '../errors.ts';
import type { SignedIn } from '../identity-of-request.ts';
import type { ApiClock } from '../parts.ts';

/** From the page asking for it to the browser opening the socket. */
const TICKET_SECONDS = 30;
const MOST = 10_000;

/**
 * A browser cannot send headers with a WebSocket, and a token in an address ends in logs: a ticket opens one socket, once,
 * for whoever asked for it.
 */
export class Tickets {
  readonly #clock: ApiClock;
  readonly #given = new Map<string, { readonly holder: SignedIn; readonly untilMs: number }>();

  constructor(clock: ApiClock) {
    this.#clock = clock;
  }

  give(holder: SignedIn): { readonly ticket: string; readonly expiresAt: string } {
    const nowMs = this.#clock.monotonicMs();
    for (const [ticket, { untilMs }] of this.#given) {
      if (untilMs > nowMs && this.#given.size < MOST) break;
      this.#given.delete(ticket);
    }
    const ticket = randomBytes(32).toString('base64url');
    this.#given.set(ticket, { holder, untilMs: nowMs + TICKET_SECONDS * 1000 });
    return { ticket, expiresAt: new Date(this.#clock.now().getTime() + TICKET_SECONDS * 1000).toISOString() };
  }

  /** Who asked for it; it opens nothing a second time. Throws TicketInvalid. */
  take(ticket: string): SignedIn {
    const given = this.#given.get(ticket);
    this.#given.delete(ticket);
    if (given !== undefined && given.untilMs > this.#clock.monotonicMs()) return given.holder;
    throw new TicketInvalid('the ticket was used, has run out, or was never given', {
      remedy: 'Ask for another one: POST /api/v1/live/tickets',
    });
  }
}
