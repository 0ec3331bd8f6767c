import { readFileSync } from 'node:fs';

/**
 * Loaded before the program of a process under test: its clock is off by what the file of this module's query says, in
 * milliseconds, read anew all the time. Timers, which run on the monotonic clock, stay as they are.
 */
const REREAD_MS = 50;
const file = new URL(import.meta.url).searchParams.get('file') ?? '';
const RealDate = globalThis.Date;
let offsetMs = 0;

function reread(): void {
  try {
    offsetMs = Number(readFileSync(file, 'utf8'));
  } catch {
    offsetMs = 0;
  }
}
reread();
setInterval(reread, REREAD_MS).unref();

globalThis.Date = new Proxy(RealDate, {
  construct: (target, args, newTarget): Date =>
    Reflect.construct(target, args.length === 0 ? [RealDate.now() + offsetMs] : args, newTarget) as Date,
  get: (target, property, receiver): unknown =>
    property === 'now'
      ? () => RealDate.now() + offsetMs
      : (Reflect.get(target, property, receiver) as unknown),
});
