import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { ArtifactCorrupt, ExplainerUnavailable, ExplanationInexact } from '../../../serving/errors.ts';
import type { ExplainJob } from '../../../serving/explainer.ts';
import { SidecarExplainer } from '../../../serving/sidecar-explainer.ts';
import { readTreeImage, warmWalk } from '../../../serving/tree-scorer.ts';
import { MemoryRegistry } from '../../unit/serving/memory-registry.ts';

/** The real process of the sidecar, on a model that it trained and exported itself. */
const ROOT = join(import.meta.dirname, '../../..');
const PYTHON = join(ROOT, '.venv/bin/python');
const SIDECAR = join(ROOT, 'sidecar');
const NAMES = Array.from({ length: 6 }, (_, at) => `feature_${String(at)}`);
const TRAIN = `
import sys
import lightgbm as lgb
import numpy as np
from contender_sidecar.onnx_export import export_onnx
rng = np.random.default_rng(3)
x = rng.normal(size=(2000, 6)).astype(np.float32)
x[rng.random(x.shape) < 0.05] = np.nan
y = np.nan_to_num(x)[:, 0] * np.nan_to_num(x)[:, 1] + 0.1 * rng.normal(size=len(x))
params = {"objective": "regression", "num_leaves": 15, "verbose": -1, "num_threads": 1, "seed": 3}
text = lgb.train(params, lgb.Dataset(x, label=y), 40).model_to_string()
open(sys.argv[1] + "/model.txt", "w").write(text)
open(sys.argv[1] + "/model.onnx", "wb").write(export_onnx(text))
`;

let folder = '';
let registry: MemoryRegistry;
let explainer: SidecarExplainer;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'contender-explain-'));
  execFileSync(PYTHON, ['-c', TRAIN, folder], { env: { PYTHONPATH: SIDECAR }, timeout: 120_000 });
}, 130_000);
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});
afterEach(() => explainer.close());

const open = (python = PYTHON): void => {
  registry = new MemoryRegistry();
  explainer = new SidecarExplainer({ python, sidecarFolder: SIDECAR, registry });
};

function job(rows: number, changes: Partial<ExplainJob> = {}): ExplainJob {
  const onnx = new Uint8Array(readFileSync(join(folder, 'model.onnx')));
  const native = new Uint8Array(readFileSync(join(folder, 'model.txt')));
  const sha256 = createHash('sha256').update(native).digest('hex');
  registry.artifacts.set(sha256, native);
  const nativeModel = { sha256, bytes: native.length, mediaType: 'text/plain' };
  const version = registry.versionOf(onnx, 'explained', 1, { featureNames: NAMES, nativeModel });
  const batch = Float32Array.from({ length: rows * NAMES.length }, (_, at) =>
    at % 13 === 4 ? Number.NaN : Math.sin(at * 12.9898) * 2,
  );
  const scores = warmWalk(readTreeImage(onnx, NAMES)).score(batch, rows);
  return { version, batch, rows, scores, ...changes };
}

describe('explanations by the sidecar', () => {
  test('take every answered score apart: base, contributions and the rest add up to it', async () => {
    open();
    const asked = job(100);
    const explained = await explainer.explain(asked);
    expect(explained).toHaveLength(100);
    for (const [at, row] of explained.entries()) {
      expect(row.prediction).toBe(asked.scores[at]);
      const sum = row.top.reduce((total, { contribution }) => total + contribution, row.base + row.others);
      expect(Math.abs(sum - row.prediction)).toBeLessThan(1e-12);
      const sizes = row.top.map(({ contribution }) => Math.abs(contribution));
      expect(sizes).toEqual(sizes.toSorted((a, b) => b - a));
      for (const { feature, value } of row.top) {
        const cell = asked.batch[at * NAMES.length + NAMES.indexOf(feature)] ?? Number.NaN;
        expect(value).toBe(Number.isNaN(cell) ? null : cell);
      }
    }
    const strongest = new Set(explained.map(({ top }) => top[0]?.feature));
    expect(strongest.has('feature_0') || strongest.has('feature_1')).toBe(true);
  }, 60_000);

  test('are refused when the answered score is not the native model’s', async () => {
    open();
    const asked = job(3);
    const scores = asked.scores.slice();
    scores[1] = (scores[1] ?? 0) + 1e-15;
    await expect(explainer.explain({ ...asked, scores })).rejects.toBeInstanceOf(ExplanationInexact);
    expect(await explainer.explain(asked)).toHaveLength(3);
  }, 60_000);

  test('are refused for a native model whose bytes are not those of its name', async () => {
    open();
    const asked = job(1);
    registry.artifacts.set(asked.version.nativeModel?.sha256 ?? '', new TextEncoder().encode('tree'));
    await expect(explainer.explain(asked)).rejects.toBeInstanceOf(ArtifactCorrupt);
  }, 60_000);

  test('say that the process is gone, and start another for the next question', async () => {
    open('/nothing/here/python');
    await expect(explainer.explain(job(1))).rejects.toBeInstanceOf(ExplainerUnavailable);
    open();
    await explainer.explain(job(1));
    const outcome = explainer.explain(job(100)).catch((error: unknown) => error);
    await explainer.close();
    // On a busy machine the answer may just have come before the end.
    if (!Array.isArray(await outcome)) expect(await outcome).toBeInstanceOf(ExplainerUnavailable);
    expect(await explainer.explain(job(2))).toHaveLength(2);
  }, 60_000);
});
