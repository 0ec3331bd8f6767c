import { readFileSync } from 'node:fs';
import { openComputePool } from '../compute/pool.ts';
import { cscv } from '../stats/cscv.ts';
import { spa } from '../stats/spa.ts';

/**
 * One case of bench/gates.ts in a process of its own, so that its memory is its own:
 * `node bench/gates-case.ts CASE FILE ROWS COLUMNS REPLICATES RUNS`. Prints one JSON object.
 */
const [name = '', file = '', ...numbers] = process.argv.slice(2);
const [rows = 0, columns = 0, replicates = 0, runs = 0] = numbers.map(Number);

const bytes = readFileSync(file);
const all = new Float64Array(bytes.buffer, bytes.byteOffset, rows * columns);
const panel = Array.from({ length: columns }, (_, column) => all.slice(column * rows, (column + 1) * rows));
const test = { differences: panel, block: 10, seed: 1, replicates } as const;
const one = openComputePool({ threads: 1 });
const two = openComputePool({ threads: 2 });

const CASES: Readonly<Record<string, () => unknown>> = {
  spa: () => spa(test).p.consistent,
  cscv: () => cscv({ columns: panel, splits: 16 }).pbo,
  here: () => spa(test),
  'pool-1': () => one.spa(test),
  'pool-2': () => two.spa(test),
};

async function timed(run: () => unknown) {
  const cpu = process.cpuUsage();
  const started = performance.now();
  const value = await run();
  const wallSeconds = (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  return { timing: { wallSeconds, cpuSeconds: (user + system) / 1e6 }, value };
}

const run = CASES[name];
if (run === undefined) throw new Error(`no case ${name}`);
if (name === 'pool-2' || name === 'pool-1') await (name === 'pool-2' ? two : one).warm();
const timings = [];
let value: unknown = null;
for (let repeat = 0; repeat < runs; repeat += 1) {
  const result = await timed(run);
  timings.push(result.timing);
  value = result.value;
}
const peakMegabytes = process.resourceUsage().maxRSS / 1024;
// A whole result becomes one number that any differing bit changes.
const digest = typeof value === 'number' ? value : fingerprint(JSON.stringify(value, replacer));
process.stdout.write(`${JSON.stringify({ timings, peakMegabytes, value: digest })}\n`);
await Promise.all([one.close(), two.close()]);

function replacer(_key: string, part: unknown): unknown {
  return part instanceof Float64Array ? Array.from(part) : part;
}

/** FNV-1a over the text of all numbers, which JavaScript writes so that they round-trip. */
function fingerprint(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1)
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  return hash >>> 0;
}
