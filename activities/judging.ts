import { Context } from '@temporalio/activity';
import { UNWAIVABLE_GATES } from '../contracts/gate-catalogue.ts';
import type { GateUnit } from '../contracts/gate-catalogue.ts';
import { RecordedGateReport } from '../contracts/gate-report.ts';
import type { HoldObjection, WaiversRefused } from '../contracts/gate-hold.ts';
import type { ArtifactRef } from '../contracts/primitives.ts';
import type { SnapshotRef } from '../contracts/snapshot.ts';
import type { GateVerdict, Verdict, Waiver } from '../contracts/verdict.ts';
import { unitsAsked } from '../gates/judge.ts';
import type { JudgeInput } from '../gates/judge-input.ts';
import { recordedReport } from '../gates/recompute.ts';
import { readStoredInput, storedInput } from '../gates/stored-input.ts';
import type { UnitOutcome, UnitResult } from '../gates/units.ts';
import { judgingCodeVersion } from './code-version.ts';
import { spendLevel } from './error-budget.ts';
import { gateInput } from './gate-input.ts';
import type { RetrainPlan } from './retrain-record.ts';
import type { TrialPlan, TrialSelection } from './trials.ts';
import type { Workbench } from './workbench.ts';

/** The candidate that is judged, and where its facts lie. */
export interface GateSubject {
  readonly plan: RetrainPlan;
  readonly snapshot: SnapshotRef;
  readonly trialPlan: TrialPlan;
  readonly selection: TrialSelection;
  readonly versionId: string;
  /** Verdicts of the steps before: leak, coverage, schema, parity, latency, resources, final-fit. */
  readonly earlier: readonly GateVerdict[];
}

/** What the workflow needs to know to run the units: read here, pinned by the history. */
export interface PreparedGates {
  /** The input of every unit: canonical JSON in the artifact store. */
  readonly judged: ArtifactRef;
  readonly units: readonly GateUnit[];
  readonly timeLimitSeconds: number;
  readonly errorHoldSessions: number;
  readonly waiverSessions: number;
}

export interface RunGateUnitInput {
  readonly unit: GateUnit;
  readonly judged: ArtifactRef;
  readonly correlationId: string;
}

export interface ConcludeGatesInput {
  readonly subject: GateSubject;
  readonly judged: ArtifactRef;
  readonly outcomes: readonly UnitOutcome[];
  /** 1, and one more for each time an operator had the gates run again. */
  readonly round: number;
}

export interface Judgement {
  readonly verdict: Verdict;
  readonly verdicts: GateVerdict[];
  /** Hash of the gate evidence: the first link of the chain an approval signs. */
  readonly gateEvidenceHash: string;
  /** A waivable gate failed and the model has no champion: two quant leads could admit it on probation. */
  readonly probationPossible: boolean;
}

export interface ConcludedGates extends Judgement {
  readonly reportHash: string;
  /** Enforced gates in error. While there is one, nothing is decided: the retrain waits for an operator. */
  readonly inError: readonly HoldObjection[];
  /** Enforced gates that failed, when nothing else stands in the way and each of them may be waived; else empty. */
  readonly waivable: readonly HoldObjection[];
}

/** A judgement with what people accepted of it. */
export interface SettledJudgement extends Judgement {
  /** Empty, or the waivers that the gate evidence lists. */
  readonly waivers: readonly Waiver[];
  /** Somebody said no to waiving: the retrain ends here. Null: nobody did. */
  readonly refused: WaiversRefused | null;
}

export interface JudgingActivities {
  /** Retrains of releases before 0.2.0 that were under way: all gates in one activity. */
  judgeVersion(input: GateSubject): Promise<Judgement>;
  /** Collects and stores what the gates are told. */
  prepareGates(input: GateSubject): Promise<PreparedGates>;
  /** Judges the gates of one unit, on a thread of its own that ends with the activity. */
  runGateUnit(input: RunGateUnitInput): Promise<UnitResult>;
  /** Writes report and evidence of what the units found. */
  concludeGates(input: ConcludeGatesInput): Promise<ConcludedGates>;
  /** Draws the page of plots of a report and stores it beside it. */
  drawGatePage(input: {
    readonly reportHash: string;
    readonly judged: ArtifactRef;
    readonly retrainId: string;
    readonly correlationId: string;
  }): Promise<{ readonly page: ArtifactRef }>;
}

export function judgingActivities(bench: Workbench): JudgingActivities {
  return {
    judgeVersion: (input) => judgeVersion(bench, input),
    prepareGates: (input) => prepareGates(bench, input),
    runGateUnit: async ({ unit, judged }) => {
      const input = await readInput(bench, judged);
      const signal = Context.current().cancellationSignal;
      return await bench.compute.run('judgeUnit', { unit, input }, { signal });
    },
    concludeGates: (input) => concludeGates(bench, input),
    drawGatePage: async ({ reportHash, judged, retrainId }) => {
      const report = RecordedGateReport.parse(await bench.registry.getGateReport({ hash: reportHash }));
      const input = await readInput(bench, judged);
      const signal = Context.current().cancellationSignal;
      const html = await bench.compute.run('renderGatePage', { input, report, title: retrainId }, { signal });
      const page = await bench.artifacts.put(Buffer.from(html), 'text/html');
      await bench.registry.saveGatePage({ reportHash, page });
      return { page };
    },
  };
}

async function readInput(bench: Workbench, judged: ArtifactRef): Promise<JudgeInput> {
  return readStoredInput(Buffer.from(await bench.artifacts.get(judged)).toString('utf8'));
}

async function prepareGates(bench: Workbench, subject: GateSubject): Promise<PreparedGates> {
  const input = await gateInput(bench, subject);
  const { timeLimitSeconds, errorHoldSessions, waiverSessions } = input.gates;
  return {
    judged: await bench.artifacts.put(Buffer.from(storedInput(input)), 'application/json'),
    units: unitsAsked(input),
    timeLimitSeconds,
    errorHoldSessions,
    waiverSessions,
  };
}

async function concludeGates(bench: Workbench, input: ConcludeGatesInput): Promise<ConcludedGates> {
  const { registry } = bench;
  const { subject, judged, outcomes, round } = input;
  const { plan, snapshot, selection, versionId } = subject;
  const spec = await registry.specByNumber({ model: plan.spec.model, number: plan.specNumber });
  const { loosened, secondPerson } = spec;
  const told = await readInput(bench, judged);
  const report = recordedReport(told, outcomes, {
    codeVersion: await judgingCodeVersion(),
    inputs: {
      judged,
      snapshotId: snapshot.snapshotId,
      scores: selection.scores.sha256,
      specNumber: plan.specNumber,
      loosened: [...loosened],
      secondPerson,
    },
    round,
  });
  const { retrainId } = plan;
  const { hash: reportHash } = await registry.saveGateReport({ retrainId, versionId, report });
  await spendLevel(bench, retrainId, report, selection.scores.sha256);
  const { evidenceHash } = await registry.saveEvidence({
    kind: 'gate',
    retrainId,
    versionId,
    verdict: report.overall,
    verdicts: report.verdicts,
    facts: {
      report: reportHash,
      scores: selection.scores,
      trial: selection.selectedTrialId,
      ledger: { ...told.ledger, rescored: told.ledger.rescored.length },
      errorBudget: report.errorBudget,
      notEnforced: Object.entries(report.modes)
        .filter(([, mode]) => mode !== 'enforce')
        .map(([gate, mode]) => ({ gate, mode })),
      loosened: [...loosened],
      secondPerson,
    },
  });
  return {
    verdict: report.overall,
    verdicts: report.verdicts,
    gateEvidenceHash: evidenceHash,
    probationPossible: plan.champion === null && admissible(report.verdicts),
    reportHash,
    inError: objections(report.verdicts, 'error'),
    waivable: waivableFails(report.verdicts),
  };
}

function objections(verdicts: readonly GateVerdict[], kind: Verdict): HoldObjection[] {
  return verdicts
    .filter(({ enforced, verdict }) => enforced && verdict === kind)
    .map(({ gate, reason }) => ({ gate, code: kind === 'error' ? 'GATE_ERROR' : 'GATE_FAILED', reason }));
}

function waivableFails(verdicts: readonly GateVerdict[]): HoldObjection[] {
  const open = verdicts.filter(({ enforced, verdict }) => enforced && verdict !== 'pass');
  const all = open.every(({ gate, verdict }) => verdict === 'fail' && !UNWAIVABLE_GATES.includes(gate));
  return all ? objections(verdicts, 'fail') : [];
}

/** Only the statistics may be missing; a leak or a broken artifact is never admitted. */
function admissible(verdicts: readonly GateVerdict[]): boolean {
  return UNWAIVABLE_GATES.every((gate) =>
    verdicts.some((entry) => entry.gate === gate && entry.verdict === 'pass'),
  );
}

async function judgeVersion(bench: Workbench, subject: GateSubject): Promise<Judgement> {
  const input = await gateInput(bench, subject);
  const judged = await bench.artifacts.put(Buffer.from(storedInput(input)), 'application/json');
  const outcomes = unitsAsked(input).map(async (unit): Promise<UnitOutcome> => ({
    kind: 'judged',
    result: await bench.compute.run('judgeUnit', { unit, input }),
  }));
  return concludeGates(bench, { subject, judged, outcomes: await Promise.all(outcomes), round: 1 });
}
