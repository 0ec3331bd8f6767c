import type { ReactNode } from 'react';

const WIDTH = 240;
const HEIGHT = 40;
const MARGIN = 2;

type Values = readonly (number | null)[];

/** The shape of a series in a line of text, with the band around it where there is one; its numbers stand beside it. */
export function Sparkline({
  values,
  lower = [],
  upper = [],
  zero = false,
  description,
}: {
  readonly values: Values;
  /** Edges of the band, as long as the values. */
  readonly lower?: Values;
  readonly upper?: Values;
  /** Whether the line of zero is drawn. */
  readonly zero?: boolean;
  /** Read aloud instead of the picture. */
  readonly description: string;
}): ReactNode {
  const known = [...values, ...lower, ...upper, ...(zero ? [0] : [])].filter((value) => value !== null);
  if (values.filter((value) => value !== null).length < 2) return null;
  const low = known.reduce((least, value) => Math.min(least, value));
  const high = known.reduce((most, value) => Math.max(most, value));
  const x = (at: number): string => ((at / (values.length - 1)) * WIDTH).toFixed(1);
  const y = (value: number): string =>
    (high === low
      ? HEIGHT / 2
      : HEIGHT - MARGIN - ((value - low) / (high - low)) * (HEIGHT - 2 * MARGIN)
    ).toFixed(1);
  const points = (series: Values): string[] =>
    series.flatMap((value, at) => (value === null ? [] : [`${x(at)} ${y(value)}`]));
  const band = [...points(upper), ...points(lower).reverse()];
  return (
    <svg
      className="sparkline"
      viewBox={`0 0 ${String(WIDTH)} ${String(HEIGHT)}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={description}
    >
      {band.length === 0 ? null : <path className="sparkline-band" d={`M${band.join('L')}Z`} />}
      {zero ? <path className="sparkline-zero" d={`M0 ${y(0)}H${String(WIDTH)}`} /> : null}
      <path d={`M${points(values).join('L')}`} />
    </svg>
  );
}
