import { ParameterOutOfRange } from './errors.ts';
import { finiteSeries, requireLength } from './series.ts';
import type { Series } from './series.ts';

export interface Drawdown {
  /** Largest fall from a peak of compounded equity, a fraction in [0, 1]. */
  readonly maximum: number;
  /** Row of the peak (-1: the start) and of the trough; both -1 when equity never fell. */
  readonly peak: number;
  readonly trough: number;
}

/**
 * Maximum drawdown of compounded simple returns, from an equity of 1 before the first row.
 * Throws `SampleTooShort`, `NonFiniteValue`, and `ParameterOutOfRange` for a return under -100 %.
 */
export function maximumDrawdown(returns: Series, name = 'returns'): Drawdown {
  requireLength(returns, 1, name);
  const series = finiteSeries(returns, name);
  let equity = 1;
  let high = 1;
  let highRow = -1;
  let worst: Drawdown = { maximum: 0, peak: -1, trough: -1 };
  series.forEach((value, row) => {
    if (value < -1) {
      throw new ParameterOutOfRange(`${name} loses more than everything in row ${String(row + 1)}`, {
        remedy: 'Returns are simple daily returns as fractions: 0.01 is one per cent.',
        details: { series: name, row: row + 1, value },
      });
    }
    equity *= 1 + value;
    if (equity > high) {
      high = equity;
      highRow = row;
    }
    const fall = 1 - equity / high;
    if (fall > worst.maximum) worst = { maximum: fall, peak: highRow, trough: row };
  });
  return worst;
}
