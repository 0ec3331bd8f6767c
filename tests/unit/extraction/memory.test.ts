import { afterAll, beforeAll, expect, it } from 'vitest';
import type { DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { openEngine } from '../../../extraction/duckdb.ts';
import { ExtractionMemoryExceeded } from '../../../extraction/errors.ts';
import { runFeatureSql } from '../../../extraction/feature-query.ts';
import { parseFeatureSet } from '../../../extraction/feature-set.ts';
import { TINY_FEATURES } from './small-market.ts';

/** Of the engine; a list of ten million numbers takes 80 MB in one piece, which no disk can stand in for. */
const LIMIT_MB = 32;
const HUNGRY = 'SELECT list(n) AS up FROM range(10000000) t(n)';

let engine: DuckDBInstance;
let connection: DuckDBConnection;

beforeAll(async () => {
  engine = await openEngine({ threads: 1, memoryLimitMb: LIMIT_MB });
  connection = await engine.connect();
});
afterAll(() => {
  connection.closeSync();
  engine.closeSync();
});

it('a feature query that needs more than the engine may use is refused by name, and the next one runs', async () => {
  const set = parseFeatureSet(TINY_FEATURES);
  const hungry = runFeatureSql(connection, { ...set, query: HUNGRY }, ['up'], 'made');
  await expect(hungry).rejects.toBeInstanceOf(ExtractionMemoryExceeded);
  await expect(hungry).rejects.toMatchObject({
    code: 'EXTRACTION_MEMORY_EXCEEDED',
    message: expect.stringContaining(`${set.name}: Out of Memory`) as unknown,
  });
  await expect(
    runFeatureSql(connection, { ...set, query: 'SELECT 1 AS up' }, ['up'], 'made'),
  ).resolves.toBeUndefined();
});
