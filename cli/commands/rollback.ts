import type { Command } from 'commander';
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { rollbackId, TASK_QUEUES } from '../../contracts/ids.ts';
import type { RollbackInput, RollbackResult } from '../../contracts/retrain.ts';
import type { CliContext } from '../context.ts';
import { UsageError } from '../errors.ts';
import { requireActor } from '../identity.ts';
import { rollbackDirectly } from '../rollback-directly.ts';
import { connectTemporal, translateFailure } from '../temporal.ts';

interface RollbackOptions {
  readonly reason: string;
  readonly to?: string;
  readonly token?: string;
}

export function register(program: Command, context: CliContext): void {
  program
    .command('rollback')
    .argument('<model>', 'name of the model')
    .description('take a model back to an earlier champion; works in every state')
    .requiredOption('--reason <text>', 'why; becomes part of the audit')
    .option('--to <version>', 'number of a version that was champion; default the previous champion')
    .option('--token <token>', 'identity token of a quant lead or operator; default CONTENDER_TOKEN')
    .addHelpText(
      'after',
      `
Examples:
  contender rollback tw-alpha --reason "drawdown after the swap"
  contender rollback tw-alpha --to 3 --reason "incident 42" --json

Neither the new version, nor the training stack, nor Temporal is needed: when Temporal does not answer, the registry
is told directly.`,
    )
    .action((model: string, options: RollbackOptions) => rollback(context, model, options));
}

async function rollback(context: CliContext, model: string, options: RollbackOptions): Promise<void> {
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
