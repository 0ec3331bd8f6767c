import { z } from 'zod';
import { JudgeRoute } from './gate-report.ts';
import { SessionDate } from './primitives.ts';
import { GatesSpec } from './spec.ts';
import { GateVerdict } from './verdict.ts';

const Series = z.array(z.number());

/**
 * Everything the gates were told, as it is stored: canonical JSON under its hash. Judging it again gives the report again.
 * Fields that later releases add stay readable to them; a record of an earlier one lacks them and says so.
 */
export const StoredGateInput = z.strictObject({
  schema: z.literal(1),
  input: z.looseObject({
    gates: GatesSpec,
    route: JudgeRoute,
    sessions: z.array(SessionDate),
    trials: z.looseObject({
      names: z.array(z.string()),
      netReturns: z.array(Series),
      candidate: z.int().min(0),
    }),
    benchmark: z.looseObject({ name: z.string(), netReturns: Series }),
    rankIc: z.looseObject({ values: Series, sessions: z.array(SessionDate) }).nullable(),
    earlier: z.array(GateVerdict),
    seed: z.int().min(0),
  }),
});
export type StoredGateInput = z.infer<typeof StoredGateInput>;
