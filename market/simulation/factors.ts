import { RandomStream } from '../random.ts';
import { SECTOR_COUNT } from './companies.ts';
import type { Dynamics, FactorDynamics, RegimeDynamics } from './dynamics.ts';

const MARKET_STREAM = 3_000_000;
const SECTOR_STREAM = 3_100_000;
const REGIME_STREAM = 3_200_000;
const MARKET_VOLUME_STREAM = 3_300_000;

/** Of the GARCH factors: variance = (1 - ARCH - GARCH) x long run + ARCH x shock^2 + GARCH x variance before. */
const ARCH = 0.07;
const GARCH = 0.9;
const TAIL_DEGREES = 6;

export const garchShock = (random: RandomStream, variance: number): number =>
  Math.sqrt(variance) * random.heavyTailed(TAIL_DEGREES);

export const garchVariance = (longRun: number, variance: number, shock: number): number =>
  (1 - ARCH - GARCH) * longRun + ARCH * shock * shock + GARCH * variance;

/** What all companies share, drawn ahead for all sessions. */
export interface Factors {
  readonly market: Float64Array;
  /** By sector. */
  readonly sectors: readonly Float64Array[];
  /** 1 in turbulence. */
  readonly turbulent: Uint8Array;
  /** Volatility of the companies' own returns against that of calm sessions. */
  readonly ownMultiple: Float64Array;
  /** Log volume of the whole market around its mean. */
  readonly marketVolume: Float64Array;
}

export function drawFactors(seed: number, sessions: number, dynamics: Dynamics): Factors {
  const turbulent = drawRegimes(seed, sessions, dynamics.regimes);
  const multiple = (inTurbulence: number): Float64Array =>
    Float64Array.from(turbulent, (state) => (state === 1 ? inTurbulence : 1));
  const ownMultiple = multiple(dynamics.regimes?.ownMultiple ?? 1);
  const draw = (kind: FactorDynamics, stream: number, multiples: Float64Array): Float64Array =>
    kind.kind === 'garch'
      ? garchFactor(seed, stream, kind.volatility, sessions)
      : volatileFactor(seed, stream, kind, multiples);
  return {
    market: draw(dynamics.market, MARKET_STREAM, multiple(dynamics.regimes?.marketMultiple ?? 1)),
    sectors: Array.from({ length: SECTOR_COUNT }, (_, sector) =>
      draw(dynamics.sector, SECTOR_STREAM + sector, ownMultiple),
    ),
    turbulent,
    ownMultiple,
    marketVolume: drawMarketVolume(seed, sessions, dynamics),
  };
}

function garchFactor(seed: number, stream: number, volatility: number, sessions: number): Float64Array {
  const random = new RandomStream(seed, stream);
  const longRun = volatility ** 2;
  let variance = longRun;
  return Float64Array.from({ length: sessions }, () => {
    const shock = garchShock(random, variance);
    variance = garchVariance(longRun, variance, shock);
    return shock;
  });
}

function volatileFactor(
  seed: number,
  stream: number,
  dynamics: Extract<FactorDynamics, { readonly kind: 'stochastic-volatility' }>,
  multiples: Float64Array,
): Float64Array {
  const random = new RandomStream(seed, stream);
  const { volatility, memory, deviation, leverage, tailDegrees } = dynamics;
  const innovation = deviation * Math.sqrt(1 - memory * memory);
  // Minus the variance of the logarithm: the mean square of the factor is the stated one.
  const centre = Math.log(volatility) - deviation * deviation;
  let log = deviation * random.normal();
  return multiples.map((multiple) => {
    const shock = random.heavyTailed(tailDegrees);
    const value = multiple * Math.exp(centre + log) * shock;
    const independent = Math.sqrt(1 - leverage * leverage) * random.normal();
    log = memory * log + innovation * (leverage * shock + independent);
    return value;
  });
}

function drawRegimes(seed: number, sessions: number, regimes: RegimeDynamics | null): Uint8Array {
  const states = new Uint8Array(sessions);
  if (regimes === null) return states;
  const random = new RandomStream(seed, REGIME_STREAM);
  let state = 0;
  return states.map(() => {
    if (random.chance(state === 0 ? regimes.intoTurbulence : regimes.outOfTurbulence)) state = 1 - state;
    return state;
  });
}

function drawMarketVolume(seed: number, sessions: number, { own }: Dynamics): Float64Array {
  const series = new Float64Array(sessions);
  if (own.kind === 'garch') return series;
  const random = new RandomStream(seed, MARKET_VOLUME_STREAM);
  const { memory, deviation } = own.volume.market;
  let log = deviation * random.normal();
  return series.map(() => {
    const now = log;
    log = memory * log + deviation * Math.sqrt(1 - memory * memory) * random.normal();
    return now;
  });
}
