/** Short series of a page, drawn from rows that the server gave; null marks a session without a value. */
type Series = readonly (number | null)[];

/** Sessions below which a mean says nothing. */
const FEWEST = 10;
const NORMAL_95 = 1.96;

/** Mean of the last `window` known values at each place; null while fewer than ten are known. */
export function runningMean(values: Series, window: number): (number | null)[] {
  return values.map((_, at) => {
    const known = lastKnown(values, at, window);
    return known.length < FEWEST ? null : mean(known);
  });
}

/**
 * 95 % interval of that mean, with a Bartlett kernel over five lags: daily ICs of overlapping labels are not independent.
 * Newey and West 1987, eq. 5.
 */
export function confidenceBand(
  values: Series,
  window: number,
): { readonly lower: (number | null)[]; readonly upper: (number | null)[] } {
  const edges = values.map((_, at): readonly [number, number] | null => {
    const known = lastKnown(values, at, window);
    if (known.length < FEWEST) return null;
    const centre = mean(known);
    const half = NORMAL_95 * Math.sqrt(hacVariance(known, centre) / known.length);
    return [centre - half, centre + half];
  });
  return { lower: edges.map((edge) => edge?.[0] ?? null), upper: edges.map((edge) => edge?.[1] ?? null) };
}

/** Growth of one unit; a session without a return leaves it where it was. */
export function equity(returns: Series): number[] {
  let value = 1;
  return returns.map((change) => (value *= 1 + (change ?? 0)));
}

/** How far below its highest the equity is: zero or negative, a fraction. */
export function drawdown(returns: Series): number[] {
  let highest = 1;
  return equity(returns).map((value) => {
    highest = Math.max(highest, value);
    return value / highest - 1;
  });
}

function lastKnown(values: Series, at: number, window: number): number[] {
  return values.slice(Math.max(0, at - window + 1), at + 1).filter((value) => value !== null);
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

const LAGS = 5;
function hacVariance(values: readonly number[], centre: number): number {
  const away = values.map((value) => value - centre);
  const covariance = (lag: number): number =>
    away.slice(lag).reduce((sum, value, index) => sum + value * (away[index] ?? 0), 0) / values.length;
  let total = covariance(0);
  for (let lag = 1; lag <= LAGS; lag += 1) total += 2 * (1 - lag / (LAGS + 1)) * covariance(lag);
  return Math.max(0, total);
}
