import { ApplicationFailure, patched, sleep } from '@temporalio/workflow';
import type { Proposal } from '../activities/trial-search.ts';
import type { PlanTrialsInput, TrialFailure, TrialPlan } from '../activities/trials.ts';
import { MAX_TASK_BYTES, payloadBytes } from '../contracts/payload-limits.ts';
import type { RunTrialInput, RunTrialResult, Trial } from '../contracts/training.ts';
import { TrialSearch } from '../contracts/trial-search.ts';
import { evaluation, limitsOfStep, trainingWithin } from './activity-proxies.ts';
import { outOfTime, stepFailure } from './failure.ts';
import type { RetrainProgress } from './retrain-progress.ts';
import { nowMs } from './until-instant.ts';

export interface SearchedTrials {
  /** The plan with every trial that was proposed on the way. */
  readonly trialPlan: TrialPlan;
  readonly results: readonly RunTrialResult[];
  /** Trials that gave no result. */
  readonly failures: readonly TrialFailure[];
}

/** With less left of the step the limits of a fit would not lie in order behind the heartbeat. */
const LEAST_SECONDS = 30;
/** Any pause ends a task of the workflow, and with it a request. */
const WAVE_MS = 100;

/**
 * Runs the trials of the plan; then, of a search in generations, those that are proposed from how they did, until all are done.
 * What is proposed depends on results in the order of the plan, not on who ended first.
 */
export async function searchTrials(
  input: PlanTrialsInput & { readonly correlationId: string },
  plan: TrialPlan,
  progress: RetrainProgress,
): Promise<SearchedTrials> {
  const { snapshot, asOf } = input;
  const startedAt = nowMs();
  let search = TrialSearch.parse(plan.search);
  const runner = new TrialRunner(input, plan, plan.trials.length + (search?.remaining ?? 0), progress);
  await runner.run(plan.trials, plan.maxSeconds);
  while (search !== null) {
    const { newest } = search;
    const { trials, results } = runner;
    const proposal: Proposal = await evaluation.proposeTrials.executeWithOptions(
      { summary: `next generation, ${String(search.remaining)} trials to come` },
      [
        {
          ...{ plan: input.plan, snapshot, asOf, search },
          trials: trials.filter(({ trialId }) => newest.includes(trialId)),
          results: results.filter(({ trialId }) => newest.includes(trialId)),
        },
      ],
    );
    await runner.run(proposal.trials, plan.maxSeconds - (nowMs() - startedAt) / 1000);
    search = proposal.search;
  }
  const { trials, results, failures } = runner;
  return { trialPlan: { ...plan, trials: [...trials] }, results, failures };
}

/** Trials run side by side, as wide as there are sidecars; one that fails costs only itself. */
class TrialRunner {
  readonly trials: Trial[] = [];
  readonly results: RunTrialResult[] = [];
  readonly failures: TrialFailure[] = [];
  readonly #input: PlanTrialsInput & { readonly correlationId: string };
  readonly #plan: TrialPlan;
  /** Trials of the whole search. */
  readonly #due: number;
  readonly #progress: RetrainProgress;
  #done = 0;

  constructor(
    input: PlanTrialsInput & { readonly correlationId: string },
    plan: TrialPlan,
    due: number,
    progress: RetrainProgress,
  ) {
    this.#input = input;
    this.#plan = plan;
    this.#due = due;
    this.#progress = progress;
  }

  /** Fits one generation within so many seconds, which is what is left of the step. */
  async run(trials: readonly Trial[], seconds: number): Promise<void> {
    if (this.trials.length > 0 && seconds < LEAST_SECONDS) throw this.#hardStop();
    const limits = limitsOfStep(seconds);
    const fits = trainingWithin(limits);
    const { correlationId, snapshot } = this.#input;
    const { folds, seed, threads } = this.#plan;
    const before = this.trials.length;
    this.trials.push(...trials);
    const running: Promise<RunTrialResult | null>[] = [];
    let bytesOfTask = 0;
    for (const [index, trial] of trials.entries()) {
      const message: RunTrialInput = {
        ...{ correlationId, rows: snapshot.rows, trial, folds, seed, threads },
        ...{ maxSeconds: limits.fitSeconds, checkpoints: 'use' },
      };
      const bytes = payloadBytes(message);
      // Hundreds of trials over dozens of folds are more than one request to the server may hold.
      if (bytesOfTask + bytes > MAX_TASK_BYTES && patched('trials-in-waves')) {
        await sleep(WAVE_MS, { summary: 'trials are scheduled in waves' });
        bytesOfTask = 0;
      }
      bytesOfTask += bytes;
      const fit = this.#fit(fits, message, before + index);
      // Waited for below; what fails while a wave is waited for fails there.
      fit.catch(() => undefined);
      running.push(fit);
    }
    const settled = await Promise.all(running);
    this.results.push(...settled.filter((result) => result !== null));
    if (this.results.length === 0) throw this.#allFailed();
  }

  /** Null when the trial failed. */
  async #fit(
    fits: ReturnType<typeof trainingWithin>,
    message: RunTrialInput,
    index: number,
  ): Promise<RunTrialResult | null> {
    const { trial, folds } = message;
    try {
      const result = await fits.runTrial.executeWithOptions(
        { summary: `trial ${String(index + 1)} of ${String(this.#due)}` },
        [message],
      );
      this.#done += 1;
      this.#progress.note(
        'train',
        `${String(this.#done)} of ${String(this.#due)} trials over ${String(folds.length)} folds`,
      );
      return result;
    } catch (error) {
      const failure = stepFailure(error);
      if (failure.kind === 'cancelled') throw error;
      if (outOfTime(error)) throw this.#hardStop();
      const { code, message: text } = failure;
      this.failures.push({ trialId: trial.trialId, code, message: text });
      return null;
    }
  }

  /**
   * The end of the step, not of one trial: choosing from what was fitted by then would choose by the speed of the machine.
   */
  #hardStop(): ApplicationFailure {
    return ApplicationFailure.create({
      message: `the trials did not end within ${String(Math.round(this.#plan.maxSeconds / 60))} minutes (training.maxMinutes): ${this.#progress.noteOf('train')}. Raise it, or ask for fewer trials, folds or sessions.`,
      type: 'TrainingTimeLimit',
      nonRetryable: true,
      details: [{ kind: 'refused' }],
    });
  }

  #allFailed(): ApplicationFailure {
    const [first] = this.failures;
    return ApplicationFailure.create({
      message: `every trial failed; the first: ${first === undefined ? 'unknown' : `${first.code}: ${first.message}`}`,
      type: 'AllTrialsFailed',
      nonRetryable: true,
      details: [{ kind: 'refused' }],
    });
  }
}
