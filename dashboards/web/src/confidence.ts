import type { GateVerdict } from './api/schemas.ts';
import { gateNumber } from './gate-numbers.ts';
import type { Telling } from './i18n/telling.ts';

/** Gates whose number is the lower end of an interval: said without its confidence, it says nothing. */
const BOUNDS: ReadonlySet<GateVerdict['gate']> = new Set(['rank-ic', 'non-inferiority', 'recovery']);

/** As releases before it was a detail of its own wrote it into the reason. */
const IN_REASON = /lower (\d+(?:\.\d+)?) % bound/u;

/** One-sided confidence of a gate's lower bound, a fraction; null: not recorded. */
export function confidenceOf({ details, reason }: GateVerdict): number | null {
  const recorded = details['confidence'];
  if (typeof recorded === 'number' && recorded > 0 && recorded < 1) return recorded;
  const written = IN_REASON.exec(reason)?.[1];
  return written === undefined ? null : Number(written) / 100;
}

/** A number of a gate for a sentence; a lower bound calls itself one, and of what confidence. */
export function numberTold(verdict: GateVerdict, { t, format }: Telling): string {
  const number = gateNumber(verdict.gate, verdict.number, format);
  if (verdict.number === null || !BOUNDS.has(verdict.gate)) return number;
  return boundTold(number, confidenceOf(verdict), { t, format });
}

/** What is held against the bound of a gate: seldom the figure that its sentence begins with, and never so in a lower bound. */
export function heldTold(verdict: GateVerdict, { t, format }: Telling): string {
  const of = t(`held.${verdict.gate}`);
  if (!BOUNDS.has(verdict.gate)) return of;
  const confidence = confidenceOf(verdict);
  return confidence === null
    ? t('held.lower.unknown', { of })
    : t('held.lower', { of, level: format.short(100 * confidence) });
}

/** `lower 60 % bound -0.05`. */
export function boundTold(number: string, confidence: number | null, { t, format }: Telling): string {
  return confidence === null
    ? t('lower-bound.unknown', { number })
    : t('lower-bound', { number, level: format.short(100 * confidence) });
}
