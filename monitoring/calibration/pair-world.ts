import { RandomStream } from '../../market/random.ts';
import type { PairedStreamsDay } from './reign-simulation.ts';

/** What is wrong with a simulated champion from the swap on; `equal` is the null. */
export const CHAMPION_KINDS = [
  'equal',
  'flipped',
  'noise',
  'half-ic',
  'extra-drawdown',
  'constant',
  'missing',
] as const;
export type ChampionKind = (typeof CHAMPION_KINDS)[number];

/** A champion and the previous one, as their daily results are simulated. */
export interface PairWorld {
  readonly annualSessions: number;
  /** Annualised Sharpe ratio and volatility (a fraction) of the net return of a model in order. */
  readonly sharpe: number;
  readonly annualisedVolatility: number;
  /**
   * Correlation between the noise of two models in order, of their returns, ICs and scores: every pair draws its own
   * between these, because a rule has to hold for a refresh and for a new recipe.
   */
  readonly lowestCorrelation: number;
  readonly highestCorrelation: number;
  /** Degrees of freedom of the Student noise; above 2. */
  readonly tailDegrees: number;
  /** First-order autocorrelation of the daily noise. */
  readonly autocorrelation: number;
  /** Deviation of the logarithm of the volatility all models share; it reverts with a half-life of 20 sessions. */
  readonly volatilityOfVolatility: number;
  readonly meanIc: number;
  readonly icDeviation: number;
  /** Sessions a label spans, and sessions from the decision to the entry. */
  readonly horizonSessions: number;
  readonly entryDelaySessions: number;
  /** Rows scored on a session, where scores are simulated. */
  readonly universe: number;
  /** Relative equity that `extra-drawdown` loses, a fraction, and the sessions it takes. */
  readonly extraDrawdown: number;
  readonly extraDrawdownSessions: number;
}

export const DEFAULT_WORLD: PairWorld = {
  annualSessions: 250,
  sharpe: 1.5,
  annualisedVolatility: 0.1,
  lowestCorrelation: 0.3,
  highestCorrelation: 0.95,
  tailDegrees: 5,
  autocorrelation: 0.05,
  volatilityOfVolatility: 0.35,
  meanIc: 0.03,
  icDeviation: 0.08,
  horizonSessions: 5,
  entryDelaySessions: 1,
  universe: 100,
  extraDrawdown: 0.03,
  extraDrawdownSessions: 10,
};

const VOLATILITY_REVERSION = 0.5 ** (1 / 20);

/** Signal strength and correlation to the previous champion that a kind has from the swap on, as multiples. */
const STRENGTH: Readonly<Record<ChampionKind, readonly [signal: number, correlation: number]>> = {
  equal: [1, 1],
  flipped: [-1, -1],
  noise: [0, 0],
  'half-ic': [0.5, 1],
  'extra-drawdown': [1, 1],
  constant: [0, 0],
  missing: [0, 0],
};

/** Days of one pair: a shadow in order, then a reign whose champion is of `kind`. The same (seed, stream) gives the same bits. */
export class PairSimulation {
  private readonly world: PairWorld;
  private readonly random: RandomStream;
  private readonly kind: ChampionKind;
  private readonly shadowSessions: number;
  private readonly correlation: number;
  private logVolatility: number;
  private day = -1;
  private common = 0;
  private own = [0, 0];
  /** Noise of the newest sessions of both, for the labels that span them. */
  private readonly recent: number[][] = [[], []];

  constructor(world: PairWorld, kind: ChampionKind, shadowSessions: number, seed: number, stream: number) {
    this.world = world;
    this.random = new RandomStream(seed, stream);
    this.kind = kind;
    this.shadowSessions = shadowSessions;
    this.correlation = this.random.uniformBetween(world.lowestCorrelation, world.highestCorrelation);
    this.logVolatility = world.volatilityOfVolatility * this.random.normal();
  }

  /** The next session: its returns, and the ICs of the session whose label has just matured (null at first). */
  next(): PairedStreamsDay {
    const { world } = this;
    this.day += 1;
    const kick = Math.sqrt(1 - VOLATILITY_REVERSION ** 2) * world.volatilityOfVolatility;
    this.logVolatility = VOLATILITY_REVERSION * this.logVolatility + kick * this.random.normal();
    const volatility = Math.exp(this.logVolatility - world.volatilityOfVolatility ** 2);
    this.common = this.step(this.common);
    this.own = this.own.map((value) => this.step(value));
    const mine = this.noise(this.strength(this.day));
    const other = this.noise([1, 1], 1);
    this.remember(mine, other);
    const deviation = world.annualisedVolatility / Math.sqrt(world.annualSessions);
    const drift = world.sharpe / Math.sqrt(world.annualSessions);
    const bounded = (value: number): number => Math.max(-0.5, value);
    return {
      mine: bounded(deviation * (this.strength(this.day)[0] * drift + volatility * mine) - this.extraLoss()),
      other: bounded(deviation * (drift + volatility * other)),
      matured: this.matured(),
    };
  }

  /** Scores of one session of both versions, on the same rows. */
  scores(): { readonly mine: Float64Array; readonly other: Float64Array } {
    const { universe } = this.world;
    const [, multiple] = this.strength(this.day);
    const correlation = this.correlation * multiple;
    const other = Float64Array.from({ length: universe }, () => this.random.normal());
    if (this.day >= this.shadowSessions && this.kind === 'constant') {
      return { mine: new Float64Array(universe).fill(0.1), other };
    }
    if (this.day >= this.shadowSessions && this.kind === 'missing') {
      return { mine: new Float64Array(universe).fill(Number.NaN), other };
    }
    const rest = Math.sqrt(1 - correlation ** 2);
    return { mine: other.map((value) => correlation * value + rest * this.random.normal()), other };
  }

  private strength(day: number): readonly [number, number] {
    return STRENGTH[day < this.shadowSessions ? 'equal' : this.kind];
  }

  private step(before: number): number {
    const { autocorrelation, tailDegrees } = this.world;
    const rest = Math.sqrt(1 - autocorrelation ** 2);
    return autocorrelation * before + rest * this.random.heavyTailed(tailDegrees);
  }

  /** Noise of unit variance, the stated share of it common to both. */
  private noise([, multiple]: readonly [number, number], row = 0): number {
    const share = multiple === 0 ? 0 : Math.sqrt(this.correlation) * Math.sign(multiple);
    return share * this.common + Math.sqrt(1 - share ** 2) * (this.own[row] ?? 0);
  }

  private remember(mine: number, other: number): void {
    const [left, right] = this.recent;
    left?.push(mine);
    right?.push(other);
    if ((left?.length ?? 0) > this.world.horizonSessions) {
      left?.shift();
      right?.shift();
    }
  }

  private matured(): PairedStreamsDay['matured'] {
    const { horizonSessions, entryDelaySessions, meanIc, icDeviation } = this.world;
    const session = this.day - horizonSessions - entryDelaySessions + 1;
    if (session < 0) return null;
    const [mine, other] = this.recent.map((noise) => {
      const total = noise.reduce((sum, value) => sum + value, 0);
      return (icDeviation * total) / Math.sqrt(horizonSessions);
    });
    const bounded = (value: number): number => Math.max(-1, Math.min(1, value));
    return {
      session,
      mine: bounded(this.strength(session)[0] * meanIc + (mine ?? 0)),
      other: bounded(meanIc + (other ?? 0)),
    };
  }

  private extraLoss(): number {
    const { extraDrawdown, extraDrawdownSessions } = this.world;
    const since = this.day - this.shadowSessions;
    if (this.kind !== 'extra-drawdown' || since < 0 || since >= extraDrawdownSessions) return 0;
    return extraDrawdown / extraDrawdownSessions;
  }
}
