/** What hyper-parameters and feature groups a search may choose from: ranges that keep a fit over 100,000 rows within seconds. */

/** Values that are tried as they stand. */
export const CHOICES = {
  numLeaves: [4, 7, 15, 31],
  minDataInLeaf: [50, 100, 200, 500, 1000],
  lambdaL2: [0, 1, 10],
  maxBin: [63, 127, 255],
  earlyStoppingRounds: [0, 20],
} as const;

export interface Range {
  readonly low: number;
  readonly high: number;
  /** `log`: equal ratios are equally far apart. */
  readonly scale: 'linear' | 'log';
}

/** Stretches of numbers. The number of rounds is whole: `values` of them from `low` on. */
export const RANGES = {
  learningRate: { low: 0.03, high: 0.15, scale: 'log' },
  featureFraction: { low: 0.5, high: 1, scale: 'linear' },
  baggingFraction: { low: 0.6, high: 1, scale: 'linear' },
  maxIterations: { low: 60, values: 191 },
} as const;

/** A recipe that is drawn uses between these shares of the feature groups. */
const FEWEST_GROUPS = 0.25;
const MOST_GROUPS = 0.6;

/** How many of so many feature groups a drawn recipe uses. */
export function groupBounds(groups: number): { readonly fewest: number; readonly most: number } {
  const fewest = Math.max(1, Math.ceil(FEWEST_GROUPS * groups));
  return { fewest, most: Math.max(fewest, Math.floor(MOST_GROUPS * groups)) };
}

/** The value at a position in [0, 1] of a range, with three decimals. */
export function rangeValue({ low, high, scale }: Range, position: number): number {
  return rounded(scale === 'log' ? low * (high / low) ** position : low + (high - low) * position);
}

/** Where a value lies in a range, in [0, 1]; outside it, the nearer end. */
export function rangePosition({ low, high, scale }: Range, value: number): number {
  const position =
    scale === 'log' ? Math.log(value / low) / Math.log(high / low) : (value - low) / (high - low);
  return Math.min(1, Math.max(0, position));
}

/** Three decimals: enough for a search, and the same text in every language. */
const rounded = (value: number): number => Math.round(value * 1000) / 1000;
