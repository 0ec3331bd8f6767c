import { join } from 'node:path';
import { InvalidArgumentError, type Command } from 'commander';
import { identifierFrom } from '../../control/identifier.ts';
import type { CliContext } from '../context.ts';

interface ServeOptions {
  readonly name: string;
  readonly port: number;
  readonly models: readonly string[];
  readonly scorerThreads: number;
}

export function register(program: Command, context: CliContext): void {
  program
    .command('serve')
    .description('answer predictions over HTTP with the champion of each model, until interrupted')
    .requiredOption(
      '--name <name>',
      'name of this server in the registry; the same after a restart',
      serverName,
    )
    .requiredOption(
      '--port <port>',
      'port at listenAddress (default 127.0.0.1); 0 takes any free one',
      wholeNumber(0, 65_535),
    )
    .option('--models <names>', 'only these models, separated by commas (default: all)', modelNames, [])
    .option('--scorer-threads <n>', 'threads that score', wholeNumber(1, 64), 1)
    .addHelpText(
      'after',
      `
Examples:
  contender serve --name server-a --port 8090
  contender serve --name server-b --port 8091 --models tw-alpha,us-alpha
  curl -s http://127.0.0.1:8090/health`,
    )
    .action((options: ServeOptions) => serve(context, options));
}

async function serve(context: CliContext, options: ServeOptions): Promise<void> {
  const [{ createLogger }, { runServingProcess }, { openTracing }] = await Promise.all([
    import('../../config/logger.ts'),
    import('../../serving/process.ts'),
    import('../../tracing/open-tracing.ts'),
  ]);
  const config = context.config();
  const log = createLogger({ service: options.name, level: config.logLevel });
  const service = `contender-${options.name}`;
  await runServingProcess({
    ...options,
    host: config.listenAddress,
    databaseUrl: context.endpoints().databaseUrl,
    artifacts: config,
    sidecar: { python: config.pythonPath, folder: join(config.root, 'sidecar') },
    tokenSigningKeyFile: config.tokenSigningKeyFile,
    stateDir: config.dataDir,
    access: {
      identify: config.serverTokens === 'required' ? identifierFrom(config, () => new Date()) : null,
      requestsPerSecond: config.serverRequestsPerSecond,
      corsOrigins: config.serverCorsOrigins,
    },
    log,
    tracing: await openTracing({ otlpEndpoint: config.otlpEndpoint, service, log }),
    interrupted: context.interrupted,
    onListening: (server) => {
      context.output.result(server, () => `${server.name} answers at ${server.url}`);
    },
  });
}

function serverName(text: string): string {
  if (/^[a-z][a-z0-9-]{0,62}$/u.test(text)) return text;
  throw new InvalidArgumentError('Lower-case letters, digits and hyphens, a letter first, at most 63.');
}

function modelNames(text: string): readonly string[] {
  const names = text.split(',').map((name) => name.trim());
  if (names.every((name) => /^[a-z][a-z0-9-]{1,47}$/u.test(name))) return names;
  throw new InvalidArgumentError('Names of models, separated by commas.');
}

const wholeNumber =
  (least: number, most: number) =>
  (text: string): number => {
    const value = Number(text);
    if (/^\d+$/u.test(text) && value >= least && value <= most) return value;
    throw new InvalidArgumentError(`A whole number from ${String(least)} to ${String(most)}.`);
  };
