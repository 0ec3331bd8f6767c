import { parentPort } from 'node:worker_threads';
import { ContenderError } from '../contracts/error.ts';
import type { AnswerMessage, TaskMessage } from './messages.ts';
import { TASKS } from './tasks.ts';

/** The entry point of a computing thread: one task at a time, nothing kept between two but the code. */
async function answer({ name, input }: TaskMessage): Promise<AnswerMessage> {
  try {
    const task = (await TASKS[name]()) as (given: unknown) => unknown;
    return { outcome: 'done', output: task(input) };
  } catch (error) {
    if (!(error instanceof ContenderError)) return { outcome: 'failed', error };
    const { code, kind, message, remedy, details } = error;
    return { outcome: 'refused', refusal: { code, kind, message, remedy, details } };
  }
}

parentPort?.on('message', (message: TaskMessage) => {
  void answer(message).then((said) => {
    parentPort?.postMessage(said);
  });
});
