/** Which market is simulated. `plain`: the small market of the demo. `taiwan`: fitted to real daily bars (docs/simulator.md). */
export type DynamicsName = 'plain' | 'taiwan';

/** How a factor that all companies share moves. */
export type FactorDynamics =
  | {
      /** GARCH(1,1) (Bollerslev 1986) with Student's t shocks. */
      readonly kind: 'garch';
      readonly volatility: number;
    }
  | {
      /**
       * Log volatility is a first-order autoregression whose innovations are correlated with the shock before (leverage;
       * Harvey and Shephard 1996), times the volatility of the regime of the session.
       */
      readonly kind: 'stochastic-volatility';
      readonly volatility: number;
      readonly memory: number;
      readonly deviation: number;
      readonly leverage: number;
      readonly tailDegrees: number;
    };

/** Two states of the whole market that follow each other as a Markov chain (Hamilton 1989). */
export interface RegimeDynamics {
  readonly intoTurbulence: number;
  readonly outOfTurbulence: number;
  /** Volatility of the market factor, and of everything else, in turbulence; 1 in calm. */
  readonly marketMultiple: number;
  readonly ownMultiple: number;
}

/** One autoregression of order one: share of yesterday kept, and its stationary standard deviation. */
export interface Memory {
  readonly memory: number;
  readonly deviation: number;
}

/** A company's own return and its volume. */
export type OwnDynamics =
  | {
      readonly kind: 'garch';
      /** Uniform between the two. */
      readonly volatility: readonly [number, number];
    }
  | {
      /**
       * Log volatility is a fast and a slow autoregression; both move log volume too (Tauchen and Pitts 1983), which has
       * a slow part of its own and daily noise.
       */
      readonly kind: 'stochastic-volatility';
      /** Median, and standard deviation of the logarithm over companies. */
      readonly volatility: { readonly median: number; readonly spread: number };
      readonly fast: Memory;
      readonly slow: Memory;
      readonly tailDegrees: number;
      readonly news: {
        readonly probability: number;
        /** Mean size, of an exponential distribution. */
        readonly size: number;
        readonly upShare: number;
      };
      readonly volume: {
        readonly own: Memory;
        readonly market: Memory;
        readonly noise: number;
        readonly ofFast: number;
        readonly ofSlow: number;
        /** Of the size of the own shock in standard deviations, less 1. */
        readonly ofMove: number;
      };
    };

/** From return to bar. */
export interface BarDynamics {
  /** Share of the return that the open takes, and its noise in volatilities. */
  readonly openShare: number;
  readonly openNoise: number;
  /** Mean reach of high and low beyond open and close, in volatilities times 0.8. */
  readonly reach: number;
  /** Share of a move beyond the limit that is made up for on the session after. */
  readonly overflow: number;
  /** Whether a listing trades without limits in its first five sessions. */
  readonly freeListings: boolean;
}

export interface Dynamics {
  readonly market: FactorDynamics;
  readonly sector: FactorDynamics;
  readonly own: OwnDynamics;
  readonly regimes: RegimeDynamics | null;
  readonly bars: BarDynamics;
  readonly firstPrice: readonly [number, number];
  readonly beta: readonly [number, number];
  readonly sectorLoading: readonly [number, number];
  /** Whether the folder gets statements and the shares that foreigners bought less those they sold. */
  readonly statements: boolean;
  readonly foreignFlow: boolean;
  /** Whether it gets the table of sectors as of each date. */
  readonly sectorHistory: boolean;
  /**
   * Expected return of a session per unit of planted rank IC and score: the label sums five such sessions, the scores of
   * five decisions that overlap each of them are correlated, and factors dilute the ranks. Fitted over many seeds; the
   * truth of a market states what it really got.
   */
  readonly driftPerRankIc: number;
  /** Part of the drift that grows with the square of the rank IC: a strong signal widens the returns that it is measured on. */
  readonly driftCurvature: number;
}

const PLAIN: Dynamics = {
  market: { kind: 'garch', volatility: 0.009 },
  sector: { kind: 'garch', volatility: 0.005 },
  own: { kind: 'garch', volatility: [0.011, 0.021] },
  regimes: null,
  bars: { openShare: 0.35, openNoise: 0.3, reach: 0.4, overflow: 0, freeListings: false },
  firstPrice: [15, 400],
  beta: [0.6, 1.4],
  sectorLoading: [0.5, 1.2],
  statements: false,
  foreignFlow: false,
  sectorHistory: false,
  // 0.507 mean own volatilities of 0.016.
  driftPerRankIc: 0.507,
  driftCurvature: 0,
};

const TAIWAN: Dynamics = {
  market: {
    kind: 'stochastic-volatility',
    volatility: 0.0093,
    memory: 0.94,
    deviation: 0.5,
    leverage: -0.8,
    tailDegrees: 6,
  },
  sector: {
    kind: 'stochastic-volatility',
    volatility: 0.0055,
    memory: 0.95,
    deviation: 0.3,
    leverage: 0,
    tailDegrees: 6,
  },
  own: {
    kind: 'stochastic-volatility',
    volatility: { median: 0.0124, spread: 0.47 },
    fast: { memory: 0.55, deviation: 0.52 },
    slow: { memory: 0.992, deviation: 0.48 },
    tailDegrees: 7,
    news: { probability: 0.013, size: 0.045, upShare: 0.97 },
    volume: {
      own: { memory: 0.99, deviation: 0.85 },
      market: { memory: 0.9, deviation: 0.24 },
      noise: 0.15,
      ofFast: 0.75,
      ofSlow: 1.2,
      ofMove: 0.6,
    },
  },
  regimes: { intoTurbulence: 0.004, outOfTurbulence: 0.035, marketMultiple: 2.2, ownMultiple: 1.25 },
  bars: { openShare: 0.4, openNoise: 0.34, reach: 0.74, overflow: 0.6, freeListings: true },
  firstPrice: [9, 120],
  beta: [0.5, 1.5],
  sectorLoading: [0.5, 1.3],
  statements: true,
  foreignFlow: true,
  sectorHistory: true,
  driftPerRankIc: 0.573,
  driftCurvature: 0.7,
};

const DYNAMICS: Readonly<Record<DynamicsName, Dynamics>> = { plain: PLAIN, taiwan: TAIWAN };

export const dynamicsOf = (name: DynamicsName): Dynamics => DYNAMICS[name];
