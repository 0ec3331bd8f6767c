import { z } from 'zod';
import { Instant, ModelName, SessionDate, Sha256 } from '../primitives.ts';
import { Verdict } from '../verdict.ts';
import { pageOf, Reason } from './text.ts';

const MeanDifference = z
  .strictObject({ estimate: z.number(), lower: z.number(), upper: z.number() })
  .meta({ id: 'MeanDifference', description: 'with the 95 % interval that holds at all looks together' });

const MeasureComparison = z
  .strictObject({
    measure: z.enum(['returns', 'ic']),
    pairs: z.int().min(0).describe('sessions taken; of rank ICs, those whose labels have matured'),
    lastSession: SessionDate.nullable(),
    eWorse: z.number().describe('largest e-value so far against "not worse"'),
    worseBound: z.number(),
    eBetter: z.number().describe('largest e-value so far against "not better"'),
    betterBound: z.number(),
    perSession: MeanDifference.nullable().describe(
      'a daily return or a rank IC; null while the scale is set',
    ),
    annualised: MeanDifference.nullable().describe('information ratio of the difference'),
  })
  .meta({ id: 'MeasureComparison' });

const OpponentComparison = z
  .strictObject({
    opponent: z
      .enum(['previous', 'universe', 'frozen'])
      .describe('the previous champion, the equally weighted universe, the first champion of all'),
    returns: MeasureComparison,
    ic: MeasureComparison,
    claim: z.enum(['better', 'worse', 'open']),
    reason: z.string(),
  })
  .meta({ id: 'OpponentComparison' });

export const ReignComparison = z
  .strictObject({
    model: ModelName,
    epoch: z.int().min(1),
    version: z.int().min(1),
    fromVersion: z.int().min(1).nullable().describe('the champion before'),
    since: Instant.describe('business time at which the reign began'),
    sessions: z.int().min(0).describe('measured by the guard'),
    labels: z
      .strictObject({ matured: z.int().min(0), awaited: z.int().min(0) })
      .describe('of the sessions of this reign'),
    guard: z
      .strictObject({
        session: SessionDate,
        verdict: Verdict,
        action: z.enum(['none', 'hold', 'rollback']),
        cause: z.string(),
        reason: z.string(),
        number: z.number().nullable(),
        threshold: z.number().nullable(),
        failedInRow: z.int().min(0),
        inconclusiveInRow: z.int().min(0),
      })
      .nullable()
      .describe('the newest measurement; null before the first'),
    opponents: z.array(OpponentComparison).describe('empty before the first measurement'),
  })
  .meta({ id: 'ReignComparison' });
export type ReignComparison = z.infer<typeof ReignComparison>;

export const ChallengerRow = z
  .strictObject({
    number: z.int().min(1),
    version: z.int().min(1),
    versionId: Sha256,
    sessions: z.int().min(1).describe('of its shadow'),
    measured: z.int().min(0),
    newest: z.strictObject({ session: SessionDate, reason: z.string() }).nullable(),
    subject: z.string(),
    reason: z.string(),
    recordedAt: Instant,
    end: z
      .strictObject({ verdict: Verdict, subject: z.string(), reason: z.string(), recordedAt: Instant })
      .nullable()
      .describe('null while it is scored'),
  })
  .meta({ id: 'ChallengerRow' });
export const ChallengerPage = pageOf(ChallengerRow, 'ChallengerPage');

export const NameChallenger = z
  .strictObject({ version: z.int().min(1).describe('number of the version'), reason: Reason })
  .meta({ id: 'NameChallenger' });
export const EndChallenger = z.strictObject({ reason: Reason }).meta({ id: 'EndChallenger' });
export const NamedChallenger = ChallengerRow.omit({ measured: true, newest: true }).meta({
  id: 'NamedChallenger',
});
