import { type DecayDelay, expectedDecayDelay } from './decay-delay.ts';
import { type IcBaseline, MEAN_GRID, priorWeights } from './ic-baseline.ts';

/** What is known, or assumed, of a model's daily rank IC before its decay is watched. */
export interface IcFacts {
  /** Sessions of the reference. */
  readonly sessions: number;
  /** Mean, standard deviation and first-order autocorrelation of the daily rank IC. */
  readonly mean: number;
  readonly deviation: number;
  readonly autocorrelation: number;
}

/** What a budget of false alarms buys, stated before the rule is switched on. */
export interface DecayOutlook {
  readonly falseAlarmsPerYear: number;
  readonly reference: IcFacts;
  readonly delay: DecayDelay;
  readonly text: string;
}

export function icFacts({ sessions, sampleMean, autocorrelation, innovation }: IcBaseline): IcFacts {
  const deviation = innovation / Math.sqrt(1 - autocorrelation ** 2);
  return { sessions, mean: sampleMean, deviation, autocorrelation };
}

/** Daily rank IC of a universe of independent names: its deviation is one over the root of their number less one. */
export const assumedIc = (names: number): IcFacts => ({
  ...{ sessions: 250, mean: 0.03, autocorrelation: 0.2 },
  deviation: 1 / Math.sqrt(names - 1),
});

/**
 * Expected delay of the decay rule at a budget, from summary numbers alone: the posterior of the mean IC is the prior times
 * the normal likelihood of the sample mean, whose standard error allows for the autocorrelation.
 *
 * @param simulations models drawn; a hundred give the median within about a tenth
 */
export function decayOutlook(
  reference: IcFacts,
  falseAlarmsPerYear: number,
  annualSessions: number,
  simulations: number,
): DecayOutlook {
  const delay = expectedDecayDelay(baselineOf(reference), falseAlarmsPerYear, annualSessions, simulations);
  return { falseAlarmsPerYear, reference, delay, text: wording(falseAlarmsPerYear, reference, delay) };
}

function baselineOf({ sessions, mean: sampleMean, deviation, autocorrelation }: IcFacts): IcBaseline {
  const innovation = deviation * Math.sqrt(1 - autocorrelation ** 2);
  const standardError = innovation / ((1 - autocorrelation) * Math.sqrt(sessions));
  const weights = priorWeights().map(
    (weight, row) =>
      weight * Math.exp(-0.5 * (((MEAN_GRID[row] ?? 0) - sampleMean) / standardError) ** 2) +
      Number.MIN_VALUE,
  );
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const normalised = weights.map((weight) => weight / total);
  const mean = MEAN_GRID.reduce((sum, value, row) => sum + value * (normalised[row] ?? 0), 0);
  const quantile = (probability: number): number => {
    let below = 0;
    const row = normalised.findIndex((weight) => (below += weight) >= probability);
    return MEAN_GRID[row] ?? MEAN_GRID.at(-1) ?? 0;
  };
  return {
    ...{ sessions, sampleMean, mean, autocorrelation, innovation },
    interval: [quantile(0.05), quantile(0.95)],
    signal: ((1 - autocorrelation) * mean) / innovation,
    weights: normalised,
  };
}

const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;

function wording(budget: number, { mean, deviation }: IcFacts, delay: DecayDelay): string {
  const { median, ninetyPercent, foundWithin } = delay;
  const seen =
    median === null
      ? 'fewer than half of full decays are ever seen'
      : `a full decay is seen after ${String(median)} sessions in half of the cases${ninetyPercent === null ? '' : `, after ${String(ninetyPercent)} in nine of ten`}`;
  return `Decay watch: with a daily rank IC of ${mean.toFixed(3)} on average and a deviation of ${deviation.toFixed(3)}, and ${String(budget)} false alarms a year, ${seen}; ${percent(foundWithin['120'])} within 120.`;
}
