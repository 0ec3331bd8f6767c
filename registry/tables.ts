import type { ColumnType, Generated } from 'kysely';
import type { ClockSpec } from '../contracts/clock.ts';
import type { LiveStatus, WatchAction, WatchDecision } from '../contracts/live.ts';
import type { NotificationSeverity } from '../contracts/notification.ts';
import type { ArtifactRef } from '../contracts/primitives.ts';
import type { RetrainOutcome, RetrainStep, Trigger } from '../contracts/retrain.ts';
import type { SnapshotManifest, SnapshotRef } from '../contracts/snapshot.ts';
import type { ModelSpec } from '../contracts/spec.ts';
import type { Recipe } from '../contracts/training.ts';
import type { GateName, Verdict } from '../contracts/verdict.ts';
import type { VersionManifest } from '../contracts/version.ts';
import type {
  ApprovalsTable,
  DecisionsTable,
  ObjectionAnswersTable,
  ObjectionsTable,
} from './approval-tables.ts';
import type {
  AdoptionsTable,
  ChallengerDaysTable,
  ChallengerEndsTable,
  ChallengersTable,
  ShadowDaysTable,
} from './challenger-tables.ts';

/**
 * The tables of migrations/ as Kysely sees them: column names in camel case, bigints as numbers, timestamps as ISO
 * instants in UTC, dates as YYYY-MM-DD. JSON columns were parsed by a contract before they were written.
 */
type Json<T> = ColumnType<T, string, string>;
/** Set by the database when the row is written. */
type Stamp = Generated<string>;

export interface ModelsTable {
  model: string;
  createdAt: Stamp;
  fallbackAction: Generated<'serve' | 'reduce-only' | 'halt'>;
}

export interface ModelFreezesTable {
  model: string;
  number: number;
  frozen: boolean;
  epoch: number;
  subject: string;
  reason: string;
  recordedAt: Stamp;
}

export interface ModelSidesTable {
  model: string;
  number: number;
  action: 'serve' | 'reduce-only' | 'halt';
  epoch: number;
  subject: string;
  reason: string;
  recordedAt: Stamp;
}

export interface GuardMeasurementsTable {
  model: string;
  epoch: number;
  session: string;
  decidedAt: string;
  verdict: 'pass' | 'fail' | 'inconclusive';
  action: 'none' | 'hold' | 'rollback';
  cause: string;
  reason: string;
  number: number | null;
  threshold: number | null;
  failedInRow: number;
  inconclusiveInRow: number;
  state: Json<unknown>;
  recordedAt: Stamp;
}

export interface CommandsTable {
  key: string;
  model: string;
  command: string;
  requestHash: string;
  result: Json<unknown>;
  recordedAt: Stamp;
}

export interface SpecsTable {
  model: string;
  number: number;
  spec: Json<ModelSpec>;
  hash: string;
  author: string;
  loosened: string[];
  secondPerson: string | null;
  secondAsDeputy: Generated<boolean>;
  reason: string;
  recordedAt: Stamp;
}

export interface SnapshotsTable {
  id: string;
  market: string;
  asOf: string;
  manifest: Json<SnapshotManifest>;
  ref: Json<SnapshotRef>;
  recordedAt: Stamp;
  /** When garbage collection took its bytes; null: they are there. */
  collectedAt: Generated<string | null>;
}

export interface VersionsTable {
  id: string;
  model: string;
  number: number;
  identity: string;
  manifest: Json<VersionManifest>;
  snapshotId: string;
  recipeHash: string;
  state: Generated<'registered' | 'deleted'>;
  retainUntil: string;
  registeredAt: Stamp;
  deletedAt: string | null;
}

export interface RetrainsTable {
  run: Generated<number>;
  id: string;
  correlationId: string;
  model: string;
  asOf: string;
  trigger: Trigger;
  requester: string;
  specNumber: number;
  clock: Json<ClockSpec>;
  emergency: boolean;
  allowProbation: boolean;
  triggerReason: string;
  epoch: number;
  championId: string | null;
  step: Generated<RetrainStep>;
  status: Generated<'open' | RetrainOutcome>;
  verdict: Verdict | null;
  reason: Generated<string>;
  code: Generated<string>;
  snapshotId: string | null;
  versionId: string | null;
  supersededBy: number | null;
  startedAt: Stamp;
  stepAt: Stamp;
  finishedAt: string | null;
}

export interface VersionLinksTable {
  versionId: string;
  run: number;
  linkedAt: Stamp;
}

export interface TrialsTable {
  model: string;
  trialId: string;
  state: 'announced' | 'scored' | 'abandoned' | 'rescored';
  code: Generated<string>;
  recipeHash: string;
  recipe: Json<Recipe>;
  asOf: string;
  run: number;
  predictions: Json<ArtifactRef> | null;
  returns: Json<ArtifactRef> | null;
  summary: Json<Record<string, unknown>>;
  recordedAt: Stamp;
  /** Set by the database: the place in the model's chain. */
  seq: Generated<number>;
  prevHash: Generated<string>;
  hash: Generated<string>;
  body: Generated<string>;
}

export interface StructuralChangesTable {
  model: string;
  number: number;
  ledgerSeq: number;
  recipesBefore: number;
  actor: string;
  secondPerson: string;
  reason: string;
  recordedAt: Stamp;
}

export interface BudgetTestsTable {
  model: string;
  method: 'lord' | 'alpha-investing';
  level: number;
  test: number;
  testKey: string;
  run: number;
  alpha: number;
  p: number | null;
  discovery: boolean;
  recordedAt: Stamp;
}

export interface GateReportsTable {
  hash: string;
  run: number;
  versionId: string;
  body: string;
  recordedAt: Stamp;
}

export interface EvidenceTable {
  hash: string;
  run: number;
  versionId: string;
  kind: 'gate' | 'shadow' | 'decision';
  parent: string | null;
  verdict: Verdict | null;
  body: string;
  recordedAt: Stamp;
}

export interface WaiversTable {
  evidenceHash: string;
  gate: GateName;
  subject: string;
  reason: string;
  roles: string[];
  asDeputy: Generated<boolean>;
  recordedAt: Stamp;
}

export interface GateHoldsTable {
  run: number;
  round: number;
  cause: 'error' | 'waivable-fail';
  objections: Json<readonly { readonly gate: string; readonly code: string; readonly reason: string }[]>;
  expiresAt: string;
  deputy: string | null;
  deputyFrom: string | null;
  recordedAt: Stamp;
}

export interface GateHoldAnswersTable {
  run: number;
  round: number;
  cause: 'error' | 'waivable-fail';
  answer: 'retry' | 'stop' | 'waived' | 'expired' | 'refused';
  /** Of a refusal to waive alone. */
  evidenceHash: Generated<string | null>;
  roles: Generated<string[]>;
  asDeputy: Generated<boolean>;
  subject: string;
  reason: string;
  recordedAt: Stamp;
}

export interface GatePagesTable {
  reportHash: string;
  page: Json<ArtifactRef>;
  recordedAt: Stamp;
}

export interface AuditTable {
  model: string;
  seq: number;
  prevHash: string;
  hash: string;
  body: string;
  actor: string;
  command: string;
  idempotencyKey: string;
  businessAt: string | null;
  recordedAt: string;
}

export interface OutboxTable {
  id: Generated<number>;
  dedupeKey: string;
  channel: string;
  event: Json<unknown>;
  state: Generated<'pending' | 'sent' | 'dead'>;
  attempts: Generated<number>;
  unknownOutcomes: Generated<number>;
  dueAt: Stamp;
  leaseToken: string | null;
  leaseUntil: string | null;
  lastError: string | null;
  receipt: string | null;
  createdAt: Stamp;
  sentAt: string | null;
}

export interface RefusedAttemptsTable {
  minute: string;
  actor: string;
  command: string;
  code: string;
  model: string;
  reason: string;
  attempts: Generated<number>;
}

export interface ReignsTable {
  model: string;
  epoch: number;
  versionId: string;
  fromVersionId: string | null;
  previousId: string | null;
  cause: 'swap' | 'rollback' | 'probation';
  run: number | null;
  decisionHash: string | null;
  actor: string;
  reason: string;
  businessAt: string;
  recordedAt: string;
  auditSeq: number;
  outboxId: number;
}

export interface ChampionsTable {
  model: string;
  epoch: Generated<number>;
  championId: string | null;
  previousId: string | null;
}

export interface ServersTable {
  name: string;
  address: string;
  models: string[];
  leaseUntil: string;
  registeredAt: Stamp;
}

export interface ServerEpochsTable {
  server: string;
  model: string;
  epoch: number;
  versionId: string;
  acknowledgedAt: Stamp;
}

export interface PredictionsTable {
  model: string;
  versionId: string;
  session: string;
  kind: 'shadow' | 'guard' | 'live' | 'batch';
  artifact: Json<ArtifactRef>;
  rows: number;
  recordedAt: Stamp;
}

export interface ScoreRunsTable {
  id: Generated<number>;
  model: string;
  session: string;
  versionId: string;
  epoch: number;
  isChampion: boolean;
  trigger: 'manual' | 'schedule';
  requestedBy: string;
  startedAt: Stamp;
  asOf: string | null;
  universe: Json<ArtifactRef> | null;
  symbols: number | null;
  files: Json<Readonly<Record<string, ArtifactRef>>> | null;
  completedAt: string | null;
}

export interface ScoreRowsTable {
  run: number;
  symbol: string;
  score: number | null;
  skipped: string | null;
}

export interface LiveResultsTable {
  model: string;
  versionId: string;
  session: string;
  epoch: number;
  rankIc: number | null;
  netReturn: number | null;
  turnover: number | null;
  numbers: Json<Record<string, unknown>>;
  role: Generated<'champion' | 'previous' | 'challenger'>;
  status: Generated<LiveStatus>;
  recordedAt: Stamp;
}

export interface VersionReferencesTable {
  model: string;
  versionId: string;
  artifact: Json<ArtifactRef>;
  recordedAt: Stamp;
}

export interface WatchRecordsTable {
  model: string;
  epoch: number;
  session: string;
  decidedAt: string;
  versionId: string;
  knownThrough: string | null;
  alarm: boolean;
  standing: boolean;
  statistic: number | null;
  threshold: number | null;
  onset: string | null;
  diagnosis: string | null;
  decision: WatchDecision;
  action: WatchAction;
  reason: string;
  health: number | null;
  state: Json<unknown>;
  recordedAt: Stamp;
}

export interface AlertsTable {
  id: Generated<number>;
  dedupeKey: string;
  model: string | null;
  severity: NotificationSeverity;
  kind: string;
  body: string;
  labels: ColumnType<Record<string, string>, string, never>;
  content: Json<unknown> | null;
  startsAt: string | null;
  endsAt: string | null;
  correlationId: Generated<string>;
  routedAt: ColumnType<string | null, undefined, string>;
  recordedAt: Stamp;
}

export interface WorkflowBuildsTable {
  buildId: string;
  bundle: Json<ArtifactRef>;
  firstSeenAt: Stamp;
  neededAt: Stamp;
}

export interface Tables {
  workflowBuilds: WorkflowBuildsTable;
  guardMeasurements: GuardMeasurementsTable;
  modelFreezes: ModelFreezesTable;
  modelSides: ModelSidesTable;
  challengers: ChallengersTable;
  challengerEnds: ChallengerEndsTable;
  challengerDays: ChallengerDaysTable;
  adoptions: AdoptionsTable;
  models: ModelsTable;
  commands: CommandsTable;
  specs: SpecsTable;
  snapshots: SnapshotsTable;
  versions: VersionsTable;
  retrains: RetrainsTable;
  versionLinks: VersionLinksTable;
  trials: TrialsTable;
  structuralChanges: StructuralChangesTable;
  budgetTests: BudgetTestsTable;
  gateReports: GateReportsTable;
  evidence: EvidenceTable;
  waivers: WaiversTable;
  gateHolds: GateHoldsTable;
  gateHoldAnswers: GateHoldAnswersTable;
  gatePages: GatePagesTable;
  decisions: DecisionsTable;
  approvals: ApprovalsTable;
  objections: ObjectionsTable;
  objectionAnswers: ObjectionAnswersTable;
  audit: AuditTable;
  outbox: OutboxTable;
  refusedAttempts: RefusedAttemptsTable;
  reigns: ReignsTable;
  champions: ChampionsTable;
  servers: ServersTable;
  serverEpochs: ServerEpochsTable;
  shadowDays: ShadowDaysTable;
  predictions: PredictionsTable;
  scoreRuns: ScoreRunsTable;
  scoreRows: ScoreRowsTable;
  liveResults: LiveResultsTable;
  versionReferences: VersionReferencesTable;
  watchRecords: WatchRecordsTable;
  alerts: AlertsTable;
}
