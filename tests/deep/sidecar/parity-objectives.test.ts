import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ArtifactRef } from '../../../contracts/primitives.ts';
import { FitFinalResult } from '../../../contracts/training.ts';
import { inspectModelFile } from '../../../serving/model-file.ts';
import { checkParity } from '../../../serving/parity.ts';
import { readParityColumns } from '../../../serving/parity-file.ts';

/**
 * Every objective that a spec may name, through the very path of a retrain - sidecar, exporter, onnxruntime-node - on 100,000
 * recent rows, every threshold with both float32 neighbours, and rows with cells blanked out.
 */
const PYTHON = join(import.meta.dirname, '../../../.venv/bin/python');
const FEATURES = ['momentum_20', 'reversal_5', 'volatility_20', 'turnover_20'];
const RECENT_ROWS = 100_000;

let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'contender-objectives-'));
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function fitted(objective: string): FitFinalResult {
  const script = join(import.meta.dirname, 'fit_objectives.py');
  const printed = execFileSync(PYTHON, [script, folder, objective], { encoding: 'utf8', timeout: 500_000 });
  return FitFinalResult.parse(JSON.parse(printed));
}

const pathOf = (ref: ArtifactRef): string => join(folder, ref.sha256.slice(0, 2), ref.sha256);

describe.each(['regression', 'rank', 'binary'])('a model of objective %s', (objective) => {
  test('predicts in onnxruntime-node what LightGBM predicts, bit for bit, and a changed leaf is noticed', async () => {
    const final = fitted(objective);
    const onnx = readFileSync(pathOf(final.onnx));
    const thresholds = inspectModelFile(onnx).trees.thresholds.reduce((sum, own) => sum + own.length, 0);
    const columns = await readParityColumns(pathOf(final.parity), FEATURES);
    const result = await checkParity({ onnx, featureNames: FEATURES, parity: { columns } });
    expect(result.firstMismatch).toBeNull();
    expect(result.byKind['recent']).toEqual({ rows: RECENT_ROWS, mismatches: 0 });
    // Neighbours of neighbouring thresholds may coincide, hence not three rows for each.
    expect(result.byKind['threshold']?.rows).toBeGreaterThan(1.5 * thresholds);
    expect(result.byKind['nan']?.rows).toBe(2000);

    const text = readFileSync(pathOf(final.nativeModel), 'utf8');
    expect(text).toContain(objective === 'rank' ? 'objective=lambdarank' : `objective=${objective}`);
    const expected = columns.expected.slice();
    const last = expected.length - 1;
    const [bits] = new BigUint64Array(expected.buffer, last * 8, 1);
    new BigUint64Array(expected.buffer)[last] = (bits ?? 0n) ^ 1n;
    const planted = await checkParity({
      onnx,
      featureNames: FEATURES,
      parity: { columns: { ...columns, expected } },
    });
    expect(planted.mismatches).toBe(1);
  }, 600_000);
});
