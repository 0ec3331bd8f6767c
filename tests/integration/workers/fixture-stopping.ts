import { setTimeout as delay } from 'node:timers/promises';
import { stopSignal } from '../../../workers/stop-signal.ts';

/** Ends in order so many milliseconds after it was asked to; it has so many for it. */
const [takesMs, hasMs] = process.argv.slice(2).map(Number);
const log = {
  warn: (_: unknown, message: string): void => {
    console.log(message);
  },
};
const stop = stopSignal(log, hasMs);
// As the connections of a worker do, it keeps the process alive.
setInterval(() => undefined, 1000);
console.log('ready');
await new Promise((resolve) => {
  stop.addEventListener('abort', resolve);
});
console.log('asked');
await delay(takesMs);
console.log('ended in order');
process.exit(0);
