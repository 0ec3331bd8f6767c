import { ContenderError } from '../contracts/error.ts';

/** The database, or the folder of the artifacts, does not answer. Activities retry it. */
export class RegistryUnreachable extends ContenderError {
  readonly code = 'REGISTRY_UNREACHABLE';
  readonly kind = 'unreachable';
}

/** A statement took longer than the bound of its connection, or waited too long for a lock. */
export class RegistryBusy extends ContenderError {
  readonly code = 'REGISTRY_BUSY';
  readonly kind = 'unreachable';
}

/** The database was migrated by a newer release than this one. */
export class SchemaAhead extends ContenderError {
  readonly code = 'SCHEMA_AHEAD';
  readonly kind = 'refused';
}

/** The database lacks migrations that this release needs. */
export class SchemaBehind extends ContenderError {
  readonly code = 'SCHEMA_BEHIND';
  readonly kind = 'refused';
}

/** A migration failed; the database is as it was before it. */
export class MigrationFailed extends ContenderError {
  readonly code = 'MIGRATION_FAILED';
  readonly kind = 'bug';
}

/** Bytes in the artifact store are not those that their name promises. */
export class StoredArtifactCorrupt extends ContenderError {
  readonly code = 'STORED_ARTIFACT_CORRUPT';
  readonly kind = 'refused';
}

/** No artifact of that hash is in the store. */
export class ArtifactMissing extends ContenderError {
  readonly code = 'ARTIFACT_MISSING';
  readonly kind = 'refused';
}

/** The folder of the artifacts cannot be written or read: disk full, permission, not a folder. */
export class ArtifactStoreUnavailable extends ContenderError {
  readonly code = 'ARTIFACT_STORE_UNAVAILABLE';
  readonly kind = 'unreachable';
}

/** No model of that name was ever applied. */
export class ModelUnknown extends ContenderError {
  readonly code = 'MODEL_UNKNOWN';
  readonly kind = 'refused';
}

/** The model has no such version. */
export class VersionUnknown extends ContenderError {
  readonly code = 'VERSION_UNKNOWN';
  readonly kind = 'refused';
}

/** The model has no reign of that epoch, or no champion yet. */
export class ReignUnknown extends ContenderError {
  readonly code = 'REIGN_UNKNOWN';
  readonly kind = 'refused';
}

/** No retrain of that id was ever started. */
export class RetrainUnknown extends ContenderError {
  readonly code = 'RETRAIN_UNKNOWN';
  readonly kind = 'refused';
}

/** A retrain of the model is open; `details.retrainId` names it. */
export class RetrainOpen extends ContenderError {
  readonly code = 'RETRAIN_OPEN';
  readonly kind = 'refused';
}

/** The retrain has reached a final state. */
export class RetrainFinished extends ContenderError {
  readonly code = 'RETRAIN_FINISHED';
  readonly kind = 'refused';
}

/** A retrain cannot end as promoted without a reign, nor as anything else with one. */
export class PromotionMismatch extends ContenderError {
  readonly code = 'PROMOTION_MISMATCH';
  readonly kind = 'refused';
}

/** Two bounds of a spec contradict each other. */
export class SpecContradicts extends ContenderError {
  readonly code = 'SPEC_CONTRADICTS';
  readonly kind = 'refused';
}

/** The challenger cannot be held against the champion: other features, another label, or the champion itself. */
export class ShadowChallengerUnfit extends ContenderError {
  readonly code = 'SHADOW_CHALLENGER_UNFIT';
  readonly kind = 'refused';
}

/** The version is in its shadow already. */
export class ChallengerOpen extends ContenderError {
  readonly code = 'CHALLENGER_OPEN';
  readonly kind = 'refused';
}

/** A model has two challengers beside those of its retrains already. */
export class ChallengersFull extends ContenderError {
  readonly code = 'CHALLENGERS_FULL';
  readonly kind = 'refused';
}

/** The shadow of the challenger has ended; it takes no further session. */
export class ChallengerEnded extends ContenderError {
  readonly code = 'CHALLENGER_ENDED';
  readonly kind = 'refused';
}

/** The version is no open challenger of the model. */
export class ChallengerUnknown extends ContenderError {
  readonly code = 'CHALLENGER_UNKNOWN';
  readonly kind = 'refused';
}

/** The record of a challenger does not carry a promotion: no shadow or gates that passed, another champion or spec, too old. */
export class ChallengerNotPromotable extends ContenderError {
  readonly code = 'CHALLENGER_NOT_PROMOTABLE';
  readonly kind = 'refused';
}

/** There is no champion that a challenger could be held against. */
export class ChallengerWithoutChampion extends ContenderError {
  readonly code = 'CHALLENGER_WITHOUT_CHAMPION';
  readonly kind = 'refused';
}

/** A spec loosens a gate, shadow, approval or guard; another quant lead has to agree. */
export class SecondPersonNeeded extends ContenderError {
  readonly code = 'SECOND_PERSON_NEEDED';
  readonly kind = 'refused';
}

/** The actor's roles do not allow this. */
export class RoleMissing extends ContenderError {
  readonly code = 'ROLE_MISSING';
  readonly kind = 'refused';
}

/** An identity is not the hash of what it names. */
export class IdentityMismatch extends ContenderError {
  readonly code = 'IDENTITY_MISMATCH';
  readonly kind = 'refused';
}

/** The epoch moved since the caller looked. `details.currentEpoch` is the one in force. */
export class EpochMoved extends ContenderError {
  readonly code = 'EPOCH_MOVED';
  readonly kind = 'refused';
}

/** A server acknowledged an epoch below its own. */
export class EpochFenced extends ContenderError {
  readonly code = 'EPOCH_FENCED';
  readonly kind = 'refused';
}

/** The version is the champion already. */
export class AlreadyChampion extends ContenderError {
  readonly code = 'ALREADY_CHAMPION';
  readonly kind = 'refused';
}

/** There is nothing to roll back to. */
export class NoPreviousChampion extends ContenderError {
  readonly code = 'NO_PREVIOUS_CHAMPION';
  readonly kind = 'refused';
}

/** A rollback names a version that was never champion. */
export class NeverChampion extends ContenderError {
  readonly code = 'NEVER_CHAMPION';
  readonly kind = 'refused';
}

/** The version was deleted. */
export class VersionDeleted extends ContenderError {
  readonly code = 'VERSION_DELETED';
  readonly kind = 'refused';
}

/** A rollback withdrew the version after the retrain that would promote it had begun. */
export class VersionWithdrawn extends ContenderError {
  readonly code = 'VERSION_WITHDRAWN';
  readonly kind = 'refused';
}

/** The model is held still; `details.model` names it. */
export class ModelFrozen extends ContenderError {
  readonly code = 'MODEL_FROZEN';
  readonly kind = 'refused';
}

/** The version cannot be deleted; `details.because` says why. */
export class VersionInUse extends ContenderError {
  readonly code = 'VERSION_IN_USE';
  readonly kind = 'refused';
}

/** A version or an open retrain names the snapshot. */
export class SnapshotInUse extends ContenderError {
  readonly code = 'SNAPSHOT_IN_USE';
  readonly kind = 'refused';
}

/** A link of the evidence chain is missing or did not pass. */
export class EvidenceMissing extends ContenderError {
  readonly code = 'EVIDENCE_MISSING';
  readonly kind = 'refused';
}

/** Evidence that contradicts itself, its retrain, or the record before it. */
export class EvidenceBroken extends ContenderError {
  readonly code = 'EVIDENCE_BROKEN';
  readonly kind = 'refused';
}

/** The signature is for another decision evidence than the one in force. */
export class EvidenceChanged extends ContenderError {
  readonly code = 'EVIDENCE_CHANGED';
  readonly kind = 'refused';
}

/** The time to approve is over. */
export class ApprovalExpired extends ContenderError {
  readonly code = 'APPROVAL_EXPIRED';
  readonly kind = 'refused';
}

/** Too few signatures, or a rejection. */
export class NotApproved extends ContenderError {
  readonly code = 'NOT_APPROVED';
  readonly kind = 'refused';
}

/** The same person, or another one, has decided otherwise. */
export class AlreadyDecided extends ContenderError {
  readonly code = 'ALREADY_DECIDED';
  readonly kind = 'refused';
}

/** The approver requested the retrain, or wrote its spec. */
export class FourEyes extends ContenderError {
  readonly code = 'FOUR_EYES';
  readonly kind = 'refused';
}

/** The deputy decides only once the leads have had their time. */
export class DeputyNotYet extends ContenderError {
  readonly code = 'DEPUTY_NOT_YET';
  readonly kind = 'refused';
}

/** A quant lead's objection stands: nothing is promoted over it. */
export class ObjectionOpen extends ContenderError {
  readonly code = 'OBJECTION_OPEN';
  readonly kind = 'refused';
}

/** The reign that the promotion led to is over. */
export class ObjectionTooLate extends ContenderError {
  readonly code = 'OBJECTION_TOO_LATE';
  readonly kind = 'refused';
}

/** There is no such objection to this retrain. */
export class ObjectionUnknown extends ContenderError {
  readonly code = 'OBJECTION_UNKNOWN';
  readonly kind = 'usage';
}

/** Probation is for a first champion. */
export class NotFirstChampion extends ContenderError {
  readonly code = 'NOT_FIRST_CHAMPION';
  readonly kind = 'refused';
}

/** A gate of integrity, parity or the leak audit cannot be waived. */
export class GateNotWaivable extends ContenderError {
  readonly code = 'GATE_NOT_WAIVABLE';
  readonly kind = 'refused';
}

/** The key belongs to another request. */
export class IdempotencyKeyReused extends ContenderError {
  readonly code = 'IDEMPOTENCY_KEY_REUSED';
  readonly kind = 'refused';
}

/** The table keeps what was written. */
export class AppendOnly extends ContenderError {
  readonly code = 'APPEND_ONLY';
  readonly kind = 'refused';
}

/** A constraint of the database refused a row that the code should not have offered. */
export class ConstraintViolated extends ContenderError {
  readonly code = 'REGISTRY_CONSTRAINT';
  readonly kind = 'bug';
}

/** Somebody wrote past the commands: a reign, an answer or a deletion without the records that belong to it. */
export class ChainBypassed extends ContenderError {
  readonly code = 'CHAIN_BYPASSED';
  readonly kind = 'refused';
}

/** Another spec was applied since the caller looked. */
export class SpecOutrun extends ContenderError {
  readonly code = 'SPEC_OUTRUN';
  readonly kind = 'refused';
}

/** The folder for a backup exists already. */
export class BackupOccupied extends ContenderError {
  readonly code = 'BACKUP_OCCUPIED';
  readonly kind = 'refused';
}

/** The folder of champion backups holds none of that version. */
export class ChampionNotBackedUp extends ContenderError {
  readonly code = 'CHAMPION_NOT_BACKED_UP';
  readonly kind = 'refused';
}

/** A backup is incomplete, damaged, or of a newer release. */
export class BackupBroken extends ContenderError {
  readonly code = 'BACKUP_BROKEN';
  readonly kind = 'refused';
}

/** A backup is restored into an empty registry only. */
export class RestoreTargetOccupied extends ContenderError {
  readonly code = 'RESTORE_TARGET_OCCUPIED';
  readonly kind = 'refused';
}

/** The database was restored, and nobody has compared it with what ran since the backup. */
export class RestoreUnreconciled extends ContenderError {
  readonly code = 'RESTORE_UNRECONCILED';
  readonly kind = 'refused';
}

/** Temporal knows of retrains that the restored registry does not know, or the other way round. */
export class RestoreDiverged extends ContenderError {
  readonly code = 'RESTORE_DIVERGED';
  readonly kind = 'refused';
}

/** The gates counted fewer trials than the ledger holds, or spent an error budget that has moved on. */
export class LedgerOutrun extends ContenderError {
  readonly code = 'LEDGER_OUTRUN';
  readonly kind = 'refused';
}

/** The audit chain does not verify. */
export class AuditBroken extends ContenderError {
  readonly code = 'AUDIT_BROKEN';
  readonly kind = 'refused';
}

/** No run of that number scored a universe. */
export class ScoreRunUnknown extends ContenderError {
  readonly code = 'SCORE_RUN_UNKNOWN';
  readonly kind = 'usage';
}

/** No alert has this number. */
export class AlertUnknown extends ContenderError {
  readonly code = 'ALERT_UNKNOWN';
  readonly kind = 'usage';
}

/** No silence has this number. */
export class SilenceUnknown extends ContenderError {
  readonly code = 'SILENCE_UNKNOWN';
  readonly kind = 'usage';
}

/** No shift has this number, or it was removed. */
export class ShiftUnknown extends ContenderError {
  readonly code = 'SHIFT_UNKNOWN';
  readonly kind = 'usage';
}

/** The same request under the same key has begun and not ended. */
export class RequestInProgress extends ContenderError {
  readonly code = 'REQUEST_IN_PROGRESS';
  readonly kind = 'refused';
}

/** There is no such proposal of a spec. */
export class ProposalUnknown extends ContenderError {
  readonly code = 'PROPOSAL_UNKNOWN';
  readonly kind = 'refused';
}

/** What was read is not what the proposal of that number holds. */
export class ProposalChanged extends ContenderError {
  readonly code = 'PROPOSAL_CHANGED';
  readonly kind = 'refused';
}

/** Nobody agreed to the proposal in time. */
export class ProposalExpired extends ContenderError {
  readonly code = 'PROPOSAL_EXPIRED';
  readonly kind = 'refused';
}

/** No snapshot of that id was ever recorded. */
export class SnapshotUnknown extends ContenderError {
  readonly code = 'SNAPSHOT_UNKNOWN';
  readonly kind = 'usage';
}

/** The beginning of an id that more than one snapshot has. */
export class SnapshotAmbiguous extends ContenderError {
  readonly code = 'SNAPSHOT_AMBIGUOUS';
  readonly kind = 'usage';
}

/** The snapshot that a model was fitted on is of another market than the model it is registered for. */
export class SnapshotForeign extends ContenderError {
  readonly code = 'SNAPSHOT_FOREIGN';
  readonly kind = 'refused';
}

/** A registered model reads columns that its snapshot does not have, or one of them twice. */
export class FeaturesForeign extends ContenderError {
  readonly code = 'FEATURES_FOREIGN';
  readonly kind = 'refused';
}

/** A registered model does not predict what its library predicted. */
export class ParityBroken extends ContenderError {
  readonly code = 'PARITY_BROKEN';
  readonly kind = 'refused';
}

/** A drill of the model runs; `details.drill` names it. */
export class DrillOpen extends ContenderError {
  readonly code = 'DRILL_OPEN';
  readonly kind = 'refused';
}

/** A server reports on a drill that has ended. */
export class DrillOver extends ContenderError {
  readonly code = 'DRILL_OVER';
  readonly kind = 'refused';
}

/** No drill of that number was ever opened. */
export class DrillUnknown extends ContenderError {
  readonly code = 'DRILL_UNKNOWN';
  readonly kind = 'refused';
}

/** No server with a valid lease answers for the model: nobody is there to rehearse. */
export class NoServers extends ContenderError {
  readonly code = 'NO_SERVERS';
  readonly kind = 'refused';
}

/** A swap or a rollback has not reached every server yet; `details.missing` names them. */
export class SwapUnderWay extends ContenderError {
  readonly code = 'SWAP_UNDER_WAY';
  readonly kind = 'refused';
}
