import { notificationEvent } from '../../../contracts/notification.ts';
import type {
  NotificationDraft,
  NotificationEvent,
  NotificationKind,
} from '../../../contracts/notification.ts';
import type { GateVerdict } from '../../../contracts/verdict.ts';

const hash = (digit: string) => digit.repeat(64);

export const sampleVerdicts: readonly GateVerdict[] = [
  {
    gate: 'spa',
    verdict: 'pass',
    number: 0.0312,
    threshold: 0.05,
    comparison: '<=',
    enforced: true,
    reason: 'the best trial beats the benchmark after the search is paid for',
    details: {},
  },
  {
    gate: 'dsr',
    verdict: 'fail',
    number: 0.9124,
    threshold: 0.95,
    comparison: '>=',
    enforced: true,
    reason: '48 distinct recipes were tried; the Sharpe ratio does not survive them',
    details: {},
  },
  {
    gate: 'pbo',
    verdict: 'inconclusive',
    number: null,
    threshold: 0.2,
    comparison: '<=',
    enforced: true,
    reason: 'only 6 trials on common dates',
    details: {},
  },
  {
    gate: 'latency',
    verdict: 'pass',
    number: 3.25,
    threshold: 50,
    comparison: '<=',
    enforced: false,
    reason: 'p99 of scoring one universe, ms',
    details: {},
  },
];

const common = {
  model: 'tw-alpha',
  retrain: 'retrain:tw-alpha:2024-03-01T19:00:00.000Z',
  run: '0190-run-1',
  asOf: '2024-03-01T19:00:00.000Z',
  session: '2024-03-08',
  occurredAt: '2024-03-08T06:30:12.345Z',
  correlationId: 'tw-alpha-7f3a',
  temporalUrl: 'http://127.0.0.1:8233/namespaces/default/workflows/retrain%3Atw-alpha',
} as const;

const v3 = { number: 3, id: hash('3') };
const v4 = { number: 4, id: hash('4') };
const acknowledged = [
  { server: 'serve-1', epoch: 8 },
  { server: 'serve-2', epoch: 8 },
];
const approveCommand = `npm run contender -- approve ${common.retrain} --evidence ${hash('e')} --reason "..."`;
const rejectCommand = `npm run contender -- reject ${common.retrain} --evidence ${hash('e')} --reason "..."`;

export const sampleDrafts = {
  'gates-held': {
    ...common,
    kind: 'gates-held',
    severity: 'ERROR',
    cause: 'error',
    round: 1,
    objections: [{ gate: 'spa', code: 'STEP_TIMEOUT', reason: 'no answer in time, limit 600 s an attempt' }],
    expiresAt: '2024-03-15T05:30:00.000Z',
    commands: [
      {
        label: 'Run the gates again',
        command: `npm run contender -- gates retry ${common.retrain} --reason "..."`,
      },
      {
        label: 'End the retrain',
        command: `npm run contender -- gates stop ${common.retrain} --reason "..."`,
      },
    ],
  },
  'retrain-refused': {
    ...common,
    kind: 'retrain-refused',
    severity: 'WARNING',
    step: 'judge',
    outcome: 'refused',
    code: 'GATES_NOT_PASSED',
    reason: 'dsr 0.9124 is below 0.95; pbo could not be measured',
    verdicts: [...sampleVerdicts],
  },
  'approval-asked': {
    ...common,
    kind: 'approval-asked',
    severity: 'WARNING',
    admission: 'promotion',
    requestedBy: 'alice',
    candidate: v4,
    champion: v3,
    evidenceHash: hash('e'),
    approvers: 1,
    fourEyes: true,
    expiresAt: '2024-03-15T05:30:00.000Z',
    expiresAfterSession: '2024-03-15',
    verdicts: [...sampleVerdicts],
    waivers: [
      { gate: 'dsr', subject: 'kim', reason: 'the ledger counts a withdrawn family of recipes' },
      { gate: 'dsr', subject: 'lee', reason: 'agreed with kim' },
    ],
    shadow: ['7 sessions, 1 with a matured label', 'The swap changes 4 of 10 names'],
    outlook: 'Decay watch: a full decay is seen after 109 sessions in half of the cases.',
    deputy: null,
    approveCommand,
    rejectCommand,
  },
  'approval-expiring': {
    ...common,
    kind: 'approval-expiring',
    severity: 'WARNING',
    requestedBy: 'alice',
    candidate: v4,
    evidenceHash: hash('e'),
    approvals: 0,
    approvers: 2,
    expiresAt: '2024-03-15T05:30:00.000Z',
    expiresAfterSession: '2024-03-15',
    remainingSessions: 1,
    deputy: null,
    approveCommand,
    rejectCommand,
  },
  swapped: {
    ...common,
    kind: 'swapped',
    severity: 'INFO',
    from: v3,
    to: v4,
    epoch: 8,
    acknowledged,
    tookMs: 412,
    rollbackCommand: 'npm run contender -- rollback tw-alpha --reason "..."',
  },
  'swap-partial': {
    ...common,
    kind: 'swap-partial',
    severity: 'CRITICAL',
    from: v3,
    to: v4,
    epoch: 8,
    acknowledged: [{ server: 'serve-1', epoch: 8 }],
    missing: [{ server: 'serve-2', epoch: 7 }],
    onStale: 'serve',
    waitedMs: 30_000,
  },
  'rolled-back': {
    ...common,
    kind: 'rolled-back',
    severity: 'ERROR',
    from: v4,
    to: v3,
    epoch: 9,
    cause: 'guard',
    requestedBy: 'system',
    reason: 'three measurements in a row had non-finite predictions',
    tookMs: 731,
    acknowledged,
  },
  failed: {
    ...common,
    kind: 'failed',
    severity: 'ERROR',
    step: 'train',
    code: 'AllTrialsFailed',
    reason: '12 of 12 trials failed; first: the label is constant over fold 2',
    remedy: 'Look at the label coverage of the snapshot, then start the retrain again.',
    retrainCommand: 'npm run contender -- retrain tw-alpha --as-of 2024-03-01T19:00:00.000Z',
  },
  'schedule-missed': {
    ...common,
    kind: 'schedule-missed',
    severity: 'WARNING',
    retrain: null,
    nominalAt: '2024-03-01T19:00:00.000Z',
    catchupHours: 6,
    reason: 'the control plane was down from 18:20 to 01:45',
    nextAt: '2024-03-31T19:00:00.000Z',
    retrainCommand: 'npm run contender -- retrain tw-alpha --as-of 2024-03-01T19:00:00.000Z',
  },
  'month-ended': {
    ...common,
    kind: 'month-ended',
    severity: 'INFO',
    retrain: null,
    month: '2024-02',
    sessions: 15,
    reigns: 1,
    reportCommand: 'npm run contender -- report monthly tw-alpha --month 2024-02 --out tw-alpha-2024-02.pdf',
  },
  alarm: {
    ...common,
    kind: 'alarm',
    severity: 'CRITICAL',
    monitor: 'decay',
    champion: v3,
    statistic: 'mean daily rank IC over 60 sessions',
    number: -0.0081,
    threshold: 0.005,
    comparison: '>=',
    reason: 'the mean has been below its bound for 12 sessions',
    action: 'emergency retrain, the champion goes on',
    emergencyRetrain: 'retrain:tw-alpha:2024-03-08T06:30:00.000Z',
    over: false,
    series: [],
  },
  alert: {
    ...common,
    kind: 'alert',
    severity: 'CRITICAL',
    status: 'firing',
    receiver: 'desk',
    groupLabels: { alertname: 'decay-alarm', model: 'tw-alpha' },
    sequence: 42,
    step: 0,
    firing: 1,
    resolved: 0,
    items: [
      {
        nature: 'condition',
        id: 17,
        status: 'firing',
        severity: 'CRITICAL',
        rule: 'decay-alarm',
        model: 'tw-alpha',
        labels: { alertname: 'decay-alarm', severity: 'CRITICAL', model: 'tw-alpha', horizon: '5' },
        summary: 'tw-alpha: the signal of version 3 has decayed',
        description: 'A quant lead must look at the champion today. An emergency retrain has started.',
        session: '2024-03-08',
        facts: [{ label: 'Mean rank IC', value: '-0.0081 over 60 sessions, healthy when above 0.005' }],
        actions: [{ label: 'Look', command: 'npm run contender -- status --model tw-alpha' }],
        series: [
          {
            title: 'Mean rank IC over 60 sessions',
            unit: 'rank IC',
            points: Array.from({ length: 120 }, (_, day) => 0.03 - 0.0004 * day + 0.004 * Math.sin(day / 3)),
            bound: 0.005,
          },
        ],
        link: null,
        retrain: null,
        startsAt: '2024-03-08T06:30:00.000Z',
        endsAt: null,
      },
    ],
    recipients: [],
  },
} satisfies { readonly [K in NotificationKind]: NotificationDraft & { kind: K } };

export const sampleKinds = Object.keys(sampleDrafts) as readonly NotificationKind[];

export const sampleEvent = (kind: NotificationKind): NotificationEvent =>
  notificationEvent(sampleDrafts[kind]);

/** A different fact of the same kind for each number. */
export const numberedEvent = (number: number): NotificationEvent =>
  notificationEvent({ ...sampleDrafts.swapped, epoch: number });
