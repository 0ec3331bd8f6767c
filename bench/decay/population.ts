import { RandomStream } from '../../market/random.ts';
import { simulateIc } from '../../monitoring/ic-simulation.ts';

/** What happens to a series after its reference year. The nuisances must not alarm; the others should. */
export type Kind =
  | 'none'
  | 'vol_only'
  | 'transient_dip'
  | 'abrupt_zero'
  | 'gradual_zero'
  | 'half_decay'
  | 'sign_flip'
  | 'recovering';

export interface WatchedSeries {
  readonly ic: Float64Array;
  readonly kind: Kind;
  readonly isDecay: boolean;
  /** Session on which it changes; null when it never does. */
  readonly change: number | null;
  /** First session after a decay that ends; null when it lasts. */
  readonly end: number | null;
}

export const SESSIONS = 1000;
export const REFERENCE = 250;

/** Shares of the training set in the golden data: 200 series. */
const KINDS: readonly (readonly [Kind, number])[] = [
  ['none', 60],
  ['vol_only', 15],
  ['transient_dip', 15],
  ['abrupt_zero', 35],
  ['gradual_zero', 30],
  ['half_decay', 20],
  ['sign_flip', 15],
  ['recovering', 10],
];
const MEANS = [0.02, 0.03, 0.03, 0.03, 0.04, 0.06] as const;
const DEVIATIONS = [0.08, 0.12, 0.12, 0.15] as const;
const AUTOCORRELATIONS = [0, 0.2, 0.2, 0.4] as const;
const RAMP = 60;
const DIP = 10;
const RECOVERY = 150;
const LOUDER = 1.8;

/** Series of all kinds in their shares; the same seed gives the same bits. */
export function population(count: number, seed: number): readonly WatchedSeries[] {
  return Array.from({ length: count }, (_, index) => watchedSeries(kindOf(index), seed, index));
}

function kindOf(index: number): Kind {
  const total = KINDS.reduce((sum, [, share]) => sum + share, 0);
  let place = index % total;
  for (const [kind, share] of KINDS) {
    if (place < share) return kind;
    place -= share;
  }
  return 'none';
}

function watchedSeries(kind: Kind, seed: number, index: number): WatchedSeries {
  const random = new RandomStream(seed, 2 * index);
  const mean = pick(MEANS, random);
  const model = {
    mean: 0,
    deviation: pick(DEVIATIONS, random),
    autocorrelation: pick(AUTOCORRELATIONS, random),
    tailDegrees: random.chance(0.4) ? 5 : Number.POSITIVE_INFINITY,
  };
  const changes = kind !== 'none';
  const change = changes ? random.integerBetween(310, 699) : null;
  const lasts = kind === 'transient_dip' ? DIP : kind === 'recovering' ? RECOVERY : null;
  const end = change === null || lasts === null ? null : change + lasts;
  const noise = simulateIc(model, SESSIONS, seed, 2 * index + 1);
  const since = (session: number): number => (change === null ? -1 : session - change);
  const ic = noise.map((value, session) => {
    const after = since(session);
    const louder = kind === 'vol_only' && after >= 0 ? LOUDER : 1;
    return value * louder + mean * multiple(kind, after, end !== null && session >= end);
  });
  return { ic, kind, isDecay: !['none', 'vol_only', 'transient_dip'].includes(kind), change, end };
}

/** Mean IC as a multiple of the one in order, `after` sessions from the change (negative before it). */
function multiple(kind: Kind, after: number, over: boolean): number {
  if (after < 0 || over) return 1;
  switch (kind) {
    case 'none':
    case 'vol_only':
      return 1;
    case 'transient_dip':
      return -1;
    case 'half_decay':
      return 0.5;
    case 'sign_flip':
      return -0.5;
    case 'gradual_zero':
      return Math.max(0, 1 - (after + 1) / RAMP);
    case 'abrupt_zero':
    case 'recovering':
      return 0;
  }
}

function pick<T>(values: readonly T[], random: RandomStream): T {
  const value = values[random.integerBetween(0, values.length - 1)];
  if (value === undefined) throw new RangeError('nothing to pick from');
  return value;
}
