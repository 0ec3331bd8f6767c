import { mean, standardDeviation } from '../../stats/series.ts';
import { REFERENCE, SESSIONS } from './population.ts';

/** Statistic of a rule on every watched session: it alarms above a threshold. */
export type Statistic = (ic: Float64Array) => Float64Array;

interface Baseline {
  readonly mean: number;
  readonly deviation: number;
  readonly phi: number;
  readonly innovation: number;
}

function baselineOf(ic: Float64Array): Baseline {
  const reference = ic.slice(0, REFERENCE);
  const centre = mean(reference);
  const deviation = standardDeviation(reference, 1);
  let products = 0;
  let squares = 0;
  for (let row = 0; row < REFERENCE; row += 1) {
    const here = (reference[row] ?? 0) - centre;
    squares += here * here;
    if (row > 0) products += here * ((reference[row - 1] ?? 0) - centre);
  }
  const phi = Math.max(0, products / squares);
  return { mean: centre, deviation, phi, innovation: deviation * Math.sqrt(1 - phi * phi) };
}

function everySession(ic: Float64Array, next: (session: number) => number): Float64Array {
  const out = new Float64Array(SESSIONS).fill(-Infinity);
  for (let session = REFERENCE; session < ic.length; session += 1) out[session] = next(session);
  return out;
}

function window(ic: Float64Array, session: number, length: number): Float64Array {
  return ic.slice(Math.max(0, session - length + 1), session + 1);
}

/** Standardised innovation of a session when the model is in order, and the shift that full decay brings to it. */
function innovations(ic: Float64Array) {
  const { mean: centre, phi, innovation } = baselineOf(ic);
  const shift = (Math.max(centre, 1e-4) * (1 - phi)) / innovation;
  const z = (session: number): number =>
    ((ic[session] ?? 0) - centre - phi * ((ic[session - 1] ?? 0) - centre)) / innovation;
  return { shift, z };
}

const rollingMean: Statistic = (ic) => everySession(ic, (session) => -mean(window(ic, session, 20)));

const independentZ: Statistic = (ic) => {
  const { mean: centre, deviation } = baselineOf(ic);
  return everySession(
    ic,
    (session) => (centre - mean(window(ic, session, 60))) / (deviation / Math.sqrt(60)),
  );
};

/** Newey and West (1987) with the lags of their 1994 rule, on 120 sessions. */
const hacZ: Statistic = (ic) => {
  const { mean: centre } = baselineOf(ic);
  const lags = Math.floor(4 * (120 / 100) ** (2 / 9));
  return everySession(ic, (session) => {
    const values = window(ic, session, 120);
    const average = mean(values);
    const autocovariance = (lag: number): number => {
      let sum = 0;
      for (let row = lag; row < values.length; row += 1) {
        sum += ((values[row] ?? 0) - average) * ((values[row - lag] ?? 0) - average);
      }
      return sum / values.length;
    };
    let variance = autocovariance(0);
    for (let lag = 1; lag <= lags; lag += 1) variance += 2 * (1 - lag / (lags + 1)) * autocovariance(lag);
    return (centre - average) / Math.sqrt(Math.max(variance, 1e-9) / values.length);
  });
};

/** Page (1954), log likelihood ratio of full decay on AR(1) innovations. */
const cusum: Statistic = (ic) => {
  const { shift, z } = innovations(ic);
  let sum = 0;
  return everySession(ic, (session) => (sum = Math.max(0, sum - shift * z(session) - (shift * shift) / 2)));
};

/** Page and Hinkley's test for a fall, with river's tolerance of 0.005, in units of the deviation. */
const pageHinkley: Statistic = (ic) => {
  const { deviation } = baselineOf(ic);
  let count = REFERENCE;
  let average = mean(ic.slice(0, REFERENCE));
  let sum = 0;
  let largest = 0;
  return everySession(ic, (session) => {
    count += 1;
    average += ((ic[session] ?? 0) - average) / count;
    sum += (ic[session] ?? 0) - average + 0.005;
    largest = Math.max(largest, sum);
    return (largest - sum) / deviation;
  });
};

/** Shiryaev (1963) and Roberts (1966), log likelihood ratio of full decay on AR(1) innovations. */
const shiryaevRoberts: Statistic = (ic) => {
  const { shift, z } = innovations(ic);
  let sum = 0;
  return everySession(ic, (session) => {
    sum = (1 + sum) * Math.exp(-shift * z(session) - (shift * shift) / 2);
    return Math.log(sum);
  });
};

/** Waudby-Smith and Ramdas (2024): betting against "the mean is at least the baseline's", IC in [-1, 1], adaptive bets. */
const eProcess: Statistic = (ic) => {
  const { mean: centre } = baselineOf(ic);
  let wealth = 0;
  let sum = 0;
  let squares = 0.25;
  return everySession(ic, (session) => {
    const bet = Math.min(0.45, Math.max(0, sum / squares));
    const gain = (centre - (ic[session] ?? 0)) / (1 + centre);
    wealth += Math.log1p(bet * gain);
    sum += gain;
    squares += gain * gain;
    return wealth;
  });
};

/** Generalised likelihood ratio over windows of 10 to 320 sessions, on AR(1) innovations. */
const likelihoodRatio: Statistic = (ic) => {
  const { z } = innovations(ic);
  const sums = new Float64Array(SESSIONS + 1);
  for (let session = REFERENCE; session < SESSIONS; session += 1) {
    sums[session + 1] = (sums[session] ?? 0) + z(session);
  }
  return everySession(ic, (session) => {
    let largest = 0;
    for (const length of [10, 20, 40, 80, 160, 320]) {
      const from = Math.max(REFERENCE, session + 1 - length);
      const sum = (sums[session + 1] ?? 0) - (sums[from] ?? 0);
      largest = Math.max(largest, -sum / Math.sqrt(session + 1 - from));
    }
    return largest;
  });
};

export const PUBLISHED: readonly (readonly [string, Statistic])[] = [
  ['rolling 20-session mean', rollingMean],
  ['z test, 60 sessions', independentZ],
  ['HAC z, 120 sessions', hacZ],
  ['CUSUM, prewhitened', cusum],
  ['Page-Hinkley', pageHinkley],
  ['Shiryaev-Roberts, prewhitened', shiryaevRoberts],
  ['e-process, adaptive bets', eProcess],
  ['GLR over windows, prewhitened', likelihoodRatio],
];
