import { ContenderError, type ErrorOptions } from '../contracts/error.ts';

/** The bytes of an artifact do not hash to the name they are stored under. */
export class ArtifactCorrupt extends ContenderError {
  readonly code = 'ARTIFACT_CORRUPT';
  readonly kind = 'refused';

  constructor(what: string, expectedSha256: string, actualSha256: string) {
    super(`${what} hashes to ${actualSha256}, not to ${expectedSha256}`, {
      remedy: 'Restore the artifact from a backup or another store; the champion in force is untouched.',
      details: { expectedSha256, actualSha256 },
    });
  }
}

/** A file offered as a model is not the plain tree ensemble that the exporter writes. It never reached the runtime. */
export class UnsafeModel extends ContenderError {
  readonly code = 'UNSAFE_MODEL';
  readonly kind = 'refused';

  constructor(reason: string, options: Pick<ErrorOptions, 'cause'> = {}) {
    super(`model file refused before load: ${reason}`, {
      ...options,
      remedy:
        'Package the model again with the exporter of the sidecar; only its operators and inline data are accepted.',
      details: { reason },
    });
  }
}

/** The runtime itself rejected a file that passed inspection. */
export class ModelLoadFailed extends ContenderError {
  readonly code = 'MODEL_LOAD_FAILED';
  readonly kind = 'refused';
}

/** The batch handed to a scorer is not rows x features float32 values. */
export class BatchShapeMismatch extends ContenderError {
  readonly code = 'BATCH_SHAPE_MISMATCH';
  readonly kind = 'usage';
}

/** A session was used after its release, or a scorer after it was closed. */
export class SessionReleased extends ContenderError {
  readonly code = 'SESSION_RELEASED';
  readonly kind = 'bug';
}

/** The scoring thread died; it is started again, and what it was scoring has to be asked for once more. */
export class ScorerLost extends ContenderError {
  readonly code = 'SCORER_LOST';
  readonly kind = 'unreachable';
}

/** The parity set does not have the columns it has to have. */
export class ParitySetInvalid extends ContenderError {
  readonly code = 'PARITY_SET_INVALID';
  readonly kind = 'refused';
}
