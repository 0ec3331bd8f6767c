import { ContenderError } from '../contracts/error.ts';

/** Another supervisor of the same data folder is alive. */
export class AlreadyRunning extends ContenderError {
  readonly code = 'ALREADY_RUNNING';
  readonly kind = 'unreachable';
}

/** A child ended or stayed silent before it was ready for the first time. */
export class ChildNotReady extends ContenderError {
  readonly code = 'CHILD_NOT_READY';
  readonly kind = 'unreachable';
}

/** A program that an embedded part consists of is not installed. */
export class ProgramMissing extends ContenderError {
  readonly code = 'PROGRAM_MISSING';
  readonly kind = 'unreachable';
}

/** The data folder cannot be made or written: something is in its place, or it belongs to somebody else. */
export class DataFolderUnusable extends ContenderError {
  readonly code = 'DATA_FOLDER_UNUSABLE';
  readonly kind = 'unreachable';
}

/** The embedded database cannot be created or opened in the data folder. */
export class DatabaseFolderUnusable extends ContenderError {
  readonly code = 'DATABASE_FOLDER_UNUSABLE';
  readonly kind = 'unreachable';
}

/** The start was interrupted by a request to stop. */
export class StartInterrupted extends ContenderError {
  readonly code = 'START_INTERRUPTED';
  readonly kind = 'unreachable';
}

/** A process that was started by itself ended without having been asked to. */
export class WorkerEnded extends ContenderError {
  readonly code = 'WORKER_ENDED';
  readonly kind = 'unreachable';
}
