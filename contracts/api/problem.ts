import { z } from 'zod';

/** A refusal or failure, RFC 9457, as application/problem+json. */
export const Problem = z
  .strictObject({
    type: z.string().describe('where the code is explained'),
    title: z.string().describe('the code in words'),
    status: z.int().min(400).max(599),
    detail: z.string().describe('what was found this time'),
    instance: z.string().describe('id of this request, as in the log'),
    code: z.string().describe('stable, from docs/errors.md'),
    remedy: z.string().describe('what the reader can do; empty when nothing'),
    issues: z
      .array(z.strictObject({ field: z.string(), message: z.string() }))
      .describe('fields that do not fit'),
    details: z.record(z.string(), z.json()).describe('facts: ids, numbers'),
  })
  .meta({ id: 'Problem' });
export type Problem = z.infer<typeof Problem>;
