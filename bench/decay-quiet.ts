import { loadavg } from 'node:os';
import { type QuietModel, watchQuietModel } from './decay/quiet-model.ts';
import { RandomStream } from '../market/random.ts';

/**
 * Models in order through 750 sessions under a spec's default settings, `node bench/decay-quiet.ts [--json]`: 20 models, five
 * seeds, each watched by the code of the running system (`readDecay`, `decideDecay`): labels six sessions late, restarts,
 * cooldown, hysteresis, release. Every emergency retrain it would start is an alarm; each is refused, so that the model stays.
 * Ends with 1 when the alarms lie above the budget's Poisson interval, or below half of the budget.
 */
const MODELS = 20;
const SEEDS = [1, 2, 3, 4, 5] as const;
const QUIET = 750;
const YEAR = 250;

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

function quietModel(seed: number, model: number): QuietModel {
  const random = new RandomStream(seed, 2 * model);
  const simulated = {
    mean: random.uniformBetween(0.02, 0.06),
    deviation: random.uniformBetween(0.04, 0.15),
    autocorrelation: random.uniformBetween(0, 0.4),
    tailDegrees: random.chance(0.4) ? 5 : Number.POSITIVE_INFINITY,
  };
  return { simulated, seed, stream: 2 * model + 1, quietSessions: QUIET };
}

const watched = SEEDS.map((seed) =>
  Array.from({ length: MODELS }, (_, model) => watchQuietModel(quietModel(seed, model))),
);
const all = watched.flat();
const total = (of: (model: (typeof all)[number]) => number): number =>
  all.reduce((sum, model) => sum + of(model), 0);
const perSeed = watched.map((models) => models.reduce((sum, { emergencies }) => sum + emergencies, 0));
const alarms = total(({ emergencies }) => emergencies);
const budget = all[0]?.falseAlarmsPerYear ?? Number.NaN;
const expected = (MODELS * SEEDS.length * QUIET * budget) / YEAR;
const interval = poissonInterval(expected);
const met = alarms <= interval[1] && alarms >= expected / 2;
const result = {
  ...{ models: MODELS, seeds: SEEDS.length, sessions: QUIET, budget, perSeed, alarms },
  episodes: total(({ episodes }) => episodes),
  released: total(({ released }) => released),
  standingSessions: total(({ standingSessions }) => standingSessions),
  heldByCooldown: total(({ cooldown }) => cooldown),
  ...{ expected, interval, met },
};
if (process.argv.includes('--json')) {
  console.log(JSON.stringify({ ...result, load: loadavg()[0] }, undefined, 2));
} else {
  console.log(
    `${String(alarms)} emergencies (${perSeed.join(', ')}) in ${String(MODELS * SEEDS.length)} models over ${String(QUIET)} quiet sessions; budget ${String(expected)}, 95 % interval ${String(interval[0])} to ${String(interval[1])}, at least ${String(expected / 2)}: ${met ? 'met' : 'NOT met'}`,
  );
  console.log(
    `${String(result.episodes)} alarms began to stand, ${String(result.released)} were released, ${(result.standingSessions / Math.max(1, result.episodes)).toFixed(0)} sessions each; the cooldown held ${String(result.heldByCooldown)} sessions back`,
  );
}
process.exitCode = met ? 0 : 1;
