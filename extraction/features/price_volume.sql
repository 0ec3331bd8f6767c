-- feature-set: price_volume
-- views: 1
-- lookback: 61
-- bars: open[5], high[60], low[60], close[61], volume[60], ret[60], turnover[20]
-- fundamentals: no
-- levels: no
-- Well-known price and volume statistics, each as its rank within the session. Turnover is close times volume as published,
-- which no split changes. A window needs three quarters of its sessions; the exact ends of a return must both be there.
-- column reversal_1 rank: return of the last session, reversed (Lehmann 1990)
-- column reversal_5 rank: return of the last week, reversed (Jegadeesh 1990)
-- column momentum_20 rank: return of the last month
-- column momentum_60 rank: return of the last quarter (Jegadeesh and Titman 1993)
-- column momentum_60_5 rank: return of the last quarter without its last week
-- column trend_20 rank: close over its mean of 20 sessions
-- column high_60 rank: close over the highest high of 60 sessions (George and Hwang 2004)
-- column low_60 rank: close over the lowest low of 60 sessions
-- column volatility_5 rank: standard deviation of the returns of 5 sessions
-- column volatility_20 rank: standard deviation of the returns of 20 sessions
-- column volatility_60 rank: standard deviation of the returns of 60 sessions
-- column skewness_20 rank: skewness of the returns of 20 sessions
-- column maximum_20 rank: largest return of 20 sessions (Bali, Cakici and Whitelaw 2011)
-- column range_10 rank: mean of high less low over close of 10 sessions
-- column gap_1 rank: open over the close before
-- column intraday_5 rank: mean of close over open of 5 sessions
-- column location_5 rank: mean place of the close between low and high of 5 sessions
-- column volume_surge_1 rank: volume over its mean of 20 sessions
-- column volume_surge_5 rank: mean volume of 5 sessions over that of 60
-- column volume_variation_20 rank: standard deviation over mean of the volume of 20 sessions
-- column liquidity_20 rank: mean turnover of 20 sessions
-- column illiquidity_20 rank: mean of absolute return over turnover of 20 sessions (Amihud 2002)
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
  mean_of(turnover[-20:], 15) AS liquidity_20,
  mean_of(
    list_transform(
      list_zip(ret[-20:], turnover[-20:]),
      lambda bar: abs(bar[1]) / nullif(bar[2], 0)
    ), 15) AS illiquidity_20
FROM windows;
