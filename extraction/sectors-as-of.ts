import type { Market } from '../contracts/primitives.ts';
import { queryRows } from './duckdb.ts';
import { withMarketFolder } from './folder-cache.ts';

/** Sector of a symbol on a session as it was known when that session was decided; null where none was. */
export type SectorAsOf = (symbol: string, session: string) => string | null;

interface Span {
  readonly from: string;
  readonly to: string;
  readonly sector: string;
}

/**
 * The classification of a folder by the rules by which features read it (`sector-spans.ts`): the table `sectors` as of each
 * session, or in a folder without it the undated column of the symbols.
 *
 * @throws a ContenderError of `errors.ts`
 */
export async function readSectorsAsOf(folder: string, market: Market): Promise<SectorAsOf> {
  const spans = await withMarketFolder(folder, market, async (opened) => {
    const connection = await opened.connect();
    try {
      const rows = await queryRows(
        connection,
        `SELECT p.symbol, CAST(f.session_date AS VARCHAR), CAST(t.session_date AS VARCHAR), p.sector
         FROM main.sector_spans p JOIN main.sessions f ON f.idx = p.from_idx
         LEFT JOIN main.sessions t ON t.idx = p.to_idx WHERE p.sector <> '' ORDER BY p.symbol, p.from_idx`,
      );
      const bySymbol = new Map<string, Span[]>();
      for (const [symbol, from, to, sector] of rows) {
        const own = bySymbol.get(String(symbol)) ?? [];
        own.push({ from: String(from), to: to === null ? '9999-12-31' : String(to), sector: String(sector) });
        bySymbol.set(String(symbol), own);
      }
      return bySymbol;
    } finally {
      connection.closeSync();
    }
  });
  return (symbol, session) =>
    spans.get(symbol)?.find(({ from, to }) => from <= session && session <= to)?.sector ?? null;
}
