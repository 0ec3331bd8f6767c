import { clopperPearson } from '../../stats/beta.ts';
import type { PanelOutcome } from './panel-trial.ts';

/** Confidence of every interval of a calibration, two-sided: each bound is one of 97.5 %. */
export const CONFIDENCE = 0.95;

/** How often something happened, with its Clopper-Pearson interval (1934). */
export interface Rate {
  readonly count: number;
  readonly of: number;
  readonly rate: number;
  readonly lower: number;
  readonly upper: number;
}

export function rateOf(count: number, of: number): Rate {
  const { lower, upper } = clopperPearson(count, of, CONFIDENCE);
  return { count, of, rate: count / of, lower, upper };
}

export interface GateRates {
  /** A gate, or `route`: the choice before the gates. */
  readonly gate: string;
  readonly enforced: boolean;
  readonly noise: Rate;
  readonly edge: Rate;
  /** Panels of both worlds on which the gate could not decide. */
  readonly inconclusive: number;
}

export interface CalibrationRates {
  readonly gates: readonly GateRates[];
  /** All enforced gates and the choice of the route; in the world with an edge the recipe promoted must be the one that has it. */
  readonly together: { readonly noise: Rate; readonly edge: Rate };
  /** How often the best recipe of the panel is the one with the edge. */
  readonly rightTrial: Rate;
}

/** A true edge counts as found only when the recipe promoted is the one that has it. */
export const edgeFound = (outcome: PanelOutcome): boolean => outcome.passes && outcome.rightTrial;

export function tally(noise: readonly PanelOutcome[], edge: readonly PanelOutcome[]): CalibrationRates {
  const passing = (outcomes: readonly PanelOutcome[], gate: string): Rate =>
    rateOf(
      outcomes.filter((outcome) =>
        outcome.readings.some((reading) => reading.gate === gate && reading.passes),
      ).length,
      outcomes.length,
    );
  const taking = (outcomes: readonly PanelOutcome[]): Rate =>
    rateOf(outcomes.filter((outcome) => outcome.takesRoute).length, outcomes.length);
  const both = [...noise, ...edge];
  const gates = (noise[0]?.readings ?? []).map(({ gate, enforced }): GateRates => {
    const undecided = both.filter((outcome) =>
      outcome.readings.some((reading) => reading.gate === gate && reading.inconclusive),
    );
    return {
      gate,
      enforced,
      noise: passing(noise, gate),
      edge: passing(edge, gate),
      inconclusive: undecided.length,
    };
  });
  return {
    gates: [
      { gate: 'route', enforced: true, noise: taking(noise), edge: taking(edge), inconclusive: 0 },
      ...gates,
    ],
    together: {
      noise: rateOf(noise.filter((outcome) => outcome.passes).length, noise.length),
      edge: rateOf(edge.filter(edgeFound).length, edge.length),
    },
    rightTrial: rateOf(edge.filter((outcome) => outcome.rightTrial).length, edge.length),
  };
}
