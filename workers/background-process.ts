import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { z } from 'zod';
import { ContenderError, type ErrorKind } from '../contracts/error.ts';
import { startInBackground } from '../supervisor/background.ts';

/** What runs behind everything else: it serves nobody, and has until the next session. */
export const BACKGROUND_ACTIVITIES = ['scoreShadowSession', 'scoreChallengers'] as const;
export type BackgroundActivity = (typeof BACKGROUND_ACTIVITIES)[number];

const Facts = z.record(z.string(), z.unknown());
export const Asked = z.strictObject({
  id: z.int(),
  activity: z.enum(BACKGROUND_ACTIVITIES),
  input: z.unknown(),
});
const Answered = z.union([
  z.strictObject({ id: z.int(), result: z.unknown() }),
  z.strictObject({
    id: z.int(),
    error: z.strictObject({
      ...{ code: z.string(), message: z.string(), remedy: z.string(), details: Facts },
      kind: z.enum(['refused', 'usage', 'unreachable', 'bug']),
    }),
  }),
]);
export type Answered = z.infer<typeof Answered>;

/** The process that does what serves nobody has ended in the middle of it: killed, or out of memory. */
export class BackgroundEnded extends ContenderError {
  readonly code = 'BACKGROUND_ENDED';
  readonly kind = 'unreachable';
}

/** An error of the process in the background, as it was there. */
class BackgroundError extends ContenderError {
  readonly code: string;
  readonly kind: ErrorKind;

  constructor(error: { code: string; kind: ErrorKind; message: string; remedy: string; details: object }) {
    super(error.message, { remedy: error.remedy, details: { ...error.details } });
    this.code = error.code;
    this.kind = error.kind;
  }
}

interface Waiting {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

export interface BackgroundOptions {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** An idle process holds a market in memory: it is ended after so long. */
  readonly idleMs: number;
  readonly program?: string;
}

const PROGRAM = join(import.meta.dirname, 'background.ts');

/**
 * A process behind everything else on the machine, for what serves nobody: shadows. It is started when it is asked, answers
 * any number of questions, and ends after a while without one. What kills it (a model that makes the runtime crash, memory)
 * fails the questions that were open, and nothing else; the next one starts another.
 */
export class BackgroundProcess {
  readonly #options: BackgroundOptions;
  readonly #waiting = new Map<number, Waiting>();
  #child: ChildProcess | null = null;
  #idle: NodeJS.Timeout | undefined;
  #asked = 0;

  constructor(options: BackgroundOptions) {
    this.#options = options;
  }

  /** Zero while there is none. */
  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /**
   * Answers as the activity would have. An abort ends the process, since nothing else stops a query in the middle.
   *
   * @throws BackgroundEnded, and what the activity throws
   */
  async run(activity: BackgroundActivity, input: unknown, signal: AbortSignal): Promise<unknown> {
    clearTimeout(this.#idle);
    const child = (this.#child ??= this.#start());
    this.#asked += 1;
    const id = this.#asked;
    const abort = (): void => void child.kill('SIGKILL');
    signal.addEventListener('abort', abort, { once: true });
    try {
      return await new Promise<unknown>((resolve, reject) => {
        this.#waiting.set(id, { resolve, reject });
        child.send({ id, activity, input }, (error) => {
          if (error !== null) reject(ended(error));
        });
      });
    } finally {
      signal.removeEventListener('abort', abort);
      this.#waiting.delete(id);
      if (this.#waiting.size === 0) this.#endLater();
    }
  }

  /** Ends it now, whatever it does. */
  close(): void {
    clearTimeout(this.#idle);
    this.#child?.kill('SIGKILL');
    this.#child = null;
  }

  #start(): ChildProcess {
    const { program = PROGRAM, environment } = this.#options;
    const child = startInBackground(program, [], environment);
    child.on('message', (message) => {
      this.#answer(Answered.parse(message));
    });
    const lost = (cause?: Error): void => {
      if (this.#child === child) this.#child = null;
      for (const { reject } of this.#waiting.values()) reject(ended(cause));
    };
    child.once('exit', () => {
      lost();
    });
    child.once('error', lost);
    // It keeps nobody from ending: when this process goes, its channel closes, and it goes too.
    child.unref();
    child.channel?.unref();
    return child;
  }

  #answer(answer: Answered): void {
    const waiting = this.#waiting.get(answer.id);
    if (waiting === undefined) return;
    if ('error' in answer) waiting.reject(new BackgroundError(answer.error));
    else waiting.resolve(answer.result);
  }

  #endLater(): void {
    this.#idle = setTimeout(() => {
      if (this.#waiting.size === 0) this.#child?.disconnect();
    }, this.#options.idleMs);
    this.#idle.unref();
  }
}

const ended = (cause?: Error): BackgroundEnded =>
  new BackgroundEnded('the process that scores shadows has ended', {
    remedy: 'It is started again by the next attempt; its output is in the log of the compute worker.',
    ...(cause === undefined ? {} : { cause }),
  });
