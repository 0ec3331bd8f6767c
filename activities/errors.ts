import { ContenderError } from '../contracts/error.ts';

/** The champion's recipe names features that the current feature set no longer has, so it cannot be fitted again. */
export class ChampionNotRefittable extends ContenderError {
  readonly code = 'CHAMPION_NOT_REFITTABLE';
  readonly kind = 'refused';
}

/** A version whose record does not say what it was made from. */
export class NotReproducible extends ContenderError {
  readonly code = 'NOT_REPRODUCIBLE';
  readonly kind = 'refused';
}

/** Trials of one retrain were made by sidecars of different code, packages, threads or processor class. */
export class SidecarsDiffer extends ContenderError {
  readonly code = 'SIDECARS_DIFFER';
  readonly kind = 'refused';
}

/** Trials of one retrain have no session in common on which all of them have a return. */
export class TrialsUnpaired extends ContenderError {
  readonly code = 'TRIALS_UNPAIRED';
  readonly kind = 'refused';
}

/** Not one trial that this retrain drew gave a result; each stands in the ledger as abandoned, with its code. */
export class AllTrialsFailed extends ContenderError {
  readonly code = 'ALL_TRIALS_FAILED';
  readonly kind = 'refused';
}

/** A snapshot does not match its manifest, carries no label, or ends long before its as-of instant. */
export class SnapshotRefused extends ContenderError {
  readonly code = 'SNAPSHOT_REFUSED';
  readonly kind = 'refused';
}

/** The members of a session have no bars, or too few of them: the data of the session have not arrived. */
export class ScoreDataMissing extends ContenderError {
  readonly code = 'SCORE_DATA_MISSING';
  readonly kind = 'refused';
}

/** There is no champion to score with, and no version was named. */
export class NoChampion extends ContenderError {
  readonly code = 'NO_CHAMPION';
  readonly kind = 'refused';
}

/** A feature set gives other columns than the version was trained on. */
export class FeatureMissing extends ContenderError {
  readonly code = 'FEATURE_MISSING';
  readonly kind = 'refused';
}
