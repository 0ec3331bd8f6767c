import type { ModelSpec } from '../../contracts/spec.ts';
import { ComparisonInvalid } from '../errors.ts';

/** What a running comparison is held to; fixed when it begins, because its guarantees are those of one whole life. */
export interface ComparisonSettings {
  /** Probability that an equal model is ever rolled back on evidence or drawdown, however often one looks: (0, 0.5). */
  readonly falseRollbackRate: number;
  /** Probability that an equal model is ever called better than one opponent: (0, 0.5). */
  readonly falseBetterRate: number;
  /** Two-sided level that the confidence sequences miss, over all looks together: (0, 0.5). */
  readonly missRate: number;
  /** How much worse is tolerated before evidence counts: an annualised information ratio of the difference, >= 0. */
  readonly margin: number;
  readonly annualSessions: number;
  /** Sessions over which the labels of neighbouring sessions overlap: the horizon, >= 1. */
  readonly icOverlapSessions: number;
  /** First-order autocorrelation of daily return differences, assumed until they have shown their own, [0, 0.9]. */
  readonly returnAutocorrelation: number;
}

/**
 * Defaults. 5 % a reign is what is promised whatever the noise is; what is measured lies far below (docs/comparison.md). Tranches
 * that overlap leave daily differences next to no autocorrelation; 0.1 is what slow prices of small shares add.
 */
const DEFAULTS = {
  falseRollbackRate: 0.05,
  falseBetterRate: 0.05,
  missRate: 0.05,
  margin: 0,
  returnAutocorrelation: 0.1,
} as const;

/** The settings of a spec. Throws `ComparisonInvalid` as `requireSettings` does. */
export function comparisonSettings(
  spec: Pick<ModelSpec, 'label'>,
  annualSessions: number,
  chosen: Partial<ComparisonSettings> = {},
): ComparisonSettings {
  const settings = {
    ...DEFAULTS,
    annualSessions,
    icOverlapSessions: spec.label.horizonSessions,
    ...chosen,
  };
  requireSettings(settings);
  return settings;
}

/** Throws `ComparisonInvalid` (COMPARISON_INVALID), naming the setting and its range. */
export function requireSettings(settings: ComparisonSettings): void {
  const rate = (value: number): boolean => value > 0 && value < 0.5;
  const rules: readonly (readonly [keyof ComparisonSettings, boolean, string])[] = [
    ['falseRollbackRate', rate(settings.falseRollbackRate), 'a probability between 0 and 0.5'],
    ['falseBetterRate', rate(settings.falseBetterRate), 'a probability between 0 and 0.5'],
    ['missRate', rate(settings.missRate), 'a probability between 0 and 0.5'],
    ['margin', settings.margin >= 0 && settings.margin <= 10, 'an annualised ratio from 0 to 10'],
    ['annualSessions', settings.annualSessions >= 1, 'at least 1'],
    ['icOverlapSessions', settings.icOverlapSessions >= 1, 'at least 1'],
    [
      'returnAutocorrelation',
      settings.returnAutocorrelation >= 0 && settings.returnAutocorrelation <= 0.9,
      'from 0 to 0.9',
    ],
  ];
  for (const [name, holds, expected] of rules) {
    if (!holds) {
      throw new ComparisonInvalid(`${name} is ${String(settings[name])}, expected ${expected}`, {
        remedy: `Set ${name} to ${expected}.`,
        details: { setting: name, value: settings[name] },
      });
    }
  }
}
