import { z } from 'zod';

const ChallengerBench = z.strictObject({
  databaseUrl: z.string(),
  artifacts: z.string(),
  scratch: z.string(),
  model: z.string(),
  from: z.string(),
  sessions: z.int(),
});
export type ChallengerBench = z.infer<typeof ChallengerBench>;

export const challengerBenchInput = (text: string | undefined): ChallengerBench =>
  ChallengerBench.parse(JSON.parse(text ?? '{}'));

/** Counted since the process began. */
export interface ChallengerReport {
  sessions: number;
  rows: number;
  pairedRows: number;
  lost: number;
  reasons: string[];
  cpuSeconds: number;
}
