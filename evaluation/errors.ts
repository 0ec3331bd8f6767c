import { ContenderError, type ErrorOptions } from '../contracts/error.ts';

/** The snapshot does not have enough labelled sessions for the folds that the spec demands. */
export class TooFewSessions extends ContenderError {
  readonly code = 'TOO_FEW_SESSIONS';
  readonly kind = 'refused';
}

/** Columns, panels or options of an evaluation do not fit together. */
export class EvaluationInputInvalid extends ContenderError {
  readonly code = 'EVALUATION_INPUT_INVALID';
  readonly kind = 'usage';

  constructor(message: string, options: ErrorOptions = {}) {
    super(message, { remedy: 'Take predictions, labels and returns from one snapshot.', ...options });
  }
}
