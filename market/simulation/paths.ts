import { RandomStream } from '../random.ts';
import { marketRules, priceLimitOn } from '../rules.ts';
import { planActions, type PlannedAction } from './actions.ts';
import { makeBar } from './bars.ts';
import { type Company, isListed, SECTOR_COUNT } from './companies.ts';
import type { SimulationOptions } from './options.ts';
import { LONGEST_WINDOW, type ObservedHistory, scoreSession, SIGNAL_FROM, SIGNAL_TO } from './signal.ts';

/** An action with the prices it happened at. */
export interface HappenedAction extends PlannedAction {
  readonly company: number;
  readonly amount: number;
  readonly previousClose: number;
}

/** Everything that really happened, session-major with one column per company. NaN closes: no bar. */
export interface MarketPaths {
  readonly open: Float64Array;
  readonly high: Float64Array;
  readonly low: Float64Array;
  readonly close: Float64Array;
  /** Shares as traded, splits not undone. */
  readonly volume: Float64Array;
  readonly actions: readonly HappenedAction[];
  /** Planted score per decision session; 0 where there is none. */
  readonly scores: Float64Array;
  /** Adjusted cumulative log price, for the truth. */
  readonly logPrice: Float64Array;
}

const MARKET_STREAM = 3_000_000;
const SECTOR_STREAM = 3_100_000;
const OWN_STREAM = 4_000_000;

const MARKET_VOLATILITY = 0.009;
const SECTOR_VOLATILITY = 0.005;
/** Mean of `ownVolatility` over companies: the unit of the planted drift. */
const MEAN_OWN_VOLATILITY = 0.016;

/** GARCH(1,1) (Bollerslev 1986): variance = (1 - ARCH - GARCH) x long run + ARCH x shock^2 + GARCH x variance before. */
const ARCH = 0.07;
const GARCH = 0.9;
const TAIL_DEGREES = 6;

/** AR(1) of the log volume around its base, and how much of a surprise in the return it takes up. */
const VOLUME_MEMORY = 0.94;
const VOLUME_NOISE = 0.25;
const VOLUME_OF_SURPRISE = 0.12;

/**
 * Daily drift in units of the mean own volatility, per unit of planted rank IC: the label sums five such sessions, the
 * scores of five decisions that overlap each of them are correlated, and factors dilute the ranks. Fitted once over
 * twenty seeds; the truth reports what a market really got.
 */
const DRIFT_PER_RANK_IC = 0.507;

const shockOf = (random: RandomStream, variance: number): number =>
  Math.sqrt(variance) * random.heavyTailed(TAIL_DEGREES);

const nextVariance = (longRun: number, variance: number, shock: number): number =>
  (1 - ARCH - GARCH) * longRun + ARCH * shock * shock + GARCH * variance;

/** A factor with volatility clustering, drawn ahead for all sessions. */
function factorReturns(seed: number, stream: number, volatility: number, sessions: number): Float64Array {
  const random = new RandomStream(seed, stream);
  const longRun = volatility ** 2;
  let variance = longRun;
  return Float64Array.from({ length: sessions }, () => {
    const shock = shockOf(random, variance);
    variance = nextVariance(longRun, variance, shock);
    return shock;
  });
}

/** State of one company between sessions. */
interface Running {
  readonly random: RandomStream;
  readonly actions: ReadonlyMap<number, PlannedAction>;
  price: number;
  variance: number;
  logVolume: number;
  /** Shares now per share of the first session. */
  shares: number;
}

export function simulatePaths(
  options: SimulationOptions,
  companies: readonly Company[],
  dates: readonly string[],
): MarketPaths {
  return new PathSimulation(options, companies, dates).run();
}

class PathSimulation {
  private readonly options: SimulationOptions;
  private readonly companies: readonly Company[];
  private readonly dates: readonly string[];
  private readonly width: number;
  private readonly running: readonly Running[];
  private readonly market: Float64Array;
  private readonly sectors: readonly Float64Array[];
  private readonly history: ObservedHistory & { readonly logPrice: Float64Array };
  private readonly scores: Float64Array;
  private readonly actions: HappenedAction[] = [];
  private readonly bars: Record<'open' | 'high' | 'low' | 'close' | 'volume', Float64Array>;

  constructor(options: SimulationOptions, companies: readonly Company[], dates: readonly string[]) {
    const { seed, sessions } = options;
    this.options = options;
    this.companies = companies;
    this.dates = dates;
    this.width = companies.length;
    const panel = (value: number): Float64Array => new Float64Array(sessions * this.width).fill(value);
    this.market = factorReturns(seed, MARKET_STREAM, MARKET_VOLATILITY, sessions);
    this.sectors = Array.from({ length: SECTOR_COUNT }, (_, sector) =>
      factorReturns(seed, SECTOR_STREAM + sector, SECTOR_VOLATILITY, sessions),
    );
    this.running = companies.map((company, index) => ({
      random: new RandomStream(seed, OWN_STREAM + index),
      actions: planActions(seed, company, index, sessions),
      price: company.firstPrice,
      variance: company.ownVolatility ** 2,
      logVolume: 0,
      shares: 1,
    }));
    this.history = {
      symbols: this.width,
      logPrice: panel(0),
      ret: panel(0),
      volume: panel(0),
      turnover: panel(0),
    };
    this.scores = panel(0);
    this.bars = {
      open: panel(NaN),
      high: panel(NaN),
      low: panel(NaN),
      close: panel(NaN),
      volume: panel(NaN),
    };
  }

  run(): MarketPaths {
    const { options, scores, width, history } = this;
    for (let session = 0; session < options.sessions; session += 1) {
      this.companies.forEach((company, index) => {
        if (isListed(company, session)) this.advance(company, index, session);
      });
      scoreSession(
        history,
        session,
        (symbol) => this.hasWindow(symbol, session),
        scores.subarray(session * width, (session + 1) * width),
      );
    }
    return { ...this.bars, actions: this.actions, scores, logPrice: history.logPrice };
  }

  private advance(company: Company, index: number, session: number): void {
    const state = this.running[index];
    if (state === undefined) throw new RangeError('no such company');
    const cell = session * this.width + index;
    const before = cell - this.width;
    const ownShock = shockOf(state.random, state.variance);
    const surprise = Math.abs(ownShock) / company.ownVolatility - 0.75;
    state.logVolume =
      VOLUME_MEMORY * state.logVolume + VOLUME_NOISE * state.random.normal() + VOLUME_OF_SURPRISE * surprise;
    const sector = this.sectors[company.sector]?.[session] ?? 0;
    const logReturn =
      company.beta * (this.market[session] ?? 0) +
      company.sectorLoading * sector +
      ownShock +
      this.drift(session, index);
    const halted = state.random.chance(this.options.haltedShare);
    const { logPrice, volume, turnover } = this.history;
    const volumeNow = Math.round(company.baseVolume * Math.exp(state.logVolume));
    volume[cell] = volumeNow;
    // A halted symbol keeps its price, and an ex day waits for nobody.
    const action = state.actions.get(session);
    const reference = action === undefined ? state.price : this.goEx(state, action, index);
    if (halted) {
      state.price = reference;
      logPrice[cell] = logPrice[before] ?? 0;
      return;
    }
    const volatility = Math.sqrt(state.variance);
    state.variance = nextVariance(company.ownVolatility ** 2, state.variance, ownShock);
    const rules = marketRules('XTAI');
    const limit = priceLimitOn(rules, this.dates[session] ?? '');
    const bar = makeBar(rules, reference, logReturn, volatility, limit, state.random);
    this.bars.open[cell] = bar.open;
    this.bars.high[cell] = bar.high;
    this.bars.low[cell] = bar.low;
    this.bars.close[cell] = bar.close;
    this.bars.volume[cell] = Math.max(1000, Math.round((volumeNow * state.shares) / 1000) * 1000);
    const moved = Math.log(bar.close / reference);
    turnover[cell] = bar.close * (this.bars.volume[cell] ?? 0);
    this.history.ret[cell] = moved;
    logPrice[cell] = (session > company.listedAt ? (logPrice[before] ?? 0) : 0) + moved;
    state.price = bar.close;
  }

  /** Applies an action and gives the reference price of the session. */
  private goEx(state: Running, action: PlannedAction, company: number): number {
    const previousClose = state.price;
    const amount = Math.round(previousClose * action.dividendYield * 100) / 100;
    this.actions.push({ ...action, company, amount, previousClose });
    state.shares *= action.ratio;
    return action.kind === 'cash_dividend' ? previousClose - amount : previousClose / action.ratio;
  }

  /** Expected return that the scores of the sessions before have put on this one. */
  private drift(session: number, index: number): number {
    let total = 0;
    for (let lag = SIGNAL_FROM; lag <= SIGNAL_TO; lag += 1) {
      if (session >= lag) total += this.scores[(session - lag) * this.width + index] ?? 0;
    }
    const { plantedRankIc, flipSession } = this.options;
    const sign = flipSession !== null && session >= flipSession ? -1 : 1;
    const mean = total / (SIGNAL_TO - SIGNAL_FROM + 1);
    return sign * DRIFT_PER_RANK_IC * plantedRankIc * MEAN_OWN_VOLATILITY * mean;
  }

  private hasWindow(index: number, session: number): boolean {
    const company = this.companies[index];
    return (
      company !== undefined && isListed(company, session) && session - company.listedAt >= LONGEST_WINDOW
    );
  }
}
