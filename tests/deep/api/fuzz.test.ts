import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openApiDocument } from '../../../api/openapi.ts';
import { Problem } from '../../../contracts/api/problem.ts';
import type { Document, Parameter, Schema } from '../../../scripts/clients/document.ts';
import { ApiWorld } from '../../integration/api/api-world.ts';
import { requestsOf } from './fuzzed-requests.ts';

/**
 * Every operation of the document with requests made from it, good ones and bad ones, by somebody who may do everything. What
 * is answered has to be in the document: its status, and the contract of its body, which the API of the tests holds every
 * answer against.
 */
const DOCUMENT = openApiDocument() as unknown as Document;
const CASES = 25;
const SEED = 20260301;
/** Out of a hundred values, so many are anything at all. */
const BAD = [0, 12];

interface Operation {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly parameters: readonly Parameter[];
  readonly body: Schema | null;
  readonly statuses: readonly number[];
}

const OPERATIONS: readonly Operation[] = Object.entries(DOCUMENT.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({
    ...{
      id: operation.operationId,
      method: method.toUpperCase(),
      path,
      parameters: operation.parameters ?? [],
    },
    body: operation.requestBody?.content['application/json']?.schema ?? null,
    statuses: Object.keys(operation.responses).map(Number),
  })),
);

const CODES = new Set(
  [
    ...readFileSync(join(import.meta.dirname, '..', '..', '..', 'docs', 'errors.md'), 'utf8').matchAll(
      /^\| `([A-Z_]+)`/gmu,
    ),
  ].map(([, code = '']) => code),
);

let api: ApiWorld;
let token: string;
const known: Record<string, string[]> = {};
beforeAll(async () => {
  api = await ApiWorld.open();
  const model = await api.world.model();
  const first = await api.world.champion(model, 1);
  await api.world.champion(model, 2);
  const open = await api.world.candidate(model, 3);
  await api.world.decision(open, await api.world.shadowed(open));
  token = await api.token('fuzzer', 'viewer', 'researcher', 'quant-lead', 'operator', 'admin');
  Object.assign(known, {
    ...{
      model: [model],
      retrain: [first.retrainId, open.retrainId],
      version: ['1', first.versionId],
      number: ['1'],
    },
    ...{
      consumer: ['risk-report'],
      market: ['XTAI'],
      proposal: ['1'],
      silence: ['1'],
      objection: ['1'],
      limit: ['1', '500'],
      cursor: ['1'],
    },
  });
});
afterAll(() => api.close());

describe('requests made from the document', () => {
  test.each(OPERATIONS)('$id answers as documented', { timeout: 300_000 }, async (operation) => {
    const { method, statuses } = operation;
    for (const bad of BAD) {
      await fc.assert(
        fc.asyncProperty(requestsOf(operation, DOCUMENT, known, bad), async ({ path, headers, body }) => {
          const unauthorised = operation.id === 'signIn' ? {} : { token };
          const asking =
            body === undefined
              ? {}
              : { body: typeof body === 'object' && body !== null ? body : JSON.stringify(body) };
          const answer = await api.ask(method, path, {
            ...{ ...unauthorised, ...asking, key: null },
            headers: body === undefined ? headers : { 'content-type': 'application/json', ...headers },
          });
          const said = `${method} ${path} ${JSON.stringify(body ?? null).slice(0, 500)}: ${String(answer.status)} ${answer.text.slice(0, 500)}`;
          // 503 is Temporal, which is away here; everything else above 499 is a defect.
          expect(answer.status === 503 ? 200 : answer.status, said).toBeLessThan(500);
          // An empty or mangled path parameter is another address.
          if (answer.body['code'] !== 'ROUTE_UNKNOWN') expect(statuses, said).toContain(answer.status);
          if (answer.status < 400) return;
          const problem = Problem.safeParse(answer.body);
          expect(problem.success, said).toBe(true);
          expect(CODES, said).toContain(answer.body['code']);
        }),
        { numRuns: CASES, seed: SEED },
      );
    }
  });
});
