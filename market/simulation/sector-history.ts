import type { SessionCalendar } from '../calendar.ts';
import { RandomStream } from '../random.ts';
import { type Company, SECTOR_COUNT, sectorName } from './companies.ts';
import { dynamicsOf } from './dynamics.ts';
import type { SimulationOptions } from './options.ts';

/** Classifications as columns of equal length: what the exchange called a company, from when on, and who knew when. */
export interface SectorColumns {
  readonly symbol: string[];
  readonly effective_date: string[];
  readonly sector: string[];
  readonly knowledge_ts: string[];
  readonly seq: Int32Array;
}

const SECTOR_HISTORY_STREAM = 9_000_000;
const DAY_MS = 86_400_000;
/** Sessions between announcement and effect; every third change is recorded only after it took effect. */
const NOTICE = 10;
const LATE = 3;

/**
 * The classification as of every date. One company in 25 stands in a sector that is not the one it moves with until
 * the exchange puts that right; the table of symbols names the last one, as a vendor's file of today does.
 * Null in a market without the table.
 */
export function sectorTable(
  options: SimulationOptions,
  companies: readonly Company[],
  calendar: SessionCalendar,
): SectorColumns | null {
  if (!dynamicsOf(options.dynamics).sectorHistory) return null;
  const rows: { symbol: string; effective: string; sector: string; known: string }[] = [];
  companies.forEach(({ symbol, sector, listedAt }, index) => {
    const listing = calendar.at(listedAt);
    const random = new RandomStream(options.seed, SECTOR_HISTORY_STREAM + index);
    const movesAt = index % 25 === 7 ? changeOf(random, listedAt, options.sessions) : null;
    const first =
      movesAt === null ? sector : (sector + random.integerBetween(1, SECTOR_COUNT - 1)) % SECTOR_COUNT;
    const known = new Date(Date.parse(listing.openInstant) - 30 * DAY_MS).toISOString();
    rows.push({ symbol, effective: listing.date, sector: sectorName(first), known });
    if (movesAt === null) return;
    const knownAt = index % 3 === 0 ? movesAt + LATE : movesAt - NOTICE;
    rows.push({
      symbol,
      effective: calendar.at(movesAt).date,
      sector: sectorName(sector),
      known: calendar.at(Math.max(0, knownAt)).closeInstant,
    });
  });
  return {
    symbol: rows.map((row) => row.symbol),
    effective_date: rows.map((row) => row.effective),
    sector: rows.map((row) => row.sector),
    knowledge_ts: rows.map((row) => row.known),
    seq: Int32Array.from(rows, (_, row) => row + 1),
  };
}

/** Some session between the listing and the last; null when there is none. */
function changeOf(random: RandomStream, listedAt: number, sessions: number): number | null {
  const [from, to] = [listedAt + 1, sessions - 1 - LATE];
  return from > to ? null : random.integerBetween(from, to);
}
