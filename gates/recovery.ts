import type { GateVerdict } from '../contracts/verdict.ts';
import { hacMean } from '../stats/hac.ts';
import { guarded, measured, unmeasured } from './gate-verdict.ts';
import type { JudgeInput, RecoveryClaim } from './judge-input.ts';
import { hacLag } from './paired-panel.ts';
import { counted, figure } from './wording.ts';

/** A quarter, as long as a test block: whether it works now, not whether its first fits after the change did. */
const NEWEST_SESSIONS = 63;

/**
 * A retrain that a decay alarm started has to show that its recipe works on the sessions since the decay began: "no worse
 * than the champion" says nothing beside a champion that has stopped working, and most of the walk-forward lies before the
 * change. The number is the lower bound of the mean daily rank IC of the candidate's out-of-sample predictions from the
 * onset on (the newest quarter of them), one-sided at the level of non-inferiority. Too few sessions, or no record of the alarm: `inconclusive`, which
 * promotes nothing; the next emergency asks again when more is known.
 */
export function judgeRecovery(input: JudgeInput, { onset }: RecoveryClaim): GateVerdict {
  const { rankIcMin: threshold, minRefreshSessions, nonInferiorityAlpha } = input.gates;
  const { rankIc } = input;
  if (rankIc === null) return unmeasured('recovery', 'error', 'rank-ic was not measured', '>', threshold);
  if (onset === null) {
    const reason = 'the alarm that started this retrain left no record of when the decay began';
    return unmeasured('recovery', 'inconclusive', reason, '>', threshold);
  }
  const since = Array.from(rankIc.values)
    .filter((_, row) => (rankIc.sessions[row] ?? '') >= onset)
    .slice(-NEWEST_SESSIONS);
  if (since.length < minRefreshSessions) {
    const reason = `${counted(since.length, 'session')} with an out-of-sample rank IC since the decay began on ${onset}, ${String(minRefreshSessions)} are needed`;
    return unmeasured('recovery', 'inconclusive', reason, '>', threshold);
  }
  return guarded('recovery', '>', threshold, () => {
    const lag = hacLag(since.length, rankIc.overlapSessions);
    const hac = hacMean(since, {
      lag,
      smallSample: true,
      confidence: 1 - nonInferiorityAlpha,
      name: 'rank IC since the decay began',
    });
    const level = figure(100 * (1 - nonInferiorityAlpha), 0);
    const sign = hac.lowerBound > threshold ? '>' : '<=';
    return measured({
      gate: 'recovery',
      number: hac.lowerBound,
      threshold,
      comparison: '>',
      reason: `mean daily rank IC ${figure(hac.mean, 4)} since ${onset}, lower ${level} % bound ${figure(hac.lowerBound, 4, threshold)} ${sign} ${String(threshold)} over ${counted(hac.observations, 'session')} (HAC lag ${String(lag)})`,
      details: {
        ...{ onset, mean: hac.mean, standardError: hac.standardError, lag },
        ...{ confidence: 1 - nonInferiorityAlpha, sessions: hac.observations },
      },
    });
  });
}
