/** Below this a figure is the rest that rounding left of a zero. */
const DUST = 1e-9;
/** Digits that count of a figure that is smaller than its usual decimals. */
const SIGNIFICANT = 2;

/**
 * With how many decimals a figure is written: `least`, and more where it would be written as zero although it is none. A loss of
 * 0.03 % is small, and a reader who sees 0.000 takes it for none.
 */
export function decimalsOf(value: number, least: number): number {
  const size = Math.abs(value);
  if (!Number.isFinite(size) || size < DUST || Number(value.toFixed(least)) !== 0) return least;
  return SIGNIFICANT - 1 - Math.floor(Math.log10(size));
}

/** The figure itself; zero, without a sign, for what rounding left of one. */
export const undusted = (value: number): number => (Math.abs(value) < DUST ? 0 : value);

/** A figure with its decimals, as a recorded sentence has it. */
export const written = (value: number, least: number): string =>
  undusted(value).toFixed(decimalsOf(value, least));
