/**
 * The Taiwan set as a training set: time of the extraction of all features as of 2019-06-30, and the rank IC of an untuned
 * LightGBM on it, walking forward year by year with an embargo and delayed entry.
 *
 *   node bench/taiwan.ts FOLDER [--as-of 2019-06-30T16:00:00.000Z] [--json]
 *
 * FOLDER: a market data folder that `contender data import` made of the Taiwan set.
 */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { LabelSpec } from '../contracts/spec.ts';
import { closeMarketFolders } from '../extraction/folder-cache.ts';
import { extractSnapshot } from '../extraction/snapshot.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    'as-of': { type: 'string', default: '2019-06-30T16:00:00.000Z' },
    python: { type: 'string', default: join(import.meta.dirname, '..', '.venv', 'bin', 'python') },
    json: { type: 'boolean', default: false },
  },
});
const [folder] = positionals;
if (folder === undefined) throw new Error('usage: node bench/taiwan.ts FOLDER [--as-of INSTANT] [--json]');

const scratch = await mkdtemp(join(tmpdir(), 'contender-taiwan-'));
try {
  const started = performance.now();
  const processor = process.cpuUsage();
  const { manifest, rowsPath } = await extractSnapshot({
    folder,
    market: 'XTAI',
    features: { set: 'price_volume' },
    asOf: values['as-of'],
    label: LabelSpec.parse({}),
    fromSession: null,
    outDir: scratch,
  });
  const used = process.cpuUsage(processor);
  const extraction = {
    rows: manifest.shape.rows,
    symbols: manifest.shape.symbols,
    features: manifest.identity.featureNames.length,
    wallSeconds: (performance.now() - started) / 1000,
    processorSeconds: (used.user + used.system) / 1e6,
    load: loadavg()[0],
  };
  const script = join(import.meta.dirname, 'taiwan-rank-ic.py');
  const { stdout } = await promisify(execFile)(values.python, [script, rowsPath]);
  const report = { snapshotId: manifest.snapshotId, extraction, rankIc: JSON.parse(stdout) as RankIc };
  process.stdout.write(values.json ? `${JSON.stringify(report)}\n` : describe(report));
} finally {
  await closeMarketFolders();
  await rm(scratch, { recursive: true, force: true });
}

interface RankIc {
  readonly mean: number;
  readonly sessions: number;
  readonly byYear: Readonly<Record<string, number>>;
}

function describe(report: {
  readonly extraction: Readonly<Record<string, number | undefined>>;
  readonly rankIc: RankIc;
}): string {
  const { extraction, rankIc } = report;
  const years = Object.entries(rankIc.byYear).map(([year, ic]) => `${year} ${ic.toFixed(4)}`);
  return [
    `${String(extraction['rows'])} rows, ${String(extraction['features'])} features: ${extraction['wallSeconds']?.toFixed(1) ?? ''} s, ` +
      `${extraction['processorSeconds']?.toFixed(1) ?? ''} s of processor time, load ${extraction['load']?.toFixed(1) ?? ''}`,
    `rank IC ${rankIc.mean.toFixed(4)} over ${String(rankIc.sessions)} sessions with delayed entry (${years.join(', ')})`,
    '',
  ].join('\n');
}
