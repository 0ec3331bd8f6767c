import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import type { GarbagePlan } from '../../registry/garbage.ts';
import type { CliContext } from '../context.ts';
import { UsageError } from '../errors.ts';
import { requireActor, requireActorOn } from '../identity.ts';
import { table } from '../output.ts';
import { withRegistry } from '../registry.ts';

interface GcOptions {
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly reason?: string;
  readonly token?: string;
}

interface PinOptions {
  readonly consumer: string;
  readonly reason: string;
  readonly release?: boolean;
  readonly fallback?: boolean;
  readonly token?: string;
}

export function register(program: Command, context: CliContext): void {
  program
    .command('gc')
    .description('delete versions, snapshots and artifacts that nothing holds any more')
    .option('--dry-run', 'say what would go, and change nothing')
    .option('--yes', 'delete it')
    .option('--reason <text>', 'why; becomes part of the audit (with --yes)')
    .option('--token <token>', 'identity token of an operator or admin; default CONTENDER_TOKEN')
    .addHelpText(
      'after',
      `
Examples:
  contender gc --dry-run
  contender gc --yes --reason "disk at 80 %" --json

Never the champion, the three champions before it, what a consumer has pinned, what an open retrain, the retention of a
version or the audit of the last year names, nor an artifact that any row mentions. The database itself refuses it.`,
    )
    .action((options: GcOptions) => collect(context, options));
  program
    .command('pin')
    .argument('<model>', 'name of the model')
    .argument('[version]', 'number or id; none: list the pins')
    .description(
      'answer a consumer with a version of its own, or let it fall back on one; both keep the version',
    )
    .option('--consumer <name>', 'who holds on to it: lower-case letters, digits, hyphens')
    .option('--reason <text>', 'why; becomes part of the audit')
    .option('--fallback', 'answer with it only when the champion cannot answer')
    .option('--release', 'give the pin of this consumer up')
    .option('--token <token>', 'identity token of a quant lead, operator or admin; default CONTENDER_TOKEN')
    .addHelpText(
      'after',
      `
Examples:
  contender pin tw-alpha
  contender pin tw-alpha 3 --consumer risk-report --reason "end of the quarter"
  contender pin tw-alpha 2 --consumer desk-b --fallback --reason "never without an answer"
  contender pin tw-alpha --consumer risk-report --release --reason "quarter closed"

Requests that say "consumer": "risk-report" are answered accordingly, by every server within a second.`,
    )
    .action((model: string, version: string | undefined, options: Partial<PinOptions>) =>
      pin(context, model, version ?? null, options),
    );
}

/** A writer that has been at one artifact for a day is dead. */
const LEFTOVER_AGE_MS = 24 * 3600 * 1000;

async function collect(context: CliContext, options: GcOptions): Promise<void> {
  if ((options.yes === true) === (options.dryRun === true))
    throw new UsageError('give either --dry-run or --yes');
  if (options.yes === true && options.reason === undefined) throw new UsageError('--yes needs a --reason');
  const { openArtifactStore } = await import('../../registry/artifacts/open-store.ts');
  const input = { artifacts: openArtifactStore(context.config()), now: new Date() };
  if (options.yes === true) await input.artifacts.sweep(new Date(input.now.getTime() - LEFTOVER_AGE_MS));
  const actor = options.yes === true ? await requireActor(context, options.token) : null;
  const progress = context.output.progress('Looking for what nothing holds');
  const plan = await withRegistry(context, (registry) =>
    actor === null
      ? registry.planGarbage(input)
      : registry.collectGarbage({ ...input, actor, reason: options.reason ?? '' }),
  ).finally(() => {
    progress.done();
  });
  context.output.result({ deleted: actor !== null, ...plan }, () => planText(plan, actor !== null));
}

function planText({ versions, snapshots, artifacts }: GarbagePlan, deleted: boolean): string {
  const verb = deleted ? 'Deleted' : 'Would delete';
  const summary = `${verb} ${String(versions.length)} versions, ${String(snapshots.length)} snapshots and ${String(artifacts.count)} artifacts (${String(artifacts.bytes)} bytes).`;
  if (versions.length === 0) return summary;
  return `${table(
    ['model', 'version', 'id'],
    versions.map(({ model, number, id }) => [model, number, id.slice(0, 12)]),
  )}\n${summary}`;
}

async function pin(
  context: CliContext,
  model: string,
  version: string | null,
  options: Partial<PinOptions>,
): Promise<void> {
  const { consumer, reason, release = false, fallback = false } = options;
  if (fallback && version === null) throw new UsageError('--fallback needs the version to fall back on');
  if (version === null && !release) return list(context, model);
  if (version !== null && release) throw new UsageError('a pin is released without naming a version');
  if (consumer === undefined || reason === undefined)
    throw new UsageError('a pin needs --consumer and --reason');
  if (!/^[a-z][a-z0-9-]{1,47}$/u.test(consumer)) {
    throw new UsageError(`--consumer is lower-case letters, digits and hyphens, not ${consumer}`);
  }
  if (reason.length < 3) throw new UsageError('--reason says why, in three letters at least');
  const actor = await requireActorOn(context, options.token, model);
  const target = version === null ? null : /^\d+$/u.test(version) ? Number(version) : version;
  const outcome = await withRegistry(context, (registry) =>
    registry.pinVersion({
      model,
      consumer,
      version: target,
      purpose: fallback ? 'fallback' : 'pin',
      actor,
      reason,
      idempotencyKey: `cli:${randomUUID()}`,
    }),
  );
  context.output.result({ model, consumer, ...outcome }, () =>
    outcome.version === null
      ? `${consumer} holds no version of ${model} any more.`
      : fallback
        ? `${consumer} falls back on version ${String(outcome.version)} of ${model}.`
        : `${consumer} holds version ${String(outcome.version)} of ${model}.`,
  );
}

async function list(context: CliContext, model: string): Promise<void> {
  const pins = await withRegistry(context, async (registry) => {
    await registry.currentSpec({ model });
    return registry.pins({ model });
  });
  context.output.result(pins, () =>
    pins.length === 0
      ? `Nobody has pinned a version of ${model}.`
      : table(
          ['consumer', 'version', 'for', 'since', 'by', 'reason'],
          pins.map((each) => [
            ...[each.consumer, each.version, each.purpose === 'pin' ? 'every answer' : 'fallback'],
            ...[each.pinnedAt, each.pinnedBy, each.reason],
          ]),
        ),
  );
}
