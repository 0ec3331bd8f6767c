import type { RandomStream } from '../random.ts';
import type { Company } from './companies.ts';
import type { Memory, OwnDynamics } from './dynamics.ts';
import { garchShock, garchVariance } from './factors.ts';

/** One company's own return and volume from session to session. `draw`, read, then `settle` when it was traded. */
export interface OwnReturns {
  /** Draws the session; both arguments are 1 and 0 in an ordinary one. */
  draw(volatilityMultiple: number, marketVolume: number): void;
  /** Own log return of the session drawn last. */
  readonly shock: number;
  /** Standard deviation that it was drawn with. */
  readonly volatility: number;
  /** Log volume around the company's base. */
  readonly logVolume: number;
  settle(): void;
}

export const ownReturns = (dynamics: OwnDynamics, company: Company, random: RandomStream): OwnReturns =>
  dynamics.kind === 'garch'
    ? new GarchReturns(company.ownVolatility, random)
    : new VolatileReturns(dynamics, company.ownVolatility, random);

/** AR(1) of the log volume around its base, and how much of a surprise in the return it takes up. */
const VOLUME_MEMORY = 0.94;
const VOLUME_NOISE = 0.25;
const VOLUME_OF_SURPRISE = 0.12;

class GarchReturns implements OwnReturns {
  shock = 0;
  logVolume = 0;
  private variance: number;
  private readonly longRun: number;
  private readonly longRunVolatility: number;
  private readonly random: RandomStream;

  constructor(longRunVolatility: number, random: RandomStream) {
    this.longRunVolatility = longRunVolatility;
    this.longRun = longRunVolatility ** 2;
    this.variance = this.longRun;
    this.random = random;
  }

  get volatility(): number {
    return Math.sqrt(this.variance);
  }

  draw(): void {
    this.shock = garchShock(this.random, this.variance);
    const surprise = Math.abs(this.shock) / this.longRunVolatility - 0.75;
    this.logVolume =
      VOLUME_MEMORY * this.logVolume + VOLUME_NOISE * this.random.normal() + VOLUME_OF_SURPRISE * surprise;
  }

  settle(): void {
    this.variance = garchVariance(this.longRun, this.variance, this.shock);
  }
}

/** In standard deviations: news in a quiet symbol would multiply its volume without end otherwise. */
const LARGEST_MOVE = 5;

class VolatileReturns implements OwnReturns {
  shock = 0;
  volatility: number;
  logVolume = 0;
  private fast: number;
  private slow: number;
  private ownVolume: number;
  private readonly median: number;
  private readonly dynamics: Extract<OwnDynamics, { readonly kind: 'stochastic-volatility' }>;
  private readonly random: RandomStream;

  constructor(
    dynamics: Extract<OwnDynamics, { readonly kind: 'stochastic-volatility' }>,
    median: number,
    random: RandomStream,
  ) {
    this.dynamics = dynamics;
    this.median = median;
    this.volatility = median;
    this.random = random;
    this.fast = dynamics.fast.deviation * random.normal();
    this.slow = dynamics.slow.deviation * random.normal();
    this.ownVolume = dynamics.volume.own.deviation * random.normal();
  }

  draw(volatilityMultiple: number, marketVolume: number): void {
    const { random } = this;
    const { fast, slow, news, volume, tailDegrees } = this.dynamics;
    this.fast = next(this.fast, fast, random);
    this.slow = next(this.slow, slow, random);
    this.ownVolume = next(this.ownVolume, volume.own, random);
    this.volatility = volatilityMultiple * this.median * Math.exp(this.fast + this.slow);
    this.shock = this.volatility * random.heavyTailed(tailDegrees);
    if (random.chance(news.probability)) {
      const size = -Math.log(random.uniform()) * news.size;
      this.shock += random.chance(news.upShare) ? size : -size;
    }
    // News that is good more often than not must not make prices grow.
    this.shock -= news.probability * news.size * (2 * news.upShare - 1);
    this.logVolume =
      this.ownVolume +
      marketVolume +
      volume.noise * random.normal() +
      volume.ofFast * this.fast +
      volume.ofSlow * this.slow +
      volume.ofMove * (Math.min(LARGEST_MOVE, Math.abs(this.shock) / this.volatility) - 0.75);
  }

  settle(): void {
    // Volatility goes on whether the symbol was traded or not.
  }
}

const next = (value: number, { memory, deviation }: Memory, random: RandomStream): number =>
  memory * value + deviation * Math.sqrt(1 - memory * memory) * random.normal();
