"""The client of the control API, made from its OpenAPI document by scripts/generate-clients.ts. Never edited by hand.

Needs Python 3.11 and nothing else:

    api = ControlApi("http://127.0.0.1:8080", token=os.environ["CONTENDER_TOKEN"])
    for model in api.list_models()["items"]:
        print(model["model"], model["epoch"])
"""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
import uuid
from typing import Any, Literal, NotRequired, Optional, TypedDict, Union

AcknowledgeAlertInput = 'AcknowledgeAlert'

AddShiftInput = 'AddShift'

AlertDeliveryListInput = 'AlertDeliveryList'

AlertEpisodeInput = 'AlertEpisode'

AlertPageInput = 'AlertPage'

AlertQualityInput = 'AlertQuality'

AnswerHoldInput = 'AnswerHold'

AnswerObjectionInput = 'AnswerObjection'

AppliedSpec = dict[str, Any]

AppliedSpecInput = 'AppliedSpec'

ApplySpecInput = 'ApplySpec'

ApprovalPageInput = 'ApprovalPage'

ApprovalStateInput = 'ApprovalState'

ArtifactRefInput = 'ArtifactRef'

AuditPageInput = 'AuditPage'

AuditVerificationInput = 'AuditVerification'

ChallengerPageInput = 'ChallengerPage'

ChampionAtInput = 'ChampionAt'

ChampionTrackInput = 'ChampionTrack'

ChampionViewInput = 'ChampionView'

ClockSpec = Union['LiveClock', 'ReplayClock']

Consumer = str

CreateSilenceInput = 'CreateSilence'

Cursor = str

DecideProposalInput = 'DecideProposal'

DecideRetrainInput = 'DecideRetrain'

DecidedProposalInput = 'DecidedProposal'

DeclareStructuralChangeInput = 'DeclareStructuralChange'

DrillPageInput = 'DrillPage'

DrillResult = Literal['passed', 'failed', 'yielded', 'skipped', 'abandoned']

EndChallengerInput = 'EndChallenger'

ErrorBudgetStateInput = 'ErrorBudgetState'

EvidenceListInput = 'EvidenceList'

FigureListInput = 'FigureList'

FigureName = Literal['equity', 'difference', 'spa', 'dsr', 'pbo', 'ic', 'ic-decile', 'ic-sector', 'ic-regime', 'ic-horizon', 'search', 'costs', 'capacity']

FoldPlan = Union['WalkForwardPlan', 'CombinatorialPlan']

GateHoldInput = 'GateHold'

GateName = Literal['leak', 'coverage', 'schema', 'parity', 'latency', 'resources', 'rank-ic', 'spa', 'stepm', 'dsr', 'pbo', 'sharpe-improvement', 'non-inferiority', 'drawdown', 'final-fit', 'turnover', 'cost-cover', 'position-concentration', 'sector-concentration', 'feasibility', 'recovery', 'capacity']

Grant = str

Instant = str

JsonValue = Union[str, float, bool, None, list['JsonValue'], dict[str, Any]]

JudgeAlertInput = 'JudgeAlert'

LiveResultListInput = 'LiveResultList'

LiveTicketInput = 'LiveTicket'

Market = Literal['XTAI', 'XNYS']

MarketClockInput = 'MarketClock'

ModelFreezeInput = 'ModelFreeze'

ModelListInput = 'ModelList'

ModelName = str

ModelSideInput = 'ModelSide'

MonotoneConstraints = dict[str, Any]

NameChallengerInput = 'NameChallenger'

NamedChallengerInput = 'NamedChallenger'

ObjectionRecordInput = 'ObjectionRecord'

OnCallInput = 'OnCall'

OnCallShiftInput = 'OnCallShift'

OpenSessionInput = 'OpenSession'

OpenWaiversPageInput = 'OpenWaiversPage'

PinOutcomeInput = 'PinOutcome'

PinPageInput = 'PinPage'

PortfolioCosts = Union[Literal['market', 'none'], 'DiscountedCosts']

ProblemInput = 'Problem'

QualityMeasureName = Literal['coverage', 'session-coverage', 'stale-symbols', 'late-bars', 'gaps', 'outliers', 'limit-hits', 'duplicates', 'restatements', 'unrecorded-splits', 'drift']

RaiseObjectionInput = 'RaiseObjection'

RaiseTestAlertInput = 'RaiseTestAlert'

RaisedTestAlertInput = 'RaisedTestAlert'

Reason = str

RefuseWaiversInput = 'RefuseWaivers'

RefusedAttemptListInput = 'RefusedAttemptList'

RefusedWaiversInput = 'RefusedWaivers'

RegisterVersionInput = 'RegisterVersion'

RegisteredModelInput = 'RegisteredModel'

ReignComparisonInput = 'ReignComparison'

ReignPageInput = 'ReignPage'

RemovedShiftInput = 'RemovedShift'

RetrainDetailInput = 'RetrainDetail'

RetrainId = str

RetrainOutcome = Literal['promoted', 'refused', 'rejected', 'expired', 'failed', 'cancelled', 'superseded', 'judged']

RetrainPageInput = 'RetrainPage'

RetrainStateInput = 'RetrainState'

RetrainStep = Literal['extract', 'validate', 'train', 'package', 'judge', 'shadow', 'approve', 'swap']

RevokeTokenInput = 'RevokeToken'

RevokedTokenInput = 'RevokedToken'

RollbackDrillInput = 'RollbackDrill'

RollbackRequestInput = 'RollbackRequest'

RollbackResultInput = 'RollbackResult'

RunbookInput = 'Runbook'

ScheduleCommandInput = 'ScheduleCommand'

ScheduleKind = Literal['retrain', 'drill', 'scoring']

SchedulePageInput = 'SchedulePage'

ScheduleViewInput = 'ScheduleView'

ScheduledOutcome = Literal['open', 'promoted', 'refused', 'rejected', 'expired', 'failed', 'cancelled', 'superseded', 'judged', 'passed', 'yielded', 'skipped', 'abandoned', 'complete', 'nothing']

ScoreRunListInput = 'ScoreRunList'

SessionDate = str

SetFreezeInput = 'SetFreeze'

SetPinInput = 'SetPin'

SetSideInput = 'SetSide'

Sha256 = str

SideAction = Literal['serve', 'reduce-only', 'halt']

SignedOutInput = 'SignedOut'

SilenceInput = 'Silence'

SilenceListInput = 'SilenceList'

SnapshotLineageInput = 'SnapshotLineage'

SpecPageInput = 'SpecPage'

SpecProposalDetailInput = 'SpecProposalDetail'

SpecProposalPageInput = 'SpecProposalPage'

SpecRecordInput = 'SpecRecord'

StartDrillInput = 'StartDrill'

StartRetrainInput = 'StartRetrain'

StartScoringInput = 'StartScoring'

StartedRetrainInput = 'StartedRetrain'

StartedScoringInput = 'StartedScoring'

StoredGateReportInput = 'StoredGateReport'

StructuralChangeInput = 'StructuralChange'

StructuralChangeListInput = 'StructuralChangeList'

SwapStatusInput = 'SwapStatus'

SystemHealthInput = 'SystemHealth'

TrainingObjective = Literal['regression', 'rank', 'binary']

TrialListInput = 'TrialList'

Trigger = Literal['schedule', 'decay', 'drift', 'manual']

Verdict = Literal['pass', 'fail', 'inconclusive', 'error']

VersionDossierInput = 'VersionDossier'

VersionIdentity = Union['TrainedIdentity', 'ImportedIdentity']

VersionLineageInput = 'VersionLineage'

VersionName = str

VersionPageInput = 'VersionPage'

WaiveGateInput = 'WaiveGate'

WaivedGateInput = 'WaivedGate'

WatchedSessionPageInput = 'WatchedSessionPage'

WhoAmIInput = 'WhoAmI'

AcknowledgeAlert = TypedDict(
    "AcknowledgeAlert",
    {
        "reason": "Reason",
    },
)

AddShift = TypedDict(
    "AddShift",
    {
        "subject": str,
        "email": Union[str, None],
        "phone": Union[str, None],
        "startsAt": "Instant",
        "endsAt": "Instant",
    },
)

AlertDelivery = TypedDict(
    "AlertDelivery",
    {
        "notificationId": int,
        "receiver": str,
        "step": int,
        "severity": Literal["INFO", "WARNING", "ERROR", "CRITICAL", "EMERGENCY"],
        "model": Union[str, None],
        "firing": int,
        "resolved": int,
        "suppressed": int,
        "decidedAt": "Instant",
        "channel": str,
        "state": Literal["pending", "sent", "dead"],
        "attempts": int,
        "unknownOutcomes": int,
        "sentAt": Union["Instant", None],
        "lastError": Union[str, None],
    },
)

AlertDeliveryList = TypedDict(
    "AlertDeliveryList",
    {
        "items": list["AlertDelivery"],
    },
)

AlertEpisode = TypedDict(
    "AlertEpisode",
    {
        "id": int,
        "rule": str,
        "severity": Literal["INFO", "WARNING", "ERROR", "CRITICAL", "EMERGENCY"],
        "model": Union[str, None],
        "labels": dict[str, Any],
        "summary": str,
        "retrain": Union[str, None],
        "startedAt": "Instant",
        "endedAt": Union["Instant", None],
        "endedBy": Union[Literal["resolved", "silent"], None],
        "reports": int,
        "lastReportedAt": "Instant",
        "notifiedAt": Union["Instant", None],
        "acknowledgedBy": Union[str, None],
        "acknowledgedAt": Union["Instant", None],
        "judgement": Union[Literal["true", "false"], None],
        "suppressedBy": list[str],
    },
)

AlertPage = TypedDict(
    "AlertPage",
    {
        "items": list["AlertEpisode"],
        "next": Union[str, None],
    },
)

AlertQuality = TypedDict(
    "AlertQuality",
    {
        "since": "Instant",
        "items": list["RuleQuality"],
    },
)

AnswerHold = TypedDict(
    "AnswerHold",
    {
        "answer": Literal["retry", "stop"],
        "round": int,
        "reason": "Reason",
    },
)

AnswerObjection = TypedDict(
    "AnswerObjection",
    {
        "answer": Literal["withdraw", "overrule"],
        "reason": "Reason",
    },
)

ApplySpec = TypedDict(
    "ApplySpec",
    {
        "spec": "ModelSpecInput",
        "reason": "Reason",
        "expectedNumber": NotRequired[Union[int, None]],
    },
)

ApprovalBrief = TypedDict(
    "ApprovalBrief",
    {
        "retrainId": str,
        "model": "ModelName",
        "version": int,
        "evidenceHash": "Sha256",
        "admission": Literal["promotion", "probation"],
        "expectedEpoch": int,
        "needed": int,
        "approvedBy": list[str],
        "rejectedBy": Union[str, None],
        "barred": list[str],
        "deputy": Union["ApprovalDeputy", None],
        "openedAt": "Instant",
        "expiresAt": "Instant",
    },
)

ApprovalDeputy = TypedDict(
    "ApprovalDeputy",
    {
        "subject": str,
        "from": "Instant",
    },
)

ApprovalPage = TypedDict(
    "ApprovalPage",
    {
        "items": list["ApprovalBrief"],
        "next": Union[str, None],
    },
)

ApprovalSpec = TypedDict(
    "ApprovalSpec",
    {
        "approvers": int,
        "fourEyes": bool,
        "expiresSessions": int,
        "remindSessions": int,
        "deputy": Union[str, None],
        "deputyAfterSessions": int,
    },
)

ApprovalSpecInput = TypedDict(
    "ApprovalSpecInput",
    {
        "approvers": NotRequired[int],
        "fourEyes": NotRequired[bool],
        "expiresSessions": NotRequired[int],
        "remindSessions": NotRequired[int],
        "deputy": NotRequired[Union[str, None]],
        "deputyAfterSessions": NotRequired[int],
    },
)

ApprovalState = TypedDict(
    "ApprovalState",
    {
        "evidenceHash": "Sha256",
        "needed": int,
        "approvedBy": list[str],
        "rejectedBy": Union[str, None],
        "expiresAt": "Instant",
        "kind": Literal["promotion", "probation"],
        "deputy": Union["ApprovalDeputy", None],
    },
)

ArtifactRef = TypedDict(
    "ArtifactRef",
    {
        "sha256": "Sha256",
        "bytes": int,
        "mediaType": str,
    },
)

AuditPage = TypedDict(
    "AuditPage",
    {
        "items": list["AuditRow"],
        "next": Union[str, None],
    },
)

AuditRow = TypedDict(
    "AuditRow",
    {
        "model": "ModelName",
        "seq": int,
        "hash": "Sha256",
        "prevHash": "Sha256",
        "actor": str,
        "command": str,
        "businessAt": Union["Instant", None],
        "recordedAt": "Instant",
        "facts": dict[str, Any],
    },
)

AuditVerification = TypedDict(
    "AuditVerification",
    {
        "rows": int,
        "ledgerRows": int,
        "models": int,
        "ok": bool,
        "firstBad": Union[dict[str, Any], None],
        "anchor": dict[str, Any],
    },
)

ChallengerPage = TypedDict(
    "ChallengerPage",
    {
        "items": list["ChallengerRow"],
        "next": Union[str, None],
    },
)

ChallengerRow = TypedDict(
    "ChallengerRow",
    {
        "number": int,
        "version": int,
        "versionId": "Sha256",
        "sessions": int,
        "measured": int,
        "newest": Union[dict[str, Any], None],
        "subject": str,
        "reason": str,
        "recordedAt": "Instant",
        "end": Union[dict[str, Any], None],
    },
)

ChampionAt = TypedDict(
    "ChampionAt",
    {
        "model": "ModelName",
        "at": "Instant",
        "knownAt": "Instant",
        "reign": Union["ReignRecord", None],
    },
)

ChampionTrack = TypedDict(
    "ChampionTrack",
    {
        "windowSessions": int,
        "sessions": list[dict[str, Any]],
    },
)

ChampionView = TypedDict(
    "ChampionView",
    {
        "model": "ModelName",
        "epoch": int,
        "champion": Union["VersionRecord", None],
        "previous": list["VersionRecord"],
        "rollbackTarget": Union[int, None],
        "challenger": Union["VersionRecord", None],
        "side": "ModelSide",
        "freeze": "ModelFreeze",
        "spec": "ModelSpec",
        "specNumber": int,
        "reign": Union["ReignRecord", None],
    },
)

CombinatorialPlan = TypedDict(
    "CombinatorialPlan",
    {
        "sessions": int,
        "groups": int,
        "testGroups": int,
        "purgeSessions": int,
        "embargoSessions": int,
    },
)

CreateSilence = TypedDict(
    "CreateSilence",
    {
        "matchers": list["SilenceMatcher"],
        "startsAt": "Instant",
        "endsAt": "Instant",
        "reason": "Reason",
    },
)

DecaySpec = TypedDict(
    "DecaySpec",
    {
        "falseAlarmsPerYear": float,
        "cooldownSessions": int,
        "action": Literal["hold", "reduce-only", "roll-back", "safe-version", "halt"],
        "safeVersion": Union[int, None],
        "shadowSessions": Union[int, None],
        "driftAction": Literal["report", "retrain"],
        "driftSessions": int,
        "falseDiscoveryRate": float,
        "overdueSessions": int,
    },
)

DecaySpecInput = TypedDict(
    "DecaySpecInput",
    {
        "falseAlarmsPerYear": NotRequired[float],
        "cooldownSessions": NotRequired[int],
        "action": NotRequired[Literal["hold", "reduce-only", "roll-back", "safe-version", "halt"]],
        "safeVersion": NotRequired[Union[int, None]],
        "shadowSessions": NotRequired[Union[int, None]],
        "driftAction": NotRequired[Literal["report", "retrain"]],
        "driftSessions": NotRequired[int],
        "falseDiscoveryRate": NotRequired[float],
        "overdueSessions": NotRequired[int],
    },
)

DecideProposal = TypedDict(
    "DecideProposal",
    {
        "decision": Literal["agree", "reject"],
        "hash": NotRequired[Union["Sha256", None]],
        "reason": "Reason",
    },
)

DecideRetrain = TypedDict(
    "DecideRetrain",
    {
        "decision": Literal["approve", "reject"],
        "evidenceHash": "Sha256",
        "reason": "Reason",
    },
)

DecidedProposal = TypedDict(
    "DecidedProposal",
    {
        "proposal": "SpecProposal",
        "scheduled": bool,
    },
)

DeclareStructuralChange = TypedDict(
    "DeclareStructuralChange",
    {
        "reason": "Reason",
        "secondToken": str,
    },
)

DiscountedCosts = TypedDict(
    "DiscountedCosts",
    {
        "brokerageDiscount": float,
    },
)

DrillPage = TypedDict(
    "DrillPage",
    {
        "items": list["RollbackDrill"],
        "next": Union[str, None],
    },
)

DrillServer = TypedDict(
    "DrillServer",
    {
        "server": str,
        "outcome": Literal["passed", "failed", "absent"],
        "code": str,
        "reason": str,
        "remedy": str,
        "loadMs": Union[float, None],
        "checkMs": Union[float, None],
        "rows": int,
        "mismatches": int,
        "warm": Union[bool, None],
        "warmMs": Union[float, None],
    },
)

DrillSpec = TypedDict(
    "DrillSpec",
    {
        "schedule": bool,
        "cron": str,
        "maxAgeDays": int,
    },
)

DrillSpecInput = TypedDict(
    "DrillSpecInput",
    {
        "schedule": NotRequired[bool],
        "cron": NotRequired[str],
        "maxAgeDays": NotRequired[int],
    },
)

DrillStanding = TypedDict(
    "DrillStanding",
    {
        "newest": Union["RollbackDrill", None],
        "passedAt": Union["Instant", None],
        "underWay": Union[int, None],
        "wayBackSince": Union["Instant", None],
        "maxAgeDays": int,
        "overdue": bool,
    },
)

EndChallenger = TypedDict(
    "EndChallenger",
    {
        "reason": "Reason",
    },
)

ErrorBudgetState = TypedDict(
    "ErrorBudgetState",
    {
        "model": "ModelName",
        "spaAlpha": float,
        "budget": Union[dict[str, Any], None],
        "tests": list[dict[str, Any]],
    },
)

EvidenceList = TypedDict(
    "EvidenceList",
    {
        "items": list["EvidenceRecord"],
    },
)

EvidenceRecord = TypedDict(
    "EvidenceRecord",
    {
        "hash": "Sha256",
        "kind": Literal["gate", "shadow", "decision"],
        "parent": Union["Sha256", None],
        "verdict": Union["Verdict", None],
        "versionId": "Sha256",
        "body": dict[str, Any],
        "recordedAt": "Instant",
    },
)

FigureList = TypedDict(
    "FigureList",
    {
        "items": list[dict[str, Any]],
    },
)

FittingOptions = TypedDict(
    "FittingOptions",
    {
        "monotone": "MonotoneConstraints",
        "weightHalfLifeSessions": int,
    },
)

GateHold = TypedDict(
    "GateHold",
    {
        "round": int,
        "cause": Literal["error", "waivable-fail"],
        "objections": list["HoldObjection"],
        "evidenceHash": Union["Sha256", None],
        "expiresAt": "Instant",
        "deputy": Union["ApprovalDeputy", None],
    },
)

GateVerdict = TypedDict(
    "GateVerdict",
    {
        "gate": "GateName",
        "verdict": "Verdict",
        "number": Union[float, None],
        "threshold": Union[float, None],
        "comparison": Literal[">=", "<=", ">", "<", "=="],
        "enforced": bool,
        "reason": str,
        "details": dict[str, Any],
    },
)

GatesSpec = TypedDict(
    "GatesSpec",
    {
        "spaAlpha": float,
        "spaFamily": Literal["ledger", "retrain"],
        "spaReplicates": int,
        "dsrMin": float,
        "pboMax": float,
        "pboSplits": int,
        "minSharpeImprovement": float,
        "nonInferiorityMargin": float,
        "nonInferiorityAlpha": float,
        "maxDrawdownTolerance": float,
        "rankIcMin": float,
        "minSessions": int,
        "minRefreshSessions": int,
        "minTrials": int,
        "uncertaintyReplicates": int,
        "maxLatencyMs": float,
        "minCoverage": float,
        "maxModelMegabytes": float,
        "maxAnnualTurnover": float,
        "minCostCover": float,
        "maxPositionShare": float,
        "maxSectorShare": float,
        "maxRefusedTradeShare": float,
        "bookCapital": float,
        "maxParticipation": float,
        "ledgerRescoreMax": int,
        "errorBudget": Literal["off", "lord", "alpha-investing"],
        "errorBudgetLevel": float,
        "modes": dict[str, Any],
        "timeLimitSeconds": int,
        "errorHoldSessions": int,
        "waiverSessions": int,
    },
)

GatesSpecInput = TypedDict(
    "GatesSpecInput",
    {
        "spaAlpha": NotRequired[float],
        "spaFamily": NotRequired[Literal["ledger", "retrain"]],
        "spaReplicates": NotRequired[int],
        "dsrMin": NotRequired[float],
        "pboMax": NotRequired[float],
        "pboSplits": NotRequired[int],
        "minSharpeImprovement": NotRequired[float],
        "nonInferiorityMargin": NotRequired[float],
        "nonInferiorityAlpha": NotRequired[float],
        "maxDrawdownTolerance": NotRequired[float],
        "rankIcMin": NotRequired[float],
        "minSessions": NotRequired[int],
        "minRefreshSessions": NotRequired[int],
        "minTrials": NotRequired[int],
        "uncertaintyReplicates": NotRequired[int],
        "maxLatencyMs": NotRequired[float],
        "minCoverage": NotRequired[float],
        "maxModelMegabytes": NotRequired[float],
        "maxAnnualTurnover": NotRequired[float],
        "minCostCover": NotRequired[float],
        "maxPositionShare": NotRequired[float],
        "maxSectorShare": NotRequired[float],
        "maxRefusedTradeShare": NotRequired[float],
        "bookCapital": NotRequired[float],
        "maxParticipation": NotRequired[float],
        "ledgerRescoreMax": NotRequired[int],
        "errorBudget": NotRequired[Literal["off", "lord", "alpha-investing"]],
        "errorBudgetLevel": NotRequired[float],
        "modes": NotRequired[dict[str, Any]],
        "timeLimitSeconds": NotRequired[int],
        "errorHoldSessions": NotRequired[int],
        "waiverSessions": NotRequired[int],
    },
)

GuardSpec = TypedDict(
    "GuardSpec",
    {
        "sessions": int,
        "autoRollback": bool,
        "falseRollbackRate": float,
        "failedLimit": int,
        "inconclusiveLimit": int,
        "maxConsecutiveErrors": int,
        "maxAwayMinutes": int,
        "remindSessions": int,
        "cooldownSessions": int,
        "maxRollbacksPerDay": int,
        "fallbackSide": Literal["serve", "reduce-only", "halt"],
    },
)

GuardSpecInput = TypedDict(
    "GuardSpecInput",
    {
        "sessions": NotRequired[int],
        "autoRollback": NotRequired[bool],
        "falseRollbackRate": NotRequired[float],
        "failedLimit": NotRequired[int],
        "inconclusiveLimit": NotRequired[int],
        "maxConsecutiveErrors": NotRequired[int],
        "maxAwayMinutes": NotRequired[int],
        "remindSessions": NotRequired[int],
        "cooldownSessions": NotRequired[int],
        "maxRollbacksPerDay": NotRequired[int],
        "fallbackSide": NotRequired[Literal["serve", "reduce-only", "halt"]],
    },
)

HoldObjection = TypedDict(
    "HoldObjection",
    {
        "gate": str,
        "code": str,
        "reason": str,
    },
)

HoldRecord = TypedDict(
    "HoldRecord",
    {
        "round": int,
        "cause": Literal["error", "waivable-fail"],
        "objections": list[dict[str, Any]],
        "expiresAt": "Instant",
        "deputy": Union["ApprovalDeputy", None],
        "recordedAt": "Instant",
        "answer": Union[dict[str, Any], None],
    },
)

HyperParameters = TypedDict(
    "HyperParameters",
    {
        "objective": "TrainingObjective",
        "numLeaves": int,
        "learningRate": float,
        "maxIterations": int,
        "earlyStoppingRounds": int,
        "minDataInLeaf": int,
        "featureFraction": float,
        "baggingFraction": float,
        "lambdaL2": float,
        "maxBin": int,
    },
)

ImportedIdentity = TypedDict(
    "ImportedIdentity",
    {
        "schema": Literal[2],
        "model": "ModelName",
        "onnxSha256": "Sha256",
        "paritySha256": "Sha256",
        "featureNames": list[str],
        "featureSet": str,
        "featureCodeHash": "Sha256",
        "snapshotId": "Sha256",
        "recipe": "ImportedRecipe",
        "origin": "ModelOrigin",
    },
)

ImportedRecipe = TypedDict(
    "ImportedRecipe",
    {
        "market": "Market",
        "featureSet": str,
        "features": list[str],
        "label": "LabelSpec",
        "portfolio": "PortfolioSpec",
    },
)

JudgeAlert = TypedDict(
    "JudgeAlert",
    {
        "judgement": Literal["true", "false"],
        "reason": "Reason",
    },
)

LabelSpec = TypedDict(
    "LabelSpec",
    {
        "kind": Literal["forward_return_rank"],
        "horizonSessions": int,
        "entryDelaySessions": int,
    },
)

LabelSpecInput = TypedDict(
    "LabelSpecInput",
    {
        "kind": NotRequired[Literal["forward_return_rank"]],
        "horizonSessions": NotRequired[int],
        "entryDelaySessions": NotRequired[int],
    },
)

LiveClock = TypedDict(
    "LiveClock",
    {
        "mode": Literal["live"],
    },
)

LiveResultList = TypedDict(
    "LiveResultList",
    {
        "items": list["LiveResultRow"],
    },
)

LiveResultRow = TypedDict(
    "LiveResultRow",
    {
        "model": "ModelName",
        "versionId": "Sha256",
        "session": str,
        "epoch": int,
        "rankIc": Union[float, None],
        "netReturn": Union[float, None],
        "turnover": Union[float, None],
        "numbers": dict[str, Any],
    },
)

LiveTicket = TypedDict(
    "LiveTicket",
    {
        "ticket": str,
        "expiresAt": "Instant",
        "path": str,
    },
)

MarketClock = TypedDict(
    "MarketClock",
    {
        "market": "Market",
        "timeZone": str,
        "now": "Instant",
        "session": Union[str, None],
        "state": Literal["pre-open", "open", "closed", "holiday"],
        "opensAt": Union["Instant", None],
        "closesAt": Union["Instant", None],
        "nextSession": Union[str, None],
        "calendarReviewedUntil": str,
        "swap": "SwapHours",
    },
)

MeanDifference = TypedDict(
    "MeanDifference",
    {
        "estimate": float,
        "lower": float,
        "upper": float,
    },
)

MeasureComparison = TypedDict(
    "MeasureComparison",
    {
        "measure": Literal["returns", "ic"],
        "pairs": int,
        "lastSession": Union["SessionDate", None],
        "eWorse": float,
        "worseBound": float,
        "eBetter": float,
        "betterBound": float,
        "perSession": Union["MeanDifference", None],
        "annualised": Union["MeanDifference", None],
    },
)

MeasuredSwap = TypedDict(
    "MeasuredSwap",
    {
        "epoch": int,
        "at": "Instant",
        "tookMs": float,
        "servers": int,
    },
)

ModelFreeze = TypedDict(
    "ModelFreeze",
    {
        "frozen": bool,
        "reason": str,
        "subject": str,
        "epoch": int,
        "since": Union["Instant", None],
    },
)

ModelList = TypedDict(
    "ModelList",
    {
        "items": list["ModelOverview"],
    },
)

ModelOrigin = TypedDict(
    "ModelOrigin",
    {
        "library": str,
        "libraryVersion": str,
        "estimator": str,
    },
)

ModelOverview = TypedDict(
    "ModelOverview",
    {
        "model": "ModelName",
        "market": "Market",
        "specNumber": int,
        "epoch": int,
        "champion": Union["VersionBrief", None],
        "reign": Union[dict[str, Any], None],
        "rollbackTarget": Union[int, None],
        "challenger": Union["VersionBrief", None],
        "side": "ModelSide",
        "freeze": "ModelFreeze",
        "retrain": Union["RetrainBrief", None],
        "approval": Union["ApprovalBrief", None],
        "servers": dict[str, Any],
        "lastResult": Union[dict[str, Any], None],
        "drill": Union[dict[str, Any], None],
        "recentAlerts": int,
    },
)

ModelSide = TypedDict(
    "ModelSide",
    {
        "action": "SideAction",
        "reason": str,
        "subject": str,
        "epoch": int,
        "since": Union["Instant", None],
    },
)

ModelSpec = TypedDict(
    "ModelSpec",
    {
        "model": "ModelName",
        "market": "Market",
        "data": str,
        "features": str,
        "label": "LabelSpec",
        "portfolio": "PortfolioSpec",
        "training": "TrainingSpec",
        "retrain": "RetrainSpec",
        "quality": "QualitySpec",
        "gates": "GatesSpec",
        "shadow": "ShadowSpec",
        "approval": "ApprovalSpec",
        "guard": "GuardSpec",
        "decay": "DecaySpec",
        "serving": "ServingSpec",
        "scoring": "ScoringSpec",
        "drill": "DrillSpec",
    },
)

ModelSpecInput = TypedDict(
    "ModelSpecInput",
    {
        "model": "ModelName",
        "market": "Market",
        "data": str,
        "features": NotRequired[str],
        "label": NotRequired["LabelSpecInput"],
        "portfolio": NotRequired["PortfolioSpecInput"],
        "training": NotRequired["TrainingSpecInput"],
        "retrain": NotRequired["RetrainSpecInput"],
        "quality": NotRequired["QualitySpecInput"],
        "gates": NotRequired["GatesSpecInput"],
        "shadow": NotRequired["ShadowSpecInput"],
        "approval": NotRequired["ApprovalSpecInput"],
        "guard": NotRequired["GuardSpecInput"],
        "decay": NotRequired["DecaySpecInput"],
        "serving": NotRequired["ServingSpecInput"],
        "scoring": NotRequired["ScoringSpecInput"],
        "drill": NotRequired["DrillSpecInput"],
    },
)

NameChallenger = TypedDict(
    "NameChallenger",
    {
        "version": int,
        "reason": "Reason",
    },
)

NamedChallenger = TypedDict(
    "NamedChallenger",
    {
        "number": int,
        "version": int,
        "versionId": "Sha256",
        "sessions": int,
        "subject": str,
        "reason": str,
        "recordedAt": "Instant",
        "end": Union[dict[str, Any], None],
    },
)

ObjectionRecord = TypedDict(
    "ObjectionRecord",
    {
        "id": int,
        "retrainId": str,
        "model": "ModelName",
        "version": int,
        "evidenceHash": "Sha256",
        "subject": str,
        "reason": str,
        "recordedAt": "Instant",
        "epoch": Union[int, None],
        "state": Literal["open", "withdrawn", "overruled", "upheld", "over"],
        "answers": list[dict[str, Any]],
    },
)

OnCall = TypedDict(
    "OnCall",
    {
        "now": list[str],
        "shifts": list[dict[str, Any]],
    },
)

OnCallShift = TypedDict(
    "OnCallShift",
    {
        "subject": str,
        "email": Union[str, None],
        "phone": Union[str, None],
        "id": int,
        "startsAt": "Instant",
        "endsAt": "Instant",
        "addedBy": str,
    },
)

OpenSession = TypedDict(
    "OpenSession",
    {
        "token": str,
    },
)

OpenWaivers = TypedDict(
    "OpenWaivers",
    {
        "retrainId": str,
        "model": "ModelName",
        "round": int,
        "evidenceHash": "Sha256",
        "gates": list[dict[str, Any]],
        "needed": int,
        "barred": list[str],
        "deputy": Union["ApprovalDeputy", None],
        "openedAt": "Instant",
        "expiresAt": "Instant",
    },
)

OpenWaiversPage = TypedDict(
    "OpenWaiversPage",
    {
        "items": list["OpenWaivers"],
        "next": Union[str, None],
    },
)

OpponentComparison = TypedDict(
    "OpponentComparison",
    {
        "opponent": Literal["previous", "universe", "frozen"],
        "returns": "MeasureComparison",
        "ic": "MeasureComparison",
        "claim": Literal["better", "worse", "open"],
        "reason": str,
    },
)

PinOutcome = TypedDict(
    "PinOutcome",
    {
        "model": "ModelName",
        "consumer": str,
        "version": Union[int, None],
    },
)

PinPage = TypedDict(
    "PinPage",
    {
        "items": list["PinRow"],
        "next": Union[str, None],
    },
)

PinRow = TypedDict(
    "PinRow",
    {
        "model": "ModelName",
        "consumer": str,
        "version": int,
        "versionId": "Sha256",
        "purpose": Literal["pin", "fallback"],
        "pinnedBy": str,
        "reason": str,
        "pinnedAt": "Instant",
    },
)

PortfolioSpec = TypedDict(
    "PortfolioSpec",
    {
        "kind": Literal["long_only_excess", "long_short_decile"],
        "holdSessions": int,
        "topFraction": float,
        "turnoverBuffer": float,
        "costs": "PortfolioCosts",
    },
)

PortfolioSpecInput = TypedDict(
    "PortfolioSpecInput",
    {
        "kind": NotRequired[Literal["long_only_excess", "long_short_decile"]],
        "holdSessions": NotRequired[int],
        "topFraction": NotRequired[float],
        "turnoverBuffer": NotRequired[float],
        "costs": NotRequired["PortfolioCosts"],
    },
)

Problem = TypedDict(
    "Problem",
    {
        "type": str,
        "title": str,
        "status": int,
        "detail": str,
        "instance": str,
        "code": str,
        "remedy": str,
        "issues": list[dict[str, Any]],
        "details": dict[str, Any],
    },
)

QualitySpec = TypedDict(
    "QualitySpec",
    {
        "minSessionCoverage": float,
        "maxStaleSymbols": float,
        "maxLateBars": float,
        "maxGaps": float,
        "maxOutliers": float,
        "maxLimitHits": float,
        "maxDuplicates": float,
        "maxRestatements": float,
        "maxUnrecordedSplits": int,
        "maxDrift": float,
        "holds": list["QualityMeasureName"],
    },
)

QualitySpecInput = TypedDict(
    "QualitySpecInput",
    {
        "minSessionCoverage": NotRequired[float],
        "maxStaleSymbols": NotRequired[float],
        "maxLateBars": NotRequired[float],
        "maxGaps": NotRequired[float],
        "maxOutliers": NotRequired[float],
        "maxLimitHits": NotRequired[float],
        "maxDuplicates": NotRequired[float],
        "maxRestatements": NotRequired[float],
        "maxUnrecordedSplits": NotRequired[int],
        "maxDrift": NotRequired[float],
        "holds": NotRequired[list["QualityMeasureName"]],
    },
)

RaiseObjection = TypedDict(
    "RaiseObjection",
    {
        "evidenceHash": "Sha256",
        "reason": "Reason",
    },
)

RaiseTestAlert = TypedDict(
    "RaiseTestAlert",
    {
        "severity": NotRequired[Literal["INFO", "WARNING", "ERROR", "CRITICAL", "EMERGENCY"]],
        "model": NotRequired[Union["ModelName", None]],
    },
)

RaisedTestAlert = TypedDict(
    "RaisedTestAlert",
    {
        "labels": dict[str, Any],
    },
)

Recipe = TypedDict(
    "Recipe",
    {
        "market": "Market",
        "featureSet": str,
        "features": list[str],
        "label": "LabelSpec",
        "portfolio": "PortfolioSpec",
        "params": "HyperParameters",
        "fitting": "FittingOptions",
        "foldPlan": "FoldPlan",
    },
)

RefuseWaivers = TypedDict(
    "RefuseWaivers",
    {
        "evidenceHash": "Sha256",
        "reason": "Reason",
    },
)

RefusedAttempt = TypedDict(
    "RefusedAttempt",
    {
        "minute": "Instant",
        "actor": str,
        "command": str,
        "code": str,
        "model": str,
        "reason": str,
        "attempts": int,
    },
)

RefusedAttemptList = TypedDict(
    "RefusedAttemptList",
    {
        "items": list["RefusedAttempt"],
    },
)

RefusedWaivers = TypedDict(
    "RefusedWaivers",
    {
        "subject": str,
        "reason": str,
        "asDeputy": bool,
    },
)

RegisterVersion = TypedDict(
    "RegisterVersion",
    {
        "snapshotId": "Sha256",
        "features": list[str],
        "origin": "ModelOrigin",
        "onnx": "ArtifactRef",
        "parity": "ArtifactRef",
        "reason": "Reason",
    },
)

RegisteredModel = TypedDict(
    "RegisteredModel",
    {
        "versionId": "Sha256",
        "number": int,
        "linked": bool,
        "trees": int,
        "parityRows": int,
    },
)

ReignComparison = TypedDict(
    "ReignComparison",
    {
        "model": "ModelName",
        "epoch": int,
        "version": int,
        "fromVersion": Union[int, None],
        "since": "Instant",
        "sessions": int,
        "labels": dict[str, Any],
        "guard": Union[dict[str, Any], None],
        "opponents": list["OpponentComparison"],
    },
)

ReignPage = TypedDict(
    "ReignPage",
    {
        "items": list["ReignRecord"],
        "next": Union[str, None],
    },
)

ReignRecord = TypedDict(
    "ReignRecord",
    {
        "model": "ModelName",
        "epoch": int,
        "versionId": "Sha256",
        "version": int,
        "fromVersion": Union[int, None],
        "cause": Literal["swap", "rollback", "probation"],
        "retrainId": Union[str, None],
        "decisionHash": Union["Sha256", None],
        "actor": str,
        "reason": str,
        "businessAt": "Instant",
        "recordedAt": "Instant",
    },
)

RemovedShift = TypedDict(
    "RemovedShift",
    {
        "id": int,
        "removed": Literal[True],
    },
)

ReplayClock = TypedDict(
    "ReplayClock",
    {
        "mode": Literal["replay"],
        "secondsPerSession": float,
        "approvalSecondsPerSession": float,
    },
)

RetrainBrief = TypedDict(
    "RetrainBrief",
    {
        "retrainId": str,
        "run": int,
        "asOf": "Instant",
        "trigger": "Trigger",
        "requester": str,
        "emergency": bool,
        "step": "RetrainStep",
        "status": Union[Literal["open"], "RetrainOutcome"],
        "verdict": Union["Verdict", None],
        "reason": str,
        "version": Union[int, None],
        "startedAt": "Instant",
        "stepAt": "Instant",
        "finishedAt": Union["Instant", None],
    },
)

RetrainDetail = TypedDict(
    "RetrainDetail",
    {
        "retrain": "RetrainRow",
        "clock": "ClockSpec",
        "approval": Union["ApprovalBrief", None],
        "shadowDays": list["ShadowDay"],
        "holds": list["HoldRecord"],
        "waivers": list[dict[str, Any]],
        "waiving": Union["OpenWaivers", None],
        "objections": list["ObjectionRecord"],
        "swap": Union["SwapHours", None],
        "temporalUrl": Union[str, None],
    },
)

RetrainPage = TypedDict(
    "RetrainPage",
    {
        "items": list["RetrainRow"],
        "next": Union[str, None],
    },
)

RetrainRow = TypedDict(
    "RetrainRow",
    {
        "retrainId": str,
        "run": int,
        "asOf": "Instant",
        "trigger": "Trigger",
        "requester": str,
        "emergency": bool,
        "step": "RetrainStep",
        "status": Union[Literal["open"], "RetrainOutcome"],
        "verdict": Union["Verdict", None],
        "reason": str,
        "version": Union[int, None],
        "startedAt": "Instant",
        "stepAt": "Instant",
        "finishedAt": Union["Instant", None],
        "model": "ModelName",
        "code": str,
        "specNumber": int,
    },
)

RetrainSpec = TypedDict(
    "RetrainSpec",
    {
        "cron": str,
        "catchupHours": int,
        "promotionGate": bool,
    },
)

RetrainSpecInput = TypedDict(
    "RetrainSpecInput",
    {
        "cron": NotRequired[str],
        "catchupHours": NotRequired[int],
        "promotionGate": NotRequired[bool],
    },
)

RetrainState = TypedDict(
    "RetrainState",
    {
        "retrainId": str,
        "model": "ModelName",
        "step": "RetrainStep",
        "steps": list[dict[str, Any]],
        "finished": bool,
        "outcome": Union["RetrainOutcome", None],
        "reason": str,
        "verdicts": list["GateVerdict"],
        "waivers": list["Waiver"],
        "hold": Union["GateHold", None],
        "shadowSessions": list["SessionDate"],
        "approval": Union["ApprovalState", None],
        "awaiting": str,
    },
)

RevokeToken = TypedDict(
    "RevokeToken",
    {
        "issuer": NotRequired[str],
        "tokenId": str,
        "reason": str,
    },
)

RevokedToken = TypedDict(
    "RevokedToken",
    {
        "issuer": str,
        "tokenId": str,
        "revokedBy": str,
    },
)

RollbackDrill = TypedDict(
    "RollbackDrill",
    {
        "id": int,
        "model": "ModelName",
        "epoch": int,
        "champion": int,
        "target": int,
        "targetId": "Sha256",
        "trigger": Literal["manual", "schedule"],
        "requestedBy": str,
        "reason": str,
        "openedAt": "Instant",
        "deadline": "Instant",
        "result": Union["DrillResult", None],
        "endedReason": str,
        "endedAt": Union["Instant", None],
        "waitedFor": list[str],
        "servers": list["DrillServer"],
    },
)

RollbackRequest = TypedDict(
    "RollbackRequest",
    {
        "toVersion": NotRequired[Union[int, None]],
        "expectedEpoch": NotRequired[Union[int, None]],
        "reason": "Reason",
    },
)

RollbackResult = TypedDict(
    "RollbackResult",
    {
        "model": "ModelName",
        "fromVersion": int,
        "toVersion": int,
        "epoch": int,
        "status": Literal["complete", "partial"],
        "missingServers": list[str],
        "elapsedMs": float,
    },
)

RuleQuality = TypedDict(
    "RuleQuality",
    {
        "rule": str,
        "alerts": int,
        "notified": int,
        "judgedTrue": int,
        "judgedFalse": int,
        "ignored": int,
        "precision": Union[float, None],
        "medianSecondsToAcknowledge": Union[float, None],
    },
)

Runbook = TypedDict(
    "Runbook",
    {
        "rule": str,
        "text": Union[str, None],
        "language": Literal["en", "zh-TW"],
    },
)

ScheduleCommand = TypedDict(
    "ScheduleCommand",
    {
        "action": Literal["pause", "resume", "trigger"],
        "kind": NotRequired["ScheduleKind"],
        "reason": "Reason",
    },
)

SchedulePage = TypedDict(
    "SchedulePage",
    {
        "items": list["ScheduleView"],
        "next": Union[str, None],
    },
)

ScheduleView = TypedDict(
    "ScheduleView",
    {
        "model": "ModelName",
        "kind": "ScheduleKind",
        "field": str,
        "cron": str,
        "zone": str,
        "paused": bool,
        "note": str,
        "next": list["Instant"],
        "recent": list[dict[str, Any]],
        "missedCatchup": int,
        "last": Union[dict[str, Any], None],
    },
)

ScoreRun = TypedDict(
    "ScoreRun",
    {
        "id": int,
        "session": "SessionDate",
        "version": int,
        "versionId": "Sha256",
        "epoch": int,
        "isChampion": bool,
        "trigger": Literal["manual", "schedule"],
        "requestedBy": str,
        "startedAt": "Instant",
        "asOf": Union["Instant", None],
        "symbols": Union[int, None],
        "done": int,
        "skipped": int,
        "files": Union[dict[str, Any], None],
        "completedAt": Union["Instant", None],
    },
)

ScoreRunList = TypedDict(
    "ScoreRunList",
    {
        "items": list["ScoreRun"],
    },
)

ScoringSpec = TypedDict(
    "ScoringSpec",
    {
        "schedule": bool,
        "delayMinutes": int,
        "waitMinutes": int,
        "minCoverage": float,
    },
)

ScoringSpecInput = TypedDict(
    "ScoringSpecInput",
    {
        "schedule": NotRequired[bool],
        "delayMinutes": NotRequired[int],
        "waitMinutes": NotRequired[int],
        "minCoverage": NotRequired[float],
    },
)

ServingSpec = TypedDict(
    "ServingSpec",
    {
        "onStale": Literal["serve", "refuse"],
        "maxStaleSeconds": int,
        "swapWindow": Literal["outside-session", "any"],
    },
)

ServingSpecInput = TypedDict(
    "ServingSpecInput",
    {
        "onStale": NotRequired[Literal["serve", "refuse"]],
        "maxStaleSeconds": NotRequired[int],
        "swapWindow": NotRequired[Literal["outside-session", "any"]],
    },
)

SetFreeze = TypedDict(
    "SetFreeze",
    {
        "frozen": bool,
        "reason": "Reason",
    },
)

SetPin = TypedDict(
    "SetPin",
    {
        "version": Union[int, None],
        "purpose": NotRequired[Literal["pin", "fallback"]],
        "reason": "Reason",
    },
)

SetSide = TypedDict(
    "SetSide",
    {
        "action": "SideAction",
        "reason": "Reason",
    },
)

ShadowDay = TypedDict(
    "ShadowDay",
    {
        "session": str,
        "versionId": "Sha256",
        "championId": Union["Sha256", None],
        "rows": int,
        "pairedRows": int,
        "verdict": Literal["continue", "fail"],
        "reason": str,
        "predictions": Union["ArtifactRef", None],
        "numbers": dict[str, Any],
    },
)

ShadowSpec = TypedDict(
    "ShadowSpec",
    {
        "sessions": int,
        "minPairing": float,
        "maxMissing": float,
        "maxLatencyMs": float,
        "minRankAgreement": float,
        "maxFeatureSkew": float,
        "maxFeatureMismatch": float,
        "maxTurnover": float,
        "maxSectorShare": float,
        "maxBetaDeviation": float,
        "maxRefusedTradeShare": float,
        "maxPaperLoss": float,
        "maxDrawdown": float,
        "maxGateAgeSessions": int,
    },
)

ShadowSpecInput = TypedDict(
    "ShadowSpecInput",
    {
        "sessions": NotRequired[int],
        "minPairing": NotRequired[float],
        "maxMissing": NotRequired[float],
        "maxLatencyMs": NotRequired[float],
        "minRankAgreement": NotRequired[float],
        "maxFeatureSkew": NotRequired[float],
        "maxFeatureMismatch": NotRequired[float],
        "maxTurnover": NotRequired[float],
        "maxSectorShare": NotRequired[float],
        "maxBetaDeviation": NotRequired[float],
        "maxRefusedTradeShare": NotRequired[float],
        "maxPaperLoss": NotRequired[float],
        "maxDrawdown": NotRequired[float],
        "maxGateAgeSessions": NotRequired[int],
    },
)

SignedOut = TypedDict(
    "SignedOut",
    {
        "signedOut": Literal[True],
    },
)

Silence = TypedDict(
    "Silence",
    {
        "id": int,
        "matchers": list[dict[str, Any]],
        "startsAt": "Instant",
        "endsAt": "Instant",
        "subject": str,
        "reason": str,
        "expiredAt": Union["Instant", None],
        "expiredBy": Union[str, None],
        "active": bool,
    },
)

SilenceList = TypedDict(
    "SilenceList",
    {
        "items": list["Silence"],
    },
)

SilenceMatcher = TypedDict(
    "SilenceMatcher",
    {
        "name": str,
        "operator": Literal["=", "!=", "=~", "!~"],
        "value": str,
    },
)

SnapshotLineage = TypedDict(
    "SnapshotLineage",
    {
        "snapshot": dict[str, Any],
        "versions": list[dict[str, Any]],
        "retrains": list[dict[str, Any]],
    },
)

SpecPage = TypedDict(
    "SpecPage",
    {
        "items": list["SpecRecord"],
        "next": Union[str, None],
    },
)

SpecProposal = TypedDict(
    "SpecProposal",
    {
        "id": int,
        "model": "ModelName",
        "baseNumber": int,
        "spec": "ModelSpec",
        "hash": "Sha256",
        "author": str,
        "loosened": list[str],
        "reason": str,
        "proposedAt": "Instant",
        "expiresAt": "Instant",
        "deputy": Union["ApprovalDeputy", None],
        "state": Literal["open", "agreed", "rejected", "expired", "outrun"],
        "decidedBy": Union[str, None],
        "decidedAsDeputy": bool,
        "decidedReason": Union[str, None],
        "decidedAt": Union["Instant", None],
    },
)

SpecProposalDetail = TypedDict(
    "SpecProposalDetail",
    {
        "id": int,
        "model": "ModelName",
        "baseNumber": int,
        "spec": "ModelSpec",
        "hash": "Sha256",
        "author": str,
        "loosened": list[str],
        "reason": str,
        "proposedAt": "Instant",
        "expiresAt": "Instant",
        "deputy": Union["ApprovalDeputy", None],
        "state": Literal["open", "agreed", "rejected", "expired", "outrun"],
        "decidedBy": Union[str, None],
        "decidedAsDeputy": bool,
        "decidedReason": Union[str, None],
        "decidedAt": Union["Instant", None],
        "changes": list[dict[str, Any]],
    },
)

SpecProposalPage = TypedDict(
    "SpecProposalPage",
    {
        "items": list["SpecProposal"],
        "next": Union[str, None],
    },
)

SpecRecord = TypedDict(
    "SpecRecord",
    {
        "model": "ModelName",
        "number": int,
        "spec": "ModelSpec",
        "hash": "Sha256",
        "author": str,
        "loosened": list[str],
        "secondPerson": Union[str, None],
        "secondAsDeputy": bool,
        "recordedAt": "Instant",
    },
)

StartDrill = TypedDict(
    "StartDrill",
    {
        "reason": NotRequired[Union["Reason", None]],
        "until": NotRequired[Literal["opened", "ended"]],
    },
)

StartRetrain = TypedDict(
    "StartRetrain",
    {
        "asOf": NotRequired[Union["Instant", None]],
        "emergency": NotRequired[bool],
        "allowProbation": NotRequired[bool],
        "challenger": NotRequired[Union[int, None]],
        "reason": "Reason",
        "replaySecondsPerSession": NotRequired[Union[float, None]],
    },
)

StartScoring = TypedDict(
    "StartScoring",
    {
        "session": NotRequired[Union["SessionDate", None]],
        "version": NotRequired[Union[int, None]],
    },
)

StartedRetrain = TypedDict(
    "StartedRetrain",
    {
        "retrainId": str,
        "asOf": "Instant",
    },
)

StartedScoring = TypedDict(
    "StartedScoring",
    {
        "workflowId": str,
    },
)

StoredGateReport = TypedDict(
    "StoredGateReport",
    {
        "hash": "Sha256",
        "report": dict[str, Any],
        "versionId": "Sha256",
        "recordedAt": "Instant",
        "page": Union["ArtifactRef", None],
        "icHalfLife": dict[str, Any],
        "closeness": list[dict[str, Any]],
        "judgedSize": Union[dict[str, Any], None],
    },
)

StructuralChange = TypedDict(
    "StructuralChange",
    {
        "model": "ModelName",
        "number": int,
        "ledgerSeq": int,
        "recipesBefore": int,
        "actor": str,
        "secondPerson": str,
        "reason": str,
        "recordedAt": "Instant",
    },
)

StructuralChangeList = TypedDict(
    "StructuralChangeList",
    {
        "items": list["StructuralChange"],
    },
)

SwapHours = TypedDict(
    "SwapHours",
    {
        "opensAt": Union["Instant", None],
        "closesAt": Union["Instant", None],
        "firstSession": Union["SessionDate", None],
    },
)

SwapStatus = TypedDict(
    "SwapStatus",
    {
        "model": "ModelName",
        "epoch": int,
        "status": Literal["complete", "partial"],
        "acknowledged": list[dict[str, Any]],
        "missing": list[dict[str, Any]],
        "lastAcknowledgedAt": Union["Instant", None],
        "measured": dict[str, Any],
        "drill": "DrillStanding",
    },
)

SystemHealth = TypedDict(
    "SystemHealth",
    {
        "status": Literal["ok", "degraded"],
        "registry": bool,
        "liveClients": int,
        "version": str,
        "signIn": Literal["token", "oidc"],
    },
)

TrainedIdentity = TypedDict(
    "TrainedIdentity",
    {
        "schema": Literal[1],
        "model": "ModelName",
        "onnxSha256": "Sha256",
        "nativeModelSha256": "Sha256",
        "featureNames": list[str],
        "featureSet": str,
        "featureCodeHash": "Sha256",
        "snapshotId": "Sha256",
        "recipe": "Recipe",
        "iterations": int,
        "seed": int,
        "environment": "TrainingEnvironment",
    },
)

TrainingEnvironment = TypedDict(
    "TrainingEnvironment",
    {
        "python": str,
        "lightgbm": str,
        "numpy": str,
        "lockHash": "Sha256",
        "threads": int,
        "cpuClass": str,
    },
)

TrainingSpec = TypedDict(
    "TrainingSpec",
    {
        "objective": "TrainingObjective",
        "monotone": "MonotoneConstraints",
        "weightHalfLifeSessions": int,
        "trials": int,
        "search": Literal["random", "tpe"],
        "generation": int,
        "draws": Literal["monthly", "fixed"],
        "trainSessions": int,
        "testSessions": int,
        "folds": Literal["walk_forward", "combinatorial"],
        "groups": int,
        "testGroups": int,
        "minFolds": int,
        "maxFolds": int,
        "embargoSessions": int,
        "seed": int,
        "maxMinutes": int,
    },
)

TrainingSpecInput = TypedDict(
    "TrainingSpecInput",
    {
        "objective": NotRequired["TrainingObjective"],
        "monotone": NotRequired["MonotoneConstraints"],
        "weightHalfLifeSessions": NotRequired[int],
        "trials": NotRequired[int],
        "search": NotRequired[Literal["random", "tpe"]],
        "generation": NotRequired[int],
        "draws": NotRequired[Literal["monthly", "fixed"]],
        "trainSessions": NotRequired[int],
        "testSessions": NotRequired[int],
        "folds": NotRequired[Literal["walk_forward", "combinatorial"]],
        "groups": NotRequired[int],
        "testGroups": NotRequired[int],
        "minFolds": NotRequired[int],
        "maxFolds": NotRequired[int],
        "embargoSessions": NotRequired[int],
        "seed": NotRequired[int],
        "maxMinutes": NotRequired[int],
    },
)

TrialList = TypedDict(
    "TrialList",
    {
        "trials": int,
        "recipes": int,
        "counted": int,
        "newest": list["TrialRow"],
    },
)

TrialRow = TypedDict(
    "TrialRow",
    {
        "trialId": str,
        "recipeHash": "Sha256",
        "asOf": "Instant",
        "state": str,
    },
)

VersionBrief = TypedDict(
    "VersionBrief",
    {
        "id": "Sha256",
        "number": int,
        "registeredAt": "Instant",
        "probation": bool,
    },
)

VersionDossier = TypedDict(
    "VersionDossier",
    {
        "version": "VersionRecord",
        "keptBecause": Union[str, None],
        "retrains": list[dict[str, Any]],
        "evidence": list["EvidenceRecord"],
        "signatures": list[dict[str, Any]],
        "reigns": list["ReignRecord"],
    },
)

VersionLineage = TypedDict(
    "VersionLineage",
    {
        "model": "ModelName",
        "version": int,
        "versionId": "Sha256",
        "state": str,
        "snapshot": dict[str, Any],
        "recipeHash": "Sha256",
        "featureCodeHash": "Sha256",
        "seed": Union[int, None],
        "environment": Union["TrainingEnvironment", None],
        "origin": Union["ModelOrigin", None],
        "artifacts": dict[str, Any],
        "retrains": list[dict[str, Any]],
    },
)

VersionManifest = TypedDict(
    "VersionManifest",
    {
        "versionId": "Sha256",
        "identity": "VersionIdentity",
        "artifacts": dict[str, Any],
        "provenance": dict[str, Any],
    },
)

VersionPage = TypedDict(
    "VersionPage",
    {
        "items": list["VersionRow"],
        "next": Union[str, None],
    },
)

VersionRecord = TypedDict(
    "VersionRecord",
    {
        "id": "Sha256",
        "model": "ModelName",
        "number": int,
        "manifest": "VersionManifest",
        "snapshotId": "Sha256",
        "recipeHash": "Sha256",
        "state": Literal["registered", "deleted"],
        "registeredAt": "Instant",
        "retainUntil": "Instant",
        "probation": bool,
    },
)

VersionRow = TypedDict(
    "VersionRow",
    {
        "id": "Sha256",
        "number": int,
        "registeredAt": "Instant",
        "probation": bool,
        "model": "ModelName",
        "snapshotId": "Sha256",
        "recipeHash": "Sha256",
        "state": Literal["registered", "deleted"],
        "retainUntil": "Instant",
        "role": Literal["champion", "previous", "challenger", "former", "none"],
    },
)

WaiveGate = TypedDict(
    "WaiveGate",
    {
        "gate": "GateName",
        "evidenceHash": "Sha256",
        "reason": "Reason",
    },
)

WaivedGate = TypedDict(
    "WaivedGate",
    {
        "gate": "GateName",
        "waivedBy": list[str],
        "open": list["GateName"],
    },
)

Waiver = TypedDict(
    "Waiver",
    {
        "gate": "GateName",
        "subject": str,
        "reason": str,
    },
)

WalkForwardPlan = TypedDict(
    "WalkForwardPlan",
    {
        "trainSessions": int,
        "testSessions": int,
        "purgeSessions": int,
        "embargoSessions": int,
    },
)

WatchedSession = TypedDict(
    "WatchedSession",
    {
        "model": "ModelName",
        "epoch": int,
        "session": str,
        "decidedAt": "Instant",
        "versionId": "Sha256",
        "knownThrough": Union[str, None],
        "alarm": bool,
        "standing": bool,
        "statistic": Union[float, None],
        "threshold": Union[float, None],
        "onset": Union[str, None],
        "diagnosis": Union[str, None],
        "decision": Literal["watch", "repair-data", "retrain", "cooldown", "standing", "not-worth", "released", "drift-retrain"],
        "action": Literal["none", "reduce-only", "halt", "roll-back", "safe-version", "serve"],
        "reason": str,
        "health": Union[float, None],
    },
)

WatchedSessionPage = TypedDict(
    "WatchedSessionPage",
    {
        "items": list["WatchedSession"],
        "next": Union[str, None],
    },
)

WhoAmI = TypedDict(
    "WhoAmI",
    {
        "subject": str,
        "grants": list["Grant"],
        "issuer": str,
        "expiresAt": "Instant",
        "csrfToken": Union[str, None],
    },
)


class ApiProblem(Exception):
    """The API refused or failed; ``problem["code"]`` is stable."""

    def __init__(self, problem: "Problem") -> None:
        super().__init__(problem["detail"])
        self.problem = problem


class ControlApi:
    """Everything the command line does with a running system."""

    def __init__(self, base_url: str, token: str, timeout_seconds: float = 30.0) -> None:
        self._base_url = base_url.rstrip("/")
        self._token = token
        self._timeout = timeout_seconds

    def _call(
        self,
        method: str,
        path: str,
        path_values: dict[str, Any],
        query: dict[str, Any],
        body: Any,
        idempotency_key: Optional[str],
    ) -> Any:
        for name, value in path_values.items():
            path = path.replace("{" + name + "}", urllib.parse.quote(str(value), safe=""))
        sent = {name: value for name, value in query.items() if value is not None}
        url = self._base_url + path + ("?" + urllib.parse.urlencode(sent) if sent else "")
        headers = {"authorization": f"Bearer {self._token}", "accept": "application/json"}
        data = None
        if body is not None:
            data = json.dumps(body).encode()
            headers["content-type"] = "application/json"
        if idempotency_key is not None:
            headers["idempotency-key"] = idempotency_key
        request = urllib.request.Request(url, data=data, headers=headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=self._timeout) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as refused:
            text = refused.read().decode("utf-8", "replace")
            try:
                problem = json.loads(text)
            except ValueError:
                problem = {"code": "NO_PROBLEM", "status": refused.code, "detail": text[:200] or refused.reason}
            raise ApiProblem(problem) from None

    def sign_in(self, body: "OpenSessionInput") -> "WhoAmIInput":
        """Opens a session for the person of a token; the cookie is set by the answer."""
        return self._call("POST", "/api/v1/session", {}, {}, body, None)  # type: ignore[no-any-return]

    def who_am_i(self) -> "WhoAmIInput":
        """Who is signed in, with which roles, until when."""
        return self._call("GET", "/api/v1/session", {}, {}, None, None)  # type: ignore[no-any-return]

    def sign_out(self) -> "SignedOutInput":
        """Ends the session."""
        return self._call("DELETE", "/api/v1/session", {}, {}, None, None)  # type: ignore[no-any-return]

    def live_ticket(self) -> "LiveTicketInput":
        """A ticket for one WebSocket of the live view."""
        return self._call("POST", "/api/v1/live/tickets", {}, {}, None, None)  # type: ignore[no-any-return]

    def revoke_token(self, body: "RevokeTokenInput", *, idempotency_key: Optional[str] = None) -> "RevokedTokenInput":
        """Calls a token back, with every session that it opened."""
        return self._call("POST", "/api/v1/revoked-tokens", {}, {}, body, idempotency_key or str(uuid.uuid4()))  # type: ignore[no-any-return]

    def list_models(self) -> "ModelListInput":
        """Every model that you may look at: champion, open retrain, what it asks for, servers, newest result."""
        return self._call("GET", "/api/v1/models", {}, {}, None, None)  # type: ignore[no-any-return]

    def get_model(self, model: "ModelName") -> "ChampionViewInput":
        """Champion, previous champions, challenger and spec of one model, all of one epoch."""
        return self._call("GET", "/api/v1/models/{model}", {"model": model}, {}, None, None)  # type: ignore[no-any-return]

    def champion_at(self, model: "ModelName", *, at: Optional["Instant"] = None, known_at: Optional["Instant"] = None) -> "ChampionAtInput":
        """Who was champion at a business time, as known at a system time."""
        return self._call("GET", "/api/v1/models/{model}/champion", {"model": model}, {"at": at, "knownAt": known_at}, None, None)  # type: ignore[no-any-return]

    def list_reigns(self, model: "ModelName", *, limit: Optional[int] = None, cursor: Optional["Cursor"] = None) -> "ReignPageInput":
        """Every champion that a model has had, newest first."""
        return self._call("GET", "/api/v1/models/{model}/reigns", {"model": model}, {"limit": limit, "cursor": cursor}, None, None)  # type: ignore[no-any-return]

    def get_servers(self, model: "ModelName") -> "SwapStatusInput":
        """Which servers answer with the epoch in force, and which do not yet."""
        return self._call("GET", "/api/v1/models/{model}/servers", {"model": model}, {}, None, None)  # type: ignore[no-any-return]

    def roll_back(self, model: "ModelName", body: "RollbackRequestInput", *, idempotency_key: Optional[str] = None) -> "RollbackResultInput":
        """Takes a model back to an earlier champion; works in every state."""
        return self._call("POST", "/api/v1/models/{model}/rollbacks", {"model": model}, {}, body, idempotency_key or str(uuid.uuid4()))  # type: ignore[no-any-return]

    def get_side(self, model: "ModelName") -> "ModelSideInput":
        """What consumers do with the answers of a model."""
        return self._call("GET", "/api/v1/models/{model}/side", {"model": model}, {}, None, None)  # type: ignore[no-any-return]

    def set_side(self, model: "ModelName", body: "SetSideInput", *, idempotency_key: Optional[str] = None) -> "ModelSideInput":
        """Tells consumers to use the answers, to close positions only, or to stop."""
        return self._call("PUT", "/api/v1/models/{model}/side", {"model": model}, {}, body, idempotency_key or str(uuid.uuid4()))  # type: ignore[no-any-return]

    def get_freeze(self, model: "ModelName") -> "ModelFreezeInput":
        """Whether a model is held still."""
        return self._call("GET", "/api/v1/models/{model}/freeze", {"model": model}, {}, None, None)  # type: ignore[no-any-return]

    def set_freeze(self, model: "ModelName", body: "SetFreezeInput", *, idempotency_key: Optional[str] = None) -> "ModelFreezeInput":
        """Holds a model still, or lets it go: no promotion, no automatic rollback."""
        return self._call("PUT", "/api/v1/models/{model}/freeze", {"model": model}, {}, body, idempotency_key or str(uuid.uuid4()))  # type: ignore[no-any-return]

    def list_drills(self, model: "ModelName", *, limit: Optional[int] = None, cursor: Optional["Cursor"] = None) -> "DrillPageInput":
        """Rehearsals of the way back, newest first: who asked, what each server found."""
        return self._call("GET", "/api/v1/models/{model}/drills", {"model": model}, {"limit": limit, "cursor": cursor}, None, None)  # type: ignore[no-any-return]

    def start_drill(self, model: "ModelName", body: "StartDrillInput", *, idempotency_key: Optional[str] = None) -> "RollbackDrillInput":
        """Rehearses the way back on every server; the champion, its epoch and its answers stay as they are."""
        return self._call("POST", "/api/v1/models/{model}/drills", {"model": model}, {}, body, idempotency_key or str(uuid.uuid4()))  # type: ignore[no-any-return]

    def get_comparison(self, model: "ModelName", *, epoch: Optional[int] = None) -> "ReignComparisonInput":
        """A reign against the previous champion, the universe, and never having retrained: evidence so far."""
        return self._call("GET", "/api/v1/models/{model}/comparison", {"model": model}, {"epoch": epoch}, None, None)  # type: ignore[no-any-return]

    def list_challengers(self, model: "ModelName", *, limit: Optional[int] = None, cursor: Optional["Cursor"] = None, open: Optional[Literal["true", "false"]] = None) -> "ChallengerPageInput":
        """Versions scored beside the champion, besides those of retrains; newest first."""
        return self._call("GET", "/api/v1/models/{model}/challengers", {"model": model}, {"limit": limit, "cursor": cursor, "open": open}, None, None)  # type: ignore[no-any-return]

    def add_challenger(self, model: "ModelName", body: "NameChallengerInput", *, idempotency_key: Optional[str] = None) -> "NamedChallengerInput":
        """Has a version scored beside the champion from the next session on."""
        return self._call("POST", "/api/v1/models/{model}/challengers", {"model": model}, {}, body, idempotency_key or str(uuid.uuid4()))  # type: ignore[no-any-return]

    def end_challenger(self, model: "ModelName", version: int, body: "EndChallengerInput", *, idempotency_key: Optional[str] = None) -> "NamedChallengerInput":
        """Ends the shadow of a named challenger early."""
        return self._call("POST", "/api/v1/models/{model}/challengers/{version}/end", {"model": model, "version": version}, {}, body, idempotency_key or str(uuid.uuid4()))  # type: ignore[no-any-return]

    def get_spec(self, model: "ModelName") -> "SpecRecordInput":
        """The spec in force."""
        return self._call("GET", "/api/v1/models/{model}/spec", {"model": model}, {}, None, None)  # type: ignore[no-any-return]

    def apply_spec(self, model: "ModelName", body: "ApplySpecInput", *, idempotency_key: Optional[str] = None) -> "AppliedSpecInput":
        """Stores a spec and puts its schedule in force; one that loosens anything waits for a second quant lead."""
        return self._call("PUT", "/api/v1/models/{model}/spec", {"model": model}, {}, body, idempotency_key or str(uuid.uuid4()))  # type: ignore[no-any-return]

    def list_specs(self, model: "ModelName", *, limit: Optional[int] = None, cursor: Optional["Cursor"] = None) -> "SpecPageInput":
        """Every spec of a model, newest first."""
        return self._call("GET", "/api/v1/models/{model}/specs", {"model": model}, {"limit": limit, "cursor": cursor}, None, None)  # type: ignore[no-any-return]

    def get_spec_by_number(self, model: "ModelName", number: int) -> "SpecRecordInput":
        """One spec by its number."""
        return self._call("GET", "/api/v1/models/{model}/specs/{number}", {"model": model, "number": number}, {}, None, None)  # type: ignore[no-any-return]

    def list_spec_proposals(self, *, limit: Optional[int] = None, cursor: Optional["Cursor"] = None, model: Optional["ModelName"] = None) -> "SpecProposalPageInput":
        """Specs that loosen something and wait, or waited, for a second quant lead; newest first."""
        return self._call("GET", "/api/v1/spec-proposals", {}, {"limit": limit, "cursor": cursor, "model": model}, None, None)  # type: ignore[no-any-return]

    def get_spec_proposal(self, proposal: int) -> "SpecProposalDetailInput":
        """One proposal, with what it changes and what of that it loosens."""
        return self._call("GET", "/api/v1/spec-proposals/{proposal}", {"proposal": proposal}, {}, None, None)  # type: ignore[no-any-return]

    def decide_spec_proposal(self, proposal: int, body: "DecideProposalInput", *, idempotency_key: Optional[str] = None) -> "DecidedProposalInput":
        """A second quant lead, or the deputy once asked, agrees, which puts the spec in force, or rejects it."""
        return self._call("POST", "/api/v1/spec-proposals/{proposal}/decision", {"proposal": proposal}, {}, body, idempotency_key or str(uuid.uuid4()))  # type: ignore[no-any-return]

    def list_retrains(self, *, limit: Optional[int] = None, cursor: Optional["Cursor"] = None, model: Optional["ModelName"] = None, status: Optional[Union[Literal["open"], "RetrainOutcome"]] = None) -> "RetrainPageInput":
        """Retrains of every model that you may look at, newest first."""
        return self._call("GET", "/api/v1/retrains", {}, {"limit": limit, "cursor": cursor, "model": model, "status": status}, None, None)  # type: ignore[no-any-return]

    def start_retrain(self, model: "ModelName", body: "StartRetrainInput", *, idempotency_key: Optional[str] = None) -> "StartedRetrainInput":
        """Starts the eight steps for a model, as of an instant."""
        return self._call("POST", "/api/v1/models/{model}/retrains", {"model": model}, {}, body, idempotency_key or str(uuid.uuid4()))  # type: ignore[no-any-return]

    def get_retrain(self, retrain: "RetrainId") -> "RetrainDetailInput":
        """One retrain as the registry has it; complete also while no worker runs."""
        return self._call("GET", "/api/v1/retrains/{retrain}", {"retrain": retrain}, {}, None, None)  # type: ignore[no-any-return]

    def get_retrain_state(self, retrain: "RetrainId") -> "RetrainStateInput":
        """The running workflow in its own words: what it waits for, from whom."""
        return self._call("GET", "/api/v1/retrains/{retrain}/state", {"retrain": retrain}, {}, None, None)  # type: ignore[no-any-return]

    def get_evidence(self, retrain: "RetrainId") -> "EvidenceListInput":
        """The chain of evidence: gates, shadow, decision, each with the hash of the one before."""
        return self._call("GET", "/api/v1/retrains/{retrain}/evidence", {"retrain": retrain}, {}, None, None)  # type: ignore[no-any-return]

    def get_gate_report(self, retrain: "RetrainId") -> "StoredGateReportInput":
        """Everything the gates found, with what they were told."""
        return self._call("GET", "/api/v1/retrains/{retrain}/gate-report", {"retrain": retrain}, {}, None, None)  # type: ignore[no-any-return]

    def list_figures(self, retrain: "RetrainId") -> "FigureListInput":
        """Which plots its gate report has, and why it lacks the others; each is an SVG below /figures/{name}."""
        return self._call("GET", "/api/v1/retrains/{retrain}/figures", {"retrain": retrain}, {}, None, None)  # type: ignore[no-any-return]

    def list_approvals(self, *, limit: Optional[int] = None, cursor: Optional["Cursor"] = None, model: Optional["ModelName"] = None) -> "ApprovalPageInput":
        """Decisions that open retrains ask for, the soonest to expire first."""
        return self._call("GET", "/api/v1/approvals", {}, {"limit": limit, "cursor": cursor, "model": model}, None, None)  # type: ignore[no-any-return]

    def decide_retrain(self, retrain: "RetrainId", body: "DecideRetrainInput", *, idempotency_key: Optional[str] = None) -> "ApprovalStateInput":
        """Signs, or refuses to sign, the decision evidence that was read: a quant lead, or the deputy whom the spec names once asked."""
        return self._call("POST", "/api/v1/retrains/{retrain}/decision", {"retrain": retrain}, {}, body, idempotency_key or str(uuid.uuid4()))  # type: ignore[no-any-return]

    def raise_objection(self, retrain: "RetrainId", body: "RaiseObjectionInput", *, idempotency_key: Optional[str] = None) -> "ObjectionRecordInput":
        """Speaks against a promotion: holds the swap; after it, pages while the reign lasts."""
        return self._call("POST", "/api/v1/retrains/{retrain}/objections", {"retrain": retrain}, {}, body, idempotency_key or str(uuid.uuid4()))  # type: ignore[no-any-return]

    def answer_objection(self, retrain: "RetrainId", objection: int, body: "AnswerObjectionInput", *, idempotency_key: Optional[str] = None) -> "ObjectionRecordInput":
        """Withdraws an objection of your own, or overrules that of another with a second quant lead."""
        return self._call("POST", "/api/v1/retrains/{retrain}/objections/{objection}/answers", {"retrain": retrain, "objection": objection}, {}, body, idempotency_key or str(uuid.uuid4()))  # type: ignore[no-any-return]

    def list_open_waivers(self, *, limit: Optional[int] = None, cursor: Optional["Cursor"] = None, model: Optional["ModelName"] = None) -> "OpenWaiversPageInput":
        """Failed gates that open retrains let people waive, the soonest to end first."""
        return self._call("GET", "/api/v1/waivers", {}, {"limit": limit, "cursor": cursor, "model": model}, None, None)  # type: ignore[no-any-return]

    def waive_gate(self, retrain: "RetrainId", body: "WaiveGateInput", *, idempotency_key: Optional[str] = None) -> "WaivedGateInput":
        """Accepts the fail of one gate; two people other than the requester make it waived: quant leads, or one and the deputy once asked."""
        return self._call("POST", "/api/v1/retrains/{retrain}/waivers", {"retrain": retrain}, {}, body, idempotency_key or str(uuid.uuid4()))  # type: ignore[no-any-return]

    def refuse_waivers(self, retrain: "RetrainId", body: "RefuseWaiversInput", *, idempotency_key: Optional[str] = None) -> "RefusedWaiversInput":
        """Refuses to waive what failed: one person who may waive says no, and the retrain ends."""
        return self._call("POST", "/api/v1/retrains/{retrain}/waivers/refusal", {"retrain": retrain}, {}, body, idempotency_key or str(uuid.uuid4()))  # type: ignore[no-any-return]

    def answer_gate_hold(self, retrain: "RetrainId", body: "AnswerHoldInput", *, idempotency_key: Optional[str] = None) -> "GateHoldInput":
        """An operator's word on gates that could not be judged: again, or stop."""
        return self._call("POST", "/api/v1/retrains/{retrain}/hold-answer", {"retrain": retrain}, {}, body, idempotency_key or str(uuid.uuid4()))  # type: ignore[no-any-return]

    def list_versions(self, model: "ModelName", *, limit: Optional[int] = None, cursor: Optional["Cursor"] = None) -> "VersionPageInput":
        """Versions of a model, newest first, with the role each has now."""
        return self._call("GET", "/api/v1/models/{model}/versions", {"model": model}, {"limit": limit, "cursor": cursor}, None, None)  # type: ignore[no-any-return]

    def register_version(self, model: "ModelName", body: "RegisterVersionInput", *, idempotency_key: Optional[str] = None) -> "RegisteredModelInput":
        """Makes a version of a model fitted elsewhere, if it predicts what its library predicts to the last bit."""
        return self._call("POST", "/api/v1/models/{model}/versions", {"model": model}, {}, body, idempotency_key or str(uuid.uuid4()))  # type: ignore[no-any-return]

    def get_version(self, model: "ModelName", version: "VersionName") -> "VersionDossierInput":
        """Everything the registry knows of one version: lineage, evidence, signatures, reigns."""
        return self._call("GET", "/api/v1/models/{model}/versions/{version}", {"model": model, "version": version}, {}, None, None)  # type: ignore[no-any-return]

    def get_version_lineage(self, model: "ModelName", version: "VersionName") -> "VersionLineageInput":
        """What a version was made of: snapshot, recipe, seed, code, environment, and the retrains that made it."""
        return self._call("GET", "/api/v1/models/{model}/versions/{version}/lineage", {"model": model, "version": version}, {}, None, None)  # type: ignore[no-any-return]

    def get_snapshot_lineage(self, snapshot: str) -> "SnapshotLineageInput":
        """What was made of a snapshot: versions and retrains of the models that you may look at."""
        return self._call("GET", "/api/v1/snapshots/{snapshot}/lineage", {"snapshot": snapshot}, {}, None, None)  # type: ignore[no-any-return]

    def list_trials(self, model: "ModelName", *, limit: Optional[int] = None) -> "TrialListInput":
        """The ledger: how many recipes were tried, what the gates count, and the newest trials."""
        return self._call("GET", "/api/v1/models/{model}/trials", {"model": model}, {"limit": limit}, None, None)  # type: ignore[no-any-return]

    def list_results(self, model: "ModelName", *, version_id: Optional["Sha256"] = None, last: Optional[int] = None) -> "LiveResultListInput":
        """What versions earned, session by session, oldest first."""
        return self._call("GET", "/api/v1/models/{model}/results", {"model": model}, {"versionId": version_id, "last": last}, None, None)  # type: ignore[no-any-return]

    def get_track(self, model: "ModelName", *, window: Optional[int] = None, last: Optional[int] = None) -> "ChampionTrackInput":
        """Rank IC with the band of its mean, equity and drawdown of whoever was champion."""
        return self._call("GET", "/api/v1/models/{model}/track", {"model": model}, {"window": window, "last": last}, None, None)  # type: ignore[no-any-return]

    def list_pins(self, model: "ModelName", *, limit: Optional[int] = None, cursor: Optional["Cursor"] = None, consumer: Optional["Consumer"] = None, purpose: Optional[Literal["pin", "fallback"]] = None, version: Optional[int] = None) -> "PinPageInput":
        """Which consumers hold on to which versions, by consumer."""
        return self._call("GET", "/api/v1/models/{model}/pins", {"model": model}, {"limit": limit, "cursor": cursor, "consumer": consumer, "purpose": purpose, "version": version}, None, None)  # type: ignore[no-any-return]

    def set_pin(self, model: "ModelName", consumer: "Consumer", body: "SetPinInput", *, idempotency_key: Optional[str] = None) -> "PinOutcomeInput":
        """Lets a consumer hold on to a version, or give it up."""
        return self._call("PUT", "/api/v1/models/{model}/pins/{consumer}", {"model": model, "consumer": consumer}, {}, body, idempotency_key or str(uuid.uuid4()))  # type: ignore[no-any-return]

    def list_scores(self, model: "ModelName", *, limit: Optional[int] = None) -> "ScoreRunListInput":
        """Universes that were scored or are being scored, newest first."""
        return self._call("GET", "/api/v1/models/{model}/scores", {"model": model}, {"limit": limit}, None, None)  # type: ignore[no-any-return]

    def start_scoring(self, model: "ModelName", body: "StartScoringInput", *, idempotency_key: Optional[str] = None) -> "StartedScoringInput":
        """Has the whole universe of a session scored; the list says how far it is."""
        return self._call("POST", "/api/v1/models/{model}/scores", {"model": model}, {}, body, idempotency_key or str(uuid.uuid4()))  # type: ignore[no-any-return]

    def list_alerts(self, *, limit: Optional[int] = None, cursor: Optional["Cursor"] = None, model: Optional["ModelName"] = None, firing: Optional[Literal["true", "false"]] = None) -> "AlertPageInput":
        """Alerts of every model that you may look at, and of the system, newest first."""
        return self._call("GET", "/api/v1/alerts", {}, {"limit": limit, "cursor": cursor, "model": model, "firing": firing}, None, None)  # type: ignore[no-any-return]

    def get_alert(self, alert: int) -> "AlertEpisodeInput":
        """One alert, and what people did about it."""
        return self._call("GET", "/api/v1/alerts/{alert}", {"alert": alert}, {}, None, None)  # type: ignore[no-any-return]

    def get_runbook(self, rule: str, *, language: Optional[Literal["en", "zh-TW"]] = None) -> "RunbookInput":
        """What to look at and to do when alerts of a rule fire, as the release that runs has it."""
        return self._call("GET", "/api/v1/runbooks/{rule}", {"rule": rule}, {"language": language}, None, None)  # type: ignore[no-any-return]

    def list_alert_deliveries(self, alert: int) -> "AlertDeliveryListInput":
        """Who was told of an alert, by which channel, after how many attempts; newest first."""
        return self._call("GET", "/api/v1/alerts/{alert}/deliveries", {"alert": alert}, {}, None, None)  # type: ignore[no-any-return]

    def get_alert_quality(self, *, days: Optional[int] = None) -> "AlertQualityInput":
        """Per rule, over the models that you may look at: how many alerts were true, false or ignored."""
        return self._call("GET", "/api/v1/alert-quality", {}, {"days": days}, None, None)  # type: ignore[no-any-return]

    def acknowledge_alert(self, alert: int, body: "AcknowledgeAlertInput", *, idempotency_key: Optional[str] = None) -> "AlertEpisodeInput":
        """Somebody looks after it: its escalation ends and it is not repeated."""
        return self._call("POST", "/api/v1/alerts/{alert}/acknowledgement", {"alert": alert}, {}, body, idempotency_key or str(uuid.uuid4()))  # type: ignore[no-any-return]

    def judge_alert(self, alert: int, body: "JudgeAlertInput", *, idempotency_key: Optional[str] = None) -> "AlertEpisodeInput":
        """Whether there was something to act on; the last word counts."""
        return self._call("POST", "/api/v1/alerts/{alert}/judgement", {"alert": alert}, {}, body, idempotency_key or str(uuid.uuid4()))  # type: ignore[no-any-return]

    def list_silences(self, *, all: Optional[Literal["true", "false"]] = None) -> "SilenceListInput":
        """Silences of what you may look at, in force or to come; or all there ever were, newest first."""
        return self._call("GET", "/api/v1/silences", {}, {"all": all}, None, None)  # type: ignore[no-any-return]

    def create_silence(self, body: "CreateSilenceInput", *, idempotency_key: Optional[str] = None) -> "SilenceInput":
        """Nobody hears of what matches; a silence that names one model needs a role on that model only."""
        return self._call("POST", "/api/v1/silences", {}, {}, body, idempotency_key or str(uuid.uuid4()))  # type: ignore[no-any-return]

    def expire_silence(self, silence: int, *, idempotency_key: Optional[str] = None) -> "SilenceInput":
        """Ends a silence before its time."""
        return self._call("POST", "/api/v1/silences/{silence}/expiry", {"silence": silence}, {}, None, idempotency_key or str(uuid.uuid4()))  # type: ignore[no-any-return]

    def raise_test_alert(self, body: "RaiseTestAlertInput", *, idempotency_key: Optional[str] = None) -> "RaisedTestAlertInput":
        """Sends an alert the way of a real one, to see whether it arrives."""
        return self._call("POST", "/api/v1/alert-tests", {}, {}, body, idempotency_key or str(uuid.uuid4()))  # type: ignore[no-any-return]

    def get_on_call(self) -> "OnCallInput":
        """Who is on call now, and every shift."""
        return self._call("GET", "/api/v1/on-call", {}, {}, None, None)  # type: ignore[no-any-return]

    def add_shift(self, body: "AddShiftInput", *, idempotency_key: Optional[str] = None) -> "OnCallShiftInput":
        """Puts somebody on call: escalations reach them by mail and SMS from then on."""
        return self._call("POST", "/api/v1/on-call/shifts", {}, {}, body, idempotency_key or str(uuid.uuid4()))  # type: ignore[no-any-return]

    def remove_shift(self, shift: int, *, idempotency_key: Optional[str] = None) -> "RemovedShiftInput":
        """Takes a shift away; one that is gone stays so."""
        return self._call("POST", "/api/v1/on-call/shifts/{shift}/removal", {"shift": shift}, {}, None, idempotency_key or str(uuid.uuid4()))  # type: ignore[no-any-return]

    def get_error_budget(self, model: "ModelName") -> "ErrorBudgetStateInput":
        """What is left of the error budget over retrains, and the level of the next test."""
        return self._call("GET", "/api/v1/models/{model}/error-budget", {"model": model}, {}, None, None)  # type: ignore[no-any-return]

    def list_structural_changes(self, model: "ModelName") -> "StructuralChangeListInput":
        """From where on the recipes of a model were counted anew, by whom and why, newest first."""
        return self._call("GET", "/api/v1/models/{model}/structural-changes", {"model": model}, {}, None, None)  # type: ignore[no-any-return]

    def declare_structural_change(self, model: "ModelName", body: "DeclareStructuralChangeInput", *, idempotency_key: Optional[str] = None) -> "StructuralChangeInput":
        """Counts the recipes of a model anew from here on; two quant leads, and no retrain is open."""
        return self._call("POST", "/api/v1/models/{model}/structural-changes", {"model": model}, {}, body, idempotency_key or str(uuid.uuid4()))  # type: ignore[no-any-return]

    def list_watched_sessions(self, model: "ModelName", *, limit: Optional[int] = None, decisions: Optional[Literal["true", "false"]] = None) -> "WatchedSessionPageInput":
        """How the sessions of a model were watched: health, alarm, decision and its reason, newest first."""
        return self._call("GET", "/api/v1/models/{model}/watched-sessions", {"model": model}, {"limit": limit, "decisions": decisions}, None, None)  # type: ignore[no-any-return]

    def list_audit(self, model: "ModelName", *, limit: Optional[int] = None, cursor: Optional["Cursor"] = None) -> "AuditPageInput":
        """Who did what, when and why, newest first."""
        return self._call("GET", "/api/v1/models/{model}/audit", {"model": model}, {"limit": limit, "cursor": cursor}, None, None)  # type: ignore[no-any-return]

    def verify_audit(self, model: "ModelName") -> "AuditVerificationInput":
        """Walks the chain of a model: whether a row was edited, removed or cut off."""
        return self._call("GET", "/api/v1/models/{model}/audit/verification", {"model": model}, {}, None, None)  # type: ignore[no-any-return]

    def list_refused_attempts(self, *, limit: Optional[int] = None) -> "RefusedAttemptListInput":
        """The log of refused attempts: who tried what they may not, by the minute."""
        return self._call("GET", "/api/v1/refused-attempts", {}, {"limit": limit}, None, None)  # type: ignore[no-any-return]

    def list_schedules(self, *, limit: Optional[int] = None, cursor: Optional["Cursor"] = None, model: Optional["ModelName"] = None, kind: Optional["ScheduleKind"] = None, paused: Optional[Literal["true", "false"]] = None) -> "SchedulePageInput":
        """Schedules of every model that you may look at, of retrains, drills and scores: next times, last runs, pauses, misses."""
        return self._call("GET", "/api/v1/schedules", {}, {"limit": limit, "cursor": cursor, "model": model, "kind": kind, "paused": paused}, None, None)  # type: ignore[no-any-return]

    def command_schedule(self, model: "ModelName", body: "ScheduleCommandInput", *, idempotency_key: Optional[str] = None) -> "ScheduleViewInput":
        """Pauses or resumes a schedule of a model, or starts what it would start, now: a retrain only while no other is open."""
        return self._call("POST", "/api/v1/models/{model}/schedule", {"model": model}, {}, body, idempotency_key or str(uuid.uuid4()))  # type: ignore[no-any-return]

    def get_market_clock(self, market: "Market") -> "MarketClockInput":
        """What a market does now: session, holiday, hours."""
        return self._call("GET", "/api/v1/markets/{market}/clock", {"market": market}, {}, None, None)  # type: ignore[no-any-return]

    def get_health(self) -> "SystemHealthInput":
        """Whether the API answers, and whether the registry behind it does."""
        return self._call("GET", "/api/v1/health", {}, {}, None, None)  # type: ignore[no-any-return]
