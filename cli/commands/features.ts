import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import { Market } from '../../contracts/primitives.ts';
import type { FeatureCheckReport } from '../../extraction/feature-check.ts';
import type { CliContext } from '../context.ts';
import { table } from '../output.ts';

interface CheckOptions {
  readonly data: string;
  readonly sessions: number;
  readonly market?: Market;
}

function sessionCount(text: string): number {
  if (!/^[1-9]\d{0,3}$/u.test(text))
    throw new InvalidArgumentError('it has to be a whole number from 1 to 9999.');
  return Number(text);
}

export function register(program: Command, context: CliContext): void {
  const features = program
    .command('features')
    .description('feature sets: list them, check a file of your own');
  features
    .command('list')
    .description('the shipped sets and, with --data, those of a market data folder')
    .option('--data <folder>', 'market data folder whose features/*.sql are listed too')
    .addHelpText(
      'after',
      `
Examples:
  contender features list
  contender features list --data ./data/tw --json`,
    )
    .action(async (options: { readonly data?: string }) => {
      const { featureSetNames, loadFeatureSet } = await import('../../extraction/feature-set.ts');
      const data = options.data ?? null;
      const sets = await Promise.all((await featureSetNames(data)).map((name) => loadFeatureSet(name, data)));
      const rows = sets.map(({ name, kind, columns, lookback }) => [
        name,
        kind,
        String(columns.length),
        String(lookback),
      ]);
      context.output.result(
        sets.map(({ name, kind, lookback, columns, codeHash }) => ({
          name,
          kind,
          lookback,
          codeHash,
          columns,
        })),
        () => table(['set', 'kind', 'columns', 'lookback'], rows),
      );
    });
  features
    .command('check')
    .description(
      'runs the tests that every feature file gets: what it reads, determinism, lookback, leak audit',
    )
    .argument('<file>', 'SQL file with a header')
    .requiredOption('--data <folder>', 'market data folder to compute it on')
    .option('--sessions <count>', 'newest sessions that are computed', sessionCount, 120)
    .addOption(
      new Option('--market <code>', 'market of the data; default: what the folder says, else XTAI').choices(
        Market.options,
      ),
    )
    .addHelpText(
      'after',
      `
Examples:
  contender features check ./data/tw/features/my_set.sql --data ./data/tw
  contender features check my_set.sql --data data/us-stocknet88 --sessions 60 --json`,
    )
    .action(async (file: string, options: CheckOptions) => {
      const { closeMarketFolders } = await import('../../extraction/folder-cache.ts');
      try {
        await check(context, file, options);
      } finally {
        await closeMarketFolders();
      }
    });
}

async function check(context: CliContext, file: string, options: CheckOptions): Promise<void> {
  const { checkFeatureFile } = await import('../../extraction/feature-check.ts');
  const { FeatureSetInvalid } = await import('../../extraction/errors.ts');
  const { readSourceNotes } = await import('../../extraction/source-notes.ts');
  const notes = await readSourceNotes(options.data);
  const progress = context.output.progress(`checking ${file}`);
  const report = await checkFeatureFile({
    file,
    folder: options.data,
    market: options.market ?? notes.market ?? 'XTAI',
    sessions: options.sessions,
  });
  progress.done();
  if (report.faults.length > 0) {
    throw new FeatureSetInvalid(`${report.name} is refused: ${report.faults.slice(0, 10).join('; ')}`, {
      remedy: 'Repair the file; docs/features.md says what it may hold.',
      details: { report },
    });
  }
  context.output.result(report, () => describe(report));
}

function describe(report: FeatureCheckReport): string {
  const number = (value: number | null): string => (value === null ? '-' : value.toPrecision(4));
  const rows = report.columns.map(({ name, known, lowest, highest }) => [
    name,
    `${(known * 100).toFixed(1)} %`,
    number(lowest),
    number(highest),
  ]);
  return [
    table(['column', 'known', 'lowest', 'highest'], rows),
    `${report.name}: nothing against it. ${String(report.rows)} rows up to ${report.asOf}, the same bits twice,`,
    `all rebuilt from truncated data, ${String(report.leak.strictRows)} of them from what was known at their own decision`,
  ].join('\n');
}
