import { z } from 'zod';

/**
 * How business sessions pass on the wall. `live`: a session is decided when the market's decision time comes.
 * `replay`: history runs through the very same workflows, a fixed number of wall seconds per session; what people
 * have to decide has a pace of its own, since a person does not think a thousand times faster.
 */
export const LiveClock = z.strictObject({ mode: z.literal('live') }).meta({ id: 'LiveClock' });
export type LiveClock = z.infer<typeof LiveClock>;

export const ReplayClock = z
  .strictObject({
    mode: z.literal('replay'),
    secondsPerSession: z.number().min(0.01).max(86400).describe('wall seconds from one session to the next'),
    approvalSecondsPerSession: z
      .number()
      .min(0.01)
      .max(86400)
      .describe('wall seconds per session for deadlines that a person has to meet'),
  })
  .meta({ id: 'ReplayClock' });
export type ReplayClock = z.infer<typeof ReplayClock>;

export const ClockSpec = z.discriminatedUnion('mode', [LiveClock, ReplayClock]).meta({ id: 'ClockSpec' });
export type ClockSpec = z.infer<typeof ClockSpec>;
