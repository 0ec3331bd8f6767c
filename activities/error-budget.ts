import type { GateReport } from '../contracts/gate-report.ts';
import type { GatesSpec } from '../contracts/spec.ts';
import { nextBudget, type GrantedLevel } from '../gates/error-budget.ts';
import type { Workbench } from './workbench.ts';

/**
 * The level that the error budget over retrains grants to one test, from what earlier retrains spent and found; null when
 * the spec has it off. Judging the same scores once more is the same test at the same level.
 */
export async function grantedLevel(
  { registry }: Pick<Workbench, 'registry'>,
  model: string,
  gates: GatesSpec,
  testKey: string,
): Promise<GrantedLevel | null> {
  const { errorBudget: method, errorBudgetLevel: level } = gates;
  if (method === 'off') return null;
  const tests = await registry.budgetTests({ model, method, level });
  const same = tests.findIndex((test) => test.testKey === testKey);
  const past = same < 0 ? tests : tests.slice(0, same);
  return { method, level, ...nextBudget({ method, level }, past) };
}

/**
 * Pays for the test of a judged retrain. It is spent here and nowhere else. A refresh that is not asked to be better stands
 * in the stream as a test without discovery: whether a retrain asks depends on the same returns. While gates are in error
 * nothing is decided and nothing is spent.
 */
export async function spendLevel(
  { registry }: Pick<Workbench, 'registry'>,
  retrainId: string,
  report: Pick<GateReport, 'overall' | 'verdicts' | 'errorBudget'>,
  testKey: string,
): Promise<void> {
  const { errorBudget: budget, overall, verdicts } = report;
  if (budget === null || overall === 'error') return;
  const p = verdicts.find(({ gate }) => gate === 'stepm')?.number ?? null;
  const discovery = overall === 'pass' && p !== null && p < budget.used;
  const { method, level, test, used } = budget;
  const spent = { test, testKey, alpha: used, p, discovery };
  await registry.recordBudgetTest({ retrainId, method, level, spent });
}
