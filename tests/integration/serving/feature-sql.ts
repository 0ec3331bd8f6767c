/** A feature set that gives the six features of the fixture models. */
export const FEATURE_SQL = `-- feature-set: price_volume
-- views: 1
-- lookback: 21
-- bars: open[1], high[5], close[21], ret[20], turnover[20]
-- column momentum_20: return over 20 sessions, as it is
-- column reversal_5 rank: return over 4 sessions, reversed
-- column volatility_20 rank: of the absolute returns
-- column turnover_20 rank: greatest turnover
-- column gap_1: open over the close before
-- column age_sessions: highest high over close
SELECT symbol, session_index, close[-1] / close[-21] - 1 AS momentum_20, -close[-1] / close[-5] AS reversal_5,
  mean_of(list_transform(ret, lambda r: abs(r)), 5) AS volatility_20, highest_of(turnover, 5) AS turnover_20,
  open[-1] / close[-2] - 1 AS gap_1, highest_of(high, 2) / close[-1] AS age_sessions
FROM windows
`;
