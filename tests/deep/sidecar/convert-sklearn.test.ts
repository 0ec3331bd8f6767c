import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTreeScorer } from '../../../serving/tree-scorer.ts';
import { installed, PYTHON, ROOT } from './sklearn-extra.ts';

/** `contender convert` with the extra as a user installs it: an environment of its own, from the lock. */
const NAMES = ['momentum', 'reversal', 'volatility', 'turnover'];

interface Ran {
  readonly code: number;
  readonly answer: Record<string, unknown>;
  readonly text: string;
}

describe.runIf(installed())('contender convert', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'contender-sklearn-'));
    execFileSync(PYTHON, [join(import.meta.dirname, 'fit_sklearn.py'), folder], { timeout: 300_000 });
  }, 300_000);
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  function convert(name: string, ...more: readonly string[]): Ran {
    const paths = [`${name}.joblib`, '--rows', `${name}.parquet`, '--out', `${name}-out`];
    const files = paths.map((each) => (each.startsWith('--') ? each : join(folder, each)));
    const main = join(ROOT, 'cli', 'main.ts');
    try {
      const text = execFileSync(
        process.execPath,
        [main, '--json', 'convert', ...files, '--python', PYTHON, ...more],
        { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], timeout: 300_000 },
      );
      return { code: 0, answer: JSON.parse(text) as Record<string, unknown>, text };
    } catch (error) {
      const { status, stdout, stderr } = error as { status: number; stdout: string; stderr: string };
      return { code: status, answer: {}, text: `${stdout}${stderr}` };
    }
  }

  test.each(['boosted', 'histogram', 'forest', 'extra'])(
    'turns a %s model into a file that kernel and onnxruntime score as scikit-learn does, bit for bit',
    async (name) => {
      const { code, answer, text } = convert(name, '--trusted');
      expect(code, text).toBe(0);
      const parity = answer['parity'] as { rows: number; byKind: Record<string, { mismatches: number }> };
      expect(parity.rows).toBeGreaterThan(4000);
      expect(Object.values(parity.byKind).every(({ mismatches }) => mismatches === 0)).toBe(true);
      expect(parity.byKind['threshold']).toBeDefined();
      expect('nan' in parity.byKind).toBe(answer['takesMissing'] === true);
      const scorer = createTreeScorer();
      const session = await scorer.load(readFileSync(join(folder, `${name}-out`, 'model.onnx')), NAMES);
      expect((await session.score(new Float32Array([0.1, -0.2, 0.3, 0.4]), 1))[0]).not.toBe(0);
      await scorer.close();
    },
    300_000,
  );

  test('refuses what is no sum of trees, with exit code 1', () => {
    const { code, text } = convert('linear', '--trusted');
    expect([code, text]).toEqual([1, expect.stringContaining('CONVERSION_REFUSED')]);
    expect(existsSync(join(folder, 'linear-out', 'model.onnx'))).toBe(false);
  }, 300_000);

  test('reads no stored model that nobody vouches for', () => {
    const { code, text } = convert('boosted');
    expect([code, text]).toEqual([2, expect.stringContaining('--trusted')]);
  }, 300_000);
});
