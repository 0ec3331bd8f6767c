import { z } from 'zod';
import type { ModelSpec } from '../contracts/spec.ts';
import { marketRules } from '../market/rules.ts';
import type { IcFacts } from '../monitoring/decay-outlook.ts';
import type { CliContext } from './context.ts';
import { withRegistry } from './registry.ts';

/** How fast decay would be seen under a spec, and what that is taken from. */
export interface StatedOutlook {
  readonly basis: string;
  readonly text: string;
  readonly medianSessions: number | null;
}

/** Universes that the delay is shown for while a model has no backtest yet: a few large names, and a whole market. */
const BREADTHS = [70, 630] as const;
const SIMULATIONS = 100;

const DecisionFacts = z.object({
  facts: z.object({
    decayOutlook: z.object({
      reference: z.object({
        sessions: z.int().min(1),
        mean: z.number(),
        deviation: z.number().gt(0),
        autocorrelation: z.number().min(0).lt(1),
      }),
    }),
  }),
});

/**
 * The expected delay of the decay rule at the spec's budget: for the champion's backtest where there is one, else for two
 * breadths. Without it nobody would know what a budget of false alarms buys before it is in force.
 */
export async function decayOutlooks(context: CliContext, spec: ModelSpec): Promise<readonly StatedOutlook[]> {
  const { assumedIc, decayOutlook } = await import('../monitoring/decay-outlook.ts');
  const own = await withRegistry(context, async (registry) => {
    const { champion } = await registry.champion({ model: spec.model });
    if (champion === null) return null;
    const [made] = await registry.versionLinks({ versionId: champion.id });
    if (made === undefined) return null;
    const evidence = await registry.evidenceOf({ retrainId: made.retrainId });
    const decision = DecisionFacts.safeParse(evidence.findLast(({ kind }) => kind === 'decision')?.body);
    if (!decision.success) return null;
    const { reference } = decision.data.facts.decayOutlook;
    return { basis: `the backtest of version ${String(champion.number)}`, reference };
  });
  const references: readonly { readonly basis: string; readonly reference: IcFacts }[] =
    own === null
      ? BREADTHS.map((names) => ({
          basis: `assumed of ${String(names)} names; the request for approval states the backtest's`,
          reference: assumedIc(names),
        }))
      : [own];
  const { annualSessions } = marketRules(spec.market);
  return references.map(({ basis, reference }) => {
    const { text, delay } = decayOutlook(
      reference,
      spec.decay.falseAlarmsPerYear,
      annualSessions,
      SIMULATIONS,
    );
    return { basis, text, medianSessions: delay.median };
  });
}
