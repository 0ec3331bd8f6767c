import type { RetrainResult } from '../../contracts/retrain.ts';
import { figure } from '../verdict-text.ts';
import type { TaiwanReport } from './act-taiwan.ts';
import type { UnitedStatesReport } from './act-us.ts';

/** Both acts in a few lines: verdicts with numbers, promotion, swap, emergency retrain, rollback. */
export function demoSummary(us: UnitedStatesReport, tw: TaiwanReport): string {
  return [
    'What happened',
    '',
    `(a) ${us.model}, a real market`,
    `    first champion:    ${retrainLine(us.first)}`,
    `    retrain:           ${retrainLine(us.second)}`,
    '',
    `(b) ${tw.model}, a simulated market whose signal turns round`,
    `    first champion:    ${retrainLine(tw.first)}`,
    `    promotion:         ${tw.second === null ? 'not reached' : retrainLine(tw.second)}`,
    `    swap under load:   ${swapLine(tw)}`,
    `    emergency retrain: ${tw.emergency === null ? 'none' : retrainLine(tw.emergency)}`,
    `    rollback:          ${rollbackLine(tw)}`,
  ].join('\n');
}

function retrainLine(result: RetrainResult): string {
  const version = result.version === null ? '' : ` (version ${String(result.version)})`;
  const admitted =
    result.outcome === 'promoted' && result.verdict !== 'pass' ? ' on probation, by two quant leads' : '';
  const verdict = result.verdict === null ? '' : `, gates ${result.verdict}`;
  const numbers = result.verdicts
    .filter(({ gate }) =>
      ['rank-ic', 'spa', 'dsr', 'pbo', 'sharpe-improvement', 'non-inferiority'].includes(gate),
    )
    .map(({ gate, number, verdict: one }) => `${gate} ${number === null ? 'none' : figure(number)} ${one}`)
    .join(', ');
  return `${result.outcome}${admitted}${version}${verdict}${numbers === '' ? '' : `: ${numbers}`}`;
}

function swapLine({ swap }: TaiwanReport): string {
  if (swap === null) return 'not reached';
  return `${String(swap.requests)} requests, ${String(swap.failed)} failed, ${String(swap.epochRegressions)} answers of a lower epoch after a higher one, p50 ${swap.p50Ms.toFixed(1)} ms, p99 ${swap.p99Ms.toFixed(1)} ms`;
}

function rollbackLine({ rollback }: TaiwanReport): string {
  if (rollback === null) return 'not reached';
  return `version ${String(rollback.fromVersion)} to ${String(rollback.toVersion)}, ${rollback.status}, last acknowledgement ${rollback.elapsedMs.toFixed(0)} ms after the commit, ${rollback.commandMs.toFixed(0)} ms after the command`;
}
