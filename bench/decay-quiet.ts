import { loadavg } from 'node:os';
import { RandomStream } from '../market/random.ts';
import { evaluateDecay } from '../monitoring/decay-rule.ts';
import { simulateIc } from '../monitoring/ic-simulation.ts';

/**
 * Models in order through 750 sessions at the default budget, `node bench/decay-quiet.ts [--json]`: 20 models, five seeds. An
 * alarm starts a cooldown, after which the evidence starts anew, as in a reign whose emergency retrain was refused. Ends
 * with 1 when the alarms lie outside the Poisson interval of the budget, or below half of it.
 */
const MODELS = 20;
const SEEDS = [1, 2, 3, 4, 5] as const;
const REFERENCE = 250;
const QUIET = 750;
const YEAR = 250;
const BUDGET = 0.15;
const COOLDOWN = 20;

function alarmsOf(ic: Float64Array): number {
  const restarts: number[] = [];
  for (;;) {
    const { session } = evaluateDecay({
      ic: ic.slice(REFERENCE),
      referenceIc: ic.slice(0, REFERENCE),
      adjacent: true,
      falseAlarmsPerYear: BUDGET,
      annualSessions: YEAR,
      restarts,
    });
    if (session === null) return restarts.length;
    restarts.push(session + COOLDOWN);
    if (session + COOLDOWN >= QUIET) return restarts.length;
  }
}

/** Central 95 % of a Poisson count. */
function poissonInterval(mean: number): readonly [number, number] {
  let probability = Math.exp(-mean);
  let sum = probability;
  let count = 0;
  let low = -1;
  while (sum < 0.975) {
    if (low < 0 && sum >= 0.025) low = count;
    count += 1;
    probability *= mean / count;
    sum += probability;
  }
  return [Math.max(0, low), count];
}

const perSeed = SEEDS.map((seed) => {
  let alarms = 0;
  for (let model = 0; model < MODELS; model += 1) {
    const random = new RandomStream(seed, 2 * model);
    const simulated = {
      mean: random.uniformBetween(0.02, 0.06),
      deviation: random.uniformBetween(0.04, 0.15),
      autocorrelation: random.uniformBetween(0, 0.4),
      tailDegrees: random.chance(0.4) ? 5 : Number.POSITIVE_INFINITY,
    };
    alarms += alarmsOf(simulateIc(simulated, REFERENCE + QUIET, seed, 2 * model + 1));
  }
  return alarms;
});
const alarms = perSeed.reduce((sum, count) => sum + count, 0);
const expected = (MODELS * SEEDS.length * QUIET * BUDGET) / YEAR;
const interval = poissonInterval(expected);
const met = alarms <= interval[1] && alarms >= expected / 2;
const result = {
  models: MODELS,
  seeds: SEEDS.length,
  sessions: QUIET,
  perSeed,
  alarms,
  expected,
  interval,
  met,
};
if (process.argv.includes('--json')) {
  console.log(JSON.stringify({ ...result, load: loadavg()[0] }, undefined, 2));
} else {
  console.log(
    `${String(alarms)} alarms (${perSeed.join(', ')}) in ${String(MODELS * SEEDS.length)} models over ${String(QUIET)} quiet sessions; budget ${String(expected)}, 95 % interval ${String(interval[0])} to ${String(interval[1])}, at least ${String(expected / 2)}: ${met ? 'met' : 'NOT met'}`,
  );
}
process.exitCode = met ? 0 : 1;
