import type { Command } from 'commander';
import { nextBudget } from '../../gates/error-budget.ts';
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
  const { gates, tests } = await withRegistry(context, async (registry) => {
    const { spec } = await registry.currentSpec({ model });
    const { errorBudget: method, errorBudgetLevel: level } = spec.gates;
    // Specs of releases before the budget have no such field.
    const on = method === 'lord' || method === 'alpha-investing';
    return { gates: spec.gates, tests: on ? await registry.budgetTests({ model, method, level }) : [] };
  });
  const { errorBudget: method, errorBudgetLevel: level } = gates;
  if (method !== 'lord' && method !== 'alpha-investing') {
    context.output.result(
      { model, errorBudget: null },
      () =>
        `The error budget of ${model} is off: each retrain tests at its share of ${String(gates.spaAlpha)} (gates.spaFamily).`,
    );
    return;
  }
  const state = nextBudget({ method, level }, tests);
  const errorBudget = { method, level, ...state };
  const used = Math.min(gates.spaAlpha, state.alpha);
  context.output.result({ model, errorBudget: { ...errorBudget, used }, tests }, () =>
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
