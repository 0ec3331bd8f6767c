import { CAN_BUY, CAN_SELL, CAN_SHORT, LEFT_MARKET } from './panel.ts';
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
  /** Names bought or sold, session by session. */
  trades = 0;
  blockedExits = 0;
  private closing = false;

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

  /** The part of its size that counts against a benchmark: all of it, and once it is being closed what is left. */
  get exposure(): number {
    return this.closing ? this.weights.reduce((sum, weight) => sum + Math.abs(weight), 0) : 1;
  }

  /** Held names that cannot be let go now: longs without a buyer, shorts without a seller. They stay as they are. */
  blocked(permissions: Uint8Array): Uint8Array {
    return Uint8Array.from(this.weights, (weight, symbol) => {
      const may = permissions[symbol] ?? 0;
      const needed = (weight > 0 ? CAN_SELL : CAN_BUY) | LEFT_MARKET;
      return weight !== 0 && (may & needed) === 0 ? 1 : 0;
    });
  }

  /**
   * Trades to the selection: each leg shares equally what its blocked names leave of one tranche. A chosen name that
   * cannot be bought (or, in the short leg, sold short) is not added to; its share stays in cash.
   */
  renew(selection: Selection, blocked: Uint8Array, permissions: Uint8Array): Trades {
    const target = this.keepBlocked(blocked);
    const stuckLong = target.reduce((sum, weight) => sum + Math.max(0, weight), 0);
    const stuckShort = target.reduce((sum, weight) => sum + Math.max(0, -weight), 0);
    this.fillLeg(target, selection.longs, Math.max(0, 1 - stuckLong), permissions);
    this.fillLeg(target, selection.shorts, -Math.max(0, 1 - stuckShort), permissions);
    this.open = true;
    return this.tradeTo(target);
  }

  /** Closes the tranche at the last known prices, as far as its names can be let go; the rest stays for another session. */
  liquidate(permissions: Uint8Array): Trades {
    const target = this.keepBlocked(this.blocked(permissions));
    const trades = this.tradeTo(target);
    this.closing = true;
    this.open = target.some((weight) => weight !== 0);
    return trades;
  }

  /** Whether it is being closed and still holds names. */
  get unfinished(): boolean {
    return this.closing && this.open;
  }

  private keepBlocked(blocked: Uint8Array): Float64Array {
    return this.weights.map((weight, symbol) => {
      if (blocked[symbol] !== 1) return 0;
      this.blockedExits += 1;
      return weight;
    });
  }

  /** `size` is signed: a short leg has a negative one. */
  private fillLeg(target: Float64Array, names: Int32Array, size: number, permissions: Uint8Array): void {
    const needed = size < 0 ? CAN_SHORT : CAN_BUY;
    const sign = size < 0 ? -1 : 1;
    for (const symbol of names) {
      const wanted = size / names.length;
      const may = permissions[symbol] ?? 0;
      // A name held on the other side is closed first, one that has left the market paid out: nothing of it counts here.
      const held = (may & LEFT_MARKET) === 0 ? sign * Math.max(0, sign * (this.weights[symbol] ?? 0)) : 0;
      const more = Math.abs(wanted) > Math.abs(held);
      if (!more || (may & needed) !== 0) target[symbol] = wanted;
      else {
        target[symbol] = held;
        this.skippedEntries += 1;
      }
    }
  }

  private tradeTo(target: Float64Array): Trades {
    let bought = 0;
    let sold = 0;
    for (let symbol = 0; symbol < target.length; symbol += 1) {
      const change = (target[symbol] ?? 0) - (this.weights[symbol] ?? 0);
      if (change !== 0) this.trades += 1;
      if (change > 0) bought += change;
      else sold -= change;
    }
    this.weights.set(target);
    return { bought, sold };
  }
}
