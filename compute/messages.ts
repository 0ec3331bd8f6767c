import type { ThreadRefusal } from './errors.ts';
import type { TaskName } from './tasks.ts';

/** To a thread. */
export interface TaskMessage {
  readonly name: TaskName;
  readonly input: unknown;
}

/** From a thread, once per task. */
export type AnswerMessage =
  | { readonly outcome: 'done'; readonly output: unknown }
  | { readonly outcome: 'refused'; readonly refusal: ThreadRefusal }
  /** A defect; the error keeps message and stack. */
  | { readonly outcome: 'failed'; readonly error: unknown };
