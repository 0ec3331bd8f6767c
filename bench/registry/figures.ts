export interface Figure {
  readonly what: string;
  readonly figure: number;
  readonly unit: string;
  /** Null: shown without a bar. */
  readonly bar: string | null;
  readonly met: boolean | null;
}

export function figure(
  what: string,
  value: number,
  unit: string,
  bar: string | null,
  met: boolean | null,
): Figure {
  return { what, figure: Number(value.toPrecision(4)), unit, bar, met };
}

export const quantile = (values: readonly number[], q: number): number =>
  [...values].sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(q * values.length))] ?? Number.NaN;
