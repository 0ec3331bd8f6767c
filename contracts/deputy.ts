import { z } from 'zod';
import { Instant } from './primitives.ts';
import type { ApprovalSpec } from './spec.ts';

/** Who decides in the place of a quant lead, and since when. Four eyes hold for them as for a lead. */
export const ApprovalDeputy = z
  .strictObject({
    subject: z.string().min(1).max(120),
    from: Instant.describe('wall time from which they may sign'),
  })
  .meta({ id: 'ApprovalDeputy' });
export type ApprovalDeputy = z.infer<typeof ApprovalDeputy>;

/** Whom a spec names, and after how many sessions they are asked. One that was stored before there were deputies names nobody. */
export function namedDeputy({ deputy = null, deputyAfterSessions = 1 }: Partial<ApprovalSpec>): {
  readonly subject: string;
  readonly afterSessions: number;
} | null {
  return deputy === null ? null : { subject: deputy, afterSessions: deputyAfterSessions };
}
