import { cscv } from '../stats/cscv.ts';
import { Philox } from '../stats/philox.ts';
import { spa } from '../stats/spa.ts';

/**
 * Measures the two dear statistics on one thread: `node bench/gates.ts [--json]`. Ends with 1 when a bar is missed.
 * The first run of each is the cold one (nothing compiled); the bar is held against the median processor time of the warm
 * ones, which other work on the machine moves little. Wall time is printed beside it.
 */
const WARM_RUNS = 7;

interface Case {
  readonly name: string;
  readonly barSeconds: number | null;
  readonly run: () => unknown;
}

function panel(rows: number, columns: number): Float64Array[] {
  return Array.from({ length: columns }, (_, column) => {
    const random = new Philox(1, column);
    // A sum of twelve uniforms is normal enough to be timed with.
    return Float64Array.from({ length: rows }, () => {
      let sum = -6;
      for (let draw = 0; draw < 12; draw += 1) sum += random.nextUniform();
      return 0.01 * sum;
    });
  });
}

const narrow = panel(1250, 50);
const wide = panel(1250, 1000);
const trials = panel(1250, 100);
const spaOptions = { block: 10, seed: 1 } as const;

const CASES: readonly Case[] = [
  {
    name: 'SPA and StepM, T=1250 N=50 B=10,000',
    barSeconds: 0.25,
    run: () => spa({ differences: narrow, replicates: 10_000, ...spaOptions }),
  },
  {
    name: 'SPA and StepM, T=1250 N=1000 B=10,000',
    barSeconds: null,
    run: () => spa({ differences: wide, replicates: 10_000, ...spaOptions }),
  },
  { name: 'CSCV, T=1250 N=100 S=16', barSeconds: 0.06, run: () => cscv({ columns: trials, splits: 16 }) },
];

interface Timing {
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
}

function timed(run: () => unknown): Timing {
  const cpu = process.cpuUsage();
  const started = performance.now();
  run();
  const wallSeconds = (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  return { wallSeconds, cpuSeconds: (user + system) / 1e6 };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

const results = CASES.map(({ name, barSeconds, run }) => {
  const cold = timed(run);
  const warm = Array.from({ length: WARM_RUNS }, () => timed(run));
  const cpuSeconds = median(warm.map((timing) => timing.cpuSeconds));
  const wallSeconds = median(warm.map((timing) => timing.wallSeconds));
  const met = barSeconds === null ? null : cpuSeconds <= barSeconds;
  return { name, cpuSeconds, wallSeconds, coldWallSeconds: cold.wallSeconds, barSeconds, met };
});
const peakMegabytes = process.resourceUsage().maxRSS / 1024;

if (process.argv.includes('--json')) {
  process.stdout.write(`${JSON.stringify({ results, peakMegabytes }, undefined, 2)}\n`);
} else {
  for (const result of results) {
    const met = result.met === true ? 'met' : 'MISSED';
    const bar = result.barSeconds === null ? '' : `, bar ${result.barSeconds.toFixed(3)} ${met}`;
    process.stdout.write(
      `${result.name}: ${result.cpuSeconds.toFixed(3)} s of processor${bar}; ${result.wallSeconds.toFixed(3)} s of wall, ${result.coldWallSeconds.toFixed(3)} s cold\n`,
    );
  }
  process.stdout.write(`peak memory of the process ${peakMegabytes.toFixed(0)} MB\n`);
}
if (results.some((result) => result.met === false)) process.exitCode = 1;
