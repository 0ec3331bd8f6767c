import { InvalidArgumentError } from 'commander';
import type { Command } from 'commander';
import type { StylisedFacts } from '../../evaluation/stylised-facts.ts';
import { Market } from '../../contracts/primitives.ts';
import type { CliContext } from '../context.ts';
import { table } from '../output.ts';

interface FactsOptions {
  readonly data: readonly string[];
  readonly market: Market;
}

function market(text: string): Market {
  const parsed = Market.safeParse(text);
  if (!parsed.success) throw new InvalidArgumentError('it has to be XTAI or XNYS.');
  return parsed.data;
}

/** Adds `contender data stylised-facts`. */
export function registerStylisedFacts(data: Command, context: CliContext): void {
  data
    .command('stylised-facts')
    .description('tails, memory, correlation, limits and volume of market data folders, side by side')
    .requiredOption('--data <folders...>', 'one or more market data folders')
    .option('--market <name>', 'whose rules and hours hold', market, 'XTAI')
    .addHelpText(
      'after',
      `
Every number is explained in docs/simulator.md.

Examples:
  contender data stylised-facts --data ./data/tw
  contender data stylised-facts --data ./data/tw ./data/simulated --json`,
    )
    .action(async (options: FactsOptions) => {
      const { readFinalBars } = await import('../../extraction/bar-panel.ts');
      const { closeMarketFolders } = await import('../../extraction/folder-cache.ts');
      const { stylisedFacts } = await import('../../evaluation/stylised-facts.ts');
      const { marketRules } = await import('../../market/rules.ts');
      const facts: { readonly folder: string; readonly facts: StylisedFacts }[] = [];
      for (const folder of options.data) {
        const progress = context.output.progress(`reading ${folder}`);
        const bars = await readFinalBars(folder, options.market);
        facts.push({ folder, facts: stylisedFacts(bars, marketRules(options.market)) });
        progress.done();
      }
      await closeMarketFolders();
      context.output.result(facts, () => describe(facts));
    });
}

function describe(all: readonly { readonly folder: string; readonly facts: StylisedFacts }[]): string {
  const columns = all.map(({ facts }) => new Map<string, number | null>(Object.entries(facts)));
  const rows = [...(columns[0]?.keys() ?? [])].map((name) => [
    name,
    ...columns.map((values) => rounded(values.get(name) ?? null)),
  ]);
  return table(['fact', ...all.map(({ folder }) => folder)], rows);
}

const rounded = (value: number | null): string => {
  if (value === null) return '-';
  return Number.isInteger(value) ? String(value) : value.toPrecision(3);
};
