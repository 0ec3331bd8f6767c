import type { ModelSpec } from '../contracts/spec.ts';
import { storedSpec } from '../contracts/stored-spec.ts';
import { marketRules } from '../market/rules.ts';
import { decayOutlook, type DecayOutlook, icFacts } from '../monitoring/decay-outlook.ts';
import { icBaseline } from '../monitoring/ic-baseline.ts';
import { backtestReference } from './backtest-reference.ts';
import type { Workbench } from './workbench.ts';

export type { DecayOutlook };

export interface ForeseeDecayInput {
  readonly spec: ModelSpec;
  readonly versionId: string;
}

/** On the queue `evaluation`: it simulates for a second or two. */
export interface DecayOutlookActivities {
  /** What the decay rule will see of this version; null when its backtest has no rank IC above zero to lose. */
  foreseeDecay(input: ForeseeDecayInput): Promise<DecayOutlook | null>;
}

const SIMULATIONS = 400;

export function decayOutlookActivities(bench: Workbench): DecayOutlookActivities {
  return {
    foreseeDecay: async ({ spec, versionId }) => {
      const { rankIc } = await backtestReference(bench, { id: versionId });
      const baseline = icBaseline(Float64Array.from(rankIc));
      if (baseline === null) return null;
      const { decay, market } = storedSpec(spec);
      const { annualSessions } = marketRules(market);
      return decayOutlook(icFacts(baseline), decay.falseAlarmsPerYear, annualSessions, SIMULATIONS);
    },
  };
}
