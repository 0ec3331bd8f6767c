import { getEventListeners } from 'node:events';
import { processSources } from '../config/config.ts';
import { INTERRUPTED_EXIT_CODE } from './errors.ts';
import { runCli } from './program.ts';

/** npm passes on the Ctrl-C that this process has already had from the terminal: the same wish, not a second one. */
const SAME_WISH_MS = 1000;

const interruption = new AbortController();
let firstAskedAt = Number.POSITIVE_INFINITY;

/** The first time, a command that listens ends in order; one that does not, or a second time, ends at once. */
function onSignal(signal: NodeJS.Signals): void {
  const listened = getEventListeners(interruption.signal, 'abort').length > 0;
  const again = performance.now() - firstAskedAt > SAME_WISH_MS;
  const first = firstAskedAt === Number.POSITIVE_INFINITY;
  if (first) firstAskedAt = performance.now();
  if ((first && !listened) || again) process.exit(INTERRUPTED_EXIT_CODE);
  interruption.abort(signal);
}
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, onSignal);

// A reader that went away (`contender status | head -1`) or a closed terminal: what is under way still ends in order.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error;
  });
}

const sources = processSources();
process.exitCode = await runCli(process.argv.slice(2), {
  streams: process,
  interrupted: interruption.signal,
  sources,
  showStacks: ['debug', 'trace'].includes(sources.environment['CONTENDER_LOG_LEVEL'] ?? ''),
});
// Asked to end, it has: an answer that nobody waits for any more would keep the process for minutes.
if (interruption.signal.aborted) process.exit();
