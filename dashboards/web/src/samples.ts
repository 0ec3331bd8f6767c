import type { GateVerdict, StoredGateReport } from './api/schemas.ts';
import type { Telling } from './i18n/telling.ts';
import { reportFacts, verdictsOf } from './report.ts';

/** On what sessions a figure was measured: figures of different ones look alike and must not be compared. */
export interface Sample {
  /** All test folds, the sessions after the champion's last label, or those since the champion began to decay. */
  readonly of: 'test' | 'since' | 'onset';
  /** Null: not recorded. */
  readonly sessions: number | null;
}

/** Gates of a machine or of a file: no sessions are behind their numbers, or not those of a test. */
const WITHOUT: ReadonlySet<GateVerdict['gate']> = new Set([
  ...(['leak', 'coverage', 'schema', 'parity', 'latency', 'resources', 'final-fit'] as const),
]);

const countIn = ({ details }: GateVerdict): number | null =>
  typeof details['sessions'] === 'number' ? details['sessions'] : null;

export function testSample(stored: StoredGateReport): Sample {
  return { of: 'test', sessions: reportFacts(stored).sessions.count };
}

/** Where a refresh stands beside the champion's own file. */
export function sinceSample(stored: StoredGateReport): Sample {
  const compared = verdictsOf(stored).find(({ gate }) => gate === 'non-inferiority');
  return { of: 'since', sessions: compared === undefined ? null : countIn(compared) };
}

/** Null: the number of the gate is of no sessions. */
export function sampleOf(verdict: GateVerdict, stored: StoredGateReport): Sample | null {
  const { gate } = verdict;
  if (WITHOUT.has(gate)) return null;
  if (gate === 'recovery') return { of: 'onset', sessions: countIn(verdict) };
  const since =
    gate === 'non-inferiority' || (gate === 'drawdown' && reportFacts(stored).route === 'refresh');
  if (since) return sinceSample(stored);
  const test = testSample(stored);
  // The newest sessions of the test have no label yet, and no rank IC.
  return gate === 'rank-ic' ? { of: 'test', sessions: countIn(verdict) ?? test.sessions } : test;
}

/** `test, 504 sessions`. */
const sampleText = ({ of, sessions }: Sample, { t, format }: Telling): string =>
  t(`sample.${of}`, { sessions: format.count(sessions) });

/** The same of a gate, behind its number; empty where there is none. */
export function sampleBehind(
  verdict: GateVerdict,
  stored: StoredGateReport | null,
  telling: Telling,
): string {
  const sample = stored === null ? null : sampleOf(verdict, stored);
  return sample === null ? '' : `${telling.t('sample.behind')}${sampleText(sample, telling)}`;
}
