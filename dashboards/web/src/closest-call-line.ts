import type { AnswerLine, Wording } from './answer-line.ts';
import { listed, plain } from './answer-line.ts';
import type { GateVerdict, StoredGateReport } from './api/schemas.ts';
import { wideGates } from './wide-gates.ts';

/** From here on chance alone brings a number to its bound in less than one of seven hundred histories: nothing is close. */
const FAR = 3;

/**
 * The check that passed and would be the first to fail by chance, by the distances that the server reckoned. Only checks with an error
 * of their own have one: the sentence says among how many, in which measure, and calls nothing close that is far.
 */
export function closestCallLine(
  stored: StoredGateReport,
  passed: readonly GateVerdict[],
  wording: Wording,
): readonly AnswerLine[] {
  const { t, format } = wording;
  if (passed.length === 0) return [];
  const compared = stored.closeness
    .filter(({ gate }) => passed.some((verdict) => verdict.gate === gate))
    .toSorted((a, b) => a.distance - b.distance);
  const [closest] = compared;
  const verdict = passed.find(({ gate }) => gate === closest?.gate);
  if (closest === undefined || verdict === undefined) return [plain(t('short.nearest.none'))];
  const distance = format.number(closest.distance, 1);
  const sentence = t(closest.distance < FAR ? 'short.nearest' : 'short.nearest.far', {
    of: compared.length,
    gate: listed([verdict], stored, wording),
    distance: closest.atLeast ? t('at-least', { number: distance }) : distance,
    scale: t(`scale.${closest.scale}`),
  });
  const wide = wideGates(stored).has(verdict.gate);
  return [plain(wide ? `${sentence}${t('short.nearest.wide')}` : sentence)];
}
