import { ApiProblem, ControlApi } from '../../../../clients/typescript/control-api.ts';
import type { Problem } from '../../../../clients/typescript/control-api.ts';
import { learnServerDate } from '../server-time.ts';

/** A refusal, or no answer at all (`offline`: whether something happened is not known). */
export class ApiError extends Error {
  /** Null when nothing answered. */
  readonly problem: Problem | null;

  constructor(problem: Problem | null) {
    super(problem?.detail ?? 'no answer');
    this.problem = problem;
  }

  get offline(): boolean {
    return this.problem === null;
  }

  is(status: number): boolean {
    return this.problem?.status === status;
  }
}

let csrf: string | null = null;
/** Sent back with everything that changes something; comes with the session. */
export function rememberCsrf(token: string | null): void {
  csrf = token;
}

export const api = new ControlApi({
  baseUrl: '',
  csrfToken: () => csrf,
  fetch: async (input, init) => {
    const answer = await fetch(input, init);
    learnServerDate(answer.headers);
    return answer;
  },
});

/** How long an answer is waited for: longer than a rollback takes, shorter than a person's patience. */
const PATIENCE_MS = 20_000;
export const patience = (): { readonly signal: AbortSignal } => ({
  signal: AbortSignal.timeout(PATIENCE_MS),
});

/** The answer of a call. Throws ApiError for a refusal and for silence. */
export async function answerOf<T>(call: Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    throw new ApiError(error instanceof ApiProblem ? error.problem : null);
  }
}

/** One key for one thing that a person wants: a second click, or a repetition after a lost connection, has no second effect. */
export function intentKey(): string {
  return `web-${crypto.randomUUID()}`;
}
