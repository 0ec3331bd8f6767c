import type { FastifyReply } from 'fastify';
import { TooManyRequests } from './errors.ts';

/** A model of 500 trees is about 2 MB, its parity set of 100,000 rows about 20. */
export const MAX_UPLOAD_BYTES = 64 * 1024 * 1024;
/** Bodies are held in memory until they are stored. */
const MOST_AT_ONCE = 4;

/** How many files are being sent together; beyond that they are refused before they are read. */
export class Uploads {
  #underWay = 0;

  /** Until the answer is out or the connection is gone. Throws TooManyRequests. */
  enter(reply: FastifyReply): void {
    if (this.#underWay >= MOST_AT_ONCE) {
      throw new TooManyRequests(`${String(this.#underWay)} files are being sent already`, {
        remedy: 'Wait for Retry-After.',
        details: { retryAfterSeconds: 2 },
      });
    }
    this.#underWay += 1;
    reply.raw.once('close', () => {
      this.#underWay -= 1;
    });
  }
}
