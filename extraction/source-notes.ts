import { z } from 'zod';

/**
 * `source.json` of a market data folder: what the tables cannot say about where they come from. A folder without the
 * file counts as unadjusted.
 */
export const SourceNotes = z.strictObject({
  source: z.string().min(1).max(500).default('unknown'),
  licence: z.string().min(1).max(200).default('unknown'),
  adjustment: z
    .enum(['none', 'backward'])
    .default('none')
    .describe(
      'backward: the vendor divided old prices by later splits or dividends, so that price levels know the future; ratios are fine',
    ),
});
export type SourceNotes = z.infer<typeof SourceNotes>;
