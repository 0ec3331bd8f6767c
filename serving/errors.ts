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

  constructor(message: string, options: Pick<ErrorOptions, 'cause'> = {}) {
    super(message, {
      ...options,
      remedy:
        'Write it anew with the exporter, or `contender convert`; docs/packaging.md says what it holds.',
    });
  }
}

/** The thread that examined a model file ended before it was done. */
export class ExaminationLost extends ContenderError {
  readonly code = 'EXAMINATION_LOST';
  readonly kind = 'unreachable';
}

/** Two readings of the registry name different champions for one epoch: the registry's invariant is broken. */
export class EpochConflict extends ContenderError {
  readonly code = 'EPOCH_CONFLICT';
  readonly kind = 'bug';

  constructor(model: string, epoch: number, known: string, offered: string) {
    super(`epoch ${String(epoch)} of ${model} is ${known} here and ${offered} in the registry`, {
      remedy: 'Run `contender audit verify`; was the registry restored to an earlier state?',
      details: { model, epoch, known, offered },
    });
  }
}

/** The model is not known to this server, or has never had a champion. */
export class ModelNotServed extends ContenderError {
  readonly code = 'MODEL_NOT_SERVED';
  readonly kind = 'refused';
}

/** The model has no version of that number, or it has been deleted. */
export class VersionNotServed extends ContenderError {
  readonly code = 'VERSION_NOT_SERVED';
  readonly kind = 'refused';
}

/** The caller counts on another epoch than the one that answers here: one of the two is behind. */
export class StaleEpoch extends ContenderError {
  readonly code = 'STALE_EPOCH';
  readonly kind = 'refused';

  constructor(model: string, own: number, expected: number) {
    super(`${model} answers with epoch ${String(own)} here, the request counts on ${String(expected)}`, {
      remedy:
        own < expected
          ? 'Ask again in a moment, or another server; this one has not heard of the swap yet.'
          : 'Read the epoch again; the champion has been swapped.',
      details: { model, epoch: own, expected },
    });
  }
}

/** The symbol is not in the universe of the session. */
export class SymbolUnknown extends ContenderError {
  readonly code = 'SYMBOL_UNKNOWN';
  readonly kind = 'refused';
}

/** A symbol's features have a gap that the version has never seen in training. */
export class FeatureGap extends ContenderError {
  readonly code = 'FEATURE_GAP';
  readonly kind = 'refused';
}

/** The request carries no token, or one that does not hold. */
export class Unauthenticated extends ContenderError {
  readonly code = 'UNAUTHENTICATED';
  readonly kind = 'refused';
}

/** The token holds and its roles do not allow this. */
export class RoleNotAllowed extends ContenderError {
  readonly code = 'ROLE_NOT_ALLOWED';
  readonly kind = 'refused';
}

/** Nothing here can explain predictions: no sidecar, or its process ended. */
export class ExplainerUnavailable extends ContenderError {
  readonly code = 'EXPLAINER_UNAVAILABLE';
  readonly kind = 'unreachable';
}

/** The version came without the LightGBM model that contributions are computed on. */
export class NotExplainable extends ContenderError {
  readonly code = 'NOT_EXPLAINABLE';
  readonly kind = 'refused';

  constructor(number: number) {
    super(
      `version ${String(number)} was registered without a LightGBM model, which contributions are computed on`,
      {
        remedy: 'Ask without explain; versions that a retrain made can be explained.',
        details: { field: 'explain', version: number },
      },
    );
  }
}

/** Contributions do not add up to the score, or the native model gives another one than was answered. */
export class ExplanationInexact extends ContenderError {
  readonly code = 'EXPLANATION_INEXACT';
  readonly kind = 'bug';
}

/** No explanation of that id is kept. */
export class ExplanationUnknown extends ContenderError {
  readonly code = 'EXPLANATION_UNKNOWN';
  readonly kind = 'refused';
}

/** The client has asked more often than the server's limit per client. */
export class RateLimited extends ContenderError {
  readonly code = 'RATE_LIMITED';
  readonly kind = 'unreachable';
}

/** A page needs an optional package that is not installed. */
export class PageNotInstalled extends ContenderError {
  readonly code = 'PAGE_NOT_INSTALLED';
  readonly kind = 'unreachable';
}

/** The champion is still being loaded, or the registry has not been reached since the start. */
export class ModelNotReady extends ContenderError {
  readonly code = 'MODEL_NOT_READY';
  readonly kind = 'unreachable';
}

/** The server has been cut off from the registry for longer than the spec allows, and the spec says `refuse`. */
export class ServerStale extends ContenderError {
  readonly code = 'SERVER_STALE';
  readonly kind = 'unreachable';
}

/** More rows are waiting than the server is willing to hold. */
export class QueueFull extends ContenderError {
  readonly code = 'QUEUE_FULL';
  readonly kind = 'unreachable';
}

/** A feature of a request is missing, unknown, of the wrong type or not a finite float32. `details.field` names it. */
export class InvalidFeature extends ContenderError {
  readonly code = 'INVALID_FEATURE';
  readonly kind = 'usage';

  constructor(field: string, problem: string) {
    super(`${field}: ${problem}`, {
      remedy:
        'Send every feature of the version as a finite number, or null where the version allows a missing value.',
      details: { field },
    });
  }
}

/** The body of a request does not have the shape of its endpoint. */
export class InvalidRequest extends ContenderError {
  readonly code = 'INVALID_REQUEST';
  readonly kind = 'usage';
}

/** The registry did not answer within the bound of one call; the server goes on with what it holds. */
export class RegistryTimeout extends ContenderError {
  readonly code = 'REGISTRY_TIMEOUT';
  readonly kind = 'unreachable';
}

/** A model gave NaN or an infinity; JSON would have turned it into null, so nothing is answered. */
export class NonFinitePrediction extends ContenderError {
  readonly code = 'NON_FINITE_PREDICTION';
  readonly kind = 'bug';
}

/** The body of a request is above the size limit. */
export class RequestTooLarge extends ContenderError {
  readonly code = 'REQUEST_TOO_LARGE';
  readonly kind = 'usage';
}

/** A failure nobody foresaw; the log has its stack. */
export class InternalError extends ContenderError {
  readonly code = 'SERVING_INTERNAL';
  readonly kind = 'bug';
}

/** The endpoint needs market data, and this server was started without it. */
export class UniverseUnavailable extends ContenderError {
  readonly code = 'UNIVERSE_UNAVAILABLE';
  readonly kind = 'unreachable';
}

/** No route of that method and path. */
export class NoSuchEndpoint extends ContenderError {
  readonly code = 'NO_SUCH_ENDPOINT';
  readonly kind = 'usage';
}

/** The feature set stored with a version does not give a feature that the version takes. */
export class UnknownFeature extends ContenderError {
  readonly code = 'UNKNOWN_FEATURE';
  readonly kind = 'bug';
}

/** Another process listens on the port the server was told to take. */
export class PortTaken extends ContenderError {
  readonly code = 'PORT_TAKEN';
  readonly kind = 'unreachable';
}

/** The break-glass journal of a server is not what it wrote. */
export class BreakGlassJournalBroken extends ContenderError {
  readonly code = 'BREAK_GLASS_JOURNAL_BROKEN';
  readonly kind = 'refused';
}

/** A break-glass command names a version that this server does not hold as an earlier champion. */
export class VersionNotHeld extends ContenderError {
  readonly code = 'VERSION_NOT_HELD';
  readonly kind = 'refused';
}

/** The token does not cover the model, or no token was sent. */
export class BreakGlassForbidden extends ContenderError {
  readonly code = 'BREAK_GLASS_FORBIDDEN';
  readonly kind = 'refused';
}

/** No local override of the model is in force. */
export class NoOverride extends ContenderError {
  readonly code = 'NO_OVERRIDE';
  readonly kind = 'refused';
}

/** A version that was loaded anew answers recorded rows otherwise than when it was packaged. */
export class RecordedRowsDiffer extends ContenderError {
  readonly code = 'RECORDED_ROWS_DIFFER';
  readonly kind = 'bug';
}

/** The process that reads recorded rows ended before it was done. */
export class RowsUnread extends ContenderError {
  readonly code = 'ROWS_UNREAD';
  readonly kind = 'unreachable';
}
