import { DurationInvalid } from './errors.ts';

/** Units of Prometheus, in milliseconds; each at most once and in this order. */
const UNITS = [
  ['y', 365 * 86_400_000],
  ['w', 7 * 86_400_000],
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
] as const;

const DURATION = new RegExp(`^${UNITS.map(([unit]) => `(?:(\\d{1,6})${unit})?`).join('')}$`, 'u');

/**
 * `1h30m` -> 5,400,000 ms. `0` needs no unit.
 *
 * @throws DurationInvalid
 */
export function parseDuration(text: string): number {
  if (text === '0') return 0;
  const parts = DURATION.exec(text);
  if (text === '' || parts === null) {
    throw new DurationInvalid(`"${text}" is not a duration`, { remedy: 'Write 30s, 5m, 1h30m or 2d.' });
  }
  return UNITS.reduce((sum, [, size], index) => sum + Number(parts[index + 1] ?? 0) * size, 0);
}

/** 5,400,000 -> `1h30m`. */
export function formatDuration(milliseconds: number): string {
  let rest = Math.round(milliseconds);
  let text = '';
  for (const [unit, size] of UNITS) {
    if (unit === 'y' || unit === 'w') continue;
    const count = Math.floor(rest / size);
    if (count > 0) text += `${String(count)}${unit}`;
    rest -= count * size;
  }
  return text === '' ? '0s' : text;
}
