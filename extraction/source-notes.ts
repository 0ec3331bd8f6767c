import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { Market } from '../contracts/primitives.ts';
import { MarketFileUnreadable } from './errors.ts';

/**
 * `source.json` of a market data folder: what the tables cannot say about where they come from. A folder without the
 * file counts as unadjusted.
 */
export const SourceNotes = z.strictObject({
  source: z.string().min(1).max(500).default('unknown'),
  licence: z.string().min(1).max(200).default('unknown'),
  market: Market.nullable().default(null).describe('the market of the data; null: not stated'),
  adjustment: z
    .enum(['none', 'backward'])
    .default('none')
    .describe(
      'backward: the vendor divided old prices by later splits or dividends, so that price levels know the future; ratios are fine',
    ),
});
export type SourceNotes = z.infer<typeof SourceNotes>;

/** Reads `source.json`; defaults when there is none. @throws MarketFileUnreadable */
export async function readSourceNotes(folder: string): Promise<SourceNotes> {
  const text = await readFile(join(folder, 'source.json'), 'utf8').catch(() => '{}');
  try {
    return SourceNotes.parse(JSON.parse(text));
  } catch (cause) {
    throw new MarketFileUnreadable(`source.json of ${folder} does not say what it should`, {
      cause,
      remedy: 'It is an object with source, licence, market and adjustment; it may also be removed.',
      details: { folder },
    });
  }
}
