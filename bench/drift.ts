import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { RandomStream } from '../market/random.ts';
import { columnDrift } from '../monitoring/drift/column-drift.ts';
import { columnOf, sketchColumn } from '../monitoring/drift/feature-sketch.ts';

/**
 * Drift of 42 features, 5 of them moved by .3 deviations, beside scipy (KS, PSI, Wasserstein) and Evidently's preset in the
 * same run and on the same numbers:
 *
 *   node bench/drift.ts --python PYTHON [--rows 1000,100000] [--json]
 *
 * PYTHON has numpy and scipy; with what drift-requirements.txt names Evidently is timed as well. Ours reads the reference once, into a
 * sketch that is kept beside the version; its time is told apart from that of the check.
 */
const COLUMNS = 42;
const MOVED = 5;
const SHIFT = 0.3;

interface Peer {
  readonly seconds: number;
  readonly cpuSeconds: number;
}

interface Timed extends Peer {
  readonly sketchSeconds: number;
  readonly ks: readonly number[];
}

const { values } = parseArgs({
  options: {
    python: { type: 'string', default: 'python3' },
    rows: { type: 'string', default: '1000,100000' },
    json: { type: 'boolean', default: false },
  },
});

function normals(rows: number, stream: number, shift: number): Float64Array {
  const random = new RandomStream(1, stream);
  return Float64Array.from({ length: rows }, () => random.normal() + shift);
}

function ours(reference: readonly Float64Array[], current: readonly Float64Array[]): Timed {
  const begun = performance.now();
  const sketches = reference.map((column) => sketchColumn(columnOf(column)));
  const sketched = performance.now();
  const cpu = process.cpuUsage();
  const ks = sketches.map(
    (sketch, at) => columnDrift(sketch, columnOf(current[at] ?? new Float64Array(0))).ks,
  );
  const seconds = (performance.now() - sketched) / 1000;
  const used = process.cpuUsage(cpu);
  return {
    sketchSeconds: (sketched - begun) / 1000,
    seconds,
    cpuSeconds: (used.user + used.system) / 1e6,
    ks,
  };
}

function compare(rows: number) {
  const shiftOf = (column: number): number => (column < MOVED ? SHIFT : 0);
  const columns = Array.from({ length: COLUMNS }, (_, column) => column);
  const reference = columns.map((column) => normals(rows, 2 * column, 0));
  const current = columns.map((column) => normals(rows, 2 * column + 1, shiftOf(column)));
  const folder = mkdtempSync(join(tmpdir(), 'drift-bench-'));
  try {
    writeFileSync(
      join(folder, 'reference.f64'),
      Buffer.concat(reference.map((column) => Buffer.from(column.buffer))),
    );
    writeFileSync(
      join(folder, 'current.f64'),
      Buffer.concat(current.map((column) => Buffer.from(column.buffer))),
    );
    const script = join(import.meta.dirname, 'drift_peers.py');
    const printed = execFileSync(values.python, [script, folder, String(COLUMNS), String(rows)], {
      encoding: 'utf8',
      timeout: 600_000,
    });
    const peers = JSON.parse(printed) as { scipy: Peer & { ks: number[] }; evidently: Peer | null };
    ours(reference.slice(0, 2), current.slice(0, 2));
    const mine = ours(reference, current);
    const farthest = Math.max(...mine.ks.map((ks, at) => Math.abs(ks - (peers.scipy.ks[at] ?? Number.NaN))));
    return {
      rows,
      checkSeconds: mine.seconds,
      checkCpuSeconds: mine.cpuSeconds,
      sketchSeconds: mine.sketchSeconds,
      scipySeconds: peers.scipy.seconds,
      scipyCpuSeconds: peers.scipy.cpuSeconds,
      timesScipy: mine.cpuSeconds / peers.scipy.cpuSeconds,
      evidentlySeconds: peers.evidently?.seconds ?? null,
      timesFasterThanEvidently:
        peers.evidently === null ? null : peers.evidently.cpuSeconds / mine.cpuSeconds,
      farthestKs: farthest,
      load: loadavg()[0] ?? 0,
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const results = values.rows.split(',').map((rows) => compare(Number(rows)));
if (values.json) process.stdout.write(`${JSON.stringify(results)}\n`);
else {
  for (const result of results) {
    const evidently =
      result.timesFasterThanEvidently === null
        ? 'Evidently is not installed'
        : `${result.timesFasterThanEvidently.toFixed(0)} times faster than Evidently (${(result.evidentlySeconds ?? 0).toFixed(2)} s)`;
    process.stdout.write(
      `${String(result.rows)} rows x ${String(COLUMNS)}: ${result.checkSeconds.toFixed(3)} s (processor ${result.checkCpuSeconds.toFixed(3)} s; sketch of the reference, once: ${result.sketchSeconds.toFixed(3)} s), ${result.timesScipy.toFixed(2)} of scipy's processor time (${result.scipyCpuSeconds.toFixed(3)} s); ${evidently}; KS within ${result.farthestKs.toExponential(1)} of scipy's; load ${result.load.toFixed(0)}\n`,
    );
  }
}
