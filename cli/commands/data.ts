import { InvalidArgumentError } from 'commander';
import type { Command } from 'commander';
import type { ImportMapping } from '../../contracts/import-mapping.ts';
import type { FolderReport } from '../../extraction/check-folder.ts';
import { instantOf } from '../../extraction/extract-request.ts';
import type { CliContext } from '../context.ts';
import { UsageError } from '../errors.ts';
import { table } from '../output.ts';
import { registerQuality } from './data-quality.ts';
import { registerJoin } from './data-join.ts';
import { registerSimulate } from './data-simulate.ts';
import { registerStylisedFacts } from './data-stylised-facts.ts';

interface CheckOptions {
  readonly limit: number;
}

interface ImportCommandOptions {
  readonly source?: string;
  readonly mapping?: string;
  readonly from: string;
  readonly out: string;
}

function wholeNumber(text: string): number {
  if (!/^\d{1,10}$/u.test(text)) throw new InvalidArgumentError('it has to be a whole number.');
  return Number(text);
}

export function register(program: Command, context: CliContext): void {
  const data = program
    .command('data')
    .description('market data folders: check, import, append, quality, simulate');
  registerCheck(data, context);
  registerImport(data, context);
  registerAppend(data, context);
  registerQuality(data, context);
  registerSimulate(data, context);
  registerStylisedFacts(data, context);
  registerJoin(data, context);
}

function registerCheck(data: Command, context: CliContext): void {
  data
    .command('check')
    .description('says row by row what is wrong with a market data folder; exit code 1 when something is')
    .argument(
      '<folder>',
      'folder with prices, membership, symbols, calendar and, if there are any, the others',
    )
    .option('--limit <count>', 'findings listed of each kind', wholeNumber, 20)
    .addHelpText(
      'after',
      `
Examples:
  contender data check data/us-stocknet88
  contender data check ./my-data --json --limit 1000`,
    )
    .action(async (folder: string, options: CheckOptions) => {
      const { checkMarketFolder, FolderRefused } = await import('../../extraction/check-folder.ts');
      const progress = context.output.progress(`checking ${folder}`);
      const watch = (step: string): void => {
        progress.update(`checking ${folder}: ${step}`);
      };
      const report = await checkMarketFolder(folder, options.limit, {
        watch,
        calendarDir: context.config().calendarDir,
      });
      progress.done();
      if (report.errors > 0 && !context.output.json) printFindings(context, report.findings);
      if (report.errors > 0) throw new FolderRefused(report);
      context.output.result(report, () => describeReport(report));
      if (!context.output.json) printFindings(context, report.findings);
    });
}

function describeReport(report: FolderReport): string {
  const rows = report.files.map(({ file, rows: count }) => [file, count]);
  const warnings = report.warnings === 0 ? '' : `, ${String(report.warnings)} things worth a look`;
  return `${table(['file', 'rows'], rows)}\n${report.folder}: nothing wrong${warnings}`;
}

function printFindings(context: CliContext, findings: FolderReport['findings']): void {
  if (findings.length === 0) return;
  const rows = findings.map((finding) => [
    finding.severity,
    finding.file,
    finding.row === null ? '-' : String(finding.row),
    finding.column ?? '-',
    finding.message,
  ]);
  context.output.line(table(['severity', 'file', 'row', 'column', 'finding'], rows));
}

function registerImport(data: Command, context: CliContext): void {
  data
    .command('import')
    .description('turns the files of a data source into a market data folder')
    .option('--source <name>', 'a source that Contender knows: us-stocknet88 or taiwan-daily')
    .option('--mapping <file>', 'a mapping file (YAML or JSON) for any other CSV or Parquet')
    .requiredOption('--from <folder>', 'folder that holds the files of the source')
    .requiredOption('--out <folder>', 'folder to write; must not exist or be empty')
    .addHelpText(
      'after',
      `
A mapping says which columns mean what, in which time zone, and when a row was known; docs/market-data.md shows one.

Examples:
  contender data import --source us-stocknet88 --from ./downloads --out ./data/us
  contender data import --mapping vendor.yaml --from ./downloads --out ./data/tw`,
    )
    .action(async (options: ImportCommandOptions) => {
      const { importSource } = await import('../../extraction/import/import-source.ts');
      const mapping = await mappingOf(options);
      const progress = context.output.progress(`importing from ${options.from}`);
      const { pythonPath } = context.config();
      const written = await importSource({
        mapping,
        from: options.from,
        out: options.out,
        python: pythonPath,
        watch: (step) => {
          progress.update(`importing from ${options.from}: ${step}`);
        },
      });
      progress.done();
      context.output.result(written, () => describeWritten(written));
    });
}

async function mappingOf({
  source,
  mapping,
}: Pick<ImportCommandOptions, 'source' | 'mapping'>): Promise<ImportMapping> {
  const { readMapping, shippedMapping } = await import('../../extraction/import/mapping-file.ts');
  if (source !== undefined && mapping === undefined) return shippedMapping(source);
  if (mapping !== undefined && source === undefined) return readMapping(mapping);
  throw new UsageError('name the source or a mapping file', {
    remedy: 'Give one of --source and --mapping.',
  });
}

function describeWritten(written: {
  readonly folder: string;
  readonly rows: Readonly<Record<string, number>>;
}): string {
  return `${table(['table', 'rows'], Object.entries(written.rows))}\nwritten to ${written.folder}`;
}

interface AppendCommandOptions extends Pick<ImportCommandOptions, 'source' | 'mapping'> {
  readonly from: string;
  readonly knownAt?: string;
}

function registerAppend(data: Command, context: CliContext): void {
  data
    .command('append')
    .description("adds rows, as yesterday's, to a market data folder without touching what is there")
    .argument('<folder>', 'market data folder')
    .requiredOption('--from <path>', 'a folder with any of the tables, or one file as prices.csv')
    .option('--source <name>', 'read --from as a source that Contender knows, whole')
    .option('--mapping <file>', 'read --from as a source by a mapping file, whole')
    .option('--known-at <instant>', 'instant at which late rows and corrections became known')
    .addHelpText(
      'after',
      `
Rows that are there already add nothing. A row that would change what was known before is refused; with --known-at it
is added as known at that instant.

Examples:
  contender data append ./data/tw --from ./delivered/2024-01-11
  contender data append ./data/tw --from ./delivered/prices.csv --known-at 2024-01-12T06:00:00.000Z
  contender data append ./data/tw --from ./downloads --mapping vendor.yaml`,
    )
    .action(async (folder: string, options: AppendCommandOptions) => {
      const { appendToFolder } = await import('../../extraction/folder-append.ts');
      const { appendSource } = await import('../../extraction/import/append-source.ts');
      const knownAt = options.knownAt === undefined ? null : givenInstant(options.knownAt);
      const progress = context.output.progress(`appending to ${folder}`);
      const watch = (step: string): void => {
        progress.update(`appending to ${folder}: ${step}`);
      };
      const rows = { folder, from: options.from, knownAt, watch };
      const mapped = options.source !== undefined || options.mapping !== undefined;
      const report = mapped
        ? await appendSource({
            ...rows,
            mapping: await mappingOf(options),
            python: context.config().pythonPath,
          })
        : await appendToFolder(rows);
      progress.done();
      context.output.result(report, () => {
        const lines = report.tables.map((row) => [row.table, row.added, row.present, row.restated]);
        const where = report.part === null ? 'nothing new; nothing was written' : `written to ${report.part}`;
        return `${table(['table', 'added', 'there already', 'known late'], lines)}\n${where}; known before: ${report.knownBefore}`;
      });
    });
}

function givenInstant(text: string): string {
  const instant = instantOf(text);
  if (instant !== null) return instant;
  throw new UsageError(`${text} is not an instant`, {
    remedy: 'Write it with its zone, as 2017-06-30T21:00:00Z or 2017-07-01T05:00:00.000+08:00.',
  });
}
