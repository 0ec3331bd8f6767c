import type { Command } from 'commander';
import { reignComparison } from '../../control/reign-comparison.ts';
import { reignComparisonText } from '../comparison-text.ts';
import type { CliContext } from '../context.ts';
import { UsageError } from '../errors.ts';
import { withRegistry } from '../registry.ts';

export function register(program: Command, context: CliContext): void {
  program
    .command('comparison')
    .argument('<model>', 'name of the model')
    .option('--epoch <number>', 'an earlier reign; default the one in force')
    .description('a reign against the previous champion, the universe, and never having retrained')
    .addHelpText(
      'after',
      `
The comparison began with the first session of the shadow and may be looked at every day: an e-value beyond its bound is evidence,
and the intervals hold at all looks together. Rank ICs count when labels have matured.

Examples:
  contender comparison tw-alpha
  contender comparison tw-alpha --epoch 3 --json`,
    )
    .action((model: string, options: { readonly epoch?: string }) => show(context, model, options.epoch));
}

async function show(context: CliContext, model: string, given: string | undefined): Promise<void> {
  if (given !== undefined && !/^[1-9]\d{0,8}$/u.test(given)) {
    throw new UsageError(`--epoch ${given} is no epoch`, {
      remedy: `List the reigns: contender champion ${model} --history`,
    });
  }
  const epoch = given === undefined ? null : Number(given);
  const reading = await withRegistry(context, (registry) => reignComparison(registry, { model, epoch }));
  context.output.result(reading, () => reignComparisonText(reading));
}
