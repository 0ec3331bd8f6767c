import type { Caution } from '../../contracts/caution.ts';
import type { ShadowSpec } from '../../contracts/shadow-spec.ts';
import type { ShadowBoundName } from '../../evaluation/shadow-bounds.ts';
import { counted } from '../wording.ts';
import { look } from './look.ts';
import type { CautionGround } from './look.ts';

type NumberField = {
  readonly [Field in keyof ShadowSpec]: ShadowSpec[Field] extends number ? Field : never;
}[keyof ShadowSpec];

/** A bound of the shadow that next to nothing crosses, and from where on it is one. */
interface HarmlessBound {
  readonly bound: ShadowBoundName;
  readonly field: NumberField;
  readonly from: (shadow: ShadowSpec) => number;
  /** On which side of `from`, itself included, next to nothing crosses it. */
  readonly towards: 'up' | 'down';
}

/**
 * Six standard deviations of a book that moves by 2 % a day, twice what a broad market does, over the sessions of the shadow
 * (a random walk: the root of their number). Even the worst weeks of 2008 and 2020 stay within.
 */
const CRASH = (shadow: ShadowSpec): number => Math.min(1, 0.12 * Math.sqrt(shadow.sessions));

const HARMLESS: readonly HarmlessBound[] = [
  // The least that the field can ask for: every other row compared with nothing.
  { bound: 'pairing', field: 'minPairing', from: () => 0.5, towards: 'down' },
  // The largest value that the field can have: every other row without a score.
  { bound: 'missing', field: 'maxMissing', from: () => 0.5, towards: 'up' },
  // The largest values that the fields can have.
  { bound: 'latency', field: 'maxLatencyMs', from: () => 10_000, towards: 'up' },
  { bound: 'feature-skew', field: 'maxFeatureSkew', from: () => 100, towards: 'up' },
  // Every other feature value comes out otherwise when it is extracted again.
  { bound: 'online-offline', field: 'maxFeatureMismatch', from: () => 0.5, towards: 'up' },
  // No rank correlation is lower.
  { bound: 'rank-agreement', field: 'minRankAgreement', from: () => -1, towards: 'down' },
  // The whole book renewed on every session; all of it in one sector.
  { bound: 'turnover', field: 'maxTurnover', from: () => 1, towards: 'up' },
  { bound: 'sector', field: 'maxSectorShare', from: () => 1, towards: 'up' },
  // A long-only book at three times the market, which no book without leverage of a decile of it reaches.
  { bound: 'beta', field: 'maxBetaDeviation', from: () => 2, towards: 'up' },
  // Every other trade could not be made.
  { bound: 'refused-trades', field: 'maxRefusedTradeShare', from: () => 0.5, towards: 'up' },
  { bound: 'paper-loss', field: 'maxPaperLoss', from: CRASH, towards: 'up' },
  { bound: 'drawdown', field: 'maxDrawdown', from: CRASH, towards: 'up' },
];

/** Bounds of the shadow so wide that passing it says next to nothing. */
export function wideShadow({ input: { shadow } }: CautionGround): Caution {
  return look('wide-shadow', () => {
    if (shadow === null) return 'the bounds of the shadow were not given to the gates';
    const wide = HARMLESS.filter((bound) => isHarmless(bound, shadow)).map(({ bound, field }) => ({
      bound,
      field,
      value: shadow[field],
    }));
    const named = wide.map(({ bound, field, value }) => `${bound} (${field} ${String(value)})`).join(', ');
    return {
      number: wide.length,
      bound: 0,
      beyond: 'above',
      reason:
        wide.length === 0
          ? 'every bound of the shadow could end it'
          : `${counted(wide.length, 'bound')} of the shadow that next to nothing crosses: ${named}`,
      details: { bounds: wide, of: HARMLESS.length },
    };
  });
}

function isHarmless({ field, from, towards }: HarmlessBound, shadow: ShadowSpec): boolean {
  const [value, bound] = [shadow[field], from(shadow)];
  return towards === 'up' ? value >= bound : value <= bound;
}
