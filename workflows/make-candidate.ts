import { ApplicationFailure } from '@temporalio/workflow';
import type { SettledJudgement } from '../activities/judging.ts';
import type { PackagedVersion } from '../activities/packaging.ts';
import type { RetrainPlan } from '../activities/retrain-record.ts';
import type { TrialFailure, TrialPlan } from '../activities/trials.ts';
import type { RetrainInput } from '../contracts/retrain.ts';
import type { SnapshotRef } from '../contracts/snapshot.ts';
import type { RunTrialResult, Trial } from '../contracts/training.ts';
import type { GateVerdict } from '../contracts/verdict.ts';
import { data, evaluation, limitsOfFit, limitsOfStep, trainingWithin } from './activity-proxies.ts';
import { outOfTime, stepFailure } from './failure.ts';
import type { GateDesk } from './gate-desk.ts';
import { judgeCandidate } from './judge-candidate.ts';
import { recordStep } from './record-step.ts';
import type { RetrainProgress } from './retrain-progress.ts';

export interface Candidate {
  readonly packaged: PackagedVersion;
  readonly judgement: SettledJudgement;
}

/** Rows of recent sessions in the parity set; the thresholds and their neighbours come on top. */
export const PARITY_ROWS = 100_000;

/** Steps 1 to 5: from market data to a judged version. */
export async function makeCandidate(
  retrainId: string,
  plan: RetrainPlan,
  input: RetrainInput,
  progress: RetrainProgress,
  desk: GateDesk,
): Promise<Candidate> {
  const { asOf, correlationId } = input;
  const snapshot = await data.extractSnapshot.executeWithOptions({ summary: `extract as known at ${asOf}` }, [
    { plan, asOf, correlationId },
  ]);
  const { shape } = snapshot;
  progress.note(
    'extract',
    `${String(shape.rows)} rows, ${String(shape.symbols)} symbols, ${String(shape.sessions)} sessions ${shape.firstSession} to ${shape.lastSession}, snapshot ${snapshot.snapshotId.slice(0, 12)}`,
  );

  await recordStep(retrainId, 'validate', progress, 'the data worker');
  const validation = await data.validateSnapshot.executeWithOptions(
    { summary: 'schema, coverage, leak audit' },
    [{ plan, snapshot, asOf, correlationId }],
  );
  progress.addVerdicts(validation.verdicts);
  progress.note('validate', validation.summary);
  refuseUnless(validation.verdicts, 'VALIDATION_REFUSED');

  await recordStep(retrainId, 'train', progress, 'the sidecar');
  const trialPlan = await evaluation.planTrials.executeWithOptions(
    { summary: 'fold plan and random search' },
    [{ plan, snapshot, asOf }],
  );
  const { results, failures } = await runTrials(trialPlan, snapshot, correlationId, progress);
  const selection = await evaluation.selectTrial.executeWithOptions(
    { summary: 'predictions to returns, ledger, choice' },
    [{ plan, snapshot, asOf, trialPlan, results, failures }],
  );
  progress.note('train', selection.summary);

  await recordStep(retrainId, 'package', progress, 'the sidecar');
  const trial = trialOf(trialPlan, selection.selectedTrialId);
  const lastFold = trialPlan.folds.at(-1);
  const chosen = results.find((result) => result.trialId === trial.trialId);
  if (lastFold === undefined || chosen === undefined)
    throw ApplicationFailure.nonRetryable('no fold was fitted', 'AllTrialsFailed');
  const limits = limitsOfFit(trialPlan.maxSeconds);
  const final = await trainingWithin(limits).fitFinal.executeWithOptions(
    { summary: 'final fit, exact ONNX export' },
    [
      {
        correlationId,
        rows: snapshot.rows,
        trial,
        iterations: selection.iterations,
        trainFrom: trialPlan.finalTrainFrom,
        trainTo: shape.lastLabelSession,
        lastFold,
        lastFoldPredictions: chosen.predictions,
        seed: trialPlan.seed,
        threads: trialPlan.threads,
        maxSeconds: limits.fitSeconds,
        parityRows: PARITY_ROWS,
        checkpoints: 'use',
      },
    ],
  );
  const packaged = await evaluation.packageVersion.executeWithOptions(
    { summary: 'parity, latency, manifest, version' },
    [
      {
        plan,
        snapshot,
        trial,
        iterations: selection.iterations,
        seed: trialPlan.seed,
        final,
        trialOrigin: chosen.origin,
        trials: results.map(({ trialId, predictions }) => ({ trialId, predictions })),
      },
    ],
  );
  progress.madeVersion(packaged.number);
  progress.addVerdicts(packaged.verdicts);
  progress.note(
    'package',
    `version ${String(packaged.number)}${packaged.linked ? ' (made before, linked)' : ''}, ${String(final.trees)} trees, id ${packaged.versionId.slice(0, 12)}`,
  );

  await recordStep(retrainId, 'judge', progress, 'the evaluation worker');
  const earlier = [...validation.verdicts, ...packaged.verdicts];
  const subject = { plan, snapshot, trialPlan, selection, versionId: packaged.versionId, earlier };
  const judgement = await judgeCandidate(subject, input, progress, desk);
  progress.addVerdicts(judgement.verdicts);
  const waived = judgement.waivers.length > 0 ? ', every fail waived by two leads' : '';
  progress.note('judge', `${judgement.verdict}, route ${selection.route}${waived}`);
  return { packaged, judgement };
}

/** Trials run side by side, as wide as there are sidecars; one that fails costs only itself. */
async function runTrials(
  plan: TrialPlan,
  snapshot: SnapshotRef,
  correlationId: string,
  progress: RetrainProgress,
): Promise<{ readonly results: RunTrialResult[]; readonly failures: TrialFailure[] }> {
  let done = 0;
  const limits = limitsOfStep(plan.maxSeconds);
  const fits = trainingWithin(limits);
  const failures: TrialFailure[] = [];
  const settled = await Promise.all(
    plan.trials.map(async (trial, index) => {
      try {
        const result = await fits.runTrial.executeWithOptions(
          { summary: `trial ${String(index + 1)} of ${String(plan.trials.length)}` },
          [
            {
              correlationId,
              rows: snapshot.rows,
              trial,
              folds: plan.folds,
              seed: plan.seed,
              threads: plan.threads,
              maxSeconds: limits.fitSeconds,
              checkpoints: 'use',
            },
          ],
        );
        done += 1;
        progress.note(
          'train',
          `${String(done)} of ${String(plan.trials.length)} trials over ${String(plan.folds.length)} folds`,
        );
        return result;
      } catch (error) {
        const failure = stepFailure(error);
        if (failure.kind === 'cancelled') throw error;
        if (outOfTime(error)) throw hardStop(plan, progress);
        const { code, message } = failure;
        failures.push({ trialId: trial.trialId, code, message });
        return null;
      }
    }),
  );
  const results = settled.filter((result) => result !== null);
  const [first] = failures;
  if (results.length === 0) {
    throw ApplicationFailure.create({
      message: `every trial failed; the first: ${first === undefined ? 'unknown' : `${first.code}: ${first.message}`}`,
      type: 'AllTrialsFailed',
      nonRetryable: true,
      details: [{ kind: 'refused' }],
    });
  }
  return { results, failures };
}

/**
 * The end of the step, not of one trial: choosing from what was fitted by then would choose by the speed of the machine.
 */
function hardStop({ maxSeconds }: TrialPlan, progress: RetrainProgress): ApplicationFailure {
  return ApplicationFailure.create({
    message: `the trials did not end within ${String(Math.round(maxSeconds / 60))} minutes (training.maxMinutes): ${progress.noteOf('train')}`,
    type: 'TrainingTimeLimit',
    nonRetryable: true,
    details: [{ kind: 'refused' }],
  });
}

function trialOf(plan: TrialPlan, trialId: string): Trial {
  const trial = plan.trials.find((candidate) => candidate.trialId === trialId);
  if (trial === undefined)
    throw ApplicationFailure.nonRetryable(`no trial ${trialId} in the plan`, 'UNKNOWN_TRIAL');
  return trial;
}

function refuseUnless(verdicts: readonly GateVerdict[], type: string): void {
  const failed = verdicts.filter((verdict) => verdict.enforced && verdict.verdict !== 'pass');
  if (failed.length === 0) return;
  throw ApplicationFailure.create({
    message: failed.map((verdict) => `${verdict.gate}: ${verdict.reason}`).join('; '),
    type,
    nonRetryable: true,
    details: [{ kind: 'refused' }],
  });
}
