import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import type { ArtifactRef } from '../../contracts/primitives.ts';
import { createTableFromColumns } from '../../extraction/append-columns.ts';
import type { ArtifactStore } from '../../registry/artifacts/artifact-store.ts';
import { createTreeScorer } from '../../serving/tree-scorer.ts';

/** More than a drill asks for: it takes every so many. */
const ROWS = 20_000;

/** Rows with the answers of a model, as packaging records them, in the artifact store. */
export async function recordedRows(
  artifacts: ArtifactStore,
  model: Uint8Array,
  names: readonly string[],
): Promise<ArtifactRef> {
  const batch = Float32Array.from({ length: ROWS * names.length }, (_, at) => Math.sin(at * 12.9898) * 2);
  const scorer = createTreeScorer();
  const folder = await mkdtemp(join(tmpdir(), 'contender-recorded-rows-'));
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' });
  try {
    const session = await scorer.load(model, names);
    const expected = await session.score(batch.slice(), ROWS);
    const connection = await instance.connect();
    await createTableFromColumns(connection, 'recorded', {
      kind: Array.from({ length: ROWS }, () => 'recent'),
      expected,
      ...Object.fromEntries(
        names.map((name, column) => [
          name,
          Float32Array.from({ length: ROWS }, (_, row) => batch[row * names.length + column] ?? Number.NaN),
        ]),
      ),
    });
    const path = join(folder, 'rows.parquet');
    const features = names.map((name) => `"${name}"::FLOAT AS "${name}"`).join(', ');
    await connection.run(
      `COPY (SELECT kind, expected, ${features} FROM recorded) TO '${path}' (FORMAT parquet)`,
    );
    connection.closeSync();
    return await artifacts.putFile(path, 'application/vnd.apache.parquet');
  } finally {
    instance.closeSync();
    await scorer.close();
    await rm(folder, { recursive: true, force: true });
  }
}
