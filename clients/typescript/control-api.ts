/**
 * The client of the control API, made from its OpenAPI document by scripts/generate-clients.ts. Never edited by hand.
 */

export type AcknowledgeAlert = {
  readonly reason: Reason;
};

export type AcknowledgeAlertInput = AcknowledgeAlert;

export type AddShift = {
  readonly subject: string;
  readonly email: string | null;
  readonly phone: string | null;
  readonly startsAt: Instant;
  readonly endsAt: Instant;
};

export type AddShiftInput = AddShift;

export type AlertDelivery = {
  readonly notificationId: number;
  readonly receiver: string;
  /** of the escalation; 0: the message itself */
  readonly step: number;
  readonly severity: 'INFO' | 'WARNING' | 'ERROR' | 'CRITICAL' | 'EMERGENCY';
  readonly model: string | null;
  readonly firing: number;
  readonly resolved: number;
  /** held back by a silence, an inhibition or a mute time */
  readonly suppressed: number;
  readonly decidedAt: Instant;
  readonly channel: string;
  readonly state: 'pending' | 'sent' | 'dead';
  readonly attempts: number;
  /** attempts of which nobody knows whether they arrived */
  readonly unknownOutcomes: number;
  readonly sentAt: Instant | null;
  readonly lastError: string | null;
};

export type AlertDeliveryList = {
  readonly items: readonly AlertDelivery[];
};

export type AlertDeliveryListInput = AlertDeliveryList;

export type AlertEpisode = {
  readonly id: number;
  readonly rule: string;
  readonly severity: 'INFO' | 'WARNING' | 'ERROR' | 'CRITICAL' | 'EMERGENCY';
  readonly model: string | null;
  readonly labels: { readonly [key: string]: string };
  readonly summary: string;
  /** workflow id of the retrain it is about; null: none */
  readonly retrain: string | null;
  readonly startedAt: Instant;
  /** null: it fires */
  readonly endedAt: Instant | null;
  readonly endedBy: ('resolved' | 'silent') | null;
  readonly reports: number;
  readonly lastReportedAt: Instant;
  readonly notifiedAt: Instant | null;
  readonly acknowledgedBy: string | null;
  readonly acknowledgedAt: Instant | null;
  /** whether there was something to act on */
  readonly judgement: ('true' | 'false') | null;
  readonly suppressedBy: readonly string[];
};

export type AlertEpisodeInput = AlertEpisode;

export type AlertPage = {
  readonly items: readonly AlertEpisode[];
  /** cursor of the next page; null: this was the last */
  readonly next: string | null;
};

export type AlertPageInput = AlertPage;

export type AlertQuality = {
  readonly since: Instant;
  readonly items: readonly RuleQuality[];
};

export type AlertQualityInput = AlertQuality;

export type AnswerHold = {
  readonly answer: 'retry' | 'stop';
  readonly round: number;
  readonly reason: Reason;
};

export type AnswerHoldInput = AnswerHold;

export type AnswerObjection = {
  /** withdraw: by whoever objected; overrule: by two others */
  readonly answer: 'withdraw' | 'overrule';
  readonly reason: Reason;
};

export type AnswerObjectionInput = AnswerObjection;

/** in force, or waiting for a second quant lead because it loosens something */
export type AppliedSpec =
  | {
      readonly kind: 'applied';
      readonly applied: {
        readonly model: ModelName;
        readonly number: number;
        /** false: this very spec is in force already */
        readonly changed: boolean;
        readonly loosened: readonly string[];
      };
      /** false: Temporal was away; apply again to put the schedule in force */
      readonly scheduled: boolean;
    }
  | {
      readonly kind: 'proposed';
      readonly proposal: SpecProposal;
    };

export type AppliedSpecInput = AppliedSpec;

export type ApplySpec = {
  readonly spec: ModelSpecInput;
  readonly reason: Reason;
  /** refuse when another spec is in force; 0: none */
  readonly expectedNumber?: number | null;
};

export type ApplySpecInput = ApplySpec;

export type ApprovalBrief = {
  readonly retrainId: string;
  readonly model: ModelName;
  readonly version: number;
  /** what is signed; a signature under another hash is refused */
  readonly evidenceHash: Sha256;
  readonly admission: 'promotion' | 'probation';
  readonly expectedEpoch: number;
  /** signatures */
  readonly needed: number;
  readonly approvedBy: readonly string[];
  readonly rejectedBy: string | null;
  /** people who may not sign: requester and spec author */
  readonly barred: readonly string[];
  /** who may decide in the place of a lead; null: nobody is named */
  readonly deputy: ApprovalDeputy | null;
  readonly openedAt: Instant;
  readonly expiresAt: Instant;
};

export type ApprovalDeputy = {
  readonly subject: string;
  /** wall time from which they may sign */
  readonly from: Instant;
};

export type ApprovalPage = {
  readonly items: readonly ApprovalBrief[];
  /** cursor of the next page; null: this was the last */
  readonly next: string | null;
};

export type ApprovalPageInput = ApprovalPage;

export type ApprovalSpec = {
  readonly approvers: number;
  /** approver is neither the requester nor the last author of the spec */
  readonly fourEyes: boolean;
  readonly expiresSessions: number;
  readonly remindSessions: number;
  /** subject who may decide in the place of a quant lead once nobody has; null: nobody */
  readonly deputy: string | null;
  /** sessions without a decision after which the deputy is asked, and may sign; before, only leads may */
  readonly deputyAfterSessions: number;
};

export type ApprovalSpecInput = {
  readonly approvers?: number;
  /** approver is neither the requester nor the last author of the spec */
  readonly fourEyes?: boolean;
  readonly expiresSessions?: number;
  readonly remindSessions?: number;
  /** subject who may decide in the place of a quant lead once nobody has; null: nobody */
  readonly deputy?: string | null;
  /** sessions without a decision after which the deputy is asked, and may sign; before, only leads may */
  readonly deputyAfterSessions?: number;
};

export type ApprovalState = {
  readonly evidenceHash: Sha256;
  readonly needed: number;
  readonly approvedBy: readonly string[];
  readonly rejectedBy: string | null;
  readonly expiresAt: Instant;
  readonly kind: 'promotion' | 'probation';
  readonly deputy: ApprovalDeputy | null;
};

export type ApprovalStateInput = ApprovalState;

export type ArtifactRef = {
  readonly sha256: Sha256;
  /** size in bytes */
  readonly bytes: number;
  readonly mediaType: string;
};

export type ArtifactRefInput = ArtifactRef;

export type AuditPage = {
  readonly items: readonly AuditRow[];
  /** cursor of the next page; null: this was the last */
  readonly next: string | null;
};

export type AuditPageInput = AuditPage;

export type AuditRow = {
  readonly model: ModelName;
  readonly seq: number;
  readonly hash: Sha256;
  readonly prevHash: Sha256;
  readonly actor: string;
  readonly command: string;
  readonly businessAt: Instant | null;
  readonly recordedAt: Instant;
  readonly facts: { readonly [key: string]: JsonValue };
};

export type AuditVerification = {
  readonly rows: number;
  readonly ledgerRows: number;
  readonly models: number;
  readonly ok: boolean;
  readonly firstBad: {
    readonly model: string;
    readonly seq: number;
    readonly reason: string;
  } | null;
  readonly anchor: {
    readonly schema: 1;
    readonly heads: readonly {
      readonly model: ModelName;
      readonly seq: number;
      readonly hash: Sha256;
    }[];
    readonly digest: Sha256;
  };
};

export type AuditVerificationInput = AuditVerification;

export type ChallengerPage = {
  readonly items: readonly ChallengerRow[];
  /** cursor of the next page; null: this was the last */
  readonly next: string | null;
};

export type ChallengerPageInput = ChallengerPage;

export type ChallengerRow = {
  readonly number: number;
  readonly version: number;
  readonly versionId: Sha256;
  /** of its shadow */
  readonly sessions: number;
  readonly measured: number;
  readonly newest: {
    readonly session: SessionDate;
    readonly reason: string;
  } | null;
  readonly subject: string;
  readonly reason: string;
  readonly recordedAt: Instant;
  /** null while it is scored */
  readonly end: {
    readonly verdict: Verdict;
    readonly subject: string;
    readonly reason: string;
    readonly recordedAt: Instant;
  } | null;
};

export type ChampionAt = {
  readonly model: ModelName;
  readonly at: Instant;
  readonly knownAt: Instant;
  readonly reign: ReignRecord | null;
};

export type ChampionAtInput = ChampionAt;

/** of whoever was champion, one row a session, oldest first */
export type ChampionTrack = {
  /** of the running mean of the rank IC */
  readonly windowSessions: number;
  readonly sessions: readonly {
    readonly session: string;
    readonly epoch: number;
    readonly rankIc: number | null;
    readonly netReturn: number | null;
    /** mean rank IC over the window; null while no session of it has one */
    readonly meanIc: number | null;
    /** central 95 % of that mean by Newey and West; null with fewer than ten */
    readonly meanIcLower: number | null;
    readonly meanIcUpper: number | null;
    /** growth of one unit since the first session here */
    readonly equity: number;
    /** below its highest, a fraction */
    readonly drawdown: number;
  }[];
};

export type ChampionTrackInput = ChampionTrack;

export type ChampionView = {
  readonly model: ModelName;
  readonly epoch: number;
  readonly champion: VersionRecord | null;
  readonly previous: readonly VersionRecord[];
  readonly rollbackTarget: number | null;
  readonly challenger: VersionRecord | null;
  readonly side: ModelSide;
  readonly freeze: ModelFreeze;
  readonly spec: ModelSpec;
  readonly specNumber: number;
  readonly reign: ReignRecord | null;
};

export type ChampionViewInput = ChampionView;

export type ClockSpec = LiveClock | ReplayClock;

export type CombinatorialPlan = {
  readonly sessions: number;
  readonly groups: number;
  readonly testGroups: number;
  readonly purgeSessions: number;
  readonly embargoSessions: number;
};

export type Consumer = string;

export type CreateSilence = {
  /** all of them have to match */
  readonly matchers: readonly SilenceMatcher[];
  readonly startsAt: Instant;
  readonly endsAt: Instant;
  readonly reason: Reason;
};

export type CreateSilenceInput = CreateSilence;

export type Cursor = string;

export type DecaySpec = {
  /** alarms that a model in order may raise per year; the delay this buys is shown by apply */
  readonly falseAlarmsPerYear: number;
  /** sessions after an emergency retrain without another */
  readonly cooldownSessions: number;
  /** what happens at once while the alarm stands: nothing, consumers told to reduce only or to halt, the previous champion back, or the safe version back */
  readonly action: 'hold' | 'reduce-only' | 'roll-back' | 'safe-version' | 'halt';
  /** number of a former champion that the action safe-version goes back to; null: none */
  readonly safeVersion: number | null;
  /** sessions of the shadow of an emergency retrain; null: as many as of any other */
  readonly shadowSessions: number | null;
  /** what lasting drift of features leads to: a line in the record, or a retrain of trigger drift */
  readonly driftAction: 'report' | 'retrain';
  /** sessions in a row on which features have drifted before it counts as lasting */
  readonly driftSessions: number;
  /** share of false ones among the features reported as drifted */
  readonly falseDiscoveryRate: number;
  /** sessions a label may be overdue before it counts as one that never matures */
  readonly overdueSessions: number;
};

export type DecaySpecInput = {
  /** alarms that a model in order may raise per year; the delay this buys is shown by apply */
  readonly falseAlarmsPerYear?: number;
  /** sessions after an emergency retrain without another */
  readonly cooldownSessions?: number;
  /** what happens at once while the alarm stands: nothing, consumers told to reduce only or to halt, the previous champion back, or the safe version back */
  readonly action?: 'hold' | 'reduce-only' | 'roll-back' | 'safe-version' | 'halt';
  /** number of a former champion that the action safe-version goes back to; null: none */
  readonly safeVersion?: number | null;
  /** sessions of the shadow of an emergency retrain; null: as many as of any other */
  readonly shadowSessions?: number | null;
  /** what lasting drift of features leads to: a line in the record, or a retrain of trigger drift */
  readonly driftAction?: 'report' | 'retrain';
  /** sessions in a row on which features have drifted before it counts as lasting */
  readonly driftSessions?: number;
  /** share of false ones among the features reported as drifted */
  readonly falseDiscoveryRate?: number;
  /** sessions a label may be overdue before it counts as one that never matures */
  readonly overdueSessions?: number;
};

export type DecideProposal = {
  readonly decision: 'agree' | 'reject';
  /** of the proposed spec that was read; null: whatever the proposal of this number holds */
  readonly hash?: Sha256 | null;
  readonly reason: Reason;
};

export type DecideProposalInput = DecideProposal;

export type DecideRetrain = {
  readonly decision: 'approve' | 'reject';
  /** the decision evidence that was read */
  readonly evidenceHash: Sha256;
  readonly reason: Reason;
};

export type DecideRetrainInput = DecideRetrain;

export type DecidedProposal = {
  readonly proposal: SpecProposal;
  /** the schedule of the spec is in force; false after a rejection */
  readonly scheduled: boolean;
};

export type DecidedProposalInput = DecidedProposal;

export type DeclareStructuralChange = {
  readonly reason: Reason;
  /** identity token of another quant lead of the model, who agrees; it is not kept */
  readonly secondToken: string;
};

export type DeclareStructuralChangeInput = DeclareStructuralChange;

export type DiscountedCosts = {
  /** share of the statutory fee that the broker gives back, a fraction */
  readonly brokerageDiscount: number;
};

export type DrillPage = {
  readonly items: readonly RollbackDrill[];
  /** cursor of the next page; null: this was the last */
  readonly next: string | null;
};

export type DrillPageInput = DrillPage;

export type DrillResult = 'passed' | 'failed' | 'yielded' | 'skipped' | 'abandoned';

export type DrillServer = {
  readonly server: string;
  /** absent: it had no valid lease when the drill began; a rollback would not wait for it either */
  readonly outcome: 'passed' | 'failed' | 'absent';
  /** of the error; empty when it passed */
  readonly code: string;
  readonly reason: string;
  readonly remedy: string;
  /** cold: reading, verifying, loading and warming the version anew; null: it did not get so far */
  readonly loadMs: number | null;
  /** answering the recorded rows with what was loaded */
  readonly checkMs: number | null;
  /** recorded rows that were answered */
  readonly rows: number;
  /** of those, answered otherwise than recorded, by any bit */
  readonly mismatches: number;
  /** whether the server keeps the version in memory beside its champion; null: it did not say */
  readonly warm: boolean | null;
  /** answering the same rows with the one in memory */
  readonly warmMs: number | null;
};

export type DrillSpec = {
  /** true: the way back is rehearsed by itself; without a previous champion nothing happens */
  readonly schedule: boolean;
  /** in the market's zone; 06:00 on Saturdays: no session is near, and what failed can be mended before the next */
  readonly cron: string;
  /** days without a drill that passed, after which it is alerted: two weekly ones in a row that did not, and a day */
  readonly maxAgeDays: number;
};

export type DrillSpecInput = {
  /** true: the way back is rehearsed by itself; without a previous champion nothing happens */
  readonly schedule?: boolean;
  /** in the market's zone; 06:00 on Saturdays: no session is near, and what failed can be mended before the next */
  readonly cron?: string;
  /** days without a drill that passed, after which it is alerted: two weekly ones in a row that did not, and a day */
  readonly maxAgeDays?: number;
};

export type DrillStanding = {
  /** the newest that the servers had a say in; null: never */
  readonly newest: RollbackDrill | null;
  /** end of the newest that passed; null: none did */
  readonly passedAt: Instant | null;
  /** number of the drill that runs; null: none */
  readonly underWay: number | null;
  /** when there was first a way back; null: there is none now */
  readonly wayBackSince: Instant | null;
  /** `drill.maxAgeDays` of the spec in force */
  readonly maxAgeDays: number;
  /** there is a way back, and no drill of it has passed for longer than that */
  readonly overdue: boolean;
};

export type EndChallenger = {
  readonly reason: Reason;
};

export type EndChallengerInput = EndChallenger;

export type ErrorBudgetState = {
  readonly model: ModelName;
  /** at which each retrain tests without a budget */
  readonly spaAlpha: number;
  /** null: the spec spends none */
  readonly budget: {
    readonly method: 'lord' | 'alpha-investing';
    /** of the stream as a whole */
    readonly level: number;
    /** number of the next test */
    readonly test: number;
    /** level that the rule gives the next test */
    readonly alpha: number;
    /** level at which it is made: no higher than spaAlpha */
    readonly used: number;
    /** what is left */
    readonly wealth: number;
    readonly discoveries: number;
  } | null;
  readonly tests: readonly {
    readonly test: number;
    readonly testKey: string;
    readonly alpha: number;
    /** of StepM; null: it was not asked */
    readonly p: number | null;
    readonly discovery: boolean;
  }[];
};

export type ErrorBudgetStateInput = ErrorBudgetState;

export type EvidenceList = {
  readonly items: readonly EvidenceRecord[];
};

export type EvidenceListInput = EvidenceList;

export type EvidenceRecord = {
  readonly hash: Sha256;
  readonly kind: 'gate' | 'shadow' | 'decision';
  readonly parent: Sha256 | null;
  readonly verdict: Verdict | null;
  readonly versionId: Sha256;
  /** canonical JSON of it hashes to `hash` */
  readonly body: { readonly [key: string]: JsonValue };
  readonly recordedAt: Instant;
};

export type FigureList = {
  readonly items: readonly {
    readonly name: FigureName;
    /** why it was not drawn; empty when it was */
    readonly missing: string;
    /** what it shows, with its numbers, in a sentence; empty when it was not drawn */
    readonly description: string;
  }[];
};

export type FigureListInput = FigureList;

export type FigureName =
  | 'equity'
  | 'difference'
  | 'spa'
  | 'dsr'
  | 'pbo'
  | 'ic'
  | 'ic-decile'
  | 'ic-sector'
  | 'ic-regime'
  | 'ic-horizon'
  | 'search'
  | 'costs'
  | 'capacity';

export type FittingOptions = {
  readonly monotone: MonotoneConstraints;
  readonly weightHalfLifeSessions: number;
};

export type FoldPlan = WalkForwardPlan | CombinatorialPlan;

export type GateHold = {
  readonly round: number;
  readonly cause: 'error' | 'waivable-fail';
  readonly objections: readonly HoldObjection[];
  /** the gate evidence that a waiver names; null when there is none */
  readonly evidenceHash: Sha256 | null;
  readonly expiresAt: Instant;
  /** who may waive in the place of a lead, and from when; null: nobody */
  readonly deputy: ApprovalDeputy | null;
};

export type GateHoldInput = GateHold;

export type GateName =
  | 'leak'
  | 'coverage'
  | 'schema'
  | 'parity'
  | 'latency'
  | 'resources'
  | 'rank-ic'
  | 'spa'
  | 'stepm'
  | 'dsr'
  | 'pbo'
  | 'sharpe-improvement'
  | 'non-inferiority'
  | 'drawdown'
  | 'final-fit'
  | 'turnover'
  | 'cost-cover'
  | 'position-concentration'
  | 'sector-concentration'
  | 'feasibility'
  | 'recovery'
  | 'capacity';

export type GateVerdict = {
  readonly gate: GateName;
  readonly verdict: Verdict;
  /** the measured statistic; null when it could not be computed */
  readonly number: number | null;
  /** the bound the number is held against; null for a gate without one */
  readonly threshold: number | null;
  /** pass when `number comparison threshold` */
  readonly comparison: '>=' | '<=' | '>' | '<' | '==';
  /** false: reported, does not count */
  readonly enforced: boolean;
  readonly reason: string;
  readonly details: { readonly [key: string]: JsonValue };
};

export type GatesSpec = {
  /** family-wise level of SPA and StepM; at 0.05 a true Sharpe ratio of 2 is rarely told from a champion of 0 in three years (docs/calibration.md) */
  readonly spaAlpha: number;
  /** recipes that spaAlpha is held over: all since the last structural change, a retrain being asked at spaAlpha x (its recipes' share of them)^1.5, so that the levels of all retrains have a sum; or those of one retrain alone (docs/calibration.md) */
  readonly spaFamily: 'ledger' | 'retrain';
  /** bootstrap replicates of SPA and StepM */
  readonly spaReplicates: number;
  /** smallest deflated Sharpe ratio; set together with spaAlpha and pboMax (docs/calibration.md) */
  readonly dsrMin: number;
  /** largest probability of backtest overfitting; noise alone has about 0.5 (docs/calibration.md) */
  readonly pboMax: number;
  readonly pboSplits: number;
  /** annualised, net of cost */
  readonly minSharpeImprovement: number;
  /** annualised Sharpe a refresh may be worse by before it is refused */
  readonly nonInferiorityMargin: number;
  /** one-sided level of that bound */
  readonly nonInferiorityAlpha: number;
  /** above the champion's, as a fraction of equity */
  readonly maxDrawdownTolerance: number;
  /** lower 95 % HAC bound of the mean daily rank IC */
  readonly rankIcMin: number;
  /** paired out-of-sample sessions needed for a verdict */
  readonly minSessions: number;
  /** sessions after the champion's last label that a refresh is compared on: a monthly schedule has about that many; the bound itself says whether they can tell */
  readonly minRefreshSessions: number;
  /** trials needed for PBO */
  readonly minTrials: number;
  /** resamples of the intervals of PBO, DSR and drawdown, which are shown beside the numbers and decide nothing; 0: none */
  readonly uncertaintyReplicates: number;
  /** p99 of scoring one universe */
  readonly maxLatencyMs: number;
  /** share of member rows with a bar */
  readonly minCoverage: number;
  /** size of the model file; a server keeps three of a model loaded */
  readonly maxModelMegabytes: number;
  /** one-sided, multiples of equity a year; renewing the whole book each week makes about 50 */
  readonly maxAnnualTurnover: number;
  /** gross return over costs: how many times the costs charged it could have paid */
  readonly minCostCover: number;
  /** largest share of the book in one name on any session; a decile of 100 names holds 0.1 each */
  readonly maxPositionShare: number;
  /** largest share of the book in one sector on any session */
  readonly maxSectorShare: number;
  /** share of wanted trades that the market did not allow: no bar, no volume, price limit */
  readonly maxRefusedTradeShare: number;
  /** money in the market's currency that the book is judged at by capacity: participation grows with it, least fees weigh more without it */
  readonly bookCapital: number;
  /** share of a name's ordinary traded value (median of 20 sessions) that 95 % of the money traded stays within; a tenth is what an order can be of a session without setting its price */
  readonly maxParticipation: number;
  /** recipes of earlier retrains fitted on the dates of this one for PBO; as many as its own trials, so that training takes at most twice as long */
  readonly ledgerRescoreMax: number;
  /** shares out the level of SPA and StepM over all retrains: LORD++ bounds the false discovery rate, alpha-investing the marginal one */
  readonly errorBudget: 'off' | 'lord' | 'alpha-investing';
  /** share of false promotions among the promotions of new recipes; used while the budget is on */
  readonly errorBudgetLevel: number;
  /** enforce, dry-run (judged, does not count) or off, by gate; a gate not named is enforced, a new one in dry-run */
  readonly modes: { readonly [key: string]: 'enforce' | 'dry-run' | 'off' };
  /** wall seconds that one attempt of a group of gates may take before it counts as an error */
  readonly timeLimitSeconds: number;
  /** sessions that a retrain with a gate in error waits for an operator before it ends as failed */
  readonly errorHoldSessions: number;
  /** sessions that a retrain with waivable fails only stays open for two quant leads; 0: it ends at once */
  readonly waiverSessions: number;
};

export type GatesSpecInput = {
  /** family-wise level of SPA and StepM; at 0.05 a true Sharpe ratio of 2 is rarely told from a champion of 0 in three years (docs/calibration.md) */
  readonly spaAlpha?: number;
  /** recipes that spaAlpha is held over: all since the last structural change, a retrain being asked at spaAlpha x (its recipes' share of them)^1.5, so that the levels of all retrains have a sum; or those of one retrain alone (docs/calibration.md) */
  readonly spaFamily?: 'ledger' | 'retrain';
  /** bootstrap replicates of SPA and StepM */
  readonly spaReplicates?: number;
  /** smallest deflated Sharpe ratio; set together with spaAlpha and pboMax (docs/calibration.md) */
  readonly dsrMin?: number;
  /** largest probability of backtest overfitting; noise alone has about 0.5 (docs/calibration.md) */
  readonly pboMax?: number;
  readonly pboSplits?: number;
  /** annualised, net of cost */
  readonly minSharpeImprovement?: number;
  /** annualised Sharpe a refresh may be worse by before it is refused */
  readonly nonInferiorityMargin?: number;
  /** one-sided level of that bound */
  readonly nonInferiorityAlpha?: number;
  /** above the champion's, as a fraction of equity */
  readonly maxDrawdownTolerance?: number;
  /** lower 95 % HAC bound of the mean daily rank IC */
  readonly rankIcMin?: number;
  /** paired out-of-sample sessions needed for a verdict */
  readonly minSessions?: number;
  /** sessions after the champion's last label that a refresh is compared on: a monthly schedule has about that many; the bound itself says whether they can tell */
  readonly minRefreshSessions?: number;
  /** trials needed for PBO */
  readonly minTrials?: number;
  /** resamples of the intervals of PBO, DSR and drawdown, which are shown beside the numbers and decide nothing; 0: none */
  readonly uncertaintyReplicates?: number;
  /** p99 of scoring one universe */
  readonly maxLatencyMs?: number;
  /** share of member rows with a bar */
  readonly minCoverage?: number;
  /** size of the model file; a server keeps three of a model loaded */
  readonly maxModelMegabytes?: number;
  /** one-sided, multiples of equity a year; renewing the whole book each week makes about 50 */
  readonly maxAnnualTurnover?: number;
  /** gross return over costs: how many times the costs charged it could have paid */
  readonly minCostCover?: number;
  /** largest share of the book in one name on any session; a decile of 100 names holds 0.1 each */
  readonly maxPositionShare?: number;
  /** largest share of the book in one sector on any session */
  readonly maxSectorShare?: number;
  /** share of wanted trades that the market did not allow: no bar, no volume, price limit */
  readonly maxRefusedTradeShare?: number;
  /** money in the market's currency that the book is judged at by capacity: participation grows with it, least fees weigh more without it */
  readonly bookCapital?: number;
  /** share of a name's ordinary traded value (median of 20 sessions) that 95 % of the money traded stays within; a tenth is what an order can be of a session without setting its price */
  readonly maxParticipation?: number;
  /** recipes of earlier retrains fitted on the dates of this one for PBO; as many as its own trials, so that training takes at most twice as long */
  readonly ledgerRescoreMax?: number;
  /** shares out the level of SPA and StepM over all retrains: LORD++ bounds the false discovery rate, alpha-investing the marginal one */
  readonly errorBudget?: 'off' | 'lord' | 'alpha-investing';
  /** share of false promotions among the promotions of new recipes; used while the budget is on */
  readonly errorBudgetLevel?: number;
  /** enforce, dry-run (judged, does not count) or off, by gate; a gate not named is enforced, a new one in dry-run */
  readonly modes?: { readonly [key: string]: 'enforce' | 'dry-run' | 'off' };
  /** wall seconds that one attempt of a group of gates may take before it counts as an error */
  readonly timeLimitSeconds?: number;
  /** sessions that a retrain with a gate in error waits for an operator before it ends as failed */
  readonly errorHoldSessions?: number;
  /** sessions that a retrain with waivable fails only stays open for two quant leads; 0: it ends at once */
  readonly waiverSessions?: number;
};

export type Grant = string;

export type GuardSpec = {
  /** first sessions of a reign on which the previous champion must be there to go back to: if it cannot be scored, somebody is told; the guard itself lasts for the whole reign */
  readonly sessions: number;
  /** false: page and ask instead */
  readonly autoRollback: boolean;
  /** largest chance over a whole reign that a champion as good as the previous one is rolled back; measured, it is smaller */
  readonly falseRollbackRate: number;
  /** sessions in a row with broken or turned predictions that roll back; detection takes that many sessions plus the swap */
  readonly failedLimit: number;
  /** sessions in a row that say nothing, before paging; they never roll back */
  readonly inconclusiveLimit: number;
  /** sessions in a row without any measurement before paging again */
  readonly maxConsecutiveErrors: number;
  /** wall minutes that a session may stay without a measurement before paging, on its own day; it is tried again until the next session */
  readonly maxAwayMinutes: number;
  /** sessions after which a cause that lasts is paged again */
  readonly remindSessions: number;
  /** sessions after an automatic rollback without another; somebody is asked instead */
  readonly cooldownSessions: number;
  /** automatic rollbacks within 24 hours; one more freezes the model and pages */
  readonly maxRollbacksPerDay: number;
  /** what consumers are told when the predictions are broken and there is nothing to go back to */
  readonly fallbackSide: 'serve' | 'reduce-only' | 'halt';
};

export type GuardSpecInput = {
  /** first sessions of a reign on which the previous champion must be there to go back to: if it cannot be scored, somebody is told; the guard itself lasts for the whole reign */
  readonly sessions?: number;
  /** false: page and ask instead */
  readonly autoRollback?: boolean;
  /** largest chance over a whole reign that a champion as good as the previous one is rolled back; measured, it is smaller */
  readonly falseRollbackRate?: number;
  /** sessions in a row with broken or turned predictions that roll back; detection takes that many sessions plus the swap */
  readonly failedLimit?: number;
  /** sessions in a row that say nothing, before paging; they never roll back */
  readonly inconclusiveLimit?: number;
  /** sessions in a row without any measurement before paging again */
  readonly maxConsecutiveErrors?: number;
  /** wall minutes that a session may stay without a measurement before paging, on its own day; it is tried again until the next session */
  readonly maxAwayMinutes?: number;
  /** sessions after which a cause that lasts is paged again */
  readonly remindSessions?: number;
  /** sessions after an automatic rollback without another; somebody is asked instead */
  readonly cooldownSessions?: number;
  /** automatic rollbacks within 24 hours; one more freezes the model and pages */
  readonly maxRollbacksPerDay?: number;
  /** what consumers are told when the predictions are broken and there is nothing to go back to */
  readonly fallbackSide?: 'serve' | 'reduce-only' | 'halt';
};

export type HoldObjection = {
  /** a gate, or `input` when nothing could be prepared */
  readonly gate: string;
  readonly code: string;
  readonly reason: string;
};

export type HoldRecord = {
  readonly round: number;
  readonly cause: 'error' | 'waivable-fail';
  readonly objections: readonly {
    readonly gate: string;
    readonly code: string;
    readonly reason: string;
  }[];
  readonly expiresAt: Instant;
  /** who may waive in the place of a lead; null: nobody */
  readonly deputy: ApprovalDeputy | null;
  readonly recordedAt: Instant;
  readonly answer: {
    readonly answer: 'retry' | 'stop' | 'waived' | 'expired' | 'refused';
    readonly subject: string;
    readonly reason: string;
    readonly recordedAt: Instant;
  } | null;
};

export type HyperParameters = {
  readonly objective: TrainingObjective;
  readonly numLeaves: number;
  readonly learningRate: number;
  readonly maxIterations: number;
  /** 0: never stop early */
  readonly earlyStoppingRounds: number;
  readonly minDataInLeaf: number;
  readonly featureFraction: number;
  readonly baggingFraction: number;
  readonly lambdaL2: number;
  readonly maxBin: number;
};

export type ImportedIdentity = {
  readonly schema: 2;
  readonly model: ModelName;
  readonly onnxSha256: Sha256;
  readonly paritySha256: Sha256;
  readonly featureNames: readonly string[];
  readonly featureSet: string;
  readonly featureCodeHash: Sha256;
  readonly snapshotId: Sha256;
  readonly recipe: ImportedRecipe;
  readonly origin: ModelOrigin;
};

export type ImportedRecipe = {
  readonly market: Market;
  readonly featureSet: string;
  readonly features: readonly string[];
  readonly label: LabelSpec;
  readonly portfolio: PortfolioSpec;
};

export type Instant = string;

export type JsonValue =
  string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue };

export type JudgeAlert = {
  readonly judgement: 'true' | 'false';
  readonly reason: Reason;
};

export type JudgeAlertInput = JudgeAlert;

export type LabelSpec = {
  readonly kind: 'forward_return_rank';
  /** sessions held; a week turns over slowly enough to pay costs */
  readonly horizonSessions: number;
  /** sessions between the decision and the entry bar; 0 would trade on the bar that is being observed */
  readonly entryDelaySessions: number;
};

export type LabelSpecInput = {
  readonly kind?: 'forward_return_rank';
  /** sessions held; a week turns over slowly enough to pay costs */
  readonly horizonSessions?: number;
  /** sessions between the decision and the entry bar; 0 would trade on the bar that is being observed */
  readonly entryDelaySessions?: number;
};

export type LiveClock = {
  readonly mode: 'live';
};

export type LiveResultList = {
  readonly items: readonly LiveResultRow[];
};

export type LiveResultListInput = LiveResultList;

export type LiveResultRow = {
  readonly model: ModelName;
  readonly versionId: Sha256;
  readonly session: string;
  readonly epoch: number;
  readonly rankIc: number | null;
  readonly netReturn: number | null;
  readonly turnover: number | null;
  readonly numbers: { readonly [key: string]: JsonValue };
} & { readonly [key: string]: unknown };

export type LiveTicket = {
  /** opens one WebSocket, once */
  readonly ticket: string;
  readonly expiresAt: Instant;
  /** where: append ?ticket= and, when resuming, &resume= */
  readonly path: string;
};

export type LiveTicketInput = LiveTicket;

export type Market = 'XTAI' | 'XNYS';

export type MarketClock = {
  readonly market: Market;
  readonly timeZone: string;
  readonly now: Instant;
  /** today's in the market's zone; null on a day without one */
  readonly session: string | null;
  readonly state: 'pre-open' | 'open' | 'closed' | 'holiday';
  readonly opensAt: Instant | null;
  readonly closesAt: Instant | null;
  /** the first after today */
  readonly nextSession: string | null;
  /** last day compared with the exchange's own calendar */
  readonly calendarReviewedUntil: string;
  /** for a model whose champion is swapped outside of sessions */
  readonly swap: SwapHours;
};

export type MarketClockInput = MarketClock;

/** with the 95 % interval that holds at all looks together */
export type MeanDifference = {
  readonly estimate: number;
  readonly lower: number;
  readonly upper: number;
};

export type MeasureComparison = {
  readonly measure: 'returns' | 'ic';
  /** sessions taken; of rank ICs, those whose labels have matured */
  readonly pairs: number;
  readonly lastSession: SessionDate | null;
  /** largest e-value so far against "not worse" */
  readonly eWorse: number;
  readonly worseBound: number;
  /** largest e-value so far against "not better" */
  readonly eBetter: number;
  readonly betterBound: number;
  /** a daily return or a rank IC; null while the scale is set */
  readonly perSession: MeanDifference | null;
  /** information ratio of the difference */
  readonly annualised: MeanDifference | null;
};

export type MeasuredSwap = {
  readonly epoch: number;
  /** of the commit */
  readonly at: Instant;
  /** from the commit to the last acknowledgement */
  readonly tookMs: number;
  /** that acknowledged */
  readonly servers: number;
};

export type ModelFreeze = {
  /** neither promoted nor rolled back by itself */
  readonly frozen: boolean;
  readonly reason: string;
  readonly subject: string;
  readonly epoch: number;
  readonly since: Instant | null;
};

export type ModelFreezeInput = ModelFreeze;

export type ModelList = {
  readonly items: readonly ModelOverview[];
};

export type ModelListInput = ModelList;

export type ModelName = string;

export type ModelOrigin = {
  /** such as scikit-learn */
  readonly library: string;
  readonly libraryVersion: string;
  /** class or kind of the model */
  readonly estimator: string;
};

export type ModelOverview = {
  readonly model: ModelName;
  readonly market: Market;
  readonly specNumber: number;
  /** 0 before the first champion */
  readonly epoch: number;
  readonly champion: VersionBrief | null;
  readonly reign: {
    readonly cause: 'swap' | 'rollback' | 'probation';
    readonly actor: string;
    readonly reason: string;
    readonly businessAt: Instant;
    readonly recordedAt: Instant;
  } | null;
  /** version that a plain rollback goes to */
  readonly rollbackTarget: number | null;
  readonly challenger: VersionBrief | null;
  readonly side: ModelSide;
  readonly freeze: ModelFreeze;
  /** the newest, open or not */
  readonly retrain: RetrainBrief | null;
  /** what the open retrain asks for */
  readonly approval: ApprovalBrief | null;
  readonly servers: {
    readonly leased: number;
    /** of those, answering with this epoch */
    readonly acknowledged: number;
  };
  readonly lastResult: {
    readonly session: string;
    readonly rankIc: number | null;
    /** daily, net of cost, a fraction */
    readonly netReturn: number | null;
  } | null;
  /** the rehearsal of the way back that runs; null: none does */
  readonly drill: {
    readonly id: number;
    /** servers with a valid lease when it was opened */
    readonly waitedFor: number;
    /** of those, so far */
    readonly reported: number;
  } | null;
  /** of the last 24 hours */
  readonly recentAlerts: number;
};

export type ModelSide = {
  /** what consumers do with the answers */
  readonly action: SideAction;
  readonly reason: string;
  readonly subject: string;
  readonly epoch: number;
  readonly since: Instant | null;
};

export type ModelSideInput = ModelSide;

export type ModelSpec = {
  readonly model: ModelName;
  readonly market: Market;
  /** market data folder, absolute or relative to the folder of the spec file */
  readonly data: string;
  /** a feature set by name */
  readonly features: string;
  readonly label: LabelSpec;
  readonly portfolio: PortfolioSpec;
  readonly training: TrainingSpec;
  readonly retrain: RetrainSpec;
  readonly quality: QualitySpec;
  readonly gates: GatesSpec;
  readonly shadow: ShadowSpec;
  readonly approval: ApprovalSpec;
  readonly guard: GuardSpec;
  readonly decay: DecaySpec;
  readonly serving: ServingSpec;
  readonly scoring: ScoringSpec;
  readonly drill: DrillSpec;
};

export type ModelSpecInput = {
  readonly model: ModelName;
  readonly market: Market;
  /** market data folder, absolute or relative to the folder of the spec file */
  readonly data: string;
  /** a feature set by name */
  readonly features?: string;
  readonly label?: LabelSpecInput;
  readonly portfolio?: PortfolioSpecInput;
  readonly training?: TrainingSpecInput;
  readonly retrain?: RetrainSpecInput;
  readonly quality?: QualitySpecInput;
  readonly gates?: GatesSpecInput;
  readonly shadow?: ShadowSpecInput;
  readonly approval?: ApprovalSpecInput;
  readonly guard?: GuardSpecInput;
  readonly decay?: DecaySpecInput;
  readonly serving?: ServingSpecInput;
  readonly scoring?: ScoringSpecInput;
  readonly drill?: DrillSpecInput;
};

export type MonotoneConstraints = { readonly [key: string]: 1 | -1 };

export type NameChallenger = {
  /** number of the version */
  readonly version: number;
  readonly reason: Reason;
};

export type NameChallengerInput = NameChallenger;

export type NamedChallenger = {
  readonly number: number;
  readonly version: number;
  readonly versionId: Sha256;
  /** of its shadow */
  readonly sessions: number;
  readonly subject: string;
  readonly reason: string;
  readonly recordedAt: Instant;
  /** null while it is scored */
  readonly end: {
    readonly verdict: Verdict;
    readonly subject: string;
    readonly reason: string;
    readonly recordedAt: Instant;
  } | null;
};

export type NamedChallengerInput = NamedChallenger;

export type ObjectionRecord = {
  readonly id: number;
  readonly retrainId: string;
  readonly model: ModelName;
  /** number of the version it speaks against */
  readonly version: number;
  readonly evidenceHash: Sha256;
  readonly subject: string;
  readonly reason: string;
  readonly recordedAt: Instant;
  /** the reign it speaks against; null: raised before the swap */
  readonly epoch: number | null;
  /** open: it stands, and holds the swap that has not happened; upheld: nothing was swapped, or it was taken back; over: the reign gave way to the next */
  readonly state: 'open' | 'withdrawn' | 'overruled' | 'upheld' | 'over';
  readonly answers: readonly {
    readonly subject: string;
    readonly answer: 'withdraw' | 'overrule';
    readonly reason: string;
    readonly recordedAt: Instant;
  }[];
};

export type ObjectionRecordInput = ObjectionRecord;

export type OnCall = {
  /** who is on call, the first to be asked first */
  readonly now: readonly string[];
  readonly shifts: readonly {
    readonly id: number;
    readonly subject: string;
    readonly startsAt: Instant;
    readonly endsAt: Instant;
    readonly addedBy: string;
  }[];
};

export type OnCallInput = OnCall;

export type OnCallShift = {
  readonly subject: string;
  readonly email: string | null;
  readonly phone: string | null;
  readonly id: number;
  readonly startsAt: Instant;
  readonly endsAt: Instant;
  readonly addedBy: string;
};

export type OnCallShiftInput = OnCallShift;

export type OpenSession = {
  /** an identity token */
  readonly token: string;
};

export type OpenSessionInput = OpenSession;

export type OpenWaivers = {
  readonly retrainId: string;
  readonly model: ModelName;
  readonly round: number;
  /** the gate evidence that a waiver names; another one is refused */
  readonly evidenceHash: Sha256;
  readonly gates: readonly {
    readonly gate: string;
    readonly code: string;
    readonly reason: string;
    /** in the order in which they signed */
    readonly waivedBy: readonly string[];
  }[];
  /** people for each gate */
  readonly needed: number;
  /** people who may not waive: requester and, under four-eyes, spec author */
  readonly barred: readonly string[];
  /** who may waive in the place of one lead; null: nobody */
  readonly deputy: ApprovalDeputy | null;
  readonly openedAt: Instant;
  readonly expiresAt: Instant;
};

export type OpenWaiversPage = {
  readonly items: readonly OpenWaivers[];
  /** cursor of the next page; null: this was the last */
  readonly next: string | null;
};

export type OpenWaiversPageInput = OpenWaiversPage;

export type OpponentComparison = {
  /** the previous champion, the equally weighted universe, the first champion of all */
  readonly opponent: 'previous' | 'universe' | 'frozen';
  readonly returns: MeasureComparison;
  readonly ic: MeasureComparison;
  readonly claim: 'better' | 'worse' | 'open';
  readonly reason: string;
};

export type PinOutcome = {
  readonly model: ModelName;
  readonly consumer: string;
  readonly version: number | null;
};

export type PinOutcomeInput = PinOutcome;

export type PinPage = {
  readonly items: readonly PinRow[];
  /** cursor of the next page; null: this was the last */
  readonly next: string | null;
};

export type PinPageInput = PinPage;

export type PinRow = {
  readonly model: ModelName;
  readonly consumer: string;
  readonly version: number;
  readonly versionId: Sha256;
  readonly purpose: 'pin' | 'fallback';
  readonly pinnedBy: string;
  readonly reason: string;
  readonly pinnedAt: Instant;
};

export type PortfolioCosts = ('market' | 'none') | DiscountedCosts;

export type PortfolioSpec = {
  readonly kind: 'long_only_excess' | 'long_short_decile';
  /** sessions a tranche is held; as many tranches overlap */
  readonly holdSessions: number;
  /** share of the universe held: a decile */
  readonly topFraction: number;
  /** a held name stays while it ranks within topFraction + buffer x (1 - topFraction) */
  readonly turnoverBuffer: number;
  /** fees and taxes of the market, on both sides; or the same with a discount on the brokerage, as a fraction of it */
  readonly costs: PortfolioCosts;
};

export type PortfolioSpecInput = {
  readonly kind?: 'long_only_excess' | 'long_short_decile';
  /** sessions a tranche is held; as many tranches overlap */
  readonly holdSessions?: number;
  /** share of the universe held: a decile */
  readonly topFraction?: number;
  /** a held name stays while it ranks within topFraction + buffer x (1 - topFraction) */
  readonly turnoverBuffer?: number;
  /** fees and taxes of the market, on both sides; or the same with a discount on the brokerage, as a fraction of it */
  readonly costs?: PortfolioCosts;
};

export type Problem = {
  /** where the code is explained */
  readonly type: string;
  /** the code in words */
  readonly title: string;
  readonly status: number;
  /** what was found this time */
  readonly detail: string;
  /** id of this request, as in the log */
  readonly instance: string;
  /** stable, from docs/errors.md */
  readonly code: string;
  /** what the reader can do; empty when nothing */
  readonly remedy: string;
  /** fields that do not fit */
  readonly issues: readonly {
    readonly field: string;
    readonly message: string;
  }[];
  /** facts: ids, numbers */
  readonly details: { readonly [key: string]: JsonValue };
};

export type ProblemInput = Problem;

export type QualityMeasureName =
  | 'coverage'
  | 'session-coverage'
  | 'stale-symbols'
  | 'late-bars'
  | 'gaps'
  | 'outliers'
  | 'limit-hits'
  | 'duplicates'
  | 'restatements'
  | 'unrecorded-splits'
  | 'drift';

export type QualitySpec = {
  /** least share of members with a bar on any of the newest 20 sessions; a feed that lost one exchange of two falls below */
  readonly minSessionCoverage: number;
  /** share of members whose newest bar is more than 5 sessions old; long halts are rarer */
  readonly maxStaleSymbols: number;
  /** share of bars that came after the decision of their session; live scoring will miss as many */
  readonly maxLateBars: number;
  /** share of sessions without a bar between a member's first and last; halts are below 1 % */
  readonly maxGaps: number;
  /** share of adjusted daily returns beyond 10 robust standard deviations of their symbol's; wrong ticks, missed actions */
  readonly maxOutliers: number;
  /** share of closes at the market's daily price limit; more is a crash or a wrong limit */
  readonly maxLimitHits: number;
  /** share of traded bars that repeat the bar before in every figure; a feed that stands still */
  readonly maxDuplicates: number;
  /** share of bars with more than one version; the source corrects itself often */
  readonly maxRestatements: number;
  /** closes that jumped by a split ratio (2 to 20, or its inverse) without a corporate action; each is a false return */
  readonly maxUnrecordedSplits: number;
  /** largest move of a feature's mean against the champion's snapshot, in its standard deviations; half of one makes most splits of a tree look at other rows */
  readonly maxDrift: number;
  /** measures whose bound ends the retrain; the others warn. coverage holds always: gates.minCoverage */
  readonly holds: readonly QualityMeasureName[];
};

export type QualitySpecInput = {
  /** least share of members with a bar on any of the newest 20 sessions; a feed that lost one exchange of two falls below */
  readonly minSessionCoverage?: number;
  /** share of members whose newest bar is more than 5 sessions old; long halts are rarer */
  readonly maxStaleSymbols?: number;
  /** share of bars that came after the decision of their session; live scoring will miss as many */
  readonly maxLateBars?: number;
  /** share of sessions without a bar between a member's first and last; halts are below 1 % */
  readonly maxGaps?: number;
  /** share of adjusted daily returns beyond 10 robust standard deviations of their symbol's; wrong ticks, missed actions */
  readonly maxOutliers?: number;
  /** share of closes at the market's daily price limit; more is a crash or a wrong limit */
  readonly maxLimitHits?: number;
  /** share of traded bars that repeat the bar before in every figure; a feed that stands still */
  readonly maxDuplicates?: number;
  /** share of bars with more than one version; the source corrects itself often */
  readonly maxRestatements?: number;
  /** closes that jumped by a split ratio (2 to 20, or its inverse) without a corporate action; each is a false return */
  readonly maxUnrecordedSplits?: number;
  /** largest move of a feature's mean against the champion's snapshot, in its standard deviations; half of one makes most splits of a tree look at other rows */
  readonly maxDrift?: number;
  /** measures whose bound ends the retrain; the others warn. coverage holds always: gates.minCoverage */
  readonly holds?: readonly QualityMeasureName[];
};

export type RaiseObjection = {
  /** the decision evidence that was read */
  readonly evidenceHash: Sha256;
  readonly reason: Reason;
};

export type RaiseObjectionInput = RaiseObjection;

export type RaiseTestAlert = {
  readonly severity?: 'INFO' | 'WARNING' | 'ERROR' | 'CRITICAL' | 'EMERGENCY';
  /** null: about no model */
  readonly model?: ModelName | null;
};

export type RaiseTestAlertInput = RaiseTestAlert;

export type RaisedTestAlert = {
  /** by which it is routed */
  readonly labels: { readonly [key: string]: string };
};

export type RaisedTestAlertInput = RaisedTestAlert;

/** why; becomes part of the record */
export type Reason = string;

export type Recipe = {
  readonly market: Market;
  readonly featureSet: string;
  /** the subset of the set that this recipe may use, in order */
  readonly features: readonly string[];
  readonly label: LabelSpec;
  readonly portfolio: PortfolioSpec;
  readonly params: HyperParameters;
  readonly fitting: FittingOptions;
  readonly foldPlan: FoldPlan;
};

export type RefuseWaivers = {
  /** the gate evidence that was read */
  readonly evidenceHash: Sha256;
  readonly reason: Reason;
};

export type RefuseWaiversInput = RefuseWaivers;

export type RefusedAttempt = {
  readonly minute: Instant;
  readonly actor: string;
  readonly command: string;
  readonly code: string;
  readonly model: string;
  readonly reason: string;
  readonly attempts: number;
};

export type RefusedAttemptList = {
  readonly items: readonly RefusedAttempt[];
};

export type RefusedAttemptListInput = RefusedAttemptList;

export type RefusedWaivers = {
  /** who refused first */
  readonly subject: string;
  readonly reason: string;
  /** as the deputy, in the place of a quant lead */
  readonly asDeputy: boolean;
};

export type RefusedWaiversInput = RefusedWaivers;

export type RegisterVersion = {
  /** what it was fitted on; a snapshot that the registry knows */
  readonly snapshotId: Sha256;
  /** columns of the snapshot, in the order of the model */
  readonly features: readonly string[];
  readonly origin: ModelOrigin;
  /** the file that servers run: one tree ensemble, as `contender convert` writes it */
  readonly onnx: ArtifactRef;
  /** Parquet: kind VARCHAR (recent, threshold, nan), one FLOAT column per feature, expected DOUBLE by the library itself */
  readonly parity: ArtifactRef;
  readonly reason: Reason;
};

export type RegisterVersionInput = RegisterVersion;

export type RegisteredModel = {
  readonly versionId: Sha256;
  readonly number: number;
  /** true when this very version had been registered before */
  readonly linked: boolean;
  readonly trees: number;
  /** compared bit for bit, without a tolerance */
  readonly parityRows: number;
};

export type RegisteredModelInput = RegisteredModel;

export type ReignComparison = {
  readonly model: ModelName;
  readonly epoch: number;
  readonly version: number;
  /** the champion before */
  readonly fromVersion: number | null;
  /** business time at which the reign began */
  readonly since: Instant;
  /** measured by the guard */
  readonly sessions: number;
  /** of the sessions of this reign */
  readonly labels: {
    readonly matured: number;
    readonly awaited: number;
  };
  /** the newest measurement; null before the first */
  readonly guard: {
    readonly session: SessionDate;
    readonly verdict: Verdict;
    readonly action: 'none' | 'hold' | 'rollback';
    readonly cause: string;
    readonly reason: string;
    readonly number: number | null;
    readonly threshold: number | null;
    readonly failedInRow: number;
    readonly inconclusiveInRow: number;
  } | null;
  /** empty before the first measurement */
  readonly opponents: readonly OpponentComparison[];
};

export type ReignComparisonInput = ReignComparison;

export type ReignPage = {
  readonly items: readonly ReignRecord[];
  /** cursor of the next page; null: this was the last */
  readonly next: string | null;
};

export type ReignPageInput = ReignPage;

export type ReignRecord = {
  readonly model: ModelName;
  readonly epoch: number;
  readonly versionId: Sha256;
  readonly version: number;
  readonly fromVersion: number | null;
  readonly cause: 'swap' | 'rollback' | 'probation';
  readonly retrainId: string | null;
  readonly decisionHash: Sha256 | null;
  readonly actor: string;
  readonly reason: string;
  /** business time of the beginning */
  readonly businessAt: Instant;
  /** system time: when the registry learnt of it */
  readonly recordedAt: Instant;
};

export type RemovedShift = {
  readonly id: number;
  readonly removed: true;
};

export type RemovedShiftInput = RemovedShift;

export type ReplayClock = {
  readonly mode: 'replay';
  /** wall seconds from one session to the next */
  readonly secondsPerSession: number;
  /** wall seconds per session for deadlines that a person has to meet */
  readonly approvalSecondsPerSession: number;
};

export type RetrainBrief = {
  readonly retrainId: string;
  readonly run: number;
  readonly asOf: Instant;
  readonly trigger: Trigger;
  readonly requester: string;
  readonly emergency: boolean;
  readonly step: RetrainStep;
  readonly status: 'open' | RetrainOutcome;
  readonly verdict: Verdict | null;
  readonly reason: string;
  readonly version: number | null;
  readonly startedAt: Instant;
  readonly stepAt: Instant;
  readonly finishedAt: Instant | null;
};

export type RetrainDetail = {
  readonly retrain: RetrainRow;
  /** replay: the market it decides for is one of the past, played at a pace */
  readonly clock: ClockSpec;
  readonly approval: ApprovalBrief | null;
  readonly shadowDays: readonly ShadowDay[];
  readonly holds: readonly HoldRecord[];
  readonly waivers: readonly {
    readonly evidenceHash: Sha256;
    readonly gate: GateName;
    readonly subject: string;
    readonly reason: string;
    /** by the deputy, in the place of a quant lead */
    readonly asDeputy: boolean;
    readonly recordedAt: Instant;
  }[];
  /** what people may waive now; null: the retrain waits for no waiver */
  readonly waiving: OpenWaivers | null;
  /** of quant leads to the promotion, oldest first */
  readonly objections: readonly ObjectionRecord[];
  /** when the version would answer if the last signature came now; null: nothing is asked for */
  readonly swap: SwapHours | null;
  readonly temporalUrl: string | null;
};

export type RetrainDetailInput = RetrainDetail;

export type RetrainId = string;

export type RetrainOutcome =
  'promoted' | 'refused' | 'rejected' | 'expired' | 'failed' | 'cancelled' | 'superseded' | 'judged';

export type RetrainPage = {
  readonly items: readonly RetrainRow[];
  /** cursor of the next page; null: this was the last */
  readonly next: string | null;
};

export type RetrainPageInput = RetrainPage;

export type RetrainRow = {
  readonly retrainId: string;
  readonly run: number;
  readonly asOf: Instant;
  readonly trigger: Trigger;
  readonly requester: string;
  readonly emergency: boolean;
  readonly step: RetrainStep;
  readonly status: 'open' | RetrainOutcome;
  readonly verdict: Verdict | null;
  readonly reason: string;
  readonly version: number | null;
  readonly startedAt: Instant;
  readonly stepAt: Instant;
  readonly finishedAt: Instant | null;
  readonly model: ModelName;
  /** stable code of the refusal or failure; empty when there is none */
  readonly code: string;
  readonly specNumber: number;
};

export type RetrainSpec = {
  /** in the market's zone; 03:00 on the first of a month: the session before has long settled */
  readonly cron: string;
  /** how late a missed schedule may still start */
  readonly catchupHours: number;
  /** false: judge and stop before the shadow */
  readonly promotionGate: boolean;
};

export type RetrainSpecInput = {
  /** in the market's zone; 03:00 on the first of a month: the session before has long settled */
  readonly cron?: string;
  /** how late a missed schedule may still start */
  readonly catchupHours?: number;
  /** false: judge and stop before the shadow */
  readonly promotionGate?: boolean;
};

export type RetrainState = {
  readonly retrainId: string;
  readonly model: ModelName;
  readonly step: RetrainStep;
  /** as they were entered; empty while a release runs it that did not say */
  readonly steps: readonly {
    readonly step: RetrainStep;
    readonly startedAt: Instant;
  }[];
  readonly finished: boolean;
  readonly outcome: RetrainOutcome | null;
  readonly reason: string;
  readonly verdicts: readonly GateVerdict[];
  /** fails that two quant leads accepted */
  readonly waivers: readonly Waiver[];
  /** why it waits at its gates; null when it does not */
  readonly hold: GateHold | null;
  readonly shadowSessions: readonly SessionDate[];
  readonly approval: ApprovalState | null;
  /** what is awaited from whom; empty when nothing is */
  readonly awaiting: string;
};

export type RetrainStateInput = RetrainState;

export type RetrainStep =
  'extract' | 'validate' | 'train' | 'package' | 'judge' | 'shadow' | 'approve' | 'swap';

export type RevokeToken = {
  readonly issuer?: string;
  readonly tokenId: string;
  readonly reason: string;
};

export type RevokeTokenInput = RevokeToken;

export type RevokedToken = {
  readonly issuer: string;
  readonly tokenId: string;
  readonly revokedBy: string;
};

export type RevokedTokenInput = RevokedToken;

export type RollbackDrill = {
  readonly id: number;
  readonly model: ModelName;
  /** in force when it was opened, and ever since */
  readonly epoch: number;
  /** number of the version that answers */
  readonly champion: number;
  /** number of the version that a rollback would go to */
  readonly target: number;
  readonly targetId: Sha256;
  readonly trigger: 'manual' | 'schedule';
  readonly requestedBy: string;
  readonly reason: string;
  readonly openedAt: Instant;
  /** a server that has not reported by then is silent */
  readonly deadline: Instant;
  /** null: it runs. yielded: a swap or a rollback came first. skipped: one was under way, or no server was there */
  readonly result: DrillResult | null;
  readonly endedReason: string;
  readonly endedAt: Instant | null;
  /** servers with a valid lease when it was opened */
  readonly waitedFor: readonly string[];
  readonly servers: readonly DrillServer[];
};

export type RollbackDrillInput = RollbackDrill;

export type RollbackRequest = {
  /** null: the previous champion */
  readonly toVersion?: number | null;
  /** the epoch that was looked at; null: any */
  readonly expectedEpoch?: number | null;
  readonly reason: Reason;
};

export type RollbackRequestInput = RollbackRequest;

export type RollbackResult = {
  readonly model: ModelName;
  readonly fromVersion: number;
  readonly toVersion: number;
  readonly epoch: number;
  readonly status: 'complete' | 'partial';
  readonly missingServers: readonly string[];
  /** accepted command to the last acknowledgement */
  readonly elapsedMs: number;
};

export type RollbackResultInput = RollbackResult;

export type RuleQuality = {
  readonly rule: string;
  readonly alerts: number;
  /** of which somebody was told */
  readonly notified: number;
  readonly judgedTrue: number;
  readonly judgedFalse: number;
  /** told, over or older than a week, and nobody acknowledged or judged them */
  readonly ignored: number;
  /** share of the judged that was true */
  readonly precision: number | null;
  readonly medianSecondsToAcknowledge: number | null;
};

export type Runbook = {
  readonly rule: string;
  /** Markdown; null: nobody has written one for this rule */
  readonly text: string | null;
  /** of the text: English where there is none in the one asked for */
  readonly language: 'en' | 'zh-TW';
};

export type RunbookInput = Runbook;

export type ScheduleCommand = {
  readonly action: 'pause' | 'resume' | 'trigger';
  readonly kind?: ScheduleKind;
  readonly reason: Reason;
};

export type ScheduleCommandInput = ScheduleCommand;

export type ScheduleKind = 'retrain' | 'drill' | 'scoring';

export type SchedulePage = {
  readonly items: readonly ScheduleView[];
  /** cursor of the next page; null: this was the last */
  readonly next: string | null;
};

export type SchedulePageInput = SchedulePage;

export type ScheduleView = {
  readonly model: ModelName;
  readonly kind: ScheduleKind;
  /** of the spec, which sets its times */
  readonly field: string;
  readonly cron: string;
  readonly zone: string;
  readonly paused: boolean;
  /** who paused or resumed it, and why */
  readonly note: string;
  readonly next: readonly Instant[];
  readonly recent: readonly {
    readonly scheduledAt: Instant;
    readonly startedAt: Instant;
  }[];
  /** runs that did not start within the catch-up window */
  readonly missedCatchup: number;
  /** the newest run; null: it never ran */
  readonly last: {
    /** when it began */
    readonly at: Instant;
    /** open: it has not ended; nothing: it left no record, since there was nothing to do or nobody took it yet */
    readonly outcome: ScheduledOutcome;
    readonly reason: string;
    /** id of the retrain, number of the drill, session of the scores; empty without a record */
    readonly reference: string;
  } | null;
};

export type ScheduleViewInput = ScheduleView;

export type ScheduledOutcome =
  | 'open'
  | 'promoted'
  | 'refused'
  | 'rejected'
  | 'expired'
  | 'failed'
  | 'cancelled'
  | 'superseded'
  | 'judged'
  | 'passed'
  | 'yielded'
  | 'skipped'
  | 'abandoned'
  | 'complete'
  | 'nothing';

export type ScoreRun = {
  readonly id: number;
  readonly session: SessionDate;
  /** number */
  readonly version: number;
  readonly versionId: Sha256;
  /** in force when the run began */
  readonly epoch: number;
  readonly isChampion: boolean;
  readonly trigger: 'manual' | 'schedule';
  readonly requestedBy: string;
  readonly startedAt: Instant;
  /** null until the features are there */
  readonly asOf: Instant | null;
  /** of the universe; null until the features are there */
  readonly symbols: number | null;
  /** symbols that have a score or a reason so far */
  readonly done: number;
  readonly skipped: number;
  /** in the artifact store, once complete */
  readonly files: {
    readonly predictions: ArtifactRef;
    readonly skipped: ArtifactRef;
    readonly report: ArtifactRef;
  } | null;
  readonly completedAt: Instant | null;
};

export type ScoreRunList = {
  readonly items: readonly ScoreRun[];
};

export type ScoreRunListInput = ScoreRunList;

export type ScoringSpec = {
  /** true: the universe is scored after every session; without a champion nothing happens */
  readonly schedule: boolean;
  /** minutes after the decision time of a regular session; a data feed is rarely punctual */
  readonly delayMinutes: number;
  /** minutes that a scheduled run waits for data that have not arrived */
  readonly waitMinutes: number;
  /** least share of members with a bar; below it the data of the session have not arrived */
  readonly minCoverage: number;
};

export type ScoringSpecInput = {
  /** true: the universe is scored after every session; without a champion nothing happens */
  readonly schedule?: boolean;
  /** minutes after the decision time of a regular session; a data feed is rarely punctual */
  readonly delayMinutes?: number;
  /** minutes that a scheduled run waits for data that have not arrived */
  readonly waitMinutes?: number;
  /** least share of members with a bar; below it the data of the session have not arrived */
  readonly minCoverage?: number;
};

export type ServingSpec = {
  /** what a server cut off from the registry does */
  readonly onStale: 'serve' | 'refuse';
  readonly maxStaleSeconds: number;
  /** rollbacks never wait */
  readonly swapWindow: 'outside-session' | 'any';
};

export type ServingSpecInput = {
  /** what a server cut off from the registry does */
  readonly onStale?: 'serve' | 'refuse';
  readonly maxStaleSeconds?: number;
  /** rollbacks never wait */
  readonly swapWindow?: 'outside-session' | 'any';
};

export type SessionDate = string;

export type SetFreeze = {
  readonly frozen: boolean;
  readonly reason: Reason;
};

export type SetFreezeInput = SetFreeze;

export type SetPin = {
  /** null gives the pin up */
  readonly version: number | null;
  /** pin: the servers answer the consumer with this version; fallback: only when the champion cannot answer */
  readonly purpose?: 'pin' | 'fallback';
  readonly reason: Reason;
};

export type SetPinInput = SetPin;

export type SetSide = {
  readonly action: SideAction;
  readonly reason: Reason;
};

export type SetSideInput = SetSide;

export type Sha256 = string;

export type ShadowDay = {
  readonly session: string;
  readonly versionId: Sha256;
  readonly championId: Sha256 | null;
  readonly rows: number;
  readonly pairedRows: number;
  readonly verdict: 'continue' | 'fail';
  readonly reason: string;
  readonly predictions: ArtifactRef | null;
  readonly numbers: { readonly [key: string]: JsonValue };
};

export type ShadowSpec = {
  /** sessions on which both score the same rows; they show safety, never skill */
  readonly sessions: number;
  /** share of rows both versions scored */
  readonly minPairing: number;
  /** share of rows that the challenger may leave without a score */
  readonly maxMissing: number;
  /** median of scoring one universe, ms; where the champion is as slow, the machine is at fault */
  readonly maxLatencyMs: number;
  /** Spearman to the champion on a session */
  readonly minRankAgreement: number;
  /** training standard deviations a feature mean may move */
  readonly maxFeatureSkew: number;
  /** share of feature values, as they were when a session was decided, that come out otherwise a session later */
  readonly maxFeatureMismatch: number;
  /** mean share of the wanted names renewed from one session to the next; scores without memory renew 0.72 of a decile */
  readonly maxTurnover: number;
  /** mean share of the wanted book in its largest sector */
  readonly maxSectorShare: number;
  /** mean distance of the wanted book's beta to the universe from 1 (long only) or 0 (long-short) */
  readonly maxBetaDeviation: number;
  /** share of the wanted paper trades that a price limit, a halt or a ban did not allow */
  readonly maxRefusedTradeShare: number;
  /** paper loss of the challenger that ends it, a fraction */
  readonly maxPaperLoss: number;
  /** fall of the paper book from its highest point, a fraction; a loss is a drawdown too */
  readonly maxDrawdown: number;
  /** sessions since the as-of of its retrain after which a named challenger cannot be asked for any more: a quarter, as long as a test block of the folds */
  readonly maxGateAgeSessions: number;
};

export type ShadowSpecInput = {
  /** sessions on which both score the same rows; they show safety, never skill */
  readonly sessions?: number;
  /** share of rows both versions scored */
  readonly minPairing?: number;
  /** share of rows that the challenger may leave without a score */
  readonly maxMissing?: number;
  /** median of scoring one universe, ms; where the champion is as slow, the machine is at fault */
  readonly maxLatencyMs?: number;
  /** Spearman to the champion on a session */
  readonly minRankAgreement?: number;
  /** training standard deviations a feature mean may move */
  readonly maxFeatureSkew?: number;
  /** share of feature values, as they were when a session was decided, that come out otherwise a session later */
  readonly maxFeatureMismatch?: number;
  /** mean share of the wanted names renewed from one session to the next; scores without memory renew 0.72 of a decile */
  readonly maxTurnover?: number;
  /** mean share of the wanted book in its largest sector */
  readonly maxSectorShare?: number;
  /** mean distance of the wanted book's beta to the universe from 1 (long only) or 0 (long-short) */
  readonly maxBetaDeviation?: number;
  /** share of the wanted paper trades that a price limit, a halt or a ban did not allow */
  readonly maxRefusedTradeShare?: number;
  /** paper loss of the challenger that ends it, a fraction */
  readonly maxPaperLoss?: number;
  /** fall of the paper book from its highest point, a fraction; a loss is a drawdown too */
  readonly maxDrawdown?: number;
  /** sessions since the as-of of its retrain after which a named challenger cannot be asked for any more: a quarter, as long as a test block of the folds */
  readonly maxGateAgeSessions?: number;
};

export type SideAction = 'serve' | 'reduce-only' | 'halt';

export type SignedOut = {
  readonly signedOut: true;
};

export type SignedOutInput = SignedOut;

export type Silence = {
  readonly id: number;
  readonly matchers: readonly {
    readonly name: string;
    readonly operator: string;
    readonly value: string;
  }[];
  readonly startsAt: Instant;
  readonly endsAt: Instant;
  readonly subject: string;
  readonly reason: string;
  readonly expiredAt: Instant | null;
  readonly expiredBy: string | null;
  readonly active: boolean;
};

export type SilenceInput = Silence;

export type SilenceList = {
  readonly items: readonly Silence[];
};

export type SilenceListInput = SilenceList;

export type SilenceMatcher = {
  readonly name: string;
  readonly operator: '=' | '!=' | '=~' | '!~';
  readonly value: string;
};

export type SnapshotLineage = {
  readonly snapshot: {
    readonly id: Sha256;
    readonly market: string;
    readonly asOf: Instant;
    readonly recordedAt: Instant;
    /** when garbage collection took its bytes; null while they are there */
    readonly collectedAt: Instant | null;
  };
  readonly versions: readonly {
    readonly model: ModelName;
    readonly version: number;
    readonly versionId: Sha256;
    readonly state: string;
    readonly champion: boolean;
    readonly reigns: number;
  }[];
  readonly retrains: readonly {
    readonly retrainId: string;
    readonly run: number;
    readonly status: string;
  }[];
};

export type SnapshotLineageInput = SnapshotLineage;

export type SpecPage = {
  readonly items: readonly SpecRecord[];
  /** cursor of the next page; null: this was the last */
  readonly next: string | null;
};

export type SpecPageInput = SpecPage;

export type SpecProposal = {
  readonly id: number;
  readonly model: ModelName;
  /** the spec in force when it was proposed */
  readonly baseNumber: number;
  readonly spec: ModelSpec;
  readonly hash: Sha256;
  readonly author: string;
  readonly loosened: readonly string[];
  readonly reason: string;
  readonly proposedAt: Instant;
  readonly expiresAt: Instant;
  /** who may decide in the place of a second lead, and from when; null: nobody, and always where it loosens `approval` */
  readonly deputy: ApprovalDeputy | null;
  readonly state: 'open' | 'agreed' | 'rejected' | 'expired' | 'outrun';
  readonly decidedBy: string | null;
  readonly decidedAsDeputy: boolean;
  readonly decidedReason: string | null;
  readonly decidedAt: Instant | null;
};

export type SpecProposalDetail = {
  readonly id: number;
  readonly model: ModelName;
  /** the spec in force when it was proposed */
  readonly baseNumber: number;
  readonly spec: ModelSpec;
  readonly hash: Sha256;
  readonly author: string;
  readonly loosened: readonly string[];
  readonly reason: string;
  readonly proposedAt: Instant;
  readonly expiresAt: Instant;
  /** who may decide in the place of a second lead, and from when; null: nobody, and always where it loosens `approval` */
  readonly deputy: ApprovalDeputy | null;
  readonly state: 'open' | 'agreed' | 'rejected' | 'expired' | 'outrun';
  readonly decidedBy: string | null;
  readonly decidedAsDeputy: boolean;
  readonly decidedReason: string | null;
  readonly decidedAt: Instant | null;
  /** every field in which it differs from the spec it was proposed against, the loosened first */
  readonly changes: readonly {
    readonly path: string;
    /** JSON; `null` stands for a field that is not there */
    readonly before: string;
    /** JSON; `null` stands for a field that is not there */
    readonly after: string;
    /** it needs the second person; the others come along */
    readonly loosened: boolean;
  }[];
};

export type SpecProposalDetailInput = SpecProposalDetail;

export type SpecProposalPage = {
  readonly items: readonly SpecProposal[];
  /** cursor of the next page; null: this was the last */
  readonly next: string | null;
};

export type SpecProposalPageInput = SpecProposalPage;

export type SpecRecord = {
  readonly model: ModelName;
  readonly number: number;
  readonly spec: ModelSpec;
  readonly hash: Sha256;
  readonly author: string;
  /** safety fields looser than in the spec before */
  readonly loosened: readonly string[];
  readonly secondPerson: string | null;
  /** the second person is the deputy whom the spec before names, in the place of a quant lead */
  readonly secondAsDeputy: boolean;
  readonly recordedAt: Instant;
};

export type SpecRecordInput = SpecRecord;

export type StartDrill = {
  /** null: asked for by hand */
  readonly reason?: Reason | null;
  /** when it answers: once the drill is open and the servers are told, or once they have reported; after 20 seconds as it stands */
  readonly until?: 'opened' | 'ended';
};

export type StartDrillInput = StartDrill;

export type StartRetrain = {
  /** business instant; null: now */
  readonly asOf?: Instant | null;
  /** takes the place of an open retrain; skips no gate and no approval */
  readonly emergency?: boolean;
  readonly allowProbation?: boolean;
  /** number of a named challenger that passed its shadow: nothing is made, signatures are asked for; null: the eight steps */
  readonly challenger?: number | null;
  readonly reason: Reason;
  /** replay clock, for past as-of instants; null: the live clock */
  readonly replaySecondsPerSession?: number | null;
};

export type StartRetrainInput = StartRetrain;

export type StartScoring = {
  /** null: the newest session that is decided */
  readonly session?: SessionDate | null;
  /** null: the champion */
  readonly version?: number | null;
};

export type StartScoringInput = StartScoring;

export type StartedRetrain = {
  readonly retrainId: string;
  readonly asOf: Instant;
};

export type StartedRetrainInput = StartedRetrain;

export type StartedScoring = {
  /** of the run; a run of the same session and version is joined */
  readonly workflowId: string;
};

export type StartedScoringInput = StartedScoring;

export type StoredGateReport = {
  readonly hash: Sha256;
  /** RecordedGateReport of the release that judged */
  readonly report: { readonly [key: string]: JsonValue };
  readonly versionId: Sha256;
  readonly recordedAt: Instant;
  readonly page: ArtifactRef | null;
  /** sessions after which a prediction says half as much, from the rank IC by horizon */
  readonly icHalfLife: {
    /** null: the horizons do not tell */
    readonly sessions: number | null;
    /** 95 %; empty without a half-life */
    readonly interval: readonly number[];
    /** why there is none; empty when there is one */
    readonly reason: string;
  };
  /** of the gates that have an uncertainty of their own, in reading order */
  readonly closeness: readonly {
    readonly gate: GateName;
    /** standard errors by which the number lies inside its bound; below zero outside */
    readonly distance: number;
    /** it may be farther: no replicate came nearer */
    readonly atLeast: boolean;
    readonly scale: 'standard-errors' | 'p-value' | 'confidence' | 'resampled';
  }[];
  /** what is left of the return at the size of the book that capacity judged; every other return is before market impact; null: not measured */
  readonly judgedSize: {
    /** money in the book, in the market's currency */
    readonly capital: number;
    /** after costs, least fees and market impact */
    readonly annualisedReturn: number;
    /** null: the returns do not vary */
    readonly annualisedSharpe: number | null;
    /** of the money traded, in names of unknown traded value: their impact is left out */
    readonly unknownShare: number;
  } | null;
};

export type StoredGateReportInput = StoredGateReport;

export type StructuralChange = {
  readonly model: ModelName;
  readonly number: number;
  /** newest row of the ledger when it was declared; later rows count */
  readonly ledgerSeq: number;
  /** recipes that counted until then */
  readonly recipesBefore: number;
  readonly actor: string;
  readonly secondPerson: string;
  readonly reason: string;
  readonly recordedAt: Instant;
};

export type StructuralChangeInput = StructuralChange;

export type StructuralChangeList = {
  readonly items: readonly StructuralChange[];
};

export type StructuralChangeListInput = StructuralChangeList;

export type SwapHours = {
  /** null: it is open */
  readonly opensAt: Instant | null;
  /** when the next session opens; null: it does not close */
  readonly closesAt: Instant | null;
  /** market date of the first session that a champion swapped in then decides; null: not known, as in a replay */
  readonly firstSession: SessionDate | null;
};

export type SwapStatus = {
  readonly model: ModelName;
  readonly epoch: number;
  readonly status: 'complete' | 'partial';
  readonly acknowledged: readonly {
    readonly server: string;
    readonly epoch: number;
  }[];
  readonly missing: readonly {
    readonly server: string;
    readonly epoch: number;
  }[];
  readonly lastAcknowledgedAt: Instant | null;
  /** how long the newest of each took to reach every server; null: none on record was measured */
  readonly measured: {
    readonly rollback: MeasuredSwap | null;
    readonly promotion: MeasuredSwap | null;
  };
  /** when the way back was last rehearsed, and how that went */
  readonly drill: DrillStanding;
};

export type SwapStatusInput = SwapStatus;

export type SystemHealth = {
  readonly status: 'ok' | 'degraded';
  readonly registry: boolean;
  readonly liveClients: number;
  readonly version: string;
  /** how people sign in: by a token, or at an identity provider */
  readonly signIn: 'token' | 'oidc';
};

export type SystemHealthInput = SystemHealth;

export type TrainedIdentity = {
  readonly schema: 1;
  readonly model: ModelName;
  readonly onnxSha256: Sha256;
  readonly nativeModelSha256: Sha256;
  readonly featureNames: readonly string[];
  readonly featureSet: string;
  readonly featureCodeHash: Sha256;
  readonly snapshotId: Sha256;
  readonly recipe: Recipe;
  readonly iterations: number;
  readonly seed: number;
  readonly environment: TrainingEnvironment;
};

export type TrainingEnvironment = {
  readonly python: string;
  readonly lightgbm: string;
  readonly numpy: string;
  /** SHA-256 of the sidecar lock file */
  readonly lockHash: Sha256;
  readonly threads: number;
  /** architecture and instruction set that floating-point results depend on */
  readonly cpuClass: string;
};

export type TrainingObjective = 'regression' | 'rank' | 'binary';

export type TrainingSpec = {
  /** what a fit minimises: squared error of the rank label, LambdaMART within a session, or the upper half against the lower */
  readonly objective: TrainingObjective;
  /** by feature, 1 or -1: the score may only rise or only fall with it; features not named are free */
  readonly monotone: MonotoneConstraints;
  /** sessions after which a training row weighs half as much; 0: all weigh the same */
  readonly weightHalfLifeSessions: number;
  /** recipes tried by the search of one retrain */
  readonly trials: number;
  /** random: every recipe is drawn before anything is fitted, so that none leans on the returns that gates judge and all may run at once; tpe: ten are drawn, then each generation is proposed by a tree-structured Parzen estimator from how the earlier ones did */
  readonly search: 'random' | 'tpe';
  /** of tpe: trials proposed together; four keep two sidecars of two fits busy */
  readonly generation: number;
  /** monthly: each as-of month tries recipes of its own beside the default one, so that a search is not the same twenty for ever; fixed: the seed alone decides */
  readonly draws: 'monthly' | 'fixed';
  /** sessions of a training window: three years */
  readonly trainSessions: number;
  /** sessions of a test block: a quarter */
  readonly testSessions: number;
  /** walk_forward: each block is predicted by a fit on what came before it, as it would have been; combinatorial: purged cross-validation, several paths through the same sessions, with fits on what came after as well */
  readonly folds: 'walk_forward' | 'combinatorial';
  /** of a combinatorial plan: equal stretches the sessions are cut into */
  readonly groups: number;
  /** of a combinatorial plan: groups tested together; 2 of 6 are 15 fits a trial and 5 paths */
  readonly testGroups: number;
  /** walk-forward folds needed for any statistic */
  readonly minFolds: number;
  /** newest folds used; bounds the cost of a retrain */
  readonly maxFolds: number;
  /** only where training follows a test block */
  readonly embargoSessions: number;
  readonly seed: number;
  /** hard stop of the whole training step, wall minutes */
  readonly maxMinutes: number;
};

export type TrainingSpecInput = {
  /** what a fit minimises: squared error of the rank label, LambdaMART within a session, or the upper half against the lower */
  readonly objective?: TrainingObjective;
  /** by feature, 1 or -1: the score may only rise or only fall with it; features not named are free */
  readonly monotone?: MonotoneConstraints;
  /** sessions after which a training row weighs half as much; 0: all weigh the same */
  readonly weightHalfLifeSessions?: number;
  /** recipes tried by the search of one retrain */
  readonly trials?: number;
  /** random: every recipe is drawn before anything is fitted, so that none leans on the returns that gates judge and all may run at once; tpe: ten are drawn, then each generation is proposed by a tree-structured Parzen estimator from how the earlier ones did */
  readonly search?: 'random' | 'tpe';
  /** of tpe: trials proposed together; four keep two sidecars of two fits busy */
  readonly generation?: number;
  /** monthly: each as-of month tries recipes of its own beside the default one, so that a search is not the same twenty for ever; fixed: the seed alone decides */
  readonly draws?: 'monthly' | 'fixed';
  /** sessions of a training window: three years */
  readonly trainSessions?: number;
  /** sessions of a test block: a quarter */
  readonly testSessions?: number;
  /** walk_forward: each block is predicted by a fit on what came before it, as it would have been; combinatorial: purged cross-validation, several paths through the same sessions, with fits on what came after as well */
  readonly folds?: 'walk_forward' | 'combinatorial';
  /** of a combinatorial plan: equal stretches the sessions are cut into */
  readonly groups?: number;
  /** of a combinatorial plan: groups tested together; 2 of 6 are 15 fits a trial and 5 paths */
  readonly testGroups?: number;
  /** walk-forward folds needed for any statistic */
  readonly minFolds?: number;
  /** newest folds used; bounds the cost of a retrain */
  readonly maxFolds?: number;
  /** only where training follows a test block */
  readonly embargoSessions?: number;
  readonly seed?: number;
  /** hard stop of the whole training step, wall minutes */
  readonly maxMinutes?: number;
};

export type TrialList = {
  readonly trials: number;
  readonly recipes: number;
  /** N of the deflated Sharpe ratio */
  readonly counted: number;
  readonly newest: readonly TrialRow[];
};

export type TrialListInput = TrialList;

export type TrialRow = {
  readonly trialId: string;
  readonly recipeHash: Sha256;
  readonly asOf: Instant;
  readonly state: string;
} & { readonly [key: string]: unknown };

export type Trigger = 'schedule' | 'decay' | 'drift' | 'manual';

export type Verdict = 'pass' | 'fail' | 'inconclusive' | 'error';

export type VersionBrief = {
  readonly id: Sha256;
  readonly number: number;
  readonly registeredAt: Instant;
  readonly probation: boolean;
};

export type VersionDossier = {
  readonly version: VersionRecord;
  /** why it cannot be deleted; null when it can */
  readonly keptBecause: string | null;
  readonly retrains: readonly {
    readonly retrainId: string;
    readonly asOf: Instant;
    readonly trigger: string;
    readonly requester: string;
    readonly specNumber: number;
    readonly status: string;
  }[];
  readonly evidence: readonly EvidenceRecord[];
  readonly signatures: readonly {
    readonly evidenceHash: Sha256;
    readonly subject: string;
    readonly decision: 'approve' | 'reject';
    readonly reason: string;
    readonly decidedAt: Instant;
  }[];
  readonly reigns: readonly ReignRecord[];
};

export type VersionDossierInput = VersionDossier;

export type VersionIdentity = TrainedIdentity | ImportedIdentity;

export type VersionLineage = {
  readonly model: ModelName;
  readonly version: number;
  readonly versionId: Sha256;
  readonly state: string;
  readonly snapshot: {
    readonly id: Sha256;
    readonly market: string;
    readonly asOf: Instant;
    readonly recordedAt: Instant;
    /** when garbage collection took its bytes; null while they are there */
    readonly collectedAt: Instant | null;
  };
  readonly recipeHash: Sha256;
  readonly featureCodeHash: Sha256;
  /** null: the version was registered, no retrain made it */
  readonly seed: number | null;
  readonly environment: TrainingEnvironment | null;
  /** who fitted a registered version; null: a retrain did */
  readonly origin: ModelOrigin | null;
  readonly artifacts: {
    readonly onnx: ArtifactRef;
    /** null: the version was registered without one */
    readonly nativeModel: ArtifactRef | null;
    readonly featureCode: ArtifactRef;
    readonly parity: ArtifactRef;
  };
  readonly retrains: readonly {
    readonly retrainId: string;
    readonly run: number;
    readonly status: string;
    readonly requester: string;
    readonly specNumber: number;
    readonly specHash: Sha256;
    readonly specAuthor: string;
    readonly trials: number;
    /** trials of the version's own recipe */
    readonly ownTrials: readonly string[];
  }[];
};

export type VersionLineageInput = VersionLineage;

export type VersionManifest = {
  readonly versionId: Sha256;
  readonly identity: VersionIdentity;
  readonly artifacts: {
    readonly onnx: ArtifactRef;
    /** null: the version was registered without one */
    readonly nativeModel: ArtifactRef | null;
    readonly featureCode: ArtifactRef;
    readonly parity: ArtifactRef;
  };
  readonly provenance: { readonly [key: string]: JsonValue };
};

export type VersionName = string;

export type VersionPage = {
  readonly items: readonly VersionRow[];
  /** cursor of the next page; null: this was the last */
  readonly next: string | null;
};

export type VersionPageInput = VersionPage;

export type VersionRecord = {
  readonly id: Sha256;
  readonly model: ModelName;
  readonly number: number;
  readonly manifest: VersionManifest;
  readonly snapshotId: Sha256;
  readonly recipeHash: Sha256;
  readonly state: 'registered' | 'deleted';
  readonly registeredAt: Instant;
  readonly retainUntil: Instant;
  readonly probation: boolean;
};

export type VersionRow = {
  readonly id: Sha256;
  readonly number: number;
  readonly registeredAt: Instant;
  readonly probation: boolean;
  readonly model: ModelName;
  readonly snapshotId: Sha256;
  readonly recipeHash: Sha256;
  readonly state: 'registered' | 'deleted';
  readonly retainUntil: Instant;
  readonly role: 'champion' | 'previous' | 'challenger' | 'former' | 'none';
};

export type WaiveGate = {
  readonly gate: GateName;
  /** the gate evidence that was read */
  readonly evidenceHash: Sha256;
  readonly reason: Reason;
};

export type WaiveGateInput = WaiveGate;

export type WaivedGate = {
  readonly gate: GateName;
  readonly waivedBy: readonly string[];
  readonly open: readonly GateName[];
};

export type WaivedGateInput = WaivedGate;

export type Waiver = {
  readonly gate: GateName;
  readonly subject: string;
  readonly reason: string;
};

export type WalkForwardPlan = {
  readonly trainSessions: number;
  readonly testSessions: number;
  readonly purgeSessions: number;
  readonly embargoSessions: number;
};

export type WatchedSession = {
  readonly model: ModelName;
  readonly epoch: number;
  readonly session: string;
  readonly decidedAt: Instant;
  readonly versionId: Sha256;
  /** newest session whose label is known; null: none yet */
  readonly knownThrough: string | null;
  readonly alarm: boolean;
  readonly standing: boolean;
  readonly statistic: number | null;
  readonly threshold: number | null;
  readonly onset: string | null;
  readonly diagnosis: string | null;
  readonly decision:
    | 'watch'
    | 'repair-data'
    | 'retrain'
    | 'cooldown'
    | 'standing'
    | 'not-worth'
    | 'released'
    | 'drift-retrain';
  readonly action: 'none' | 'reduce-only' | 'halt' | 'roll-back' | 'safe-version' | 'serve';
  readonly reason: string;
  /** 0 to 100; null: unknown */
  readonly health: number | null;
};

export type WatchedSessionPage = {
  readonly items: readonly WatchedSession[];
  /** cursor of the next page; null: this was the last */
  readonly next: string | null;
};

export type WatchedSessionPageInput = WatchedSessionPage;

export type WhoAmI = {
  readonly subject: string;
  /** a role, role@model or role@MARKET */
  readonly grants: readonly Grant[];
  readonly issuer: string;
  readonly expiresAt: Instant;
  /** sent back as X-CSRF-Token with everything that changes something; null without a session */
  readonly csrfToken: string | null;
};

export type WhoAmIInput = WhoAmI;

export interface ControlApiOptions {
  /** Such as http://127.0.0.1:8080; empty in a page that the API itself has served. */
  readonly baseUrl: string;
  /** Identity token of each request; null: the cookie of a session. */
  readonly token?: () => string | null;
  /** Of the session, as `whoAmI` gives it; sent with everything that changes something. */
  readonly csrfToken?: () => string | null;
  /** Asks, and sees every answer, in place of the platform's own. */
  readonly fetch?: typeof fetch;
}

export interface CallOptions {
  readonly signal?: AbortSignal;
  /** The same key is the same request; absent: a new one. Keep it when you repeat what may have arrived. */
  readonly idempotencyKey?: string;
  /** ETag of what was read: refuse when it has changed since. */
  readonly ifMatch?: string;
  readonly onEtag?: (etag: string) => void;
}

/** The API refused or failed; `problem.code` is stable. */
export class ApiProblem extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail);
    this.name = 'ApiProblem';
    this.problem = problem;
  }
}

interface Request {
  readonly path?: Readonly<Record<string, unknown>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
}

function pathOf(template: string, { path = {}, query = {} }: Request): string {
  const filled = template.replace(/\{(\w+)\}/gu, (_all, name: string) =>
    encodeURIComponent(String(path[name])),
  );
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null) search.set(name, String(value));
  }
  const text = search.toString();
  return text === '' ? filled : `${filled}?${text}`;
}

/** What came instead of an answer; a proxy in between speaks no problem+json. */
async function problemOf(answer: Response): Promise<Problem> {
  const type = answer.headers.get('content-type') ?? '';
  if (type.startsWith('application/problem+json')) return (await answer.json()) as Problem;
  return {
    type: 'about:blank',
    title: answer.statusText,
    status: answer.status,
    detail: `the control API answered ${String(answer.status)}`,
    instance: '',
    code: 'NO_PROBLEM',
    remedy: '',
    issues: [],
    details: {},
  };
}

export class ControlApi {
  readonly #options: ControlApiOptions;

  constructor(options: ControlApiOptions) {
    this.#options = options;
  }

  /** Opens a session for the person of a token; the cookie is set by the answer. */
  signIn(request: { readonly body: OpenSessionInput }, options: CallOptions = {}): Promise<WhoAmIInput> {
    return this.#call('POST', '/api/v1/session', request, options, false);
  }

  /** Who is signed in, with which roles, until when. */
  whoAmI(options: CallOptions = {}): Promise<WhoAmIInput> {
    return this.#call('GET', '/api/v1/session', {}, options, false);
  }

  /** Ends the session. */
  signOut(options: CallOptions = {}): Promise<SignedOutInput> {
    return this.#call('DELETE', '/api/v1/session', {}, options, false);
  }

  /** A ticket for one WebSocket of the live view. */
  liveTicket(options: CallOptions = {}): Promise<LiveTicketInput> {
    return this.#call('POST', '/api/v1/live/tickets', {}, options, false);
  }

  /** Calls a token back, with every session that it opened. */
  revokeToken(
    request: { readonly body: RevokeTokenInput },
    options: CallOptions = {},
  ): Promise<RevokedTokenInput> {
    return this.#call('POST', '/api/v1/revoked-tokens', request, options, true);
  }

  /** Every model that you may look at: champion, open retrain, what it asks for, servers, newest result. */
  listModels(options: CallOptions = {}): Promise<ModelListInput> {
    return this.#call('GET', '/api/v1/models', {}, options, false);
  }

  /** Champion, previous champions, challenger and spec of one model, all of one epoch. */
  getModel(
    request: { readonly path: { readonly model: ModelName } },
    options: CallOptions = {},
  ): Promise<ChampionViewInput> {
    return this.#call('GET', '/api/v1/models/{model}', request, options, false);
  }

  /** Who was champion at a business time, as known at a system time. */
  championAt(
    request: {
      readonly path: { readonly model: ModelName };
      readonly query?: { readonly at?: Instant; readonly knownAt?: Instant };
    },
    options: CallOptions = {},
  ): Promise<ChampionAtInput> {
    return this.#call('GET', '/api/v1/models/{model}/champion', request, options, false);
  }

  /** Every champion that a model has had, newest first. */
  listReigns(
    request: {
      readonly path: { readonly model: ModelName };
      readonly query?: { readonly limit?: number; readonly cursor?: Cursor };
    },
    options: CallOptions = {},
  ): Promise<ReignPageInput> {
    return this.#call('GET', '/api/v1/models/{model}/reigns', request, options, false);
  }

  /** Which servers answer with the epoch in force, and which do not yet. */
  getServers(
    request: { readonly path: { readonly model: ModelName } },
    options: CallOptions = {},
  ): Promise<SwapStatusInput> {
    return this.#call('GET', '/api/v1/models/{model}/servers', request, options, false);
  }

  /** Takes a model back to an earlier champion; works in every state. */
  rollBack(
    request: { readonly path: { readonly model: ModelName }; readonly body: RollbackRequestInput },
    options: CallOptions = {},
  ): Promise<RollbackResultInput> {
    return this.#call('POST', '/api/v1/models/{model}/rollbacks', request, options, true);
  }

  /** What consumers do with the answers of a model. */
  getSide(
    request: { readonly path: { readonly model: ModelName } },
    options: CallOptions = {},
  ): Promise<ModelSideInput> {
    return this.#call('GET', '/api/v1/models/{model}/side', request, options, false);
  }

  /** Tells consumers to use the answers, to close positions only, or to stop. */
  setSide(
    request: { readonly path: { readonly model: ModelName }; readonly body: SetSideInput },
    options: CallOptions = {},
  ): Promise<ModelSideInput> {
    return this.#call('PUT', '/api/v1/models/{model}/side', request, options, true);
  }

  /** Whether a model is held still. */
  getFreeze(
    request: { readonly path: { readonly model: ModelName } },
    options: CallOptions = {},
  ): Promise<ModelFreezeInput> {
    return this.#call('GET', '/api/v1/models/{model}/freeze', request, options, false);
  }

  /** Holds a model still, or lets it go: no promotion, no automatic rollback. */
  setFreeze(
    request: { readonly path: { readonly model: ModelName }; readonly body: SetFreezeInput },
    options: CallOptions = {},
  ): Promise<ModelFreezeInput> {
    return this.#call('PUT', '/api/v1/models/{model}/freeze', request, options, true);
  }

  /** Rehearsals of the way back, newest first: who asked, what each server found. */
  listDrills(
    request: {
      readonly path: { readonly model: ModelName };
      readonly query?: { readonly limit?: number; readonly cursor?: Cursor };
    },
    options: CallOptions = {},
  ): Promise<DrillPageInput> {
    return this.#call('GET', '/api/v1/models/{model}/drills', request, options, false);
  }

  /** Rehearses the way back on every server; the champion, its epoch and its answers stay as they are. */
  startDrill(
    request: { readonly path: { readonly model: ModelName }; readonly body: StartDrillInput },
    options: CallOptions = {},
  ): Promise<RollbackDrillInput> {
    return this.#call('POST', '/api/v1/models/{model}/drills', request, options, true);
  }

  /** A reign against the previous champion, the universe, and never having retrained: evidence so far. */
  getComparison(
    request: { readonly path: { readonly model: ModelName }; readonly query?: { readonly epoch?: number } },
    options: CallOptions = {},
  ): Promise<ReignComparisonInput> {
    return this.#call('GET', '/api/v1/models/{model}/comparison', request, options, false);
  }

  /** Versions scored beside the champion, besides those of retrains; newest first. */
  listChallengers(
    request: {
      readonly path: { readonly model: ModelName };
      readonly query?: {
        readonly limit?: number;
        readonly cursor?: Cursor;
        readonly open?: 'true' | 'false';
      };
    },
    options: CallOptions = {},
  ): Promise<ChallengerPageInput> {
    return this.#call('GET', '/api/v1/models/{model}/challengers', request, options, false);
  }

  /** Has a version scored beside the champion from the next session on. */
  addChallenger(
    request: { readonly path: { readonly model: ModelName }; readonly body: NameChallengerInput },
    options: CallOptions = {},
  ): Promise<NamedChallengerInput> {
    return this.#call('POST', '/api/v1/models/{model}/challengers', request, options, true);
  }

  /** Ends the shadow of a named challenger early. */
  endChallenger(
    request: {
      readonly path: { readonly model: ModelName; readonly version: number };
      readonly body: EndChallengerInput;
    },
    options: CallOptions = {},
  ): Promise<NamedChallengerInput> {
    return this.#call('POST', '/api/v1/models/{model}/challengers/{version}/end', request, options, true);
  }

  /** The spec in force. */
  getSpec(
    request: { readonly path: { readonly model: ModelName } },
    options: CallOptions = {},
  ): Promise<SpecRecordInput> {
    return this.#call('GET', '/api/v1/models/{model}/spec', request, options, false);
  }

  /** Stores a spec and puts its schedule in force; one that loosens anything waits for a second quant lead. */
  applySpec(
    request: { readonly path: { readonly model: ModelName }; readonly body: ApplySpecInput },
    options: CallOptions = {},
  ): Promise<AppliedSpecInput> {
    return this.#call('PUT', '/api/v1/models/{model}/spec', request, options, true);
  }

  /** Every spec of a model, newest first. */
  listSpecs(
    request: {
      readonly path: { readonly model: ModelName };
      readonly query?: { readonly limit?: number; readonly cursor?: Cursor };
    },
    options: CallOptions = {},
  ): Promise<SpecPageInput> {
    return this.#call('GET', '/api/v1/models/{model}/specs', request, options, false);
  }

  /** One spec by its number. */
  getSpecByNumber(
    request: { readonly path: { readonly model: ModelName; readonly number: number } },
    options: CallOptions = {},
  ): Promise<SpecRecordInput> {
    return this.#call('GET', '/api/v1/models/{model}/specs/{number}', request, options, false);
  }

  /** Specs that loosen something and wait, or waited, for a second quant lead; newest first. */
  listSpecProposals(
    request: {
      readonly query?: { readonly limit?: number; readonly cursor?: Cursor; readonly model?: ModelName };
    } = {},
    options: CallOptions = {},
  ): Promise<SpecProposalPageInput> {
    return this.#call('GET', '/api/v1/spec-proposals', request, options, false);
  }

  /** One proposal, with what it changes and what of that it loosens. */
  getSpecProposal(
    request: { readonly path: { readonly proposal: number } },
    options: CallOptions = {},
  ): Promise<SpecProposalDetailInput> {
    return this.#call('GET', '/api/v1/spec-proposals/{proposal}', request, options, false);
  }

  /** A second quant lead, or the deputy once asked, agrees, which puts the spec in force, or rejects it. */
  decideSpecProposal(
    request: { readonly path: { readonly proposal: number }; readonly body: DecideProposalInput },
    options: CallOptions = {},
  ): Promise<DecidedProposalInput> {
    return this.#call('POST', '/api/v1/spec-proposals/{proposal}/decision', request, options, true);
  }

  /** Retrains of every model that you may look at, newest first. */
  listRetrains(
    request: {
      readonly query?: {
        readonly limit?: number;
        readonly cursor?: Cursor;
        readonly model?: ModelName;
        readonly status?: 'open' | RetrainOutcome;
      };
    } = {},
    options: CallOptions = {},
  ): Promise<RetrainPageInput> {
    return this.#call('GET', '/api/v1/retrains', request, options, false);
  }

  /** Starts the eight steps for a model, as of an instant. */
  startRetrain(
    request: { readonly path: { readonly model: ModelName }; readonly body: StartRetrainInput },
    options: CallOptions = {},
  ): Promise<StartedRetrainInput> {
    return this.#call('POST', '/api/v1/models/{model}/retrains', request, options, true);
  }

  /** One retrain as the registry has it; complete also while no worker runs. */
  getRetrain(
    request: { readonly path: { readonly retrain: RetrainId } },
    options: CallOptions = {},
  ): Promise<RetrainDetailInput> {
    return this.#call('GET', '/api/v1/retrains/{retrain}', request, options, false);
  }

  /** The running workflow in its own words: what it waits for, from whom. */
  getRetrainState(
    request: { readonly path: { readonly retrain: RetrainId } },
    options: CallOptions = {},
  ): Promise<RetrainStateInput> {
    return this.#call('GET', '/api/v1/retrains/{retrain}/state', request, options, false);
  }

  /** The chain of evidence: gates, shadow, decision, each with the hash of the one before. */
  getEvidence(
    request: { readonly path: { readonly retrain: RetrainId } },
    options: CallOptions = {},
  ): Promise<EvidenceListInput> {
    return this.#call('GET', '/api/v1/retrains/{retrain}/evidence', request, options, false);
  }

  /** Everything the gates found, with what they were told. */
  getGateReport(
    request: { readonly path: { readonly retrain: RetrainId } },
    options: CallOptions = {},
  ): Promise<StoredGateReportInput> {
    return this.#call('GET', '/api/v1/retrains/{retrain}/gate-report', request, options, false);
  }

  /** Which plots its gate report has, and why it lacks the others; each is an SVG below /figures/{name}. */
  listFigures(
    request: { readonly path: { readonly retrain: RetrainId } },
    options: CallOptions = {},
  ): Promise<FigureListInput> {
    return this.#call('GET', '/api/v1/retrains/{retrain}/figures', request, options, false);
  }

  /** Decisions that open retrains ask for, the soonest to expire first. */
  listApprovals(
    request: {
      readonly query?: { readonly limit?: number; readonly cursor?: Cursor; readonly model?: ModelName };
    } = {},
    options: CallOptions = {},
  ): Promise<ApprovalPageInput> {
    return this.#call('GET', '/api/v1/approvals', request, options, false);
  }

  /** Signs, or refuses to sign, the decision evidence that was read: a quant lead, or the deputy whom the spec names once asked. */
  decideRetrain(
    request: { readonly path: { readonly retrain: RetrainId }; readonly body: DecideRetrainInput },
    options: CallOptions = {},
  ): Promise<ApprovalStateInput> {
    return this.#call('POST', '/api/v1/retrains/{retrain}/decision', request, options, true);
  }

  /** Speaks against a promotion: holds the swap; after it, pages while the reign lasts. */
  raiseObjection(
    request: { readonly path: { readonly retrain: RetrainId }; readonly body: RaiseObjectionInput },
    options: CallOptions = {},
  ): Promise<ObjectionRecordInput> {
    return this.#call('POST', '/api/v1/retrains/{retrain}/objections', request, options, true);
  }

  /** Withdraws an objection of your own, or overrules that of another with a second quant lead. */
  answerObjection(
    request: {
      readonly path: { readonly retrain: RetrainId; readonly objection: number };
      readonly body: AnswerObjectionInput;
    },
    options: CallOptions = {},
  ): Promise<ObjectionRecordInput> {
    return this.#call(
      'POST',
      '/api/v1/retrains/{retrain}/objections/{objection}/answers',
      request,
      options,
      true,
    );
  }

  /** Failed gates that open retrains let people waive, the soonest to end first. */
  listOpenWaivers(
    request: {
      readonly query?: { readonly limit?: number; readonly cursor?: Cursor; readonly model?: ModelName };
    } = {},
    options: CallOptions = {},
  ): Promise<OpenWaiversPageInput> {
    return this.#call('GET', '/api/v1/waivers', request, options, false);
  }

  /** Accepts the fail of one gate; two people other than the requester make it waived: quant leads, or one and the deputy once asked. */
  waiveGate(
    request: { readonly path: { readonly retrain: RetrainId }; readonly body: WaiveGateInput },
    options: CallOptions = {},
  ): Promise<WaivedGateInput> {
    return this.#call('POST', '/api/v1/retrains/{retrain}/waivers', request, options, true);
  }

  /** Refuses to waive what failed: one person who may waive says no, and the retrain ends. */
  refuseWaivers(
    request: { readonly path: { readonly retrain: RetrainId }; readonly body: RefuseWaiversInput },
    options: CallOptions = {},
  ): Promise<RefusedWaiversInput> {
    return this.#call('POST', '/api/v1/retrains/{retrain}/waivers/refusal', request, options, true);
  }

  /** An operator's word on gates that could not be judged: again, or stop. */
  answerGateHold(
    request: { readonly path: { readonly retrain: RetrainId }; readonly body: AnswerHoldInput },
    options: CallOptions = {},
  ): Promise<GateHoldInput> {
    return this.#call('POST', '/api/v1/retrains/{retrain}/hold-answer', request, options, true);
  }

  /** Versions of a model, newest first, with the role each has now. */
  listVersions(
    request: {
      readonly path: { readonly model: ModelName };
      readonly query?: { readonly limit?: number; readonly cursor?: Cursor };
    },
    options: CallOptions = {},
  ): Promise<VersionPageInput> {
    return this.#call('GET', '/api/v1/models/{model}/versions', request, options, false);
  }

  /** Makes a version of a model fitted elsewhere, if it predicts what its library predicts to the last bit. */
  registerVersion(
    request: { readonly path: { readonly model: ModelName }; readonly body: RegisterVersionInput },
    options: CallOptions = {},
  ): Promise<RegisteredModelInput> {
    return this.#call('POST', '/api/v1/models/{model}/versions', request, options, true);
  }

  /** Everything the registry knows of one version: lineage, evidence, signatures, reigns. */
  getVersion(
    request: { readonly path: { readonly model: ModelName; readonly version: VersionName } },
    options: CallOptions = {},
  ): Promise<VersionDossierInput> {
    return this.#call('GET', '/api/v1/models/{model}/versions/{version}', request, options, false);
  }

  /** What a version was made of: snapshot, recipe, seed, code, environment, and the retrains that made it. */
  getVersionLineage(
    request: { readonly path: { readonly model: ModelName; readonly version: VersionName } },
    options: CallOptions = {},
  ): Promise<VersionLineageInput> {
    return this.#call('GET', '/api/v1/models/{model}/versions/{version}/lineage', request, options, false);
  }

  /** What was made of a snapshot: versions and retrains of the models that you may look at. */
  getSnapshotLineage(
    request: { readonly path: { readonly snapshot: string } },
    options: CallOptions = {},
  ): Promise<SnapshotLineageInput> {
    return this.#call('GET', '/api/v1/snapshots/{snapshot}/lineage', request, options, false);
  }

  /** The ledger: how many recipes were tried, what the gates count, and the newest trials. */
  listTrials(
    request: { readonly path: { readonly model: ModelName }; readonly query?: { readonly limit?: number } },
    options: CallOptions = {},
  ): Promise<TrialListInput> {
    return this.#call('GET', '/api/v1/models/{model}/trials', request, options, false);
  }

  /** What versions earned, session by session, oldest first. */
  listResults(
    request: {
      readonly path: { readonly model: ModelName };
      readonly query?: { readonly versionId?: Sha256; readonly last?: number };
    },
    options: CallOptions = {},
  ): Promise<LiveResultListInput> {
    return this.#call('GET', '/api/v1/models/{model}/results', request, options, false);
  }

  /** Rank IC with the band of its mean, equity and drawdown of whoever was champion. */
  getTrack(
    request: {
      readonly path: { readonly model: ModelName };
      readonly query?: { readonly window?: number; readonly last?: number };
    },
    options: CallOptions = {},
  ): Promise<ChampionTrackInput> {
    return this.#call('GET', '/api/v1/models/{model}/track', request, options, false);
  }

  /** Which consumers hold on to which versions, by consumer. */
  listPins(
    request: {
      readonly path: { readonly model: ModelName };
      readonly query?: {
        readonly limit?: number;
        readonly cursor?: Cursor;
        readonly consumer?: Consumer;
        readonly purpose?: 'pin' | 'fallback';
        readonly version?: number;
      };
    },
    options: CallOptions = {},
  ): Promise<PinPageInput> {
    return this.#call('GET', '/api/v1/models/{model}/pins', request, options, false);
  }

  /** Lets a consumer hold on to a version, or give it up. */
  setPin(
    request: {
      readonly path: { readonly model: ModelName; readonly consumer: Consumer };
      readonly body: SetPinInput;
    },
    options: CallOptions = {},
  ): Promise<PinOutcomeInput> {
    return this.#call('PUT', '/api/v1/models/{model}/pins/{consumer}', request, options, true);
  }

  /** Universes that were scored or are being scored, newest first. */
  listScores(
    request: { readonly path: { readonly model: ModelName }; readonly query?: { readonly limit?: number } },
    options: CallOptions = {},
  ): Promise<ScoreRunListInput> {
    return this.#call('GET', '/api/v1/models/{model}/scores', request, options, false);
  }

  /** Has the whole universe of a session scored; the list says how far it is. */
  startScoring(
    request: { readonly path: { readonly model: ModelName }; readonly body: StartScoringInput },
    options: CallOptions = {},
  ): Promise<StartedScoringInput> {
    return this.#call('POST', '/api/v1/models/{model}/scores', request, options, true);
  }

  /** Alerts of every model that you may look at, and of the system, newest first. */
  listAlerts(
    request: {
      readonly query?: {
        readonly limit?: number;
        readonly cursor?: Cursor;
        readonly model?: ModelName;
        readonly firing?: 'true' | 'false';
      };
    } = {},
    options: CallOptions = {},
  ): Promise<AlertPageInput> {
    return this.#call('GET', '/api/v1/alerts', request, options, false);
  }

  /** One alert, and what people did about it. */
  getAlert(
    request: { readonly path: { readonly alert: number } },
    options: CallOptions = {},
  ): Promise<AlertEpisodeInput> {
    return this.#call('GET', '/api/v1/alerts/{alert}', request, options, false);
  }

  /** What to look at and to do when alerts of a rule fire, as the release that runs has it. */
  getRunbook(
    request: {
      readonly path: { readonly rule: string };
      readonly query?: { readonly language?: 'en' | 'zh-TW' };
    },
    options: CallOptions = {},
  ): Promise<RunbookInput> {
    return this.#call('GET', '/api/v1/runbooks/{rule}', request, options, false);
  }

  /** Who was told of an alert, by which channel, after how many attempts; newest first. */
  listAlertDeliveries(
    request: { readonly path: { readonly alert: number } },
    options: CallOptions = {},
  ): Promise<AlertDeliveryListInput> {
    return this.#call('GET', '/api/v1/alerts/{alert}/deliveries', request, options, false);
  }

  /** Per rule, over the models that you may look at: how many alerts were true, false or ignored. */
  getAlertQuality(
    request: { readonly query?: { readonly days?: number } } = {},
    options: CallOptions = {},
  ): Promise<AlertQualityInput> {
    return this.#call('GET', '/api/v1/alert-quality', request, options, false);
  }

  /** Somebody looks after it: its escalation ends and it is not repeated. */
  acknowledgeAlert(
    request: { readonly path: { readonly alert: number }; readonly body: AcknowledgeAlertInput },
    options: CallOptions = {},
  ): Promise<AlertEpisodeInput> {
    return this.#call('POST', '/api/v1/alerts/{alert}/acknowledgement', request, options, true);
  }

  /** Whether there was something to act on; the last word counts. */
  judgeAlert(
    request: { readonly path: { readonly alert: number }; readonly body: JudgeAlertInput },
    options: CallOptions = {},
  ): Promise<AlertEpisodeInput> {
    return this.#call('POST', '/api/v1/alerts/{alert}/judgement', request, options, true);
  }

  /** Silences of what you may look at, in force or to come; or all there ever were, newest first. */
  listSilences(
    request: { readonly query?: { readonly all?: 'true' | 'false' } } = {},
    options: CallOptions = {},
  ): Promise<SilenceListInput> {
    return this.#call('GET', '/api/v1/silences', request, options, false);
  }

  /** Nobody hears of what matches; a silence that names one model needs a role on that model only. */
  createSilence(
    request: { readonly body: CreateSilenceInput },
    options: CallOptions = {},
  ): Promise<SilenceInput> {
    return this.#call('POST', '/api/v1/silences', request, options, true);
  }

  /** Ends a silence before its time. */
  expireSilence(
    request: { readonly path: { readonly silence: number } },
    options: CallOptions = {},
  ): Promise<SilenceInput> {
    return this.#call('POST', '/api/v1/silences/{silence}/expiry', request, options, true);
  }

  /** Sends an alert the way of a real one, to see whether it arrives. */
  raiseTestAlert(
    request: { readonly body: RaiseTestAlertInput },
    options: CallOptions = {},
  ): Promise<RaisedTestAlertInput> {
    return this.#call('POST', '/api/v1/alert-tests', request, options, true);
  }

  /** Who is on call now, and every shift. */
  getOnCall(options: CallOptions = {}): Promise<OnCallInput> {
    return this.#call('GET', '/api/v1/on-call', {}, options, false);
  }

  /** Puts somebody on call: escalations reach them by mail and SMS from then on. */
  addShift(request: { readonly body: AddShiftInput }, options: CallOptions = {}): Promise<OnCallShiftInput> {
    return this.#call('POST', '/api/v1/on-call/shifts', request, options, true);
  }

  /** Takes a shift away; one that is gone stays so. */
  removeShift(
    request: { readonly path: { readonly shift: number } },
    options: CallOptions = {},
  ): Promise<RemovedShiftInput> {
    return this.#call('POST', '/api/v1/on-call/shifts/{shift}/removal', request, options, true);
  }

  /** What is left of the error budget over retrains, and the level of the next test. */
  getErrorBudget(
    request: { readonly path: { readonly model: ModelName } },
    options: CallOptions = {},
  ): Promise<ErrorBudgetStateInput> {
    return this.#call('GET', '/api/v1/models/{model}/error-budget', request, options, false);
  }

  /** From where on the recipes of a model were counted anew, by whom and why, newest first. */
  listStructuralChanges(
    request: { readonly path: { readonly model: ModelName } },
    options: CallOptions = {},
  ): Promise<StructuralChangeListInput> {
    return this.#call('GET', '/api/v1/models/{model}/structural-changes', request, options, false);
  }

  /** Counts the recipes of a model anew from here on; two quant leads, and no retrain is open. */
  declareStructuralChange(
    request: { readonly path: { readonly model: ModelName }; readonly body: DeclareStructuralChangeInput },
    options: CallOptions = {},
  ): Promise<StructuralChangeInput> {
    return this.#call('POST', '/api/v1/models/{model}/structural-changes', request, options, true);
  }

  /** How the sessions of a model were watched: health, alarm, decision and its reason, newest first. */
  listWatchedSessions(
    request: {
      readonly path: { readonly model: ModelName };
      readonly query?: { readonly limit?: number; readonly decisions?: 'true' | 'false' };
    },
    options: CallOptions = {},
  ): Promise<WatchedSessionPageInput> {
    return this.#call('GET', '/api/v1/models/{model}/watched-sessions', request, options, false);
  }

  /** Who did what, when and why, newest first. */
  listAudit(
    request: {
      readonly path: { readonly model: ModelName };
      readonly query?: { readonly limit?: number; readonly cursor?: Cursor };
    },
    options: CallOptions = {},
  ): Promise<AuditPageInput> {
    return this.#call('GET', '/api/v1/models/{model}/audit', request, options, false);
  }

  /** Walks the chain of a model: whether a row was edited, removed or cut off. */
  verifyAudit(
    request: { readonly path: { readonly model: ModelName } },
    options: CallOptions = {},
  ): Promise<AuditVerificationInput> {
    return this.#call('GET', '/api/v1/models/{model}/audit/verification', request, options, false);
  }

  /** The log of refused attempts: who tried what they may not, by the minute. */
  listRefusedAttempts(
    request: { readonly query?: { readonly limit?: number } } = {},
    options: CallOptions = {},
  ): Promise<RefusedAttemptListInput> {
    return this.#call('GET', '/api/v1/refused-attempts', request, options, false);
  }

  /** Schedules of every model that you may look at, of retrains, drills and scores: next times, last runs, pauses, misses. */
  listSchedules(
    request: {
      readonly query?: {
        readonly limit?: number;
        readonly cursor?: Cursor;
        readonly model?: ModelName;
        readonly kind?: ScheduleKind;
        readonly paused?: 'true' | 'false';
      };
    } = {},
    options: CallOptions = {},
  ): Promise<SchedulePageInput> {
    return this.#call('GET', '/api/v1/schedules', request, options, false);
  }

  /** Pauses or resumes a schedule of a model, or starts what it would start, now: a retrain only while no other is open. */
  commandSchedule(
    request: { readonly path: { readonly model: ModelName }; readonly body: ScheduleCommandInput },
    options: CallOptions = {},
  ): Promise<ScheduleViewInput> {
    return this.#call('POST', '/api/v1/models/{model}/schedule', request, options, true);
  }

  /** What a market does now: session, holiday, hours. */
  getMarketClock(
    request: { readonly path: { readonly market: Market } },
    options: CallOptions = {},
  ): Promise<MarketClockInput> {
    return this.#call('GET', '/api/v1/markets/{market}/clock', request, options, false);
  }

  /** Whether the API answers, and whether the registry behind it does. */
  getHealth(options: CallOptions = {}): Promise<SystemHealthInput> {
    return this.#call('GET', '/api/v1/health', {}, options, false);
  }

  async #call<Result>(
    method: string,
    path: string,
    request: Request,
    options: CallOptions,
    keyed: boolean,
  ): Promise<Result> {
    const { baseUrl, token, csrfToken, fetch: ask = fetch } = this.#options;
    const headers = new Headers({ accept: 'application/json' });
    const bearer = token?.() ?? null;
    const csrf = csrfToken?.() ?? null;
    if (bearer !== null) headers.set('authorization', `Bearer ${bearer}`);
    if (csrf !== null && method !== 'GET') headers.set('x-csrf-token', csrf);
    if (keyed) headers.set('idempotency-key', options.idempotencyKey ?? crypto.randomUUID());
    if (options.ifMatch !== undefined) headers.set('if-match', options.ifMatch);
    const body = request.body === undefined ? null : JSON.stringify(request.body);
    if (body !== null) headers.set('content-type', 'application/json');
    const answer = await ask(baseUrl + pathOf(path, request), {
      method,
      headers,
      body,
      credentials: 'same-origin',
      signal: options.signal ?? null,
    });
    if (!answer.ok) throw new ApiProblem(await problemOf(answer));
    const etag = answer.headers.get('etag');
    if (etag !== null) options.onEtag?.(etag);
    return (await answer.json()) as Result;
  }
}
