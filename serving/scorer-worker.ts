import { parentPort } from 'node:worker_threads';
import { ContenderError } from '../contracts/error.ts';
import { ScorerLost } from './errors.ts';
import { createOnnxScorer } from './onnx-scorer.ts';
import type { WorkerAnswer, WorkerRequest } from './scorer-messages.ts';
import type { ScoringSession } from './scorer.ts';

/** The scoring thread: one runtime, its sessions by number. Started by scorer-pool.ts and by nothing else. */
const port = parentPort;
if (port === null) throw new ScorerLost('the scoring thread was started outside of a worker');

const scorer = createOnnxScorer();
const sessions = new Map<number, ScoringSession>();

async function handle(request: WorkerRequest): Promise<Float64Array | null> {
  if (request.kind === 'load') {
    sessions.set(request.session, await scorer.load(request.onnx, request.featureNames));
    return null;
  }
  if (request.kind === 'close') {
    await scorer.close();
    return null;
  }
  const session = sessions.get(request.session);
  if (request.kind === 'release') {
    sessions.delete(request.session);
    await session?.release();
    return null;
  }
  if (session === undefined) throw new ScorerLost(`session ${String(request.session)} is not loaded here`);
  return session.score(request.batch, request.rows);
}

async function answer(request: WorkerRequest): Promise<void> {
  try {
    const scores = await handle(request);
    const reply: WorkerAnswer = { id: request.id, ok: true, scores };
    // The runtime owns the memory of its outputs, so they are copied by the message, not transferred.
    port?.postMessage(reply);
  } catch (error) {
    const known = error instanceof ContenderError;
    const reason = known && typeof error.details['reason'] === 'string' ? error.details['reason'] : '';
    const message = error instanceof Error ? error.message : String(error);
    port?.postMessage({
      id: request.id,
      ok: false,
      code: known ? error.code : '',
      message,
      reason,
    } satisfies WorkerAnswer);
  }
}

/** One request after the other: a score that follows a load in the mailbox has to find its session. */
let tail: Promise<void> = Promise.resolve();
port.on('message', (request: WorkerRequest) => {
  tail = tail.then(() => answer(request));
  if (request.kind === 'close') {
    void tail.then(() => {
      port.close();
    });
  }
});
