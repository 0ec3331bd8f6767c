import type { PanelAxes } from './panel.ts';
import type { WatchBook } from './portfolio.ts';

/** The largest share that one thing had of the book after a close. */
export interface LargestShare {
  readonly name: string;
  readonly session: string;
  /** Absolute weight over the gross size of the book, in [0, 1]. */
  readonly share: number;
}

export type SectorOf = (symbol: string, session: string) => string | null;

export interface BookExposure {
  /** Sessions on which the book held anything. */
  readonly sessions: number;
  readonly position: LargestShare;
  /** Null: no held name has a sector. */
  readonly sector: LargestShare | null;
  /** Largest share of the book in names without a sector on any session, in [0, 1]. */
  readonly shareWithoutSector: number;
}

const NOTHING: LargestShare = { name: 'none', session: '', share: 0 };

/**
 * A book counts while it holds at least this part of its full size: while it is built up tranche by tranche, and at the
 * end when it is let go, the few names in it are all of it and say nothing about concentration.
 */
const FULL_ENOUGH = 0.5;

/**
 * Watches a book and remembers where it was most concentrated. Shares are of the book's gross size (longs plus shorts).
 * Session dates and symbols are those of the axes; ties go to the earlier session and the earlier symbol.
 *
 * @param sectorOf sector of a symbol on a session, as known then; null where there is none
 */
export class ExposureWatch {
  private readonly axes: PanelAxes;
  private readonly sectorOf: SectorOf;
  private sessions = 0;
  private fullest = 0;
  private readonly seen: { readonly gross: number; readonly shares: BookExposure }[] = [];

  constructor(axes: PanelAxes, sectorOf: SectorOf) {
    this.axes = axes;
    this.sectorOf = sectorOf;
  }

  readonly watch: WatchBook = (session, weights) => {
    const gross = weights.reduce((sum, weight) => sum + Math.abs(weight), 0);
    if (gross === 0) return;
    this.sessions += 1;
    this.fullest = Math.max(this.fullest, gross);
    this.seen.push({ gross, shares: this.sharesOf(session, weights, gross) });
  };

  exposure(): BookExposure {
    let position = NOTHING;
    let sector: LargestShare | null = null;
    let shareWithoutSector = 0;
    for (const { gross, shares } of this.seen) {
      if (gross < FULL_ENOUGH * this.fullest) continue;
      if (shares.position.share > position.share) position = shares.position;
      if (shares.sector !== null && shares.sector.share > (sector?.share ?? 0)) sector = shares.sector;
      shareWithoutSector = Math.max(shareWithoutSector, shares.shareWithoutSector);
    }
    return { sessions: this.sessions, position, sector, shareWithoutSector };
  }

  private sharesOf(session: string, weights: Float64Array, gross: number): BookExposure {
    let position = NOTHING;
    let unknown = 0;
    const bySector = new Map<string, number>();
    weights.forEach((weight, at) => {
      if (weight === 0) return;
      const symbol = this.axes.symbols[at] ?? '';
      const share = Math.abs(weight) / gross;
      if (share > position.share) position = { name: symbol, session, share: Math.min(1, share) };
      const sector = this.sectorOf(symbol, session);
      if (sector === null) unknown += share;
      else bySector.set(sector, (bySector.get(sector) ?? 0) + share);
    });
    let largest: LargestShare | null = null;
    for (const [name, share] of bySector) {
      if (share > (largest?.share ?? 0)) largest = { name, session, share: Math.min(1, share) };
    }
    return { sessions: 1, position, sector: largest, shareWithoutSector: Math.min(1, unknown) };
  }
}
