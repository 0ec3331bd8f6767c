import type { BenchmarkReturns, JudgeInput } from './judge-input.ts';

/** What decides whether the recipe still has to show that it is better. */
type Claim = Pick<JudgeInput, 'route' | 'championOnProbation'>;

/**
 * Whether the candidate is asked to be better than its benchmark (spa, stepm, sharpe-improvement). A refresh inherits what the
 * recipe of the champion has shown when it was admitted. A champion on probation was admitted by people although that was
 * missing: its recipe is still the best of a search, so its refresh has to show now what the admission did not.
 */
export function mustBeBetter({ route, championOnProbation }: Claim): boolean {
  return route !== 'refresh' || championOnProbation;
}

/**
 * The input as the test of superiority reads it. A refresh has the recipe of its benchmark, against which there is nothing to
 * show: what is open is that it beats no position, as a first champion has to. Its level is that of one recipe of the ledger (superiority-level.ts).
 */
export function superiorityInput(input: JudgeInput): JudgeInput {
  if (input.route !== 'refresh') return input;
  return { ...input, route: 'first', benchmark: noPosition(input.sessions.length) };
}

/** The benchmark of a recipe that has no champion to beat: zeros. */
export function noPosition(sessions: number): BenchmarkReturns & { readonly netReturns: Float64Array } {
  return {
    name: 'no position',
    netReturns: new Float64Array(sessions),
    trading: { annualisedTurnover: null, annualisedCost: null, meanRankIc: null },
  };
}
