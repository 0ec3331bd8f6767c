import type { Command } from 'commander';
import { randomUUID } from 'node:crypto';
import type { RollbackDrill } from '../../contracts/drill.ts';
import { drillByHand } from '../../control/drill.ts';
import type { CliContext } from '../context.ts';
import { drillTable, drillText } from '../drill-text.ts';
import { DrillFailed } from '../errors.ts';
import { requireActorOn } from '../identity.ts';
import { withRegistry } from '../registry.ts';
import { connectTemporal } from '../temporal.ts';

interface DrillOptions {
  readonly reason?: string;
  readonly key?: string;
  readonly token?: string;
}

const LISTED_DRILLS = 20;
/** A drill waits a minute for its servers. */
const PATIENCE_MS = 90_000;

export function register(program: Command, context: CliContext): void {
  const drill = program.command('drill').description('rehearse what nobody wants to try for the first time');
  drill
    .command('rollback')
    .argument('<model>', 'name of the model')
    .description('rehearse the way back on every server; nothing that answers changes')
    .option('--reason <text>', 'why; becomes part of the audit', 'asked for by hand')
    .option('--key <key>', 'the same key is the same drill; default a new one')
    .option('--token <token>', 'identity token of a quant lead, operator or admin; default CONTENDER_TOKEN')
    .addHelpText(
      'after',
      `
Examples:
  contender drill rollback tw-alpha
  contender drill rollback tw-alpha --reason "before the long weekend" --json

Every server reads the version that a rollback would go to from the store, checks its hash, loads and warms it beside what
answers, has it answer its recorded rows bit for bit, and lets it go. The exit code is 1 when a server cannot; it is named.
A swap or a rollback that comes meanwhile goes first. The schedule does the same by itself (drill.cron of the spec).`,
    )
    .action((model: string, options: DrillOptions) => rehearse(context, model, options));
  drill
    .command('list')
    .argument('<model>', 'name of the model')
    .description('the newest drills of a model')
    .addHelpText(
      'after',
      `
Examples:
  contender drill list tw-alpha
  contender drill list tw-alpha --json`,
    )
    .action((model: string) => list(context, model));
}

async function rehearse(context: CliContext, model: string, options: DrillOptions): Promise<void> {
  const actor = await requireActorOn(context, options.token, model);
  const key = `cli:${options.key ?? randomUUID()}`;
  const link = await connectTemporal(context);
  let drill: RollbackDrill;
  try {
    drill = await withRegistry(context, (registry) =>
      drillByHand(
        { link, registry },
        { model, actor, reason: options.reason ?? null, key },
        { until: 'ended', patienceMs: PATIENCE_MS },
      ),
    );
  } finally {
    await link.close();
  }
  if (drill.result === 'passed' || drill.result === null) {
    context.output.result(drill, () => drillText(drill));
    return;
  }
  context.output.line(drillText(drill));
  throw new DrillFailed(`drill ${String(drill.id)} of ${model} ${drill.result}: ${drill.endedReason}`, {
    remedy:
      drill.result === 'failed'
        ? 'Mend the servers that are named, then drill again.'
        : 'Drill again when the change has reached every server.',
    details: { drill },
  });
}

async function list(context: CliContext, model: string): Promise<void> {
  const drills = await withRegistry(context, async (registry) => {
    await registry.currentSpec({ model });
    return registry.drillPage({ model, before: null, limit: LISTED_DRILLS });
  });
  context.output.result(drills, () =>
    drills.length === 0
      ? `The way back of ${model} was never rehearsed: npm run contender -- drill rollback ${model}`
      : drillTable(drills),
  );
}
