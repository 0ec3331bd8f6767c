import { resolve } from 'node:path';
import type { Command } from 'commander';
import { RestoreDiverged } from '../../registry/errors.ts';
import { divergence } from '../../registry/backup/reconcile.ts';
import type { Divergence, TemporalRetrain } from '../../registry/backup/reconcile.ts';
import type { Registry } from '../../registry/registry.ts';
import type { CliContext } from '../context.ts';
import { UsageError } from '../errors.ts';
import { requireActor } from '../identity.ts';
import { withRegistry } from '../registry.ts';
import { connectTemporal } from '../temporal.ts';

interface ReconcileOptions {
  readonly reason: string;
  readonly accept?: boolean;
  readonly token?: string;
}

/** More retrains than any installation has had; an older one cannot be open. */
const MOST_RETRAINS = 100_000;

export function register(program: Command, context: CliContext): void {
  program
    .command('backup')
    .description('copy the registry, as of one instant, and every artifact into a folder')
    .requiredOption('--to <folder>', 'a folder that does not exist yet')
    .addHelpText(
      'after',
      `
Examples:
  contender backup --to /mnt/vault/2026-11-21
  contender backup --to /mnt/vault/2026-11-21 --json

Commands, retrains and servers go on meanwhile. The history of Temporal is not part of it.`,
    )
    .action((options: { readonly to: string }) => backup(context, options.to));
  const restore = program
    .command('restore')
    .description('put a backup into an empty registry; nothing is promoted before it was reconciled')
    .option('--from <folder>', 'a folder that `contender backup` has finished')
    .addHelpText(
      'after',
      `
Examples:
  contender restore --from /mnt/vault/2026-11-21
  contender restore reconcile --reason "host lost on 21 November"

The database must hold no models. Every file and artifact is checked against its hash, the audit against the heads in
the backup.`,
    )
    .action((options: { readonly from?: string }) => restoreFrom(context, options.from));
  restore
    .command('champion')
    .argument('<model>', 'name of the model')
    .description('put the bytes of a former champion, and of its data, back into the artifact store')
    .option('--number <version>', 'number of the version; default: the newest backup of the model')
    .addHelpText(
      'after',
      `
Examples:
  contender restore champion tw-alpha
  contender restore champion tw-alpha --number 3 --json

Each champion is copied into the folder of the setting championBackupDir before it is replaced; the last three of a model
are kept. Whoever answers does not change: roll back afterwards.`,
    )
    .action((model: string, options: { readonly number?: string }) =>
      restoreOne(context, model, options.number),
    );
  restore
    .command('reconcile')
    .description('compare a restored registry with Temporal and let promotions go on')
    .requiredOption('--reason <text>', 'why; becomes part of every audit chain')
    .option('--accept', 'end the retrains that are open in the registry and that nothing runs any more')
    .option('--token <token>', 'identity token of an admin; default CONTENDER_TOKEN')
    .addHelpText(
      'after',
      `
Examples:
  contender restore reconcile --reason "drill"
  contender restore reconcile --accept --reason "host lost on 21 November" --json

Exit code 1 while the two disagree.`,
    )
    .action((options: ReconcileOptions) => reconcile(context, options));
}

async function backup(context: CliContext, to: string): Promise<void> {
  const { backup: take } = await import('../../registry/backup/backup.ts');
  const { openArtifactStore } = await import('../../registry/artifacts/open-store.ts');
  const progress = context.output.progress('Copying the registry and its artifacts');
  const manifest = await take({
    url: context.endpoints().databaseUrl,
    artifacts: openArtifactStore(context.config()),
    folder: resolve(to),
  }).finally(() => {
    progress.done();
  });
  const rows = manifest.tables.reduce((sum, table) => sum + table.rows, 0);
  const { artifacts, takenAt, anchor } = manifest;
  context.output.result(
    { folder: resolve(to), takenAt, rows, artifacts, anchor: anchor.digest },
    () =>
      `${String(rows)} rows as of ${takenAt} and ${String(artifacts.count)} artifacts (${String(artifacts.bytes)} bytes) are in ${resolve(to)}.`,
  );
}

async function restoreFrom(context: CliContext, from: string | undefined): Promise<void> {
  if (from === undefined) throw new UsageError('restore needs --from with the folder of a backup');
  const { restore } = await import('../../registry/backup/restore.ts');
  const { openArtifactStore } = await import('../../registry/artifacts/open-store.ts');
  const progress = context.output.progress('Restoring the registry and its artifacts');
  const report = await restore({
    url: context.endpoints().databaseUrl,
    artifacts: openArtifactStore(context.config()),
    folder: resolve(from),
  }).finally(() => {
    progress.done();
  });
  context.output.result(
    report,
    () =>
      `${String(report.rows)} rows and ${String(report.artifacts)} artifacts of ${report.takenAt} are back; ${String(report.auditRows)} audit rows verify.\nNothing is promoted before: npm run contender -- restore reconcile --reason "why"`,
  );
}

async function restoreOne(context: CliContext, model: string, number: string | undefined): Promise<void> {
  const wanted = number === undefined ? null : Number(number);
  if (wanted !== null && !(Number.isInteger(wanted) && wanted > 0)) {
    throw new UsageError(`--number is ${number ?? ''}`, {
      remedy: 'Give the number of a version, such as 3.',
    });
  }
  const { restoreChampion } = await import('../../registry/backup/champion-backup.ts');
  const { openArtifactStore } = await import('../../registry/artifacts/open-store.ts');
  const config = context.config();
  const backup = await restoreChampion(openArtifactStore(config), config.championBackupDir, {
    model,
    number: wanted,
  });
  const { number: restored, versionId, takenAt, artifacts } = backup;
  context.output.result(
    { model, number: restored, versionId, takenAt, artifacts: artifacts.length },
    () =>
      `Version ${String(restored)} of ${model} is whole again: ${String(artifacts.length)} artifacts of ${takenAt}.\nLet it answer: npm run contender -- rollback ${model} --to ${String(restored)} --reason "why"`,
  );
}

async function reconcile(context: CliContext, options: ReconcileOptions): Promise<void> {
  const actor = await requireActor(context, options.token);
  const outcome = await withRegistry(context, async (registry) => {
    const found = await compare(context, registry);
    requireAgreement(found, options.accept === true);
    for (const retrainId of found.orphaned) await endOrphan(registry, retrainId, options.reason);
    const { reconciled } = await registry.reconcileRestore({
      actor,
      reason: options.reason,
      ended: found.orphaned,
    });
    return { reconciled, ended: found.orphaned };
  });
  context.output.result(outcome, () =>
    outcome.reconciled === 0
      ? 'No restore waits to be reconciled.'
      : `Reconciled; ${String(outcome.ended.length)} retrains were ended. Promotions are possible again.`,
  );
}

async function compare(context: CliContext, registry: Registry): Promise<Divergence> {
  const { restored } = await registry.unreconciledRestore();
  if (restored === null) return { unknown: [], orphaned: [] };
  const temporal = await temporalRetrains(context);
  return divergence(await registry.listRetrains({ model: null, limit: MOST_RETRAINS }), temporal);
}

async function temporalRetrains(context: CliContext): Promise<readonly TemporalRetrain[]> {
  const link = await connectTemporal(context);
  try {
    const retrains: TemporalRetrain[] = [];
    for (const client of [link.live, link.replay]) {
      for await (const run of client.workflow.list({ query: `WorkflowType = 'retrainModel'` })) {
        retrains.push({ workflowId: run.workflowId, running: run.status.name === 'RUNNING' });
      }
    }
    return retrains;
  } finally {
    await link.close();
  }
}

/** Runs that go on in Temporal are for people to cancel; what is over there is only told about. */
function requireAgreement(found: Divergence, accept: boolean): void {
  const running = found.unknown.filter((retrain) => retrain.running).map(({ workflowId }) => workflowId);
  const differs = accept ? running.length > 0 : found.unknown.length + found.orphaned.length > 0;
  if (!differs) return;
  const unknown = found.unknown.map(({ workflowId }) => workflowId);
  throw new RestoreDiverged(
    `the registry does not know ${String(unknown.length)} retrains that Temporal knows, and ${String(found.orphaned.length)} are open that nothing runs: ${[...unknown, ...found.orphaned].join(', ')}`,
    {
      remedy:
        running.length > 0
          ? `Cancel what still runs in the Temporal UI: ${running.join(', ')}; then give --accept.`
          : 'Look at them, then give --accept.',
      details: { unknown, running, orphaned: found.orphaned },
    },
  );
}

async function endOrphan(registry: Registry, retrainId: string, reason: string): Promise<void> {
  const { step } = await registry.getRetrain({ retrainId });
  await registry.finishRetrain({
    ...{ retrainId, step, outcome: 'failed', verdict: null, notification: null, code: 'RESTORED' },
    reason: `its workflow was lost before a restore: ${reason}`,
  });
}
