import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { cp, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FEATURES, modelBytes, parityPath } from '../../unit/serving/fixtures.ts';
import { buildModel, tensor, tensorAttribute } from '../../unit/serving/onnx-builder.ts';
import { doubles, int, message, text } from '../../unit/serving/protobuf-writer.ts';
import { MODEL, RegistrationDesk, sha256 } from './registration-desk.ts';

/** Folders that somebody else hands over. Whatever they hold, nothing but a plain tree ensemble becomes a version. */
let desk: RegistrationDesk;
beforeAll(async () => {
  desk = await RegistrationDesk.open();
});
afterAll(() => desk.close());

const GIB = 1024 ** 3;
/** The weights of the trees, in a file that the model names. */
const ELSEWHERE = tensorAttribute(
  'leaf_weights',
  tensor(11, 3, doubles([1, 2, 3]), message(13, text(1, 'location'), text(2, '/etc/passwd')), int(14, 1)),
);
const replaced = async (
  where: string,
  name: string,
  make: (path: string) => Promise<unknown>,
): Promise<void> => {
  await rm(join(where, name));
  await make(join(where, name));
};
const manifest = (where: string, changes: Record<string, unknown>): Promise<void> =>
  readFile(join(where, 'conversion.json'), 'utf8').then((text) =>
    writeFile(
      join(where, 'conversion.json'),
      JSON.stringify({ ...(JSON.parse(text) as object), ...changes }),
    ),
  );
const withModel = async (where: string, onnx: Uint8Array): Promise<void> => {
  await writeFile(join(where, 'model.onnx'), onnx);
  await manifest(where, { onnxSha256: sha256(onnx) });
};

type Spoil = (where: string, snapshot: string) => Promise<unknown>;
const FOLDERS: readonly (readonly [what: string, spoil: Spoil, exitCode: number, code: string])[] = [
  [
    'a model without end',
    (at) => replaced(at, 'model.onnx', (path) => symlink('/dev/zero', path)),
    2,
    'USAGE',
  ],
  [
    'a model that is a pipe',
    (at) => replaced(at, 'model.onnx', (path) => Promise.resolve(execFileSync('mkfifo', [path]))),
    2,
    'USAGE',
  ],
  [
    'a model of 10 GB',
    (at) => replaced(at, 'model.onnx', (path) => writeFile(path, '').then(() => truncate(path, 10 * GIB))),
    2,
    'USAGE',
  ],
  [
    'a parity set without end',
    (at) => replaced(at, 'parity.parquet', (path) => symlink('/dev/zero', path)),
    2,
    'USAGE',
  ],
  [
    'a manifest that is a pipe',
    (at) => replaced(at, 'conversion.json', (path) => Promise.resolve(execFileSync('mkfifo', [path]))),
    2,
    'USAGE',
  ],
  ['a manifest of brackets', (at) => writeFile(join(at, 'conversion.json'), '['.repeat(100_000)), 2, 'USAGE'],
  ['no manifest', (at) => rm(join(at, 'conversion.json')), 2, 'USAGE'],
  ['no model', (at) => rm(join(at, 'model.onnx')), 2, 'USAGE'],
  ['a library whose name is a book', (at) => manifest(at, { library: 'x'.repeat(1_000_000) }), 2, 'USAGE'],
  ['an estimator with NUL', (at) => manifest(at, { estimator: 'Forest\u0000' }), 2, 'USAGE'],
  ['an estimator that turns the writing', (at) => manifest(at, { estimator: 'Forest\u202E' }), 2, 'USAGE'],
  ['half a character', (at) => manifest(at, { libraryVersion: '1\uD800' }), 2, 'USAGE'],
  [
    'a feature whose name is a book',
    (at) => manifest(at, { features: [...FEATURES.slice(1), 'x'.repeat(1_000_000)] }),
    2,
    'USAGE',
  ],
  [
    'a feature with NUL',
    (at) => manifest(at, { features: [...FEATURES.slice(1), 'gap\u0000'] }),
    1,
    'FEATURES_FOREIGN',
  ],
  ['a hash that is none', (at) => manifest(at, { onnxSha256: '../../etc/passwd' }), 2, 'USAGE'],
  [
    'another order of its features',
    (at) => manifest(at, { features: [...FEATURES].reverse() }),
    1,
    'PARITY_BROKEN',
  ],
  [
    'weights in another file',
    (at) => withModel(at, buildModel({ attributes: { leaf_weights: ELSEWHERE } })),
    1,
    'UNSAFE_MODEL',
  ],
  [
    'an operator of its own',
    (at) => withModel(at, buildModel({ operator: 'RunShell', domain: 'ai.onnx' })),
    1,
    'UNSAFE_MODEL',
  ],
  ['a model of other features', (at) => withModel(at, buildModel()), 1, 'UNSAFE_MODEL'],
  [
    'a parity set that is no Parquet',
    (at) =>
      writeFile(join(at, 'parity.parquet'), 'PAR1').then(() =>
        manifest(at, { paritySha256: sha256('PAR1') }),
      ),
    1,
    'PARITY_SET_INVALID',
  ],
  [
    'the manifest of another model',
    (at) => writeFile(join(at, 'model.onnx'), modelBytes('b')),
    1,
    'IDENTITY_MISMATCH',
  ],
  [
    'rows of the snapshot that are no Parquet',
    (_, of) => writeFile(join(of, 'rows.parquet'), 'PAR1'),
    1,
    'TABLE_SHAPE_INVALID',
  ],
  [
    'rows of the snapshot without end',
    (_, of) => replaced(of, 'rows.parquet', (path) => symlink('/dev/zero', path)),
    2,
    'USAGE',
  ],
  [
    'a snapshot whose manifest is a pipe',
    (_, of) => replaced(of, 'manifest.json', (path) => Promise.resolve(execFileSync('mkfifo', [path]))),
    2,
    'USAGE',
  ],
];

describe('a folder that somebody hands over', () => {
  test.each(FOLDERS)(
    'with %s is refused by name, and no version comes of it',
    async (_what, spoil, exitCode, code) => {
      const { api, folder } = desk;
      const where = join(folder, randomUUID());
      const snapshot = join(folder, randomUUID());
      await cp(join(folder, 'converted'), where, { recursive: true });
      await cp(join(folder, 'snapshot'), snapshot, { recursive: true });
      await spoil(where, snapshot);
      const told = await desk.register(where, ['--snapshot', snapshot]);
      expect([told.exitCode, told.said.slice(0, 500)]).toEqual([
        exitCode,
        expect.stringContaining(`"code": "${code}"`),
      ]);
      const { error } = told.answer as { error: { message: string; remedy: string } };
      expect(error.remedy).not.toBe('');
      expect(error.message.length).toBeLessThan(1000);
      expect(await api.registry.listVersions({ model: MODEL, limit: 100 })).toHaveLength(1);
    },
  );

  test('through a link to a plain file is taken: what counts is its hash', async () => {
    const where = join(desk.folder, randomUUID());
    await cp(join(desk.folder, 'converted'), where, { recursive: true });
    await replaced(where, 'parity.parquet', (path) => symlink(parityPath('a'), path));
    const told = await desk.register(where, ['--snapshot', join(desk.folder, 'snapshot')]);
    expect(told.exitCode, told.said).toBe(0);
  });
});
