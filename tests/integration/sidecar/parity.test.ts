import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { inspectModelFile } from '../../../serving/model-file.ts';
import { readTreeImage, warmWalk } from '../../../serving/tree-scorer.ts';

/**
 * The exporter's claim, checked in the kernel that serves and in onnxruntime-node: the double that each gives equals LightGBM's,
 * bit for bit, on rows built to sit on every threshold.
 */
const PYTHON = join(import.meta.dirname, '../../../.venv/bin/python');
const Made = z.array(z.object({ name: z.string(), rows: z.int(), features: z.int(), trees: z.int() }));

const HOSTILE_MODELS = [
  'normal',
  'nan-heavy',
  'integers',
  'near-zero',
  'huge',
  'adjacent-floats',
  'mixed',
  'regression_l1',
  'huber',
  'quantile',
  'use-missing-false',
  'no-split',
  'trained-without-nan',
  'subsampled',
] as const;

let folder = '';
let made: z.infer<typeof Made> = [];

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'contender-parity-'));
  execFileSync(PYTHON, [join(import.meta.dirname, 'make_hostile_models.py'), folder], { timeout: 240_000 });
  made = Made.parse(JSON.parse(readFileSync(join(folder, 'models.json'), 'utf8')));
}, 250_000);

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function bytesOf(name: string): ArrayBuffer {
  const file = readFileSync(join(folder, name));
  return file.buffer.slice(file.byteOffset, file.byteOffset + file.byteLength);
}

async function predict(
  session: InferenceSession,
  rows: Float32Array,
  features: number,
): Promise<Float64Array> {
  const input = new Tensor('float32', rows, [rows.length / features, features]);
  const { prediction } = await session.run({ features: input });
  if (!(prediction?.data instanceof Float64Array)) throw new TypeError('the output is not a double tensor');
  return prediction.data;
}

describe('a LightGBM model exported to ONNX', () => {
  test('covers every hostile model', () => {
    expect(made.map((model) => model.name)).toEqual(HOSTILE_MODELS);
  });

  test.each(HOSTILE_MODELS)(
    '%s: the kernel that serves and onnxruntime-node agree with LightGBM bit for bit',
    async (name) => {
      const model = made.find((candidate) => candidate.name === name);
      if (model === undefined) throw new Error(`${name} was not made`);
      const features = new Float32Array(bytesOf(`${name}.features.f32`));
      const expected = new BigUint64Array(bytesOf(`${name}.expected.f64`));
      expect(features.length).toBe(model.rows * model.features);
      expect(expected.length).toBe(model.rows);
      const file = new Uint8Array(bytesOf(`${name}.onnx`));
      expect(inspectModelFile(file).features).toBe(model.features);
      const names = Array.from({ length: model.features }, (_, at) => `f${String(at)}`);
      const walk = warmWalk(readTreeImage(file, names));
      expect(new BigUint64Array(walk.score(features, model.rows).buffer)).toEqual(expected);
      for (let row = 0; row < model.rows; row += 1 + (row % 7)) {
        const alone = walk.score(features.subarray(row * model.features, (row + 1) * model.features), 1);
        expect(new BigUint64Array(alone.buffer)[0]).toBe(expected[row]);
      }

      const session = await InferenceSession.create(file, {
        intraOpNumThreads: 1,
        interOpNumThreads: 1,
      });
      const actual = new BigUint64Array((await predict(session, features, model.features)).slice().buffer);
      let different = 0;
      for (let row = 0; row < model.rows; row += 1) if (actual[row] !== expected[row]) different += 1;
      expect(different).toBe(0);

      // Alone in its batch a row takes another code path of the runtime; it must not take another value.
      for (let row = 0; row < 50; row += 1) {
        const at = Math.floor((row * model.rows) / 50);
        const single = await predict(
          session,
          features.slice(at * model.features, (at + 1) * model.features),
          model.features,
        );
        expect(new BigUint64Array(single.slice().buffer)[0]).toBe(expected[at]);
      }
      await session.release();
    },
  );

  test('the rows do tell exporters apart: rounding the thresholds to float32 changes predictions', async () => {
    const model = made.find((candidate) => candidate.name === 'normal');
    if (model === undefined) throw new Error('normal was not made');
    const features = new Float32Array(bytesOf('normal.features.f32'));
    const expected = new Float64Array(bytesOf('normal.expected.f64'));
    const file = new Uint8Array(bytesOf('normal.onnx'));
    const session = await InferenceSession.create(roundedThresholds(file));
    const actual = await predict(session, features, model.features);
    const different = expected.filter((value, row) => Math.abs(value - (actual[row] ?? Number.NaN)) > 1e-5);
    expect(different.length).toBeGreaterThan(model.rows / 100);
    await session.release();
  });
});

/**
 * The same file with its thresholds rounded to float32. The thresholds are the longer of the two raw double tensors
 * that are not leaves; the node attribute is found by its name, then the first raw_data field behind it.
 */
function roundedThresholds(file: Uint8Array): Uint8Array {
  const copy = Buffer.from(file);
  const name = copy.indexOf('nodes_splits');
  const view = new DataView(copy.buffer, copy.byteOffset, copy.byteLength);
  // TensorProto: dims (08 n), data_type (10 0b = DOUBLE), raw_data (4a length bytes).
  let at = name + 'nodes_splits'.length;
  while (copy[at] !== 0x10 || copy[at + 1] !== 0x0b) at += 1;
  at += 2;
  if (copy[at] !== 0x4a) throw new Error('raw_data does not follow the data type');
  at += 1;
  let length = 0;
  for (let shift = 0; ; shift += 7) {
    const byte = copy[at] ?? 0;
    at += 1;
    length += (byte & 0x7f) * 2 ** shift;
    if (byte < 0x80) break;
  }
  for (let offset = at; offset < at + length; offset += 8) {
    view.setFloat64(offset, Math.fround(view.getFloat64(offset, true)), true);
  }
  return copy;
}
