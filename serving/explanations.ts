import { randomUUID } from 'node:crypto';
import { ContenderError } from '../contracts/error.ts';
import type { Provenance } from './answering.ts';
import { ExplainerUnavailable, ExplanationUnknown, InternalError, QueueFull } from './errors.ts';
import type { ExplainedRow, Explainer, ExplainJob } from './explainer.ts';

export type ExplanationState =
  | { readonly status: 'waiting' | 'running' }
  | { readonly status: 'done'; readonly rows: readonly ExplainedRow[] }
  | { readonly status: 'failed'; readonly error: ContenderError };

export interface Explanation {
  readonly id: string;
  readonly provenance: Provenance;
  readonly state: ExplanationState;
}

export interface ExplanationsOptions {
  /** Null: started without the sidecar. */
  readonly explainer: Explainer | null;
  readonly onEnd: (result: 'done' | 'failed') => void;
}

/** Jobs that may wait; each is up to a hundred rows, about a second of a large model. */
const MOST_WAITING = 16;
/** Results that are kept, the newest; nobody has to say that they have been read. */
const MOST_KEPT = 200;

/** Explanations asked for with a prediction: done one after the other behind the requests, kept until newer ones take their place. */
export class Explanations {
  readonly #options: ExplanationsOptions;
  readonly #kept = new Map<string, Explanation>();
  #waiting = 0;
  #closed = false;
  #tail: Promise<void> = Promise.resolve();

  constructor(options: ExplanationsOptions) {
    this.#options = options;
  }

  /** Whether a job would be taken now; asked before anything is scored. @throws ExplainerUnavailable, QueueFull */
  admit(): void {
    this.#explainer();
    if (this.#waiting < MOST_WAITING) return;
    throw new QueueFull(`${String(this.#waiting)} explanations are waiting`, {
      remedy: 'Repeat after the time in Retry-After, or without explain.',
    });
  }

  /** @returns the id to ask with. @throws ExplainerUnavailable, QueueFull */
  open(job: ExplainJob, provenance: Provenance): string {
    this.admit();
    const explainer = this.#explainer();
    const id = randomUUID();
    this.#waiting += 1;
    this.#set({ id, provenance, state: { status: 'waiting' } });
    this.#tail = this.#tail.then(async () => {
      this.#set({ id, provenance, state: { status: 'running' } });
      const state = this.#closed ? STOPPED : await run(explainer, job);
      this.#waiting -= 1;
      this.#options.onEnd(state.status);
      this.#set({ id, provenance, state });
    });
    return id;
  }

  /** @throws ExplanationUnknown */
  get(id: string): Explanation {
    const known = this.#kept.get(id);
    if (known !== undefined) return known;
    throw new ExplanationUnknown('no explanation of that id is kept by this server', {
      remedy: `Ask the server that gave the id; it keeps the last ${String(MOST_KEPT)}.`,
    });
  }

  /** Ends the one that is running; those that wait are not begun. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#options.explainer?.close();
    await this.#tail;
  }

  #explainer(): Explainer {
    const { explainer } = this.#options;
    if (this.#closed) throw stopping();
    if (explainer !== null) return explainer;
    throw new ExplainerUnavailable('this server was started without the sidecar', {
      remedy: 'Ask without explain; `contender doctor` checks the Python environment.',
    });
  }

  #set(explanation: Explanation): void {
    this.#kept.set(explanation.id, explanation);
    for (const [oldest] of this.#kept) {
      if (this.#kept.size <= MOST_KEPT) return;
      this.#kept.delete(oldest);
    }
  }
}

type Ended = Exclude<ExplanationState, { readonly status: 'waiting' | 'running' }>;
const stopping = (): ExplainerUnavailable =>
  new ExplainerUnavailable('the server is stopping', { remedy: 'Ask another server.' });
const STOPPED: Ended = { status: 'failed', error: stopping() };

async function run(explainer: Explainer, job: ExplainJob): Promise<Ended> {
  try {
    return { status: 'done', rows: await explainer.explain(job) };
  } catch (error) {
    const known =
      error instanceof ContenderError ? error : new InternalError('unexpected failure', { cause: error });
    return { status: 'failed', error: known };
  }
}
