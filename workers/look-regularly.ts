import type { ActivityLog } from '../activities/edge.ts';

export interface Watch {
  stop(): void;
}

/** Looks every so often, never twice at a time; a look that fails is told in the log, and the next one comes all the same. */
export function lookRegularly(
  everyMs: number,
  look: () => Promise<void>,
  log: ActivityLog,
  failed: string,
): Watch & { readonly turn: () => void } {
  let looking = false;
  const turn = (): void => {
    if (looking) return;
    looking = true;
    look()
      .catch((error: unknown) => {
        log.warn({ err: error }, failed);
      })
      .finally(() => {
        looking = false;
      });
  };
  const timer = setInterval(turn, everyMs);
  timer.unref();
  return {
    turn,
    stop: () => {
      clearInterval(timer);
    },
  };
}
