import type { GateVerdict } from '../../contracts/verdict.ts';

/** How the command line is called from the project's folder. */
export const CONTENDER = 'npm run contender --';

/** Four significant digits, no exponent for what people read at a glance, no trailing zeros. */
export function formatNumber(value: number | null): string {
  if (value === null || !Number.isFinite(value)) return 'not measured';
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size >= 1e6 || size < 1e-4) return value.toExponential(2);
  const text = size >= 1000 ? value.toFixed(0) : value.toPrecision(4);
  return text.includes('.') ? text.replace(/0+$/u, '').replace(/\.$/u, '') : text;
}

/** 412 -> `412 ms`, 3200 -> `3.2 s`, 200000 -> `3 min 20 s`. */
export function formatMilliseconds(milliseconds: number): string {
  if (milliseconds < 1000) return `${formatNumber(Math.round(milliseconds))} ms`;
  if (milliseconds < 120_000) return `${(milliseconds / 1000).toFixed(1)} s`;
  const seconds = Math.round(milliseconds / 1000);
  return `${String(Math.floor(seconds / 60))} min ${String(seconds % 60)} s`;
}

/** `2024-03-08T06:30:00.000Z` -> `2024-03-08 06:30 UTC`. UTC is named because readers sit in several zones. */
export function formatInstant(instant: string): string {
  return `${instant.slice(0, 10)} ${instant.slice(11, 16)} UTC`;
}

const SIGNS = { '>=': '≥', '<=': '≤', '>': '>', '<': '<', '==': '=' } as const;

/** Typographic signs: they need no escaping anywhere and read the same in every channel. */
export function comparisonSign(comparison: GateVerdict['comparison']): string {
  return SIGNS[comparison];
}

/** At most `maxLength` UTF-16 units, never half a surrogate pair, with an ellipsis when something was cut. */
export function clip(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  const cut = text.slice(0, maxLength - 1);
  const last = cut.charCodeAt(cut.length - 1);
  return `${last >= 0xd800 && last <= 0xdbff ? cut.slice(0, -1) : cut}…`;
}

/**
 * Free text without the control characters that could fake other lines of a message: only line feeds and tabs stay.
 * Bidirectional overrides go too, since they make a reader see another command than the one that is there.
 */
export function plainProse(text: string): string {
  return text
    .replace(/\r\n?/gu, '\n')
    .replace(/[^\P{Cc}\n\t]|[^\P{Cf}\u200C\u200D]|\u034F|[\u2028\u2029\u115F\u1160\u3164\uFFA0]/gu, '');
}
