import { TestWorkflowEnvironment } from '@temporalio/testing';
import { bundleWorkflowCode, DefaultLogger, Runtime, Worker, type WorkflowBundle } from '@temporalio/worker';
import { fileURLToPath } from 'node:url';
import type { AdoptionActivities } from '../../../activities/adoption.ts';
import type { ApprovalActivities } from '../../../activities/approval.ts';
import type { ChampionBackupActivities } from '../../../activities/champion-backup.ts';
import type { ChallengerActivities } from '../../../activities/challengers.ts';
import type { DecayOutlookActivities } from '../../../activities/decay-outlook.ts';
import type { GatePeopleActivities } from '../../../activities/gate-people.ts';
import type { ConcludedGates, JudgingActivities } from '../../../activities/judging.ts';
import type { PackagingActivities } from '../../../activities/packaging.ts';
import type { ReignRecordActivities } from '../../../activities/reign.ts';
import type { ReignMeasureActivities } from '../../../activities/reign-measure.ts';
import type { RetrainPlan, RetrainRecordActivities } from '../../../activities/retrain-record.ts';
import type { SessionClockActivities } from '../../../activities/session-clock.ts';
import type { ShadowActivities } from '../../../activities/shadow.ts';
import type { SnapshotActivities } from '../../../activities/snapshot.ts';
import type { SwapActivities } from '../../../activities/swap.ts';
import type { SidecarActivities, TrialActivities } from '../../../activities/trials.ts';
import type { WatchActivities, WatchOutcome } from '../../../activities/watch.ts';
import type { RetrainInput } from '../../../contracts/retrain.ts';
import { ModelSpec } from '../../../contracts/spec.ts';
import { powerCard } from '../../../evaluation/power-card.ts';
import type { Recipe, Trial } from '../../../contracts/training.ts';
import type { GateVerdict } from '../../../contracts/verdict.ts';

export type AllActivities = RetrainRecordActivities &
  SnapshotActivities &
  TrialActivities &
  SidecarActivities &
  PackagingActivities &
  JudgingActivities &
  SessionClockActivities &
  ShadowActivities &
  ApprovalActivities &
  GatePeopleActivities &
  SwapActivities &
  ReignMeasureActivities &
  ChallengerActivities &
  ChampionBackupActivities &
  DecayOutlookActivities &
  AdoptionActivities &
  ReignRecordActivities &
  WatchActivities;

const DAY_MS = 86_400_000;
const hash = (digit: string): string => digit.repeat(64);
const artifact = (digit: string) => ({
  sha256: hash(digit),
  bytes: 1,
  mediaType: 'application/octet-stream',
});

/** A watch that sees nothing. */
export const CALM: WatchOutcome = {
  current: true,
  decision: 'watch',
  action: 'none',
  reason: 'no alarm',
  summary: 'quiet',
  statistic: 1,
  threshold: 6,
  told: false,
  ...{ monitor: null, ended: [], safeVersion: null },
};

export const EVIDENCE = hash('e');
export const SPEC = ModelSpec.parse({ model: 'tw-alpha', market: 'XTAI', data: 'data/tw' });

export const PLAN: RetrainPlan = {
  retrainId: 'retrain:tw-alpha:2019-06-28T19:00:00.000Z',
  correlationId: 'test',
  specNumber: 1,
  spec: SPEC,
  champion: { versionId: hash('c'), number: 1, epoch: 1, recipeHash: hash('d'), probation: false },
  epoch: 1,
  superseded: null,
};

export function gate(name: GateVerdict['gate'], verdict: GateVerdict['verdict'] = 'pass'): GateVerdict {
  return {
    gate: name,
    verdict,
    number: 1,
    threshold: 0,
    comparison: '>=',
    enforced: true,
    reason: `${name} for the test`,
    details: {},
  };
}

const RECIPE: Recipe = {
  market: 'XTAI',
  featureSet: 'price_volume',
  features: ['reversal_5'],
  label: SPEC.label,
  portfolio: SPEC.portfolio,
  params: {
    objective: 'regression',
    numLeaves: 7,
    learningRate: 0.1,
    maxIterations: 10,
    earlyStoppingRounds: 0,
    minDataInLeaf: 20,
    featureFraction: 1,
    baggingFraction: 1,
    lambdaL2: 0,
    maxBin: 63,
  },
  fitting: { monotone: {}, weightHalfLifeSessions: 0 },
  foldPlan: { trainSessions: 100, testSessions: 20, purgeSessions: 6, embargoSessions: 0 },
};
const TRIAL: Trial = { trialId: hash('1'), recipeHash: hash('2'), recipe: RECIPE };
const FOLD = {
  index: 0,
  trainFrom: '2018-01-02',
  trainTo: '2018-12-28',
  testFrom: '2019-01-08',
  testTo: '2019-03-29',
  trainGaps: [],
  testGaps: [],
};

export const passed: ConcludedGates = {
  verdict: 'pass',
  verdicts: [gate('dsr')],
  gateEvidenceHash: hash('a'),
  probationPossible: false,
  reportHash: hash('7'),
  inError: [],
  waivable: [],
};

/** Activities that say yes to everything, one session a day; a test overrides the ones it is about. */
export function agreeable(calls: string[], now: () => number): AllActivities {
  const waived = new Map<GateVerdict['gate'], string[]>();
  const called = <T>(name: string, value: T): Promise<T> => {
    calls.push(name);
    return Promise.resolve(value);
  };
  return {
    beginRetrain: () => called('beginRetrain', PLAN),
    recordStep: (input) => called(`recordStep:${input.step}`, undefined),
    finishRetrain: (input) => called(`finishRetrain:${input.outcome}`, undefined),
    extractSnapshot: () =>
      called('extractSnapshot', {
        snapshotId: hash('5'),
        rows: artifact('6'),
        returns: artifact('7'),
        manifest: artifact('8'),
        featureCode: artifact('9'),
        featureNames: ['reversal_5'],
        shape: {
          rows: 10,
          labelledRows: 8,
          symbols: 2,
          sessions: 5,
          firstSession: '2018-01-02',
          lastSession: '2019-06-28',
          lastLabelSession: '2019-06-20',
        },
      }),
    validateSnapshot: () =>
      called('validateSnapshot', { verdicts: [gate('leak'), gate('coverage')], summary: 'clean' }),
    planTrials: () =>
      called('planTrials', {
        folds: [FOLD],
        trials: [TRIAL],
        search: null,
        ledger: { rescorable: 0, most: 20, trialIds: [], leftOut: [] },
        championTrialId: null,
        finalTrainFrom: '2018-01-02',
        seed: 7,
        threads: 1,
        maxSeconds: 60,
      }),
    proposeTrials: () => called('proposeTrials', { trials: [TRIAL], search: null }),
    runTrial: () =>
      called('runTrial', {
        trialId: TRIAL.trialId,
        predictions: artifact('3'),
        bestIterations: [5],
        foldSeconds: [1],
        predictedRows: 4,
        origin: null,
      }),
    selectTrial: () =>
      called('selectTrial', {
        selectedTrialId: TRIAL.trialId,
        route: 'new-recipe' as const,
        iterations: 5,
        scores: artifact('4'),
        predictions: artifact('3'),
        summary: 'one trial',
      }),
    fitFinal: () =>
      called('fitFinal', {
        nativeModel: artifact('b'),
        onnx: artifact('c'),
        parity: artifact('d'),
        trees: 5,
        trainedRows: 8,
        rankCorrelationWithLastFold: 0.9,
        featureMoments: [],
        gainImportance: [],
        environment: {
          python: '3.11',
          lightgbm: '4',
          numpy: '2',
          lockHash: hash('0'),
          threads: 1,
          cpuClass: 'test',
        },
        sidecarCode: null,
        explanation: null,
      }),
    packageVersion: () =>
      called('packageVersion', {
        versionId: hash('f'),
        number: 2,
        linked: false,
        verdicts: [gate('parity')],
      }),
    judgeVersion: () => called('judgeVersion', passed),
    prepareGates: () =>
      called('prepareGates', {
        judged: artifact('1'),
        units: ['operational' as const, 'superiority' as const],
        timeLimitSeconds: 600,
        errorHoldSessions: 5,
        waiverSessions: 0,
      }),
    runGateUnit: ({ unit }) =>
      called(`runGateUnit:${unit}`, { unit, verdicts: [gate('dsr')], bootstrap: null }),
    concludeGates: () => called('concludeGates', passed),
    drawGatePage: () => called('drawGatePage', { page: artifact('2') }),
    openGateHold: (input) => called(`openGateHold:${input.hold.cause}`, { barred: ['ann'] }),
    askDeputyAtGates: () => called('askDeputyAtGates', undefined),
    answerGateHold: (input) => called(`answerGateHold:${input.answer}`, undefined),
    recordWaiver: (input) => {
      const signed = [...(waived.get(input.request.gate) ?? []), input.request.actor.subject];
      waived.set(input.request.gate, signed);
      return called(`recordWaiver:${input.request.gate}`, { waivedBy: signed });
    },
    recordWaiversRefused: ({ request: { actor, reason } }) =>
      called('recordWaiversRefused', {
        ...{ subject: actor.subject, reason, asDeputy: !actor.roles.includes('quant-lead') },
      }),
    sealWaivers: () =>
      called('sealWaivers', {
        evidenceHash: hash('8'),
        waivers: [...waived].flatMap(([name, subjects]) =>
          subjects.map((subject) => ({ gate: name, subject, reason: 'looked at it' })),
        ),
      }),
    nextSession: ({ after }) => {
      const date = new Date(Date.parse(`${after ?? '2019-06-30'}T00:00:00.000Z`) + DAY_MS).toISOString();
      return called('nextSession', {
        session: date.slice(0, 10),
        decisionInstant: date,
        wakeAt: new Date(now() + DAY_MS).toISOString(),
        calendarSha256: hash('4'),
      });
    },
    sessionDeadline: (input) =>
      called('sessionDeadline', {
        at: new Date(Date.parse(input.from) + input.sessions * DAY_MS).toISOString(),
      }),
    swapWindow: () => called('swapWindow', { opensAt: new Date(now()).toISOString(), firstTraded: null }),
    retrainWindow: () =>
      called('retrainWindow', { opensAt: new Date(now()).toISOString(), openSession: null }),
    backUpChampion: () => called('backUpChampion', { artifacts: 7, bytes: 1000 }),
    foreseeDecay: () => called('foreseeDecay', null),
    planShadow: () =>
      called('planShadow', {
        powerCard: powerCard({
          ...{ sessions: 7, sessionsPerYear: 245, horizonSessions: 5, entryDelaySessions: 1 },
        }),
      }),
    scoreShadowSession: (input) =>
      called('scoreShadowSession', {
        session: input.session,
        rows: 2,
        pairedRows: 2,
        verdict: 'continue' as const,
        reason: '',
        summary: 'paired',
      }),
    concludeShadow: (input) =>
      called('concludeShadow', {
        verdict: input.failure === null ? ('pass' as const) : ('fail' as const),
        reason: input.failure ?? 'seven sessions',
        shadowEvidenceHash: hash('b'),
      }),
    openApproval: () => called('openApproval', { evidenceHash: EVIDENCE, needed: 1, barred: ['ann'] }),
    recordDecision: (input) =>
      called('recordDecision', {
        approvedBy: input.decision.decision === 'approve' ? [input.decision.actor.subject] : [],
        rejectedBy: input.decision.decision === 'reject' ? input.decision.actor.subject : null,
      }),
    remindApproval: () => called('remindApproval', undefined),
    standingObjections: () => called('standingObjections', { open: [] }),
    askDeputy: () => called('askDeputy', undefined),
    promoteChampion: () =>
      called('promoteChampion', {
        model: 'tw-alpha',
        epoch: 2,
        fromVersion: 1,
        toVersion: 2,
        versionId: hash('f'),
        committedAt: new Date(now()).toISOString(),
      }),
    rollbackChampion: () =>
      called('rollbackChampion', {
        model: 'tw-alpha',
        epoch: 3,
        fromVersion: 2,
        toVersion: 1,
        versionId: hash('c'),
        committedAt: new Date(now()).toISOString(),
      }),
    awaitAcknowledgement: () =>
      called('awaitAcknowledgement', {
        status: 'complete' as const,
        acknowledgedBy: ['server-a', 'server-b'],
        missingServers: [],
        elapsedMs: 12,
      }),
    beginGuard: () =>
      called('beginGuard', {
        spec: SPEC,
        current: false,
        versionNumber: 2,
        previousNumber: 1,
        successor: null,
      }),
    measureReign: () =>
      called('measureReign', {
        current: true,
        action: 'none' as const,
        reason: '',
        summary: 'quiet',
        decay: { alarm: false, reason: '', number: null, threshold: 0 },
        guard: { number: null, threshold: 0.02 },
        page: null,
        openChallengers: 0,
      }),
    adoptChallenger: () =>
      called('adoptChallenger', {
        ...{ versionId: hash('f'), number: 2, gateEvidenceHash: hash('a'), verdicts: [gate('dsr')] },
        sessions: ['2019-06-26', '2019-06-27'],
        last: { session: '2019-06-27', decisionInstant: '2019-06-27T06:30:00.000Z' },
        madeBy: 'version 2 is taken over from an earlier retrain',
        powerCard: 'two sessions show little',
      }),
    scoreChallengers: () => called('scoreChallengers', { summaries: [] }),
    pageGuard: () => called('pageGuard', undefined),
    watchSession: () => called('watchSession', CALM),
  };
}

export const INPUT: RetrainInput = {
  model: 'tw-alpha',
  asOf: '2019-06-28T19:00:00.000Z',
  trigger: 'manual',
  requester: { subject: 'ann', roles: ['researcher'] },
  clock: { mode: 'live' },
  emergency: false,
  allowProbation: false,
  reason: 'test',
  correlationId: 'test',
};

let bundle: Promise<WorkflowBundle> | undefined;

/** The bundle rejects node built-ins in workflow code: making it is a test of its own. */
export function workflowBundle(): Promise<WorkflowBundle> {
  bundle ??= bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('../../../workflows/index.ts', import.meta.url)),
    workflowInterceptorModules: [
      fileURLToPath(new URL('../../../workflows/payload-guard.ts', import.meta.url)),
    ],
  });
  return bundle;
}

Runtime.install({ logger: new DefaultLogger('ERROR') });

export async function timeSkippingEnvironment(): Promise<TestWorkflowEnvironment> {
  const path = process.env['CONTENDER_TEST_TEMPORAL_SERVER'];
  if (path === undefined)
    throw new Error('CONTENDER_TEST_TEMPORAL_SERVER is not set; run the tests with npm test');
  const environment = await TestWorkflowEnvironment.createTimeSkipping({
    server: { executable: { type: 'existing-path', path } },
  });
  // The enumeration lies in a package that only the SDK depends on: 2 is KEYWORD, 3 is INT.
  const [keyword, int] = [2, 3];
  await environment.connection.operatorService.addSearchAttributes({
    namespace: 'default',
    searchAttributes: {
      ModelName: keyword,
      ModelVersion: int,
      Trigger: keyword,
      Step: keyword,
      Verdict: keyword,
    },
  });
  return environment;
}

/** Runs the workflows against the given activities, on all queues, until `during` has ended. */
export async function withWorkers<T>(
  environment: TestWorkflowEnvironment,
  activities: AllActivities,
  during: () => Promise<T>,
): Promise<T> {
  const queues = ['control', 'data', 'training', 'evaluation'];
  const workers = await Promise.all(
    queues.map(async (taskQueue) =>
      Worker.create({
        connection: environment.nativeConnection,
        taskQueue,
        activities,
        ...(taskQueue === 'control' ? { workflowBundle: await workflowBundle() } : {}),
      }),
    ),
  );
  const stopped = workers.map((worker) => worker.run());
  try {
    return await during();
  } finally {
    for (const worker of workers) worker.shutdown();
    await Promise.all(stopped);
  }
}
