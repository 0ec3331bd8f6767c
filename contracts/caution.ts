import { z } from 'zod';

/**
 * What a careful colleague looks at a second time although no gate asks for it. A caution decides nothing: it says that a
 * number is better than such numbers are, or rests on less than it seems (gates/cautions).
 */
export const CautionCode = z
  .enum([
    'sharpe-too-good',
    'benchmark-too-good',
    'leap',
    'rank-ic-too-good',
    'pbo-among-few',
    'one-regime',
    'few-observations',
    'few-paired-observations',
    'few-sessions-carry',
    'few-names-carry',
    'wide-bounds',
    'switched-off',
    'wide-shadow',
  ])
  .meta({ id: 'CautionCode' });
export type CautionCode = z.infer<typeof CautionCode>;

export const Caution = z
  .strictObject({
    code: CautionCode,
    raised: z.boolean().describe('true: it stands out; false: looked at and found usual, or not measured'),
    number: z.number().nullable().describe('what was measured; null: it could not be'),
    bound: z.number().nullable().describe('beyond which it stands out; null: nothing was measured'),
    reason: z.string().min(1).max(500),
    details: z.record(z.string(), z.json()).default({}),
  })
  .meta({ id: 'Caution' });
export type Caution = z.infer<typeof Caution>;
