import { ApplicationFailure } from '@temporalio/workflow';
import type { SettledJudgement } from '../activities/judging.ts';
import type { PackagedVersion } from '../activities/packaging.ts';
import type { RetrainPlan } from '../activities/retrain-record.ts';
import type { TrialPlan } from '../activities/trials.ts';
import type { RetrainInput } from '../contracts/retrain.ts';
import type { Trial } from '../contracts/training.ts';
import type { GateVerdict } from '../contracts/verdict.ts';
import { data, evaluation, limitsOfFit, trainingWithin } from './activity-proxies.ts';
import type { GateDesk } from './gate-desk.ts';
import { judgeCandidate } from './judge-candidate.ts';
import { recordStep } from './record-step.ts';
import type { RetrainProgress } from './retrain-progress.ts';
import { searchTrials } from './search-trials.ts';

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
  const firstPlan = await evaluation.planTrials.executeWithOptions({ summary: 'fold plan and recipes' }, [
    { plan, snapshot, asOf },
  ]);
  const { trialPlan, results, failures } = await searchTrials(
    { plan, snapshot, asOf, correlationId },
    firstPlan,
    progress,
  );
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
  const { waivers, refused } = judgement;
  const waived = waivers.length > 0 ? ', every fail waived by two leads' : '';
  const unwaived = refused === null ? '' : `, ${refused.subject} refused to waive`;
  progress.note('judge', `${judgement.verdict}, route ${selection.route}${waived}${unwaived}`);
  return { packaged, judgement };
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
