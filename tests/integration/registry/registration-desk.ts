import { DuckDBInstance } from '@duckdb/node-api';
import { createHash } from 'node:crypto';
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { runCli } from '../../../cli/program.ts';
import type { SnapshotManifest } from '../../../contracts/snapshot.ts';
import { hashReturns, hashRows } from '../../../extraction/canonical-hash.ts';
import { readReturns, readRows } from '../../../extraction/table-files.ts';
import { hashValue } from '../../../registry/hash.ts';
import { FEATURES, modelBytes, parityPath } from '../../unit/serving/fixtures.ts';
import { ApiWorld } from '../api/api-world.ts';
import { seedModel } from '../serving/seeded-registry.ts';

export const MODEL = 'tw-alpha';
export const ORIGIN = {
  library: 'scikit-learn',
  libraryVersion: '1.7.2',
  estimator: 'GradientBoostingRegressor',
};
const FEATURE_SQL = '-- features of the desk\n';

export const sha256 = (bytes: string | Uint8Array): string =>
  createHash('sha256').update(bytes).digest('hex');

export interface Told {
  readonly exitCode: number;
  readonly answer: Record<string, unknown>;
  readonly said: string;
}

/** Somebody with a model from elsewhere, and a system to register it at, by command line and API. */
export class RegistrationDesk {
  readonly api: ApiWorld;
  readonly folder: string;
  readonly snapshotId: string;
  /** A researcher of the model. */
  readonly ana: string;

  private constructor(parts: { api: ApiWorld; folder: string; snapshotId: string; ana: string }) {
    ({ api: this.api, folder: this.folder, snapshotId: this.snapshotId, ana: this.ana } = parts);
  }

  static async open(): Promise<RegistrationDesk> {
    const api = await ApiWorld.open();
    const folder = await mkdtemp(join(tmpdir(), 'contender-registration-'));
    await seedModel(api.database.url, api.artifacts, { model: MODEL, fixtures: ['c'] });
    const ana = await api.token('ana', `researcher@${MODEL}`);
    const desk = new RegistrationDesk({
      ...{ api, folder, ana },
      snapshotId: await writeSnapshot(join(folder, 'snapshot')),
    });
    await desk.writeModel('a', 'converted');
    return desk;
  }

  async close(): Promise<void> {
    await this.api.close();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** A folder as `contender convert` leaves one behind. */
  async writeModel(
    model: 'a' | 'b',
    name: string,
    changes: { readonly onnx?: Uint8Array; readonly manifest?: Record<string, unknown> } = {},
  ): Promise<string> {
    const where = join(this.folder, name);
    await mkdir(where, { recursive: true });
    const onnx = changes.onnx ?? modelBytes(model);
    await writeFile(join(where, 'model.onnx'), onnx);
    await copyFile(parityPath(model), join(where, 'parity.parquet'));
    const manifest = {
      ...{ ...ORIGIN, features: FEATURES, trees: 20, onnxSha256: sha256(onnx) },
      paritySha256: sha256(await readFile(parityPath(model))),
      ...changes.manifest,
    };
    await writeFile(join(where, 'conversion.json'), JSON.stringify(manifest));
    return where;
  }

  /** By the command line. */
  async register(where: string, more: readonly string[] = [], token = this.ana): Promise<Told> {
    let [out, err] = ['', ''];
    const args = [
      'register',
      MODEL,
      where,
      '--reason',
      'forest of the desk',
      '--token',
      token,
      '--json',
      ...more,
    ];
    const exitCode = await runCli(args, {
      streams: {
        stdin: Readable.from([]),
        stdout: { write: (text: string) => (out += text) },
        stderr: { write: (text: string) => (err += text) },
      },
      interrupted: new AbortController().signal,
      sources: {
        environment: {
          CONTENDER_DATABASE_URL: this.api.database.url,
          CONTENDER_TOKEN_SIGNING_KEY_FILE: this.api.signingKeyFile,
          CONTENDER_ARTIFACTS_DIR: join(dirname(this.api.signingKeyFile), 'artifacts'),
          CONTENDER_DATA_DIR: this.folder,
        },
        root: this.folder,
      },
      showStacks: false,
    });
    return {
      exitCode,
      answer: out === '' ? {} : (JSON.parse(out) as Record<string, unknown>),
      said: `${out}${err}`,
    };
  }
}

/** A folder as `contender extract` leaves one behind: two sessions of three symbols. */
async function writeSnapshot(where: string): Promise<string> {
  await mkdir(where);
  const keys = `SELECT 'S' || s AS symbol, DATE '2019-06-27' + CAST(d AS INTEGER) AS session, d AS session_index FROM range(3) t(s), range(2) u(d)`;
  const features = FEATURES.map((name, at) => `CAST(session_index + ${String(at)} AS FLOAT) AS ${name}`);
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const write = (select: string, name: string) =>
    connection.run(
      `COPY (SELECT * FROM (${select}) ORDER BY session, symbol) TO '${join(where, name)}' (FORMAT parquet)`,
    );
  await write(
    `SELECT symbol, session, CAST(session_index AS INTEGER) AS session_index, ${features.join(', ')}, CAST(0.5 AS FLOAT) AS label FROM (${keys})`,
    'rows.parquet',
  );
  await write(
    `SELECT symbol, session, CAST(session_index AS INTEGER) AS session_index, CAST(0.01 AS DOUBLE) AS ret, true AS tradable,
       CAST(0 AS TINYINT) AS limit_lock, true AS shortable FROM (${keys})`,
    'returns.parquet',
  );
  connection.closeSync();
  instance.closeSync();
  const identity: SnapshotManifest['identity'] = {
    ...{ schema: 1, market: 'XTAI', asOf: '2019-06-28T21:00:00.000Z', featureSet: 'price_volume' },
    featureCodeHash: sha256(FEATURE_SQL),
    featureNames: [...FEATURES],
    label: { kind: 'forward_return_rank', horizonSessions: 5, entryDelaySessions: 1 },
    calendarHash: sha256('calendar'),
    rowHash: hashRows(await readRows(join(where, 'rows.parquet'))),
    returnsHash: hashReturns(await readReturns(join(where, 'returns.parquet'))),
  };
  const manifest: SnapshotManifest = {
    snapshotId: hashValue(identity),
    identity,
    shape: {
      ...{ rows: 6, labelledRows: 6, symbols: 3, sessions: 2 },
      ...{ firstSession: '2019-06-27', lastSession: '2019-06-28', lastLabelSession: '2019-06-27' },
    },
    provenance: { createdAt: '2026-01-01T00:00:00.000Z', extractionSeconds: 1, sources: [], droppedRows: {} },
  };
  await writeFile(join(where, 'manifest.json'), JSON.stringify(manifest));
  await writeFile(join(where, 'features.sql'), FEATURE_SQL);
  return manifest.snapshotId;
}
