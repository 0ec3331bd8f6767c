-- feature-set: price_volume
-- views: 1
-- lookback: 61
-- bars: open, high, low, close, volume, ret, close_raw, volume_raw
-- fundamentals: no
-- levels: no
-- Ranks within the session, from -0.5 to 0.5, of well-known price and volume statistics. Turnover is price times volume,
-- which no split changes. A window needs three quarters of its sessions; the exact ends of a return must both be there.
-- column reversal_1: return of the last session, reversed (Lehmann 1990)
-- column reversal_5: return of the last week, reversed (Jegadeesh 1990)
-- column momentum_20: return of the last month
-- column momentum_60: return of the last quarter (Jegadeesh and Titman 1993)
-- column momentum_60_5: return of the last quarter without its last week
-- column trend_20: close over its mean of 20 sessions
-- column high_60: close over the highest high of 60 sessions (George and Hwang 2004)
-- column low_60: close over the lowest low of 60 sessions
-- column volatility_5: standard deviation of the returns of 5 sessions
-- column volatility_20: standard deviation of the returns of 20 sessions
-- column volatility_60: standard deviation of the returns of 60 sessions
-- column skewness_20: skewness of the returns of 20 sessions
-- column maximum_20: largest return of 20 sessions (Bali, Cakici and Whitelaw 2011)
-- column range_10: mean of high less low over close of 10 sessions
-- column gap_1: open over the close before
-- column intraday_5: mean of close over open of 5 sessions
-- column location_5: mean place of the close between low and high of 5 sessions
-- column volume_surge_1: volume over its mean of 20 sessions
-- column volume_surge_5: mean volume of 5 sessions over that of 60
-- column volume_variation_20: standard deviation over mean of the volume of 20 sessions
-- column liquidity_20: mean turnover of 20 sessions
-- column illiquidity_20: mean of absolute return over turnover of 20 sessions (Amihud 2002)
WITH statistics AS (
  SELECT
    symbol,
    session_index,
    -ret[-1] AS reversal_1,
    1 - close[-1] / close[-6] AS reversal_5,
    close[-1] / close[-21] AS momentum_20,
    close[-1] / close[-61] AS momentum_60,
    close[-6] / close[-61] AS momentum_60_5,
    close[-1] / mean_of(close[-20:], 15) AS trend_20,
    close[-1] / highest_of(high[-60:], 45) AS high_60,
    close[-1] / lowest_of(low[-60:], 45) AS low_60,
    deviation_of(ret[-5:], 4) AS volatility_5,
    deviation_of(ret[-20:], 15) AS volatility_20,
    deviation_of(ret[-60:], 45) AS volatility_60,
    skewness_of(ret[-20:], 15) AS skewness_20,
    highest_of(ret[-20:], 15) AS maximum_20,
    mean_of(list_transform(list_zip(high[-10:], low[-10:], close[-10:]), lambda bar: (bar[1] - bar[2]) / bar[3]), 8)
      AS range_10,
    open[-1] / close[-2] AS gap_1,
    mean_of(list_transform(list_zip(close[-5:], open[-5:]), lambda bar: bar[1] / bar[2]), 4) AS intraday_5,
    mean_of(
      list_transform(
        list_zip(close[-5:], low[-5:], high[-5:]),
        lambda bar: CASE WHEN bar[3] > bar[2] THEN (bar[1] - bar[2]) / (bar[3] - bar[2]) END
      ), 3) AS location_5,
    volume[-1] / nullif(mean_of(volume[-20:], 15), 0) AS volume_surge_1,
    mean_of(volume[-5:], 4) / nullif(mean_of(volume[-60:], 45), 0) AS volume_surge_5,
    deviation_of(volume[-20:], 15) / nullif(mean_of(volume[-20:], 15), 0) AS volume_variation_20,
    mean_of(list_transform(list_zip(close_raw[-20:], volume_raw[-20:]), lambda bar: bar[1] * bar[2]), 15)
      AS liquidity_20,
    mean_of(
      list_transform(
        list_zip(ret[-20:], close_raw[-20:], volume_raw[-20:]),
        lambda bar: abs(bar[1]) / nullif(bar[2] * bar[3], 0)
      ), 15) AS illiquidity_20
  FROM windows
)
SELECT
  symbol,
  session_index,
  session_rank(finite(reversal_1)) AS reversal_1,
  session_rank(finite(reversal_5)) AS reversal_5,
  session_rank(finite(momentum_20)) AS momentum_20,
  session_rank(finite(momentum_60)) AS momentum_60,
  session_rank(finite(momentum_60_5)) AS momentum_60_5,
  session_rank(finite(trend_20)) AS trend_20,
  session_rank(finite(high_60)) AS high_60,
  session_rank(finite(low_60)) AS low_60,
  session_rank(finite(volatility_5)) AS volatility_5,
  session_rank(finite(volatility_20)) AS volatility_20,
  session_rank(finite(volatility_60)) AS volatility_60,
  session_rank(finite(skewness_20)) AS skewness_20,
  session_rank(finite(maximum_20)) AS maximum_20,
  session_rank(finite(range_10)) AS range_10,
  session_rank(finite(gap_1)) AS gap_1,
  session_rank(finite(intraday_5)) AS intraday_5,
  session_rank(finite(location_5)) AS location_5,
  session_rank(finite(volume_surge_1)) AS volume_surge_1,
  session_rank(finite(volume_surge_5)) AS volume_surge_5,
  session_rank(finite(volume_variation_20)) AS volume_variation_20,
  session_rank(finite(liquidity_20)) AS liquidity_20,
  session_rank(finite(illiquidity_20)) AS illiquidity_20
FROM statistics;
