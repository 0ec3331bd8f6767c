import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { ModelExamination } from '../contracts/registration.ts';
import { ExaminationLost, ModelLoadFailed, ParitySetInvalid, UnsafeModel } from './errors.ts';
import type { ExaminationAnswer } from './examination-worker.ts';
import type { ExaminationInput } from './model-examination.ts';

/** A large forest over 100,000 rows takes some seconds; whoever asks over HTTP waits for it. */
const PATIENCE_MS = 120_000;
const MOST_MEMORY_MB = 2048;

/** One at a time: a second one would take its memory at the same moment. */
let turn: Promise<unknown> = Promise.resolve();

/**
 * As `examineModel`, on a thread of its own: onnxruntime blocks the one it runs on, and a file that takes too much memory or time
 * takes the thread with it, not the process.
 * @throws as `examineModel`, and ExaminationLost
 */
export function examineAside(input: ExaminationInput): Promise<ModelExamination> {
  const mine = turn.then(() => examine(input));
  turn = mine.catch(() => undefined);
  return mine;
}

async function examine(input: ExaminationInput): Promise<ModelExamination> {
  const worker = new Worker(new URL('./examination-worker.ts', import.meta.url), {
    name: 'contender-examination',
    workerData: input,
    resourceLimits: { maxOldGenerationSizeMb: MOST_MEMORY_MB },
  });
  try {
    const [answer] = (await once(worker, 'message', { signal: AbortSignal.timeout(PATIENCE_MS) })) as [
      ExaminationAnswer,
    ];
    if (answer.ok) return answer.found;
    throw refusal(answer);
  } catch (error) {
    if (error instanceof UnsafeModel || error instanceof ParitySetInvalid || error instanceof ModelLoadFailed)
      throw error;
    throw new ExaminationLost('the model was not examined: its thread ended', {
      cause: error,
      remedy: 'Try again with a smaller parity set, or register it at the command line.',
    });
  } finally {
    await worker.terminate();
  }
}

/** Errors lose their class between threads; the code says which one it was. */
function refusal({ code, message, reason }: ExaminationAnswer & { readonly ok: false }): Error {
  if (code === 'UNSAFE_MODEL') return new UnsafeModel(reason);
  if (code === 'PARITY_SET_INVALID') return new ParitySetInvalid(message);
  if (code === 'MODEL_LOAD_FAILED') return new ModelLoadFailed(message);
  return new Error(message);
}
