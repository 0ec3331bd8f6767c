import type { Command } from 'commander';
import { randomUUID } from 'node:crypto';
import type { RollbackInput, RollbackResult } from '../../contracts/retrain.ts';
import { rollbackModel } from '../../control/rollback.ts';
import type { CliContext } from '../context.ts';
import { UsageError } from '../errors.ts';
import { requireActorOn } from '../identity.ts';
import { durationSeconds } from '../duration.ts';
import { rollbackAtServers, ServerRefused, type BreakGlassResult } from '../rollback-at-servers.ts';
import { withRegistry } from '../registry.ts';
import { connectTemporal } from '../temporal.ts';

interface RollbackOptions {
  readonly reason: string;
  readonly to?: string;
  readonly token?: string;
  readonly breakGlass: boolean;
  readonly server: readonly string[];
  readonly tokenFile?: string;
  readonly for: string;
  readonly lift: boolean;
}

export function register(program: Command, context: CliContext): void {
  program
    .command('rollback')
    .argument('<model>', 'name of the model')
    .description('take a model back to an earlier champion; works in every state')
    .requiredOption('--reason <text>', 'why; becomes part of the audit')
    .option('--to <version>', 'number of a version that was champion; default the previous champion')
    .option('--token <token>', 'identity token of a quant lead or operator; default CONTENDER_TOKEN')
    .option('--break-glass', 'tell the servers themselves, for when the registry cannot be reached', false)
    .option('--server <url...>', 'with --break-glass: the servers to tell', [])
    .option('--token-file <file>', 'with --break-glass: file with a token of "token break-glass"')
    .option('--for <duration>', 'with --break-glass: how long at most, as 90s, 30m or 8h', '4h')
    .option('--lift', 'with --break-glass: take the override away again', false)
    .addHelpText(
      'after',
      `
Examples:
  contender rollback tw-alpha --reason "drawdown after the swap"
  contender rollback tw-alpha --to 3 --reason "incident 42" --json
  contender rollback tw-alpha --reason "incident 43, database down" --break-glass \\
    --server http://127.0.0.1:8090 http://127.0.0.1:8091 --token-file break-glass.token

Neither the new version, nor the training stack, nor Temporal is needed: when Temporal does not answer, the registry
is told directly. When the registry does not answer either, --break-glass makes each named server answer with the earlier
champion by itself; it becomes a rollback, with its rows in the audit, when the registry is back.`,
    )
    .action((model: string, options: RollbackOptions) => rollback(context, model, options));
}

async function rollback(context: CliContext, model: string, options: RollbackOptions): Promise<void> {
  if (options.breakGlass) {
    await breakGlass(context, model, options);
    return;
  }
  const actor = await requireActorOn(context, options.token, model);
  const idempotencyKey = `cli:${randomUUID()}`;
  const input: RollbackInput = {
    model,
    toVersion: versionNumber(options.to),
    expectedEpoch: null,
    reason: options.reason,
    actor,
    idempotencyKey,
    correlationId: idempotencyKey,
  };
  const result = await roll(context, input);
  context.output.result(result, () => rollbackText(result));
}

/** Partial is a result too: the servers that did it are named, those that did not as well, and the exit code says so. */
async function breakGlass(context: CliContext, model: string, options: RollbackOptions): Promise<void> {
  if (options.tokenFile === undefined || options.server.length === 0) {
    throw new UsageError('--break-glass needs --server and --token-file', {
      remedy: 'Name every server that answers for the model, and the file with the break-glass token.',
    });
  }
  const result = await rollbackAtServers({
    servers: options.server,
    tokenFile: options.tokenFile,
    model,
    version: versionNumber(options.to),
    reason: options.reason,
    seconds: durationSeconds('--for', options.for),
    lift: options.lift,
  });
  context.output.result(result, () => breakGlassText(result));
  const [failed] = result.failed;
  if (failed !== undefined) {
    throw new ServerRefused(`${String(result.failed.length)} of the servers did not do it`, {
      remedy: `Tell them again, or stop them: ${result.failed.map(({ url }) => url).join(', ')}.`,
      details: { failed: result.failed },
    });
  }
}

function breakGlassText({ model, lifted, servers, failed }: BreakGlassResult): string {
  const did = servers.map(({ server, version, fromVersion, epoch, expiresAt }) =>
    lifted
      ? `${server} answers for ${model} with the champion of epoch ${String(epoch)} again.`
      : `${server} answers for ${model} with version ${String(version)} instead of ${String(fromVersion)}, above epoch ${String(epoch)}, until ${expiresAt}.`,
  );
  return [...did, ...failed.map(({ url, reason }) => `NOT ${url}: ${reason}`)].join('\n');
}

/** By the workflow when Temporal answers, else by the registry alone. */
async function roll(context: CliContext, input: RollbackInput): Promise<RollbackResult> {
  const say = (reason: string): void => {
    context.output.line(`${reason}; telling the registry directly.`);
  };
  const link = await connectTemporal(context).catch(() => null);
  try {
    return await withRegistry(context, (registry) =>
      rollbackModel({ link, registry, onFallback: say }, input),
    );
  } finally {
    await link?.close();
  }
}

export function rollbackText(result: RollbackResult): string {
  const where =
    result.status === 'complete'
      ? 'every server has acknowledged'
      : `still missing: ${result.missingServers.join(', ')}`;
  return `${result.model} is back from version ${String(result.fromVersion)} to ${String(result.toVersion)}, epoch ${String(result.epoch)}; ${where} after ${result.elapsedMs.toFixed(0)} ms.`;
}

function versionNumber(text: string | undefined): number | null {
  if (text === undefined) return null;
  const number = Number(text);
  if (Number.isInteger(number) && number > 0) return number;
  throw new UsageError(`--to ${text} is not the number of a version`, {
    remedy: 'Numbers are listed by: npm run contender -- versions MODEL',
  });
}
