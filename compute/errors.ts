import { ContenderError } from '../contracts/error.ts';
import type { ErrorKind } from '../contracts/error.ts';

/** A computing thread died (out of memory, killed); the task it had can be done again by another. */
export class ComputeThreadLost extends ContenderError {
  readonly code = 'COMPUTE_THREAD_LOST';
  readonly kind = 'unreachable';
}

/** The caller ended the task, or closed the pool, before it was done; the thread was stopped in the middle. */
export class ComputeTaskStopped extends ContenderError {
  readonly code = 'COMPUTE_TASK_STOPPED';
  readonly kind = 'unreachable';
}

/** A refusal that was found on another thread, with its own code, kind and sentence. */
export class RefusedOnThread extends ContenderError {
  readonly code: string;
  readonly kind: ErrorKind;

  constructor(refusal: ThreadRefusal) {
    const { code, kind, message, remedy, details } = refusal;
    super(message, { remedy, details });
    this.code = code;
    this.kind = kind;
  }
}

/** What is left of an error after its class was lost between two threads. */
export interface ThreadRefusal {
  readonly code: string;
  readonly kind: ErrorKind;
  readonly message: string;
  readonly remedy: string;
  readonly details: Readonly<Record<string, unknown>>;
}
