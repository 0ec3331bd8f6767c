/**
 * How large a message of Temporal may be. Its server refuses payloads above 2 MiB and whole requests above 4 MiB; a worker that
 * meets either tries for ever. What is larger than these bounds is refused by name instead. Free of zod, as workflows need it.
 */

/** What an activity gives back: it is handed on, with others, as the input of the next one. */
export const MAX_RESULT_BYTES = 1024 * 1024;
/** What a workflow hands to an activity, a child or its own next run: the rest of 2 MiB is for headers. */
export const MAX_INPUT_BYTES = 1900 * 1024;
/** What a workflow may ask for in one task: the rest of 4 MiB is for what the server adds to each request. */
export const MAX_TASK_BYTES = 2 * 1024 * 1024;

/** Size of a message as Temporal carries it: JSON in UTF-8. What is undefined is not sent. */
export function payloadBytes(message: unknown): number {
  return message === undefined ? 0 : new TextEncoder().encode(JSON.stringify(message)).byteLength;
}
