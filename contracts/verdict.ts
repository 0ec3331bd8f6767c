import { z } from 'zod';

/**
 * What a gate, a shadow or a guard says. Only `pass` promotes. `inconclusive` means too little evidence,
 * `error` that the measurement itself failed; neither is ever counted as a pass.
 */
export const Verdict = z.enum(['pass', 'fail', 'inconclusive', 'error']).meta({ id: 'Verdict' });
export type Verdict = z.infer<typeof Verdict>;

export const GateName = z
  .enum([
    'leak',
    'coverage',
    'schema',
    'parity',
    'latency',
    'resources',
    'rank-ic',
    'spa',
    'stepm',
    'dsr',
    'pbo',
    'sharpe-improvement',
    'non-inferiority',
    'drawdown',
    'final-fit',
    'turnover',
    'cost-cover',
    'position-concentration',
    'sector-concentration',
    'feasibility',
    'recovery',
    'capacity',
  ])
  .meta({ id: 'GateName' });
export type GateName = z.infer<typeof GateName>;

export const GateVerdict = z
  .strictObject({
    gate: GateName,
    verdict: Verdict,
    number: z.number().nullable().describe('the measured statistic; null when it could not be computed'),
    threshold: z
      .number()
      .nullable()
      .describe('the bound the number is held against; null for a gate without one'),
    comparison: z.enum(['>=', '<=', '>', '<', '==']).describe('pass when `number comparison threshold`'),
    enforced: z.boolean().describe('false: reported, does not count'),
    reason: z.string().min(1).max(500),
    details: z.record(z.string(), z.json()).default({}),
  })
  .meta({ id: 'GateVerdict' });
export type GateVerdict = z.infer<typeof GateVerdict>;

/** A quant lead's acceptance of the fail of one gate. Two of them, by two people, make the gate waived. */
export const Waiver = z
  .strictObject({
    gate: GateName,
    subject: z.string().min(1).max(120),
    reason: z.string().min(3).max(2000),
  })
  .meta({ id: 'Waiver' });
export type Waiver = z.infer<typeof Waiver>;
