import type { Command } from 'commander';
import { errorBudgetOf } from '../../control/error-budget.ts';
import type { CliContext } from '../context.ts';
import { table } from '../output.ts';
import { figure } from '../verdict-text.ts';
import { withRegistry } from '../registry.ts';

const LISTED = 12;

export function registerBudget(gates: Command, context: CliContext): void {
  gates
    .command('budget')
    .argument('<model>', 'name of the model')
    .description('what is left of the error budget over retrains, and the level of the next test')
    .addHelpText(
      'after',
      `
Examples:
  contender gates budget tw-alpha
  contender gates budget tw-alpha --json

The spec switches it on: gates: { errorBudget: lord, errorBudgetLevel: 0.1 }`,
    )
    .action((model: string) => budget(context, model));
}

async function budget(context: CliContext, model: string): Promise<void> {
  const {
    budget: errorBudget,
    tests,
    spaAlpha,
  } = await withRegistry(context, (registry) => errorBudgetOf(registry, model));
  if (errorBudget === null) {
    context.output.result(
      { model, errorBudget },
      () =>
        `The error budget of ${model} is off: each retrain tests at its share of ${String(spaAlpha)} (gates.spaFamily).`,
    );
    return;
  }
  const { method, level, used, ...state } = errorBudget;
  context.output.result({ model, errorBudget, tests }, () =>
    [
      `${method} at ${String(level)}: ${figure(state.wealth)} left; tests made ${String(tests.length)}, discoveries ${String(state.discoveries)}; test ${String(state.test)} is made at ${figure(used)} at most.`,
      ...(tests.length === 0 ? [] : ['', testsTable(tests.slice(-LISTED))]),
    ].join('\n'),
  );
}

function testsTable(
  tests: readonly { test: number; alpha: number; p: number | null; discovery: boolean }[],
): string {
  return table(
    ['test', 'level', 'StepM p', 'discovery'],
    tests.map(({ test, alpha, p, discovery }) => [
      test,
      figure(alpha),
      p === null ? 'not asked' : figure(p),
      discovery ? 'yes' : 'no',
    ]),
  );
}
