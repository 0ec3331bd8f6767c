import type { Manner } from './alert-sinks.ts';

const MANNERS: readonly (readonly [Manner, number])[] = [
  ['accept', 0.5],
  ['refuse-for-now', 0.15],
  ['break', 0.15],
  ['drop-after-accepting', 0.15],
  ['silence-after-accepting', 0.05],
];

/** A receiver that takes half of what comes; the same seed, the same manners (Park and Miller's generator). */
export function randomSource(seed: number): () => Manner {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    let left = state / 2_147_483_647;
    for (const [manner, share] of MANNERS) {
      if (left < share) return manner;
      left -= share;
    }
    return 'accept';
  };
}
