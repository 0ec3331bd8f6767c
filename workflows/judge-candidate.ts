import { patched, upsertMemo } from '@temporalio/workflow';
import type { ConcludedGates, GateSubject, PreparedGates, SettledJudgement } from '../activities/judging.ts';
import type { GateUnit } from '../contracts/gate-catalogue.ts';
import type { HoldObjection } from '../contracts/gate-hold.ts';
import type { RetrainInput } from '../contracts/retrain.ts';
import { evaluation, gateUnit } from './activity-proxies.ts';
import { stepFailure } from './failure.ts';
import type { GateDesk } from './gate-desk.ts';
import type { RetrainProgress } from './retrain-progress.ts';

type UnitOutcome = Parameters<(typeof evaluation)['concludeGates']>[0]['outcomes'][number];

/** Gates of before 0.2.0 were one activity; retrains that were under way then are finished as they began. */
const GATES_IN_UNITS = 'gates-in-units';

const MAX_REASON = 1000;

interface Round {
  readonly prepared: PreparedGates | null;
  readonly concluded: ConcludedGates | null;
  /** What keeps the gates from being decided; empty when they are. */
  readonly inError: readonly HoldObjection[];
}

/**
 * Step 5: the gates, side by side, each unit with its own time limit and retries.
 *
 * A gate that ran out of time or could not reach its data is neither a pass nor a fail. The retrain then waits, an alert is
 * out, and only an operator goes on: by running the gates again, or by ending it. Fails that may be waived wait for quant
 * leads when the spec gives them time.
 */
export async function judgeCandidate(
  subject: GateSubject,
  input: RetrainInput,
  progress: RetrainProgress,
  desk: GateDesk,
): Promise<SettledJudgement> {
  if (!patched(GATES_IN_UNITS)) {
    const judgement = await evaluation.judgeVersion.executeWithOptions({ summary: 'the gates' }, [subject]);
    return { ...judgement, waivers: [], refused: null };
  }
  for (let round = 1; ; round += 1) {
    const { prepared, concluded, inError } = await judgeOnce(subject, input, progress, round);
    if (inError.length > 0 || prepared === null || concluded === null) {
      await desk.holdError(subject.plan, {
        round,
        objections: inError,
        evidenceHash: concluded?.gateEvidenceHash ?? null,
        sessions: prepared?.errorHoldSessions ?? null,
      });
      continue;
    }
    upsertMemo({ gateReport: concluded.reportHash });
    await drawPage(subject, concluded, prepared, input, progress);
    const { promotionGate } = subject.plan.spec.retrain;
    if (concluded.waivable.length === 0 || prepared.waiverSessions === 0 || !promotionGate) {
      return { ...concluded, waivers: [], refused: null };
    }
    return await desk.offerWaivers(subject.plan, concluded, prepared.waiverSessions, round);
  }
}

async function judgeOnce(
  subject: GateSubject,
  input: RetrainInput,
  progress: RetrainProgress,
  round: number,
): Promise<Round> {
  const { correlationId } = input;
  let prepared: PreparedGates | null = null;
  try {
    prepared = await evaluation.prepareGates.executeWithOptions({ summary: 'what the gates are told' }, [
      subject,
    ]);
    const { judged, units, timeLimitSeconds } = prepared;
    progress.await(`${String(units.length)} groups of gates, side by side`);
    const outcomes = await Promise.all(
      units.map((unit) => runUnit(unit, judged, timeLimitSeconds, correlationId)),
    );
    const concluded = await evaluation.concludeGates.executeWithOptions({ summary: 'report and evidence' }, [
      { subject, judged, outcomes, round },
    ]);
    progress.addVerdicts(concluded.verdicts);
    return { prepared, concluded, inError: concluded.inError };
  } catch (error) {
    const failure = stepFailure(error);
    if (failure.kind === 'cancelled') throw error;
    const reason = failure.message.slice(0, MAX_REASON) || failure.code;
    return { prepared, concluded: null, inError: [{ gate: 'input', code: failure.code, reason }] };
  }
}

async function runUnit(
  unit: GateUnit,
  judged: PreparedGates['judged'],
  timeLimitSeconds: number,
  correlationId: string,
): Promise<UnitOutcome> {
  try {
    const run = gateUnit(unit, timeLimitSeconds).runGateUnit;
    const result = await run.executeWithOptions({ summary: `gates: ${unit}` }, [
      { unit, judged, correlationId },
    ]);
    return { kind: 'judged', result };
  } catch (error) {
    const { kind, code, message } = stepFailure(error);
    if (kind === 'cancelled') throw error;
    const limit = code === 'STEP_TIMEOUT' ? `, limit ${String(timeLimitSeconds)} s an attempt` : '';
    return {
      kind: 'error',
      error: { unit, code, reason: `${message}${limit}`.slice(0, MAX_REASON) || code },
    };
  }
}

/** Plots help a reader and decide nothing: without them the retrain goes on, and says so. */
async function drawPage(
  { plan }: GateSubject,
  { reportHash }: ConcludedGates,
  { judged }: PreparedGates,
  { correlationId }: RetrainInput,
  progress: RetrainProgress,
): Promise<void> {
  try {
    const { page } = await evaluation.drawGatePage.executeWithOptions({ summary: 'the page of plots' }, [
      { reportHash, judged, retrainId: plan.retrainId, correlationId },
    ]);
    upsertMemo({ gatePage: page.sha256 });
    progress.madeReport(reportHash, page.sha256);
  } catch (error) {
    const failure = stepFailure(error);
    if (failure.kind === 'cancelled') throw error;
    progress.madeReport(reportHash, null);
  }
}
