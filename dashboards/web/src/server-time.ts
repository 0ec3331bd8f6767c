import { useEffect, useState } from 'react';

const SECOND_MS = 1000;

/** How far the clock of this machine is from the server's, milliseconds; learnt from the live view, and before it speaks from any answer. */
let offsetMs: number | null = null;
/** Whoever shows what depends on it, to be told when it becomes known. */
const readers = new Set<() => void>();

/** Takes the instant of a frame: a browser whose clock is wrong must not find a deadline passed, or open. */
export function learnServerTime(at: string): void {
  const serverMs = Date.parse(at);
  if (!Number.isNaN(serverMs)) learn(serverMs);
}

/**
 * Takes the `Date` of an answer, which has whole seconds, while nothing better is known: what hangs on the time stands on the
 * page with the rows that the answer brings, where it came up to a second after them and moved what somebody was about to press.
 */
export function learnServerDate(date: string | null): void {
  const serverMs = Date.parse(date ?? '');
  // The end of that second: a deadline is never said to be further off than it is.
  if (offsetMs === null && !Number.isNaN(serverMs)) learn(serverMs + SECOND_MS - 1);
}

function learn(serverMs: number): void {
  const isFirst = offsetMs === null;
  offsetMs = serverMs - Date.now();
  if (isFirst) for (const tell of readers) tell();
}

/** The server's time as far as it is known, else this machine's. */
export const serverNow = (): number => Date.now() + (offsetMs ?? 0);

/** The server's time in milliseconds since 1970, each second; null until an answer told it. */
export function useServerTime(): number | null {
  const [now, setNow] = useState(knownNow);
  useEffect(() => {
    const tick = (): void => {
      setNow(knownNow());
    };
    tick();
    readers.add(tick);
    const timer = setInterval(tick, SECOND_MS);
    return () => {
      readers.delete(tick);
      clearInterval(timer);
    };
  }, []);
  return now;
}

const knownNow = (): number | null => (offsetMs === null ? null : Date.now() + offsetMs);
