import type { FastifyInstance } from 'fastify';
import { refuseDuplicateKeys } from './duplicate-keys.ts';
import { refuseDeepNesting } from './nesting.ts';

/** What the scan of keys that could poison a prototype has to see: the words themselves, or an escape that may hide them. */
const SUSPECT = /__proto__|constructor|\\u/u;

/**
 * Reads bodies of JSON and nothing else that Fastify would read by itself. The scan for poisonous keys costs more than parsing does;
 * bodies without a suspect letter sequence have nothing for it to find.
 */
export function takeJsonBodies(app: FastifyInstance): void {
  const scanning = app.getDefaultJsonParser('error', 'error');
  app.removeContentTypeParser('text/plain');
  app.addContentTypeParser<string>('application/json', { parseAs: 'string' }, (request, body, done) => {
    // What nobody takes is not read: the answer is that there is nothing here.
    if (request.is404) {
      done(null);
      return;
    }
    try {
      refuseDeepNesting(body);
    } catch (error) {
      done(error as Error);
      return;
    }
    if (SUSPECT.test(body) || body.length === 0) {
      void scanning(request, body, (error, value?: unknown) => {
        if (error !== null) {
          done(error);
          return;
        }
        finish(body, value, done);
      });
      return;
    }
    let value: unknown;
    try {
      value = JSON.parse(body);
    } catch {
      // Again, for the error that every other JSON fault gets.
      void scanning(request, body, done);
      return;
    }
    finish(body, value, done);
  });
}

function finish(text: string, value: unknown, done: (error: Error | null, value?: unknown) => void): void {
  try {
    refuseDuplicateKeys(text, value);
  } catch (error) {
    done(error as Error);
    return;
  }
  done(null, value);
}
