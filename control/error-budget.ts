import { nextBudget, type BudgetState } from '../gates/error-budget.ts';
import type { BudgetTest } from '../registry/budget-tests.ts';
import type { Registry } from '../registry/registry.ts';

export interface ErrorBudget extends BudgetState {
  readonly method: 'lord' | 'alpha-investing';
  /** Of the stream as a whole, a share. */
  readonly level: number;
  /** At which the next test is made: no higher than `gates.spaAlpha`. */
  readonly used: number;
}

/** What is left of the error budget over a model's retrains. Throws ModelUnknown. */
export async function errorBudgetOf(
  registry: Pick<Registry, 'currentSpec' | 'budgetTests'>,
  model: string,
): Promise<{
  /** Null: the spec does not spend one. */
  readonly budget: ErrorBudget | null;
  readonly tests: readonly BudgetTest[];
  /** `gates.spaAlpha`, at which each retrain tests without one. */
  readonly spaAlpha: number;
}> {
  const { spec } = await registry.currentSpec({ model });
  const { errorBudget: method, errorBudgetLevel: level, spaAlpha } = spec.gates;
  // Specs of releases before the budget have no such field.
  if (method !== 'lord' && method !== 'alpha-investing') return { budget: null, tests: [], spaAlpha };
  const tests = await registry.budgetTests({ model, method, level });
  const state = nextBudget({ method, level }, tests);
  return { budget: { method, level, ...state, used: Math.min(spaAlpha, state.alpha) }, tests, spaAlpha };
}
