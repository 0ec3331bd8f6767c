import type { Market } from '../contracts/primitives.ts';
import { queryRows } from './duckdb.ts';
import { withMarketFolder } from './folder-cache.ts';
import { sessionIndex } from './snapshot-span.ts';

/** What was traded on a session, all names together, as it was known when the session was decided. */
export interface SessionFlow {
  /** Shares; null without a bar. */
  readonly volume: number | null;
  /** Shares that foreigners bought less those they sold; null in a folder without the column `foreign_net_shares`. */
  readonly foreignNet: number | null;
}

const FOREIGN = 'foreign_net_shares';

/** @throws SessionUnknown, and what opening a folder throws */
export async function sessionFlow(options: {
  readonly folder: string;
  readonly market: Market;
  readonly session: string;
}): Promise<SessionFlow> {
  return withMarketFolder(options.folder, options.market, async (folder) => {
    const index = sessionIndex(folder.calendar, options.session);
    const foreign = folder.extraPriceColumns.includes(FOREIGN) ? `sum(${FOREIGN})` : 'NULL';
    const connection = await folder.connect();
    try {
      const [row] = await queryRows(
        connection,
        `SELECT CAST(sum(volume) AS DOUBLE), CAST(${foreign} AS DOUBLE) FROM main.price_states
         WHERE idx = ${String(index)} AND effect = ${String(index)}`,
      );
      const [volume, foreignNet] = row ?? [];
      return {
        volume: typeof volume === 'number' ? volume : null,
        foreignNet: typeof foreignNet === 'number' ? foreignNet : null,
      };
    } finally {
      connection.closeSync();
    }
  });
}
