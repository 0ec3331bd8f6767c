import type { ReturnsPanel } from './panel.ts';
import type { WatchBook } from './portfolio.ts';

/** Which name made how much of what a book earned. */
export interface NameAttribution {
  /** Sum of all contributions, before costs, as a fraction of the book (not compounded). */
  readonly total: number;
  /** Names that contributed anything. */
  readonly names: number;
  /** The name with the largest contribution; ties go to the earlier symbol. */
  readonly largest: { readonly name: string; readonly contribution: number };
}

/**
 * Watches a book and adds up what each name brought: its weight after a close times its return of the session after, for
 * `long_only_excess` beyond the mean return of all names that day (Brinson, Hood and Beebower 1986, selection within one
 * segment). Unknown returns bring nothing, as in the book itself. Contributions add up over names and sessions.
 */
export class AttributionWatch {
  private readonly returns: ReturnsPanel;
  private readonly beyondMean: boolean;
  private readonly contributions: Float64Array;
  private held: Float64Array | null = null;

  constructor(returns: ReturnsPanel, kind: 'long_only_excess' | 'long_short_decile') {
    this.returns = returns;
    this.beyondMean = kind === 'long_only_excess';
    this.contributions = new Float64Array(returns.axes.symbols.length);
  }

  readonly watch: WatchBook = (session, weights) => {
    const at = this.returns.axes.sessionAt.get(session);
    if (this.held !== null && at !== undefined) this.earn(at, this.held);
    this.held = Float64Array.from(weights);
  };

  /** Null: nothing was ever held. */
  attribution(): NameAttribution | null {
    let [best, total, names] = [-1, 0, 0];
    this.contributions.forEach((contribution, symbol) => {
      if (contribution === 0) return;
      total += contribution;
      names += 1;
      if (best < 0 || contribution > (this.contributions[best] ?? 0)) best = symbol;
    });
    const name = this.returns.axes.symbols[best];
    if (name === undefined) return null;
    return { total, names, largest: { name, contribution: this.contributions[best] ?? 0 } };
  }

  private earn(at: number, weights: Float64Array): void {
    const width = weights.length;
    const today = this.returns.ret.subarray(at * width, (at + 1) * width);
    const mean = this.beyondMean ? knownMean(today) : 0;
    weights.forEach((weight, symbol) => {
      const value = today[symbol] ?? Number.NaN;
      if (weight === 0 || !Number.isFinite(value)) return;
      this.contributions[symbol] = (this.contributions[symbol] ?? 0) + weight * (value - mean);
    });
  }
}

function knownMean(values: Float64Array): number {
  const known = values.filter((value) => Number.isFinite(value));
  return known.length === 0 ? 0 : known.reduce((sum, value) => sum + value, 0) / known.length;
}
