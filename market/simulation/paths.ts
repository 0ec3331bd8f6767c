import { RandomStream } from '../random.ts';
import { limitPrices, unlimitedSessionsOfListing } from '../price-limits.ts';
import { marketRules } from '../rules.ts';
import { planActions, type PlannedAction } from './actions.ts';
import { type Bar, type BarSetting, makeBar } from './bars.ts';
import { type Company, isListed } from './companies.ts';
import { type Dynamics, dynamicsOf } from './dynamics.ts';
import { drawFactors, type Factors } from './factors.ts';
import type { SimulationOptions } from './options.ts';
import { type OwnReturns, ownReturns } from './own-returns.ts';
import { LONGEST_WINDOW, type ObservedHistory, scoreSession, SIGNAL_FROM, SIGNAL_TO } from './signal.ts';
import { carriedRankIc } from './signal-plan.ts';

const XTAI = marketRules('XTAI');

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
  /** 1 on the sessions of a turbulent regime. */
  readonly turbulent: Uint8Array;
  /** Rank IC that the returns of each session carry. */
  readonly carried: Float64Array;
}

const OWN_STREAM = 4_000_000;

/** What `driftPerRankIc` counts in: the mean own volatility of a session in the plain market. */
const DRIFT_UNIT = 0.016;
/** Volatility of a listing in its first sessions without limits, against later. */
const UNLIMITED_VOLATILITY = 3;

/** State of one company between sessions. */
interface Running {
  /** Draws whether it is halted, and its bars. */
  readonly random: RandomStream;
  readonly actions: ReadonlyMap<number, PlannedAction>;
  readonly own: OwnReturns;
  price: number;
  /** Log return that a limit has kept from the price so far and that the next session makes up for. */
  pending: number;
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
  private readonly dynamics: Dynamics;
  private readonly factors: Factors;
  private readonly carried: Float64Array;
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
    this.dynamics = dynamicsOf(options.dynamics);
    this.factors = drawFactors(seed, sessions, this.dynamics);
    this.carried = carriedRankIc(options);
    this.running = companies.map((company, index) => {
      const random = new RandomStream(seed, OWN_STREAM + index);
      return {
        random,
        own: ownReturns(this.dynamics.own, company, random),
        actions: planActions(seed, company, index, sessions),
        price: company.firstPrice,
        pending: 0,
        shares: 1,
      };
    });
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
    return {
      ...this.bars,
      actions: this.actions,
      scores,
      logPrice: history.logPrice,
      turbulent: this.factors.turbulent,
      carried: this.carried,
    };
  }

  private advance(company: Company, index: number, session: number): void {
    const state = this.running[index];
    if (state === undefined) throw new RangeError('no such company');
    const cell = session * this.width + index;
    const before = cell - this.width;
    const { own } = state;
    const restless = this.isUnlimited(company, session) ? UNLIMITED_VOLATILITY : 1;
    own.draw(restless * (this.factors.ownMultiple[session] ?? 1), this.factors.marketVolume[session] ?? 0);
    const sector = this.factors.sectors[company.sector]?.[session] ?? 0;
    const logReturn =
      company.beta * (this.factors.market[session] ?? 0) +
      company.sectorLoading * sector +
      own.shock +
      this.drift(session, index) +
      state.pending;
    const halted = state.random.chance(this.options.haltedShare);
    const { logPrice, volume, turnover } = this.history;
    const volumeNow = Math.round(company.baseVolume * Math.exp(own.logVolume));
    volume[cell] = volumeNow;
    // A halted symbol keeps its price, and an ex day waits for nobody.
    const action = state.actions.get(session);
    const reference = action === undefined ? state.price : this.goEx(state, action, index);
    if (halted) {
      state.price = reference;
      logPrice[cell] = logPrice[before] ?? 0;
      return;
    }
    const { volatility } = own;
    own.settle();
    const { bars } = this.dynamics;
    const setting = this.setting(company, session, reference);
    const bar = makeBar(setting, logReturn, volatility, state.random, bars);
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
    state.pending = this.overflow(bar, setting, logReturn);
  }

  private setting(company: Company, session: number, reference: number): BarSetting {
    const date = this.dates[session] ?? '';
    const limits = this.isUnlimited(company, session) ? null : limitPrices(XTAI, reference, date);
    return { rules: XTAI, date, reference, limits };
  }

  /** Whether a new listing trades without price limits. */
  private isUnlimited(company: Company, session: number): boolean {
    if (!this.dynamics.bars.freeListings || company.listedAt === 0) return false;
    const listedOn = this.dates[company.listedAt] ?? '';
    return session - company.listedAt < unlimitedSessionsOfListing(XTAI, listedOn);
  }

  /** What the limits have kept from the price and the next session makes up for. */
  private overflow(bar: Bar, { limits, reference }: BarSetting, logReturn: number): number {
    const share = this.dynamics.bars.overflow;
    if (share === 0 || limits === null || (bar.close > limits.low && bar.close < limits.high)) return 0;
    return share * (logReturn - Math.log(bar.close / reference));
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
    const mean = total / (SIGNAL_TO - SIGNAL_FROM + 1);
    const volatility = DRIFT_UNIT * (this.factors.ownMultiple[session] ?? 1);
    const { driftPerRankIc, driftCurvature } = this.dynamics;
    const carried = this.carried[session] ?? 0;
    return driftPerRankIc * (1 + driftCurvature * carried * carried) * carried * volatility * mean;
  }

  private hasWindow(index: number, session: number): boolean {
    const company = this.companies[index];
    return (
      company !== undefined && isListed(company, session) && session - company.listedAt >= LONGEST_WINDOW
    );
  }
}
