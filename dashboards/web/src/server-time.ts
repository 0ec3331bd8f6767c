import { useEffect, useState } from 'react';

const SECOND_MS = 1000;

/** How far the clock of this machine is from the server's, milliseconds; learnt from the live view, and before it speaks from any answer. */
let offsetMs: number | null = null;

/** Takes the instant of a frame: a browser whose clock is wrong must not find a deadline passed, or open. */
export function learnServerTime(at: string): void {
  const serverMs = Date.parse(at);
  if (!Number.isNaN(serverMs)) offsetMs = serverMs - Date.now();
}

/**
 * Takes the `Date` of an answer, which has whole seconds, while nothing better is known: what hangs on the time stands on the
 * page with the rows that the answer brings. After them it would move what somebody is about to press. An answer that may come
 * from a cache says when it was made, which may be an hour ago, and is not taken.
 */
export function learnServerDate(headers: Headers): void {
  if (headers.get('cache-control')?.includes('no-store') !== true) return;
  const serverMs = Date.parse(headers.get('date') ?? '');
  // The end of that second: a deadline is never said to be further off than it is.
  if (offsetMs === null && !Number.isNaN(serverMs)) offsetMs = serverMs + SECOND_MS - 1 - Date.now();
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
    const timer = setInterval(tick, SECOND_MS);
    return () => {
      clearInterval(timer);
    };
  }, []);
  return now;
}

const knownNow = (): number | null => (offsetMs === null ? null : Date.now() + offsetMs);
