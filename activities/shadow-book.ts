import { z } from 'zod';
import type { ModelSpec } from '../contracts/spec.ts';
import type { SectorOf } from '../evaluation/book-exposure.ts';
import { alignedScores, type PairedRows } from '../evaluation/paired-rows.ts';
import { axesOf, returnsPanel } from '../evaluation/panel.ts';
import { universeBetas } from '../evaluation/universe-beta.ts';
import { type WantedBook, wantedBook } from '../evaluation/wanted-book.ts';
import { readSectorsAsOf } from '../extraction/sectors-as-of.ts';
import { extractReturns } from '../extraction/session.ts';
import { folderCalendar } from './scoring-ground.ts';
import type { PairedScores } from './shadow-record.ts';

/** Sessions of returns that betas are estimated from: half a year follows a regime and leaves an error of about 0.2 a name. */
const BETA_SESSIONS = 120;

/** What positions are measured with, the same for every version scored on a session. */
export interface BookGround {
  readonly sectorOf: SectorOf;
  readonly betas: ReadonlyMap<string, number>;
}

export async function bookGround(spec: ModelSpec, session: string, asOf: string): Promise<BookGround> {
  const calendar = await folderCalendar(spec);
  const first = Math.max(0, calendar.indexOf(session) - BETA_SESSIONS);
  const returns = await extractReturns({
    ...{ folder: spec.data, market: spec.market, asOf },
    fromSession: calendar.at(first).date,
    toSession: session,
  });
  const panel = returnsPanel(axesOf(returns, calendar), returns);
  return { sectorOf: await readSectorsAsOf(spec.data, spec.market), betas: universeBetas(panel) };
}

/** The book that the challenger's scores of a session want, after what they wanted on the session before. */
export function challengerBook(
  spec: ModelSpec,
  session: string,
  { symbols, challenger }: PairedRows,
  before: PairedScores | null,
  ground: BookGround,
): WantedBook {
  const earlier = before === null ? null : Float64Array.from(before.challenger);
  return wantedBook({
    ...{ session, symbols, predictions: challenger, portfolio: spec.portfolio, ...ground },
    before:
      before === null || earlier === null
        ? null
        : alignedScores(symbols, { symbols: before.symbols, predictions: earlier }),
  });
}

const StoredBook = z.object({
  book: z
    .strictObject({
      names: z.int().min(0),
      turnover: z.number().nullable(),
      sectors: z.record(z.string(), z.number()),
      beta: z.number().nullable(),
    })
    .nullable()
    .default(null),
});

/** The wanted book of a stored session; null for one that was stored before books were measured. */
export const readBook = (numbers: unknown): WantedBook | null => StoredBook.parse(numbers).book;
