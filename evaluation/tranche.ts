import type { Selection } from './selection.ts';

/** What one renewal bought and sold, in units of one tranche. */
export interface Trades {
  readonly bought: number;
  readonly sold: number;
}

/**
 * One of the overlapping parts of a book. Weights are signed shares of the size the tranche was last renewed to; what
 * they do not add up to is cash. Between renewals they drift with the returns of their names.
 */
export class Tranche {
  readonly weights: Float64Array;
  /** False before the first entry and after the exit: such a tranche is no part of the book. */
  open = false;
  missingReturns = 0;
  skippedEntries = 0;

  constructor(symbols: number) {
    this.weights = new Float64Array(symbols);
  }

  /** Earns one session and drifts. An unknown return of a held name counts as zero. */
  earn(ret: Float64Array): number {
    let total = 0;
    for (let symbol = 0; symbol < this.weights.length; symbol += 1) {
      const weight = this.weights[symbol] ?? 0;
      if (weight === 0) continue;
      const value = ret[symbol] ?? NaN;
      if (Number.isFinite(value)) {
        total += weight * value;
        this.weights[symbol] = weight * (1 + value);
      } else {
        this.missingReturns += 1;
      }
    }
    return total;
  }

  /** Held names that cannot be traded now: they stay as they are. */
  blocked(tradable: Uint8Array): Uint8Array {
    return Uint8Array.from(this.weights, (weight, symbol) =>
      weight !== 0 && tradable[symbol] !== 1 ? 1 : 0,
    );
  }

  /**
   * Trades to the selection: each leg shares equally what its blocked names leave of one tranche. A chosen name without
   * a bar is not bought; its share stays in cash.
   */
  renew(selection: Selection, blocked: Uint8Array, tradable: Uint8Array): Trades {
    const target = new Float64Array(this.weights.length);
    let stuckLong = 0;
    let stuckShort = 0;
    for (let symbol = 0; symbol < target.length; symbol += 1) {
      if (blocked[symbol] !== 1) continue;
      const weight = this.weights[symbol] ?? 0;
      target[symbol] = weight;
      if (weight > 0) stuckLong += weight;
      else stuckShort -= weight;
    }
    this.fillLeg(target, selection.longs, Math.max(0, 1 - stuckLong), tradable);
    this.fillLeg(target, selection.shorts, -Math.max(0, 1 - stuckShort), tradable);
    this.open = true;
    return this.tradeTo(target);
  }

  /** Closes the tranche at the last known prices. */
  liquidate(): Trades {
    const trades = this.tradeTo(new Float64Array(this.weights.length));
    this.open = false;
    return trades;
  }

  private fillLeg(target: Float64Array, names: Int32Array, size: number, tradable: Uint8Array): void {
    for (const symbol of names) {
      if (tradable[symbol] === 1) target[symbol] = size / names.length;
      else this.skippedEntries += 1;
    }
  }

  private tradeTo(target: Float64Array): Trades {
    let bought = 0;
    let sold = 0;
    for (let symbol = 0; symbol < target.length; symbol += 1) {
      const change = (target[symbol] ?? 0) - (this.weights[symbol] ?? 0);
      if (change > 0) bought += change;
      else sold -= change;
    }
    this.weights.set(target);
    return { bought, sold };
  }
}
