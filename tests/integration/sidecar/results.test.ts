import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { ArtifactRef } from '../../../contracts/primitives.ts';
import { FitFinalInput, FitFinalResult, RunTrialInput, RunTrialResult } from '../../../contracts/training.ts';
import { inspectModelFile, verifyHash } from '../../../serving/model-file.ts';
import { checkParity } from '../../../serving/parity.ts';

/** What the sidecar hands over, read by those who will read it: contracts, DuckDB, the servers' inspection and scorer. */
const PYTHON = join(import.meta.dirname, '../../../.venv/bin/python');
const Messages = z.strictObject({
  trialInput: RunTrialInput,
  trial: RunTrialResult,
  finalInput: FitFinalInput,
  final: FitFinalResult,
});

let folder = '';
let messages: z.infer<typeof Messages>;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'contender-training-'));
  const script = join(import.meta.dirname, 'run_training.py');
  messages = Messages.parse(
    JSON.parse(execFileSync(PYTHON, [script, folder], { encoding: 'utf8', timeout: 120_000 })),
  );
}, 130_000);

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const pathOf = (ref: ArtifactRef): string => join(folder, ref.sha256.slice(0, 2), ref.sha256);

function bytesOf(ref: ArtifactRef): Uint8Array {
  const bytes = readFileSync(pathOf(ref));
  verifyHash(bytes, ref.sha256, ref.mediaType);
  expect(bytes.length).toBe(ref.bytes);
  return bytes;
}

async function query(sql: string): Promise<Record<string, unknown>[]> {
  const connection = await (await DuckDBInstance.create()).connect();
  const reader = await connection.runAndReadAll(sql);
  return reader.getRowObjectsJson();
}

describe('what the sidecar stores', () => {
  test('predictions are a table that DuckDB reads with the promised types and order', async () => {
    bytesOf(messages.trial.predictions);
    const file = `'${pathOf(messages.trial.predictions)}'`;
    const columns = await query(`DESCRIBE SELECT * FROM read_parquet(${file})`);
    expect(
      columns.map((column) => `${String(column['column_name'])} ${String(column['column_type'])}`),
    ).toEqual(['symbol VARCHAR', 'session DATE', 'fold INTEGER', 'prediction DOUBLE']);
    const [unsorted] = await query(
      `SELECT count(*) AS n FROM (SELECT (session, symbol) AS key, lag((session, symbol)) OVER () AS earlier
       FROM read_parquet(${file})) WHERE key <= earlier`,
    );
    expect(Number(unsorted?.['n'])).toBe(0);
    const [count] = await query(`SELECT count(*) AS n FROM read_parquet(${file})`);
    expect(Number(count?.['n'])).toBe(messages.trial.predictedRows);
  });

  test('the model passes the inspection of the prediction server', () => {
    const summary = inspectModelFile(bytesOf(messages.final.onnx));
    expect(summary.features).toBe(messages.finalInput.trial.recipe.features.length);
  });

  test('the parity set is met bit for bit by the scorer of the prediction server', async () => {
    const result = await checkParity({
      onnx: bytesOf(messages.final.onnx),
      featureNames: messages.finalInput.trial.recipe.features,
      parity: { path: pathOf(messages.final.parity) },
    });
    expect(result.mismatches).toBe(0);
    expect(result.byKind['recent']?.rows).toBe(messages.finalInput.parityRows);
    expect(result.byKind['threshold']?.rows).toBeGreaterThan(100);
    expect(result.byKind['nan']?.rows).toBeGreaterThan(100);
  });
});
