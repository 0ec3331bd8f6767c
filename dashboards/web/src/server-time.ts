import { useEffect, useState } from 'react';

/** How far the clock of this machine is from the server's, milliseconds; learnt from the live view. */
let offsetMs: number | null = null;

/** Takes the instant of a frame: a browser whose clock is wrong must not find a deadline passed, or open. */
export function learnServerTime(at: string): void {
  const serverMs = Date.parse(at);
  if (!Number.isNaN(serverMs)) offsetMs = serverMs - Date.now();
}

/** The server's time as far as it is known, else this machine's. */
export const serverNow = (): number => Date.now() + (offsetMs ?? 0);

const EVERY_MS = 1000;

/** The server's time in milliseconds since 1970, each second; null until an answer told it. */
export function useServerTime(): number | null {
  const [now, setNow] = useState<number | null>(null);
  useEffect(() => {
    const tick = (): void => {
      setNow(offsetMs === null ? null : Date.now() + offsetMs);
    };
    tick();
    const timer = setInterval(tick, EVERY_MS);
    return () => {
      clearInterval(timer);
    };
  }, []);
  return now;
}
