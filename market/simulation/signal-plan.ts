import type { SimulationOptions } from './options.ts';
import { SIGNAL_FROM, SIGNAL_TO } from './signal.ts';

/** From a session on, the returns carry the signal with this strength, until the next phase begins. */
export interface SignalPhase {
  /** Index of the first session whose returns carry it. */
  readonly fromSession: number;
  /** Expected daily rank IC: negative when the signal points the wrong way, 0 when it is absent. */
  readonly rankIc: number;
  /** Sessions after which half of it is left; null: it stays. */
  readonly halfLifeSessions: number | null;
}

/** Rank IC that the returns of each session carry. Before the first phase there is none. */
export function carriedRankIc(options: SimulationOptions): Float64Array {
  const { plantedRankIc, flipSession, signalPlan, sessions } = options;
  const phases = signalPlan ?? [
    { fromSession: 0, rankIc: plantedRankIc, halfLifeSessions: null },
    ...(flipSession === null
      ? []
      : [{ fromSession: flipSession, rankIc: -plantedRankIc, halfLifeSessions: null }]),
  ];
  const carried = new Float64Array(sessions);
  phases.forEach(({ fromSession, rankIc, halfLifeSessions }, index) => {
    const end = phases[index + 1]?.fromSession ?? sessions;
    for (let session = fromSession; session < end; session += 1) {
      const left = halfLifeSessions === null ? 1 : Math.pow(0.5, (session - fromSession) / halfLifeSessions);
      carried[session] = rankIc * left;
    }
  });
  return carried;
}

/** Rank IC to be expected of a decision: the mean over the sessions that its label covers. */
export function statedRankIc(carried: Float64Array, decision: number): number {
  let total = 0;
  for (let lag = SIGNAL_FROM; lag <= SIGNAL_TO; lag += 1) total += carried[decision + lag] ?? 0;
  return total / (SIGNAL_TO - SIGNAL_FROM + 1);
}
