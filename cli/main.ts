import { processSources } from '../config/config.ts';
import { runCli } from './program.ts';

/** Ctrl-C twice ends at once; the first time a waiting command may end in order. */
const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    interruption.abort(signal);
  });
}

// A reader that went away (`contender status | head -1`) is not an error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(0);
});

const sources = processSources();
process.exitCode = await runCli(process.argv.slice(2), {
  streams: process,
  interrupted: interruption.signal,
  sources,
  showStacks: ['debug', 'trace'].includes(sources.environment['CONTENDER_LOG_LEVEL'] ?? ''),
});
