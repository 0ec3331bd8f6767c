import type { Caution } from '../../contracts/caution.ts';
import type { CautionGround } from './look.ts';
import { thinEvidence } from './thin-evidence.ts';
import { tooGood } from './too-good.ts';
import { wideBounds } from './wide-bounds.ts';
import { wideShadow } from './wide-shadow.ts';

/**
 * What a careful colleague would point out to whoever signs: numbers that are too good, evidence that rests on less than it
 * seems, bounds that refuse nothing. Decides nothing. Every look is recorded with its number and bound, those that found
 * nothing as well; one that does not apply to the route is left out. Pure: the same ground gives the same cautions.
 */
export function cautionsOf(ground: CautionGround): Caution[] {
  return [...tooGood(ground), ...thinEvidence(ground), ...wideBounds(ground), wideShadow(ground)];
}
