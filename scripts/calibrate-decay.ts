/**
 * Makes the table of monitoring/decay-thresholds.ts: for models in order of every strength, the height that the logarithm of
 * the decay statistic exceeds as often as a budget of false alarms allows.
 *
 *   node scripts/calibrate-decay.ts [models] [seed]
 */
import { RandomStream } from '../market/random.ts';
import { DecayDetector } from '../monitoring/decay-detector.ts';
import { BUDGETS, SIGNALS } from '../monitoring/decay-thresholds.ts';
import { icBaseline } from '../monitoring/ic-baseline.ts';
import { simulateIc } from '../monitoring/ic-simulation.ts';

const REFERENCE = 250;
const QUIET_YEARS = 3;
const YEAR = 250;

const models = Number(process.argv[2] ?? 20_000);
const seed = Number(process.argv[3] ?? 20_261);

interface QuietModel {
  readonly signal: number;
  /** Largest statistic over the first sessions, for each horizon. */
  readonly largest: readonly number[];
}

/** Looked at for three years, or for as long as a generous budget needs to be spent with probability .7. */
const horizons = BUDGETS.map((budget) => Math.min(QUIET_YEARS, 1.2 / budget));

function quietModel(index: number): QuietModel | null {
  const random = new RandomStream(seed, 2 * index);
  const broad = random.chance(0.2);
  const mean = broad ? random.uniformBetween(0.005, 0.2) : Math.abs(0.035 + 0.016 * random.normal());
  const deviation = Math.exp(random.uniformBetween(Math.log(0.025), Math.log(0.18)));
  const autocorrelation = random.uniformBetween(0, 0.45);
  const tailDegrees = random.chance(0.4) ? 5 : Number.POSITIVE_INFINITY;
  const ic = simulateIc(
    { mean, deviation, autocorrelation, tailDegrees },
    REFERENCE + QUIET_YEARS * YEAR,
    seed,
    2 * index + 1,
  );
  const baseline = icBaseline(ic.slice(0, REFERENCE));
  if (baseline === null) return null;
  const detector = new DecayDetector(baseline, ic[REFERENCE - 1] ?? Number.NaN);
  const largest = horizons.map(() => -Infinity);
  for (let session = REFERENCE; session < ic.length; session += 1) {
    const statistic = detector.observe(ic[session] ?? Number.NaN);
    horizons.forEach((years, row) => {
      if (session - REFERENCE < years * YEAR) largest[row] = Math.max(largest[row] ?? 0, statistic);
    });
  }
  return { signal: baseline.signal, largest };
}

function quantile(values: readonly number[], probability: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(probability * sorted.length))] ?? Number.NaN;
}

const population = Array.from({ length: models }, (_, index) => quietModel(index)).filter(
  (model) => model !== null,
);
process.stdout.write(`${String(population.length)} models with a baseline\n`);
for (const signal of SIGNALS) {
  // The nearest models in the logarithm of their strength; a fixed share keeps every quantile equally well known.
  const near = population
    .toSorted((a, b) => Math.abs(Math.log(a.signal / signal)) - Math.abs(Math.log(b.signal / signal)))
    .slice(0, Math.floor(models / 12));
  const row = BUDGETS.map((budget, column) => {
    const spent = 1 - Math.exp(-budget * (horizons[column] ?? 0));
    return quantile(
      near.map((model) => model.largest[column] ?? 0),
      1 - spent,
    ).toFixed(2);
  });
  process.stdout.write(`  [${row.join(', ')}], // ${String(signal)}\n`);
}
