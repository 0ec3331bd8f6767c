/**
 * Extracts one market again and again with everything changed that must not matter: order of the rows in the files, size of
 * row groups, Parquet or CSV, threads, sessions computed at one time, and rows of all tables that became known after the as-of instant.
 * Prints the number of distinct snapshot ids, which must be one.
 *
 *   node bench/extraction-hash.ts [--permutations 200] [--seed 1] [--json]
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { closeMarketFolders } from '../extraction/folder-cache.ts';
import { permutedIds } from '../tests/property/extraction/permuted-markets.ts';

const { values } = parseArgs({
  options: {
    permutations: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
  },
});
const scratch = await mkdtemp(join(tmpdir(), 'contender-hash-'));
try {
  const ids = await permutedIds(scratch, Number(values.seed), Number(values.permutations));
  const distinct = [...new Set(ids)];
  const report = { permutations: ids.length, distinctIds: distinct.length, ids: distinct.slice(0, 5) };
  process.stdout.write(
    values.json
      ? `${JSON.stringify(report)}\n`
      : `${String(ids.length)} permutations, ${String(distinct.length)} distinct snapshot id: ${report.ids.join(', ')}\n`,
  );
  process.exitCode = distinct.length === 1 ? 0 : 1;
} finally {
  await closeMarketFolders();
  await rm(scratch, { recursive: true, force: true });
}
