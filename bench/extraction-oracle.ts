/**
 * Compares the reference cross-section of `pit_oracle` with plain loops on folders from many seeds.
 *
 *   node bench/extraction-oracle.ts [--seeds 200] [--from 0] [--json]
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { closeMarketFolders } from '../extraction/folder-cache.ts';
import { compareSeed } from '../tests/golden/extraction/oracle-comparison.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '200' },
    from: { type: 'string', default: '0' },
    json: { type: 'boolean', default: false },
  },
});
const [from, count] = [Number(values.from), Number(values.seeds)];
const scratch = await mkdtemp(join(tmpdir(), 'contender-oracle-'));
let cells = 0;
const wrong: string[] = [];
try {
  for (let seed = from; seed < from + count; seed += 1) {
    const compared = await compareSeed(seed, scratch);
    cells += compared.cells;
    wrong.push(...compared.wrong);
  }
} finally {
  await closeMarketFolders();
  await rm(scratch, { recursive: true, force: true });
}
const report = { seeds: count, from, cells, wrong: wrong.length, first: wrong.slice(0, 20) };
process.stdout.write(
  values.json
    ? `${JSON.stringify(report)}\n`
    : `${String(count)} seeds, ${String(cells)} cells, ${String(wrong.length)} wrong\n${report.first.join('\n')}`,
);
process.exitCode = wrong.length === 0 ? 0 : 1;
