import { defineQuery, setCurrentDetails, setHandler, sleep, workflowInfo } from '@temporalio/workflow';
import type { ScoreInput, ScoreResult } from '../contracts/score.ts';
import { control, scoring } from './activity-proxies.ts';
import { stepFailure } from './failure.ts';
import { nowMs } from './until-instant.ts';

/** The run that is being scored; null before it is open. Its rows are counted in the registry. */
export const scoreProgress = defineQuery<{ readonly run: number | null; readonly waiting: string }>(
  'progress',
);

/** The session, its bars, or enough of them, are not there yet. */
const NOT_ARRIVED: readonly string[] = ['SESSION_UNKNOWN', 'AS_OF_TOO_EARLY', 'SCORE_DATA_MISSING'];
const LOOK_AGAIN_MS = 5 * 60_000;

/**
 * Scores the whole universe of a model for one session. A scheduled run waits for its data as long as the spec says, and ends
 * as `no-data` after that; one that a person asked for fails at once with the reason.
 */
export async function scoreModel(input: ScoreInput): Promise<ScoreResult> {
  const { model, correlationId } = input;
  const progress: { run: number | null; waiting: string } = { run: null, waiting: '' };
  setHandler(scoreProgress, () => progress);
  const info = workflowInfo();
  const nominal = info.typedSearchAttributes.get({ name: 'TemporalScheduledStartTime', type: 'DATETIME' });
  const due = nominal instanceof Date ? nominal : info.startTime;
  const opened = await control.openScoreRun.executeWithOptions({ summary: `what to score for ${model}` }, [
    { ...input, dueAt: due.toISOString() },
  ]);
  const about = { model, session: opened.session, version: opened.version, versionId: null, epoch: null };
  const nothing = { ...about, run: opened.run, scored: 0, skipped: 0, resumed: 0 };
  if (opened.run === null) {
    setCurrentDetails(`Nothing to score: ${opened.reason}`);
    return { ...nothing, outcome: opened.outcome, reason: opened.reason };
  }
  progress.run = opened.run;
  const until = due.getTime() + opened.waitMinutes * 60_000;
  for (;;) {
    try {
      const result = await scoring.scoreUniverse.executeWithOptions(
        { summary: `${model} ${opened.session ?? ''}, version ${String(opened.version)}` },
        [{ run: opened.run, correlationId }],
      );
      setCurrentDetails(
        `**${model}**, session ${result.session ?? ''}: ${String(result.scored)} scored, ${String(result.skipped)} skipped`,
      );
      return result;
    } catch (error) {
      const failure = stepFailure(error);
      if (input.trigger !== 'schedule' || !NOT_ARRIVED.includes(failure.code)) throw error;
      progress.waiting = failure.message;
      if (nowMs() + LOOK_AGAIN_MS > until) {
        setCurrentDetails(`No data: ${failure.message}`);
        return { ...nothing, outcome: 'no-data', reason: failure.message };
      }
      setCurrentDetails(`Waiting for data: ${failure.message}`);
      await sleep(LOOK_AGAIN_MS);
    }
  }
}
