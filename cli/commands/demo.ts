import type { Command } from 'commander';
import type { CliContext } from '../context.ts';

interface DemoOptions {
  readonly once?: boolean;
  readonly yes?: boolean;
}

export function register(program: Command, context: CliContext): void {
  program
    .command('demo')
    .description('all eight steps on a real and on a simulated market, in a few minutes')
    .option('--once', 'stop everything at the end instead of leaving it running')
    .option('--yes', 'answer the approvals with yes')
    .addHelpText(
      'after',
      `
Act (a): a first champion of a real US market, then a retrain a year later against it, whatever the verdict.
Act (b): a simulated Taiwan market: a promotion, a swap under load, a decay alarm with an emergency retrain, a rollback.

Examples:
  npm run demo
  npm run demo -- --once --yes`,
    )
    .action(async (options: DemoOptions) => {
      const { runDemo } = await import('../demo/run-demo.ts');
      await runDemo(context, { once: options.once === true, yes: options.yes === true });
    });
}
