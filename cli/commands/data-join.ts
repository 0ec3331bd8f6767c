import { InvalidArgumentError } from 'commander';
import type { Command } from 'commander';
import { Market } from '../../contracts/primitives.ts';
import { instantOf } from '../../extraction/extract-request.ts';
import type { CliContext } from '../context.ts';

interface JoinCommandOptions {
  readonly data: string;
  readonly market: Market;
  readonly asOf: string;
  readonly prices: readonly string[];
  readonly statements: readonly string[];
  readonly maxAge: number;
  readonly out: string;
}

const names = (text: string): readonly string[] =>
  text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');

function market(text: string): Market {
  const parsed = Market.safeParse(text);
  if (!parsed.success) throw new InvalidArgumentError('it has to be XTAI or XNYS.');
  return parsed.data;
}

function instant(text: string): string {
  const parsed = instantOf(text);
  if (parsed === null)
    throw new InvalidArgumentError('it has to be an instant with its zone, like 2019-06-30T08:00:00Z.');
  return parsed;
}

function sessions(text: string): number {
  if (!/^\d{1,4}$/u.test(text)) throw new InvalidArgumentError('it has to be a whole number of sessions.');
  return Number(text);
}

/** Adds `contender data join`. */
export function registerJoin(data: Command, context: CliContext): void {
  data
    .command('join')
    .description('writes bars and statements as every member and session knew them, float32')
    .requiredOption('--data <folder>', 'market data folder')
    .requiredOption('--as-of <instant>', 'sessions decided by then get rows', instant)
    .requiredOption('--out <file>', '.parquet or .csv')
    .option('--market <name>', 'XTAI or XNYS', market, 'XTAI')
    .option('--prices <columns>', 'columns of the prices', names, ['open', 'high', 'low', 'close', 'volume'])
    .option('--statements <columns>', 'columns of the fundamentals; empty: none', names, [])
    .option('--max-age <sessions>', 'sessions for which the last bar is carried on', sessions, 5)
    .addHelpText(
      'after',
      `
Values are as published, not adjusted; a feature set (contender extract) gives adjusted ones.

Examples:
  contender data join --data ./data/tw --as-of 2019-06-30T08:00:00.000Z --out ./tw.parquet
  contender data join --data ./data/simulated --as-of 2020-01-01T00:00:00.000Z --prices close,volume \\
    --statements eps,revenue --max-age 0 --out ./panel.csv`,
    )
    .action(async (options: JoinCommandOptions) => {
      const { writeJoinedTable } = await import('../../extraction/joined-table.ts');
      const { closeMarketFolders } = await import('../../extraction/folder-cache.ts');
      const progress = context.output.progress(`joining ${options.data}`);
      const { rows } = await writeJoinedTable({
        folder: options.data,
        market: options.market,
        asOf: options.asOf,
        priceColumns: options.prices,
        statementColumns: options.statements,
        maxAgeSessions: options.maxAge,
        file: options.out,
      });
      await closeMarketFolders();
      progress.done();
      context.output.result(
        { file: options.out, rows },
        () => `${String(rows)} rows written to ${options.out}`,
      );
    });
}
