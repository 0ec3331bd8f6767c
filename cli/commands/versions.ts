import type { Command } from 'commander';
import type { ChampionView } from '../../registry/champions.ts';
import type { VersionRecord } from '../../registry/versions.ts';
import type { CliContext } from '../context.ts';
import { UsageError } from '../errors.ts';
import { table } from '../output.ts';
import { withRegistry } from '../registry.ts';

const LISTED_BY_DEFAULT = '20';
const MOST_LISTED = 10_000;

export function register(program: Command, context: CliContext): void {
  program
    .command('versions')
    .argument('<model>', 'name of the model')
    .description('versions of a model, newest first, with the role each has now')
    .option('--limit <n>', 'how many', LISTED_BY_DEFAULT)
    .addHelpText(
      'after',
      `
Examples:
  contender versions tw-alpha
  contender versions tw-alpha --limit 200 --json`,
    )
    .action((model: string, options: { limit: string }) => list(context, model, options.limit));
}

async function list(context: CliContext, model: string, limitText: string): Promise<void> {
  const limit = Number(limitText);
  if (!Number.isInteger(limit) || limit < 1 || limit > MOST_LISTED) {
    throw new UsageError(`--limit is a number from 1 to ${String(MOST_LISTED)}, not ${limitText}`);
  }
  const { view, versions } = await withRegistry(context, async (registry) => ({
    view: await registry.champion({ model }),
    versions: await registry.listVersions({ model, limit }),
  }));
  const listed = versions.map((version) => ({ ...version, role: roleOf(version, view) }));
  context.output.result(listed, () =>
    listed.length === 0
      ? `${model} has no version yet.`
      : table(
          ['version', 'role', 'id', 'snapshot', 'features', 'registered'],
          listed.map(({ number, role, id, snapshotId, manifest, registeredAt }) => [
            number,
            role,
            id.slice(0, 12),
            snapshotId.slice(0, 12),
            manifest.identity.featureNames.length,
            registeredAt,
          ]),
        ),
  );
}

function roleOf(version: VersionRecord, view: ChampionView): string {
  if (version.state === 'deleted') return 'deleted';
  if (view.champion?.id === version.id) return version.probation ? 'champion (probation)' : 'champion';
  if (view.challenger?.id === version.id) return 'challenger';
  if (view.rollbackTarget === version.number) return 'previous';
  return view.previous.some(({ id }) => id === version.id) ? 'former champion' : '-';
}
