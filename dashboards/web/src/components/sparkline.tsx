import type { ReactNode } from 'react';

const WIDTH = 240;
const HEIGHT = 40;
const MARGIN = 2;

/** The shape of a series in a line of text; its numbers stand beside it. */
export function Sparkline({
  values,
  description,
}: {
  readonly values: readonly number[];
  /** Read aloud instead of the picture. */
  readonly description: string;
}): ReactNode {
  if (values.length < 2) return null;
  const low = Math.min(...values);
  const high = Math.max(...values);
  const x = (at: number): number => (at / (values.length - 1)) * WIDTH;
  const y = (value: number): number =>
    high === low ? HEIGHT / 2 : HEIGHT - MARGIN - ((value - low) / (high - low)) * (HEIGHT - 2 * MARGIN);
  const path = values.map((value, at) => `${at === 0 ? 'M' : 'L'}${x(at).toFixed(1)} ${y(value).toFixed(1)}`);
  return (
    <svg
      className="sparkline"
      viewBox={`0 0 ${String(WIDTH)} ${String(HEIGHT)}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={description}
    >
      <path d={path.join('')} />
    </svg>
  );
}
