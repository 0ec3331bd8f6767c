/** Which market it is; `high-volatility` goes before the direction. */
export type Regime = 'bull' | 'bear' | 'high-volatility';

/** What one more session needs of all before it: constant in size. */
export interface RegimeState {
  readonly sessions: number;
  readonly trend: 'bull' | 'bear';
  /** Compounded market since the first session; its highest value in a bull market, its lowest in a bear market. */
  readonly level: number;
  readonly extreme: number;
  /** Running variances of the daily return, of a fast and a slow memory. */
  readonly fastVariance: number;
  readonly slowVariance: number;
  /** Sessions spent in each regime so far. */
  readonly seen: Readonly<Record<Regime, number>>;
}

/** A bear market begins 15 % below the last peak, a bull market 20 % above the last trough (Lunde and Timmermann 2004). */
const FALL_TO_BEAR = 0.15;
const RISE_TO_BULL = 0.2;
/** RiskMetrics' daily decay factor, and one with a half-life of a year. */
const FAST = 0.94;
const SLOW = 0.5 ** (1 / 250);
/** A fast deviation this many times the slow one is a loud market. */
const LOUD = 1.5;
/** Before a quarter of a year has passed neither variance says anything. */
const FEWEST_SESSIONS = 60;
/** A regime that fewer sessions than this share were in is not a usual one. */
const USUAL_SHARE = 0.05;

const NOTHING_SEEN: RegimeState = {
  sessions: 0,
  trend: 'bull',
  level: 1,
  extreme: 1,
  fastVariance: 0,
  slowVariance: 0,
  seen: { bull: 0, bear: 0, 'high-volatility': 0 },
};

/**
 * Takes one session of the market.
 * @param state of the session before; null on the first
 * @param marketReturn of the equally weighted universe, a fraction; NaN (nothing traded) changes nothing
 */
export function advanceRegime(state: RegimeState | null, marketReturn: number): RegimeState {
  const before = state ?? NOTHING_SEEN;
  if (!Number.isFinite(marketReturn)) return before;
  const sessions = before.sessions + 1;
  const level = before.level * (1 + marketReturn);
  const square = marketReturn ** 2;
  // Exact means of what has been seen until the memories are longer than that.
  const fast = Math.min(FAST, 1 - 1 / sessions);
  const slow = Math.min(SLOW, 1 - 1 / sessions);
  const turned =
    before.trend === 'bull'
      ? level < (1 - FALL_TO_BEAR) * before.extreme
      : level > (1 + RISE_TO_BULL) * before.extreme;
  const trend = turned ? (before.trend === 'bull' ? 'bear' : 'bull') : before.trend;
  const further = trend === 'bull' ? Math.max(before.extreme, level) : Math.min(before.extreme, level);
  const next = {
    ...{ sessions, trend, level, extreme: turned ? level : further },
    fastVariance: fast * before.fastVariance + (1 - fast) * square,
    slowVariance: slow * before.slowVariance + (1 - slow) * square,
    seen: before.seen,
  };
  const regime = regimeOf(next);
  if (regime === null) return next;
  return { ...next, seen: { ...before.seen, [regime]: before.seen[regime] + 1 } };
}

/** Null while the market is too young to tell. */
export function regimeOf({ sessions, trend, fastVariance, slowVariance }: RegimeState): Regime | null {
  if (sessions < FEWEST_SESSIONS) return null;
  return fastVariance > LOUD ** 2 * slowVariance ? 'high-volatility' : trend;
}

/** Regimes in which the market has spent more than a twentieth of its sessions. */
export function usualRegimes({ seen }: RegimeState): readonly Regime[] {
  const all = seen.bull + seen.bear + seen['high-volatility'];
  return (['bull', 'bear', 'high-volatility'] as const).filter((regime) => seen[regime] > USUAL_SHARE * all);
}
