import { getPriority, setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { ContenderError } from '../contracts/error.ts';
import { ScorerLost } from './errors.ts';
import type { WorkerAnswer, WorkerRequest } from './scorer-messages.ts';
import { readTreeImage, warmWalk } from './tree-scorer.ts';
import type { TreeWalk } from './tree-walk.ts';

/** A scoring thread: its models by number; or the one that reads files. Started by scorer-pool.ts and by nothing else. */
const port = parentPort;
if (port === null) throw new ScorerLost('the scoring thread was started outside of a worker');

const LEAST_PRIORITY = 19;

const { niceness } = workerData as { readonly niceness: number };
// On Linux this is the priority of the calling thread alone; elsewhere it would be that of the whole process.
if (niceness > 0 && process.platform === 'linux') {
  setPriority(0, Math.min(LEAST_PRIORITY, getPriority(0) + niceness));
}

const walks = new Map<number, TreeWalk>();

function handle(request: WorkerRequest): WorkerAnswer {
  const { id } = request;
  switch (request.kind) {
    case 'read':
      return { id, ok: true, kind: 'image', image: readTreeImage(request.onnx, request.featureNames) };
    case 'adopt':
      walks.set(request.session, warmWalk(request.image));
      return { id, ok: true, kind: 'done' };
    case 'release':
      walks.delete(request.session);
      return { id, ok: true, kind: 'done' };
    case 'close':
      walks.clear();
      return { id, ok: true, kind: 'done' };
    case 'score': {
      const walk = walks.get(request.session);
      if (walk === undefined) throw new ScorerLost(`session ${String(request.session)} is not loaded here`);
      return { id, ok: true, kind: 'scores', scores: walk.score(request.batch, request.rows) };
    }
  }
}

function answer(request: WorkerRequest): void {
  try {
    const reply = handle(request);
    port?.postMessage(reply, reply.ok && reply.kind === 'scores' ? [reply.scores.buffer] : []);
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

port.on('message', (request: WorkerRequest) => {
  answer(request);
  if (request.kind === 'close') port.close();
});
