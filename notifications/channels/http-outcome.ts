import type { SendOutcome } from '../outcome.ts';
import { clip, plainProse } from '../templates/format.ts';

/** A receiver may ask for patience, not for silence: one that says a year is believed for an hour. */
const MAX_RETRY_AFTER_MS = 3_600_000;

/** Answers that mean "not now": the request was not taken, and the same bytes may be taken later. */
export const NOT_NOW: ReadonlySet<number> = new Set([408, 425, 429, 503]);

/** Instant named by a Retry-After header (seconds or an HTTP date), or null without a usable one. */
export function parseRetryAfter(header: string | null, nowMs: number): string | null {
  if (header === null) return null;
  const trimmed = header.trim();
  const waitMs = /^\d{1,9}$/u.test(trimmed) ? Number(trimmed) * 1000 : Date.parse(trimmed) - nowMs;
  if (!Number.isFinite(waitMs)) return null;
  return new Date(nowMs + Math.min(Math.max(waitMs, 0), MAX_RETRY_AFTER_MS)).toISOString();
}

/** What an answer of a receiver says about a message: its status decides, its body is only shown. */
export function outcomeOfAnswer(
  who: string,
  answer: { readonly status: number; readonly retryAfter: string | null; readonly body: string },
  nowMs: number,
): SendOutcome {
  const { status, retryAfter, body } = answer;
  const reason = `${who} answered ${String(status)} ${clip(plainProse(body), 200)}`.trimEnd();
  if (status >= 200 && status < 300)
    return { kind: 'sent', receipt: clip(plainProse(body), 200) || String(status) };
  if (NOT_NOW.has(status)) return { kind: 'retry-later', reason, at: parseRetryAfter(retryAfter, nowMs) };
  // A server that breaks while it answers may have taken the message first.
  if (status >= 500) return { kind: 'unknown', reason };
  if (status >= 300 && status < 400)
    return { kind: 'refused', reason: `${reason}; redirects are not followed` };
  return { kind: 'refused', reason };
}
