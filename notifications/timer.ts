/** Wall time and waiting, injected so that tests need not wait. */
export interface Timer {
  /** Milliseconds since the epoch. */
  now(): number;
  /** Resolves after `milliseconds`, or at once when the signal is or becomes aborted; it never rejects. */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
}

export const systemTimer: Timer = {
  now: () => Date.now(),
  sleep: (milliseconds, signal) =>
    new Promise((resolve) => {
      if (signal.aborted) {
        resolve();
        return;
      }
      const wake = () => {
        clearTimeout(handle);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      const handle = setTimeout(wake, milliseconds);
      signal.addEventListener('abort', wake, { once: true });
    }),
};

/** The instant as the contracts write it. */
export const instantOf = (milliseconds: number): string => new Date(milliseconds).toISOString();
