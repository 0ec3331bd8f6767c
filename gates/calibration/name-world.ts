import type { NameAttribution } from '../../evaluation/name-attribution.ts';
import { NormalDraws } from './normal-draws.ts';
import type { CalibrationPlan } from './plan.ts';
import { STREAMS_PER_RUN } from './recipe-world.ts';

/** Names of the universe, and those in the book: a decile of a hundred, equally weighted. */
const NAMES = 100;
const HELD = 10;
/** Deviation of a name's own return a day, beside the market's: 32 % a year. */
const NAME_VOLATILITY = 0.02;
/** Of a name's score from one hold to the next: what was wanted is more often wanted again. */
const PERSISTENCE = 0.5;

/**
 * What each name brought to a book that earned these returns: in every hold the names with the highest scores, the same share
 * of each, and what the names' own returns leave to the book's is spread over all that were held. Scores foresee nothing, so no
 * name is better than another: whichever carries the gain carries it by chance.
 * @param returns net daily returns of the book
 */
export function simulatedAttribution(
  plan: CalibrationPlan,
  run: number,
  returns: Float64Array,
): NameAttribution {
  const draws = new NormalDraws(plan.seed, (run + 1) * STREAMS_PER_RUN - 1);
  const scores = Float64Array.from({ length: NAMES }, () => draws.next());
  const brought = new Float64Array(NAMES);
  const holds = new Float64Array(NAMES);
  const periods = Math.ceil(returns.length / plan.holdSessions);
  const spread = (NAME_VOLATILITY * Math.sqrt(plan.holdSessions)) / HELD;
  for (let period = 0; period < periods; period += 1) {
    for (const name of highest(scores)) {
      brought[name] = (brought[name] ?? 0) + spread * draws.next();
      holds[name] = (holds[name] ?? 0) + 1;
    }
    scores.forEach((score, name) => {
      scores[name] = PERSISTENCE * score + Math.sqrt(1 - PERSISTENCE ** 2) * draws.next();
    });
  }
  const sum = (values: Float64Array): number => values.reduce((all, value) => all + value, 0);
  const total = sum(returns);
  const each = (total - sum(brought)) / (periods * HELD);
  let largest = { name: '', contribution: Number.NEGATIVE_INFINITY };
  brought.forEach((own, name) => {
    const contribution = own + each * (holds[name] ?? 0);
    if (contribution > largest.contribution) largest = { name: `name ${String(name + 1)}`, contribution };
  });
  return { total, names: holds.filter((count) => count > 0).length, largest };
}

function highest(scores: Float64Array): readonly number[] {
  return Array.from(scores.keys())
    .sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0))
    .slice(0, HELD);
}
