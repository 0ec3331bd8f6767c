import type { Command } from 'commander';
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { rollbackId, TASK_QUEUES } from '../../contracts/ids.ts';
import type { RollbackInput, RollbackResult } from '../../contracts/retrain.ts';
import type { CliContext } from '../context.ts';
import { UsageError } from '../errors.ts';
import { requireActor } from '../identity.ts';
import { durationSeconds } from '../duration.ts';
import { rollbackAtServers, ServerRefused, type BreakGlassResult } from '../rollback-at-servers.ts';
import { rollbackDirectly } from '../rollback-directly.ts';
import { connectTemporal, translateFailure } from '../temporal.ts';

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
  const actor = await requireActor(context, options.token);
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
  const result = (await viaWorkflow(context, input)) ?? (await rollbackDirectly(context, input));
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

/** A rollback takes well under a second; a workflow that has not ended by then has no worker, and nobody waits for one. */
const WORKFLOW_PATIENCE_MS = 3000;

/**
 * Null when Temporal, or its workers, do not answer in time; a refusal is thrown. Telling the registry afterwards under the
 * same key has no second effect, whichever of the two comes first.
 */
async function viaWorkflow(context: CliContext, input: RollbackInput): Promise<RollbackResult | null> {
  let link;
  try {
    link = await connectTemporal(context);
  } catch {
    context.output.line('Temporal does not answer; telling the registry directly.');
    return null;
  }
  try {
    const handle = await link.live.workflow.start<(input: RollbackInput) => Promise<RollbackResult>>(
      'rollbackModel',
      {
        workflowId: rollbackId(input.model, input.idempotencyKey),
        taskQueue: TASK_QUEUES.control,
        staticSummary: `Rollback of ${input.model}`,
        args: [input],
      },
    );
    const patience = delay(WORKFLOW_PATIENCE_MS, null, { ref: false });
    const result = await Promise.race([handle.result(), patience]);
    if (result === null) context.output.line('No worker answers; telling the registry directly.');
    return result;
  } catch (error) {
    throw translateFailure(error);
  } finally {
    await link.close();
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
