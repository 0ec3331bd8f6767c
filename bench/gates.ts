import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Philox } from '../stats/philox.ts';
import { spa } from '../stats/spa.ts';

/**
 * The dear statistics beside arch 8 and plain numpy on the same data in the same run:
 * `npm run bench:gates [-- --json] [-- --no-peers]`. Ends with 1 when a bar is missed.
 *
 * Peers are installed into an environment of their own (.contender/bench-gates) at the first run. Each case is a process
 * with one thread; ours and the peer's take turns, and medians of processor time are compared, which other work on the
 * machine moves little. The two threads of the pool can only be seen in wall time: read that ratio with the load.
 */
const ROOT = join(import.meta.dirname, '..');
const PEERS = join(ROOT, '.contender', 'bench-gates');
const PYTHON = join(PEERS, 'bin', 'python');
const ROUNDS = 3;

interface Timing {
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
}

interface Run {
  readonly timings: readonly Timing[];
  readonly peakMegabytes: number;
  readonly value: number;
}

interface Shape {
  readonly rows: number;
  readonly columns: number;
  readonly replicates: number;
}

interface Figure {
  readonly what: string;
  readonly figure: number;
  readonly unit: string;
  readonly bar: number | null;
  /** Null: shown without a bar. */
  readonly met: boolean | null;
}

const folder = mkdtempSync(join(tmpdir(), 'contender-bench-gates-'));
const withPeers = !process.argv.includes('--no-peers');

/** Noise with a mean, from one seed; a sum of twelve uniforms is normal enough to be timed with. */
function panelFile({ rows, columns }: Shape): string {
  const file = join(folder, `panel-${String(rows)}x${String(columns)}.bin`);
  if (existsSync(file)) return file;
  const all = new Float64Array(rows * columns);
  for (let column = 0; column < columns; column += 1) {
    const random = new Philox(1, column);
    for (let row = 0; row < rows; row += 1) {
      let sum = -6;
      for (let draw = 0; draw < 12; draw += 1) sum += random.nextUniform();
      all[column * rows + row] = 0.01 * sum;
    }
  }
  writeFileSync(file, all);
  return file;
}

function execute(command: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: ROOT, stdio: ['ignore', 'pipe', 'inherit'] });
    let out = '';
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString('utf8')));
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve(out);
      else reject(new Error(`${command} ended with ${String(code)}`));
    });
  });
}

async function installPeers(): Promise<void> {
  if (existsSync(join(PEERS, 'installed'))) return;
  mkdirSync(PEERS, { recursive: true });
  process.stderr.write('installing arch and numpy for the comparison\n');
  await execute('python3', ['-m', 'venv', PEERS]);
  await execute(PYTHON, ['-m', 'pip', 'install', '--quiet', '-r', 'bench/gates-requirements.txt']);
  writeFileSync(join(PEERS, 'installed'), '');
}

async function run(program: 'ours' | 'peer', name: string, shape: Shape, runs: number): Promise<Run> {
  const numbers = [shape.rows, shape.columns, shape.replicates, runs].map(String);
  const given = [name, panelFile(shape), ...numbers];
  // One thread each: the linear algebra below numpy would take all it finds.
  const threads = ['OMP_NUM_THREADS=1', 'OPENBLAS_NUM_THREADS=1', 'MKL_NUM_THREADS=1'];
  const text =
    program === 'ours'
      ? await execute(process.execPath, ['bench/gates-case.ts', ...given])
      : await execute('env', [...threads, PYTHON, 'bench/gates-peers.py', ...given]);
  return JSON.parse(text) as Run;
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

/** The first run of a process is the cold one and is left out; medians over the rounds. */
function cpuOf(runs: readonly Run[]): number {
  return median(runs.flatMap(({ timings }) => timings.slice(1).map((timing) => timing.cpuSeconds)));
}
function wallOf(runs: readonly Run[]): number {
  return median(runs.flatMap(({ timings }) => timings.slice(1).map((timing) => timing.wallSeconds)));
}

function atLeast(what: string, figure: number, bar: number): Figure {
  return { what, figure, unit: 'x', bar, met: figure >= bar };
}
function atMost(what: string, figure: number, unit: string, bar: number): Figure {
  return { what, figure, unit, bar, met: figure <= bar };
}
function shown(what: string, figure: number, unit: string): Figure {
  return { what, figure, unit, bar: null, met: null };
}

/** Ours and the peer in turns. */
async function beside(name: 'spa' | 'cscv', shape: Shape) {
  const ours: Run[] = [];
  const peer: Run[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    ours.push(await run('ours', name, shape, 6));
    if (withPeers) peer.push(await run('peer', name, shape, name === 'spa' ? 3 : 2));
  }
  return { ours, peer };
}

async function measure(): Promise<Figure[]> {
  if (withPeers) await installPeers();
  const narrow = { rows: 1250, columns: 50, replicates: 10_000 };
  const figures: Figure[] = [];
  const test = await beside('spa', narrow);
  figures.push(shown('SPA T=1250 N=50 B=10,000, one thread', cpuOf(test.ours), 's'));
  const overfitting = await beside('cscv', { ...narrow, columns: 100 });
  const peak = Math.max(...[...test.ours, ...overfitting.ours].map((each) => each.peakMegabytes));
  if (withPeers) {
    figures.push(shown('arch SPA, the same', cpuOf(test.peer), 's'));
    figures.push(atLeast('SPA: faster than arch', cpuOf(test.peer) / cpuOf(test.ours), 6));
  }
  figures.push(shown('CSCV S=16 N=100 T=1250', cpuOf(overfitting.ours), 's'));
  if (withPeers) {
    figures.push(shown('naive numpy CSCV, the same', cpuOf(overfitting.peer), 's'));
    figures.push(
      atLeast('CSCV: faster than naive numpy', cpuOf(overfitting.peer) / cpuOf(overfitting.ours), 60),
    );
    const pbo = [...overfitting.ours, ...overfitting.peer].map((each) => each.value);
    figures.push(atMost('difference of the two PBO', Math.max(...pbo) - Math.min(...pbo), '', 0));
    figures.push(
      shown('peak memory of arch', Math.max(...test.peer.map((each) => each.peakMegabytes)), 'MB'),
    );
  }
  figures.push(atMost('peak memory of our process, either', peak, 'MB', 120));
  const wide = await run('ours', 'spa', { ...narrow, columns: 1000 }, 3);
  const perColumn = cpuOf([wide]) / 1000 / (cpuOf(test.ours) / 50);
  figures.push(atMost('SPA: cost per column at N=1000 over that at N=50', perColumn, 'x', 2));
  figures.push(...(await threads({ ...narrow, replicates: 100_000 })));
  figures.push(...(await scaled()));
  return figures;
}

/** One thread against two, in turns, and whether all bits agree. */
async function threads(shape: Shape): Promise<Figure[]> {
  const alone: Run[] = [];
  const pair: Run[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    alone.push(await run('ours', 'pool-1', shape, 3));
    pair.push(await run('ours', 'pool-2', shape, 3));
  }
  const here = await run('ours', 'here', shape, 1);
  const values = new Set([here, ...alone, ...pair].map((each) => each.value));
  return [
    shown('SPA B=100,000 on a pool of one thread, wall', wallOf(alone), 's'),
    atLeast('warm pool of two threads: faster than one, wall', wallOf(alone) / wallOf(pair), 1.7),
    atMost('different results among no, one and two threads', values.size - 1, '', 0),
  ];
}

/** One column times 50 on a panel with a slight edge: ours must not move. */
async function scaled(): Promise<Figure[]> {
  const shape = { rows: 750, columns: 20, replicates: 10_000 };
  const random = (column: number, factor: number, edge: number): Float64Array => {
    const stream = new Philox(5, column);
    return Float64Array.from({ length: shape.rows }, () => {
      let sum = -6;
      for (let draw = 0; draw < 12; draw += 1) sum += stream.nextUniform();
      return factor * (0.01 * sum + edge);
    });
  };
  const figures: Figure[] = [];
  for (const factor of [1, 50]) {
    const columns = Array.from({ length: shape.columns }, (_, column) =>
      random(column, column === 7 ? factor : 1, column === 3 ? 0.0006 : 0),
    );
    const { p } = spa({ differences: columns, block: 10, seed: 1, replicates: shape.replicates });
    figures.push(shown(`SPA p with one noise column x ${String(factor)}`, p.consistent, ''));
    if (!withPeers) continue;
    const file = join(folder, `scaled-${String(factor)}.bin`);
    writeFileSync(file, Float64Array.from(columns.flatMap((column) => Array.from(column))));
    const numbers = [shape.rows, shape.columns, shape.replicates, 1].map(String);
    const peer = JSON.parse(await execute(PYTHON, ['bench/gates-peers.py', 'spa', file, ...numbers])) as Run;
    figures.push(shown(`arch SPA p with one noise column x ${String(factor)}`, peer.value, ''));
  }
  const ours = figures.filter((each) => each.what.startsWith('SPA p'));
  const moved = Math.abs((ours[0]?.figure ?? Number.NaN) - (ours[1]?.figure ?? Number.NaN));
  // The resamples are the same, so only rounding can move a count.
  figures.push(atMost('movement of our p under that', moved, '', 2 / shape.replicates));
  return figures;
}

try {
  const before = loadavg()[0] ?? Number.NaN;
  const figures = await measure();
  const load = [before, loadavg()[0] ?? Number.NaN];
  if (process.argv.includes('--json')) {
    process.stdout.write(`${JSON.stringify({ load, figures }, undefined, 2)}\n`);
  } else {
    for (const { what, figure, unit, bar, met } of figures) {
      const verdict = met === null ? '' : `, bar ${String(bar)} ${met ? 'met' : 'MISSED'}`;
      process.stdout.write(`${what}: ${figure.toPrecision(4)}${unit === '' ? '' : ` ${unit}`}${verdict}\n`);
    }
    process.stdout.write(
      `load of the machine before and after: ${load.map((value) => value.toFixed(1)).join(', ')}\n`,
    );
  }
  if (figures.some((figure) => figure.met === false)) process.exitCode = 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
