/**
 * Appends what became known later to market data folders, cut at random instants, and extracts the snapshots of earlier
 * instants again: their ids must not move, and must be those of a folder that held everything from the beginning.
 *
 *   node bench/extraction-append.ts [--appends 200] [--per-folder 10] [--seed 0] [--json]
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { closeMarketFolders } from '../extraction/folder-cache.ts';
import { appendedMarkets } from '../tests/property/extraction/appended-markets.ts';

const { values } = parseArgs({
  options: {
    appends: { type: 'string', default: '200' },
    'per-folder': { type: 'string', default: '10' },
    seed: { type: 'string', default: '0' },
    json: { type: 'boolean', default: false },
  },
});
const [wanted, perFolder] = [Number(values.appends), Number(values['per-folder'])];
const scratch = await mkdtemp(join(tmpdir(), 'contender-append-bench-'));
let [appends, rows, compared] = [0, 0, 0];
const moved: string[] = [];
try {
  for (let seed = Number(values.seed); appends < wanted; seed += 1) {
    for await (const outcome of appendedMarkets(scratch, seed, Math.min(perFolder, wanted - appends))) {
      appends += 1;
      rows += outcome.rows;
      compared += outcome.compared;
      moved.push(...outcome.moved);
      if (appends % 10 === 0) {
        process.stderr.write(
          `${String(appends)} appends, ${String(compared)} snapshots compared, ${String(moved.length)} moved\n`,
        );
      }
    }
  }
} finally {
  await closeMarketFolders();
  await rm(scratch, { recursive: true, force: true });
}
const { user, system } = process.cpuUsage();
const report = { appends, rows, compared, moved, cpuSeconds: (user + system) / 1e6 };
process.stdout.write(
  values.json
    ? `${JSON.stringify(report)}\n`
    : `${String(appends)} appends of ${String(rows)} rows, ${String(compared)} snapshots compared, ${String(moved.length)} moved; ${report.cpuSeconds.toFixed(0)} s of processor time\n${moved.slice(0, 20).join('\n')}`,
);
process.exitCode = moved.length === 0 ? 0 : 1;
