-- feature-set: price_volume
-- views: 1
-- lookback: 253
-- warm-up: 61
-- bars: open[1], high[60], low[60], close[61], volume[60], ret[60], turnover[60]
-- fundamentals: no
-- levels: no
-- Well-known price and volume statistics, each as its rank within the session. Turnover is close times volume as published,
-- which no split changes. A window needs three quarters of its sessions; the exact ends of a return must both be there.
-- Rows begin with a quarter of history; what reaches back a year is empty until the year is there.
-- bar range[10]: (high - low) / close
-- bar intraday[5]: close / open
-- bar overnight[20]: open / previous_close - 1
-- bar location[5]: CASE WHEN high > low THEN (close - low) / (high - low) END
-- bar impact[20]: abs(ret) / nullif(turnover, 0)
-- bar extreme_range[20]: ln(high / low) * ln(high / low)
-- bar four_prices[20]: 0.5 * ln(high / low) * ln(high / low) - (2 * ln(2) - 1) * ln(close / open) * ln(close / open)
-- bar true_range[14]: (greatest(high, previous_close) - least(low, previous_close)) / close
-- bar gain[14]: CASE WHEN ret IS NOT NULL THEN greatest(ret, 0) END
-- bar move[14]: abs(ret)
-- bar fall[20]: CASE WHEN ret IS NOT NULL THEN least(ret, 0) * least(ret, 0) END
-- bar own[60]: CASE WHEN market_ret IS NOT NULL THEN ret END
-- bar market[60]: CASE WHEN ret IS NOT NULL THEN market_ret END
-- bar joint[60]: ret * market_ret
-- bar market_square[60]: CASE WHEN ret IS NOT NULL THEN market_ret * market_ret END
-- bar own_square[60]: CASE WHEN market_ret IS NOT NULL THEN ret * ret END
-- bar traded[20]: CASE WHEN ret IS NOT NULL THEN volume END
-- bar moved_volume[20]: ret * volume
-- bar signed_volume[20]: sign(ret) * volume
-- bar flow[20]: CASE WHEN high > low THEN (2 * close - high - low) / (high - low) * volume WHEN close IS NOT NULL THEN 0 END
-- bar at_limit[20]: CASE WHEN ret IS NOT NULL THEN coalesce(abs(ret) >= 0.97 * price_limit, false) END
-- far close_120: close at 120
-- far close_250: close at 250
-- far high_of_year: highest high of 250, least 188
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
-- column momentum_120 rank: return of the last half-year
-- column momentum_250_20 rank: return of the last year without its last month (Jegadeesh and Titman 1993)
-- column high_250 rank: close over the highest high of a year (George and Hwang 2004)
-- column overnight_20 rank: mean return from close to open of 20 sessions (Lou, Polk and Skouras 2019)
-- column parkinson_20 rank: volatility from highs and lows of 20 sessions (Parkinson 1980)
-- column garman_klass_20 rank: volatility from all four prices of 20 sessions (Garman and Klass 1980)
-- column true_range_14 rank: mean true range over close of 14 sessions (Wilder 1978)
-- column relative_strength_14 rank: share of gains in all moves of 14 sessions (Wilder 1978, with plain means)
-- column averages_12_26 rank: mean close of 12 sessions over that of 26 (Appel 1979, with plain means)
-- column band_20 rank: close less its mean of 20 sessions, in standard deviations (Bollinger 2001)
-- column stochastic_14 rank: place of the close between lowest low and highest high of 14 sessions (Lane 1984)
-- column beta_60 rank: slope of the returns on the mean return of all members, 60 sessions (Sharpe 1964)
-- column residual_volatility_60 rank: standard deviation of what that slope leaves (Ang, Hodrick, Xing and Zhang 2006)
-- column downside_20 rank: root mean square of the falls of 20 sessions (Sortino and van der Meer 1991)
-- column volatility_change rank: volatility of 5 sessions over that of 60
-- column volume_deviation_20 rank: volume less its mean of 20 sessions, in standard deviations
-- column liquidity_change rank: mean turnover of 20 sessions over that of 60
-- column signed_volume_20 rank: volume of rises less that of falls over all volume of 20 sessions (Granville 1963)
-- column money_flow_20 rank: volume weighted by the place of the close, over all volume of 20 sessions (Chaikin)
-- column return_volume_20 rank: correlation of return and volume over 20 sessions (Llorente and others 2002)
-- column limit_hits_20 rank: share of 20 sessions whose return came within 3 % of the daily price limit
-- column sector_reversal_5 sector_rank: return of the last week, reversed, among the sector
-- column sector_momentum_60 sector_rank: return of the last quarter among the sector (Moskowitz and Grinblatt 1999)
WITH moments AS (
  SELECT *,
    mean_of(joint, 45) - mean_of(own, 45) * mean_of(market, 45) AS covariance,
    mean_of(market_square, 45) - mean_of(market, 45) * mean_of(market, 45) AS market_variance,
    mean_of(own_square, 45) - mean_of(own, 45) * mean_of(own, 45) AS own_variance,
    mean_of(close[-20:], 15) AS mean_close,
    mean_of(volume[-20:], 15) AS mean_volume,
    deviation_of(volume[-20:], 15) AS volume_deviation,
    deviation_of(ret[-5:], 4) AS deviation_5,
    deviation_of(ret[-20:], 15) AS deviation_20,
    deviation_of(ret[-60:], 45) AS deviation_60,
    mean_of(turnover[-20:], 15) AS mean_turnover
  FROM windows
)
SELECT
  symbol,
  session_index,
  -ret[-1] AS reversal_1,
  1 - close[-1] / close[-6] AS reversal_5,
  close[-1] / close[-21] AS momentum_20,
  close[-1] / close[-61] AS momentum_60,
  close[-6] / close[-61] AS momentum_60_5,
  close[-1] / mean_close AS trend_20,
  close[-1] / highest_of(high[-60:], 45) AS high_60,
  close[-1] / lowest_of(low[-60:], 45) AS low_60,
  deviation_5 AS volatility_5,
  deviation_20 AS volatility_20,
  deviation_60 AS volatility_60,
  skewness_of(ret[-20:], 15) AS skewness_20,
  highest_of(ret[-20:], 15) AS maximum_20,
  mean_of(range, 8) AS range_10,
  open[-1] / close[-2] AS gap_1,
  mean_of(intraday, 4) AS intraday_5,
  mean_of(location, 3) AS location_5,
  volume[-1] / nullif(mean_volume, 0) AS volume_surge_1,
  mean_of(volume[-5:], 4) / nullif(mean_of(volume[-60:], 45), 0) AS volume_surge_5,
  volume_deviation / nullif(mean_volume, 0) AS volume_variation_20,
  mean_turnover AS liquidity_20,
  mean_of(impact, 15) AS illiquidity_20,
  close[-1] / close_120 AS momentum_120,
  close[-21] / close_250 AS momentum_250_20,
  close[-1] / high_of_year AS high_250,
  mean_of(overnight, 15) AS overnight_20,
  mean_of(extreme_range, 15) AS parkinson_20,
  mean_of(four_prices, 15) AS garman_klass_20,
  mean_of(true_range, 10) AS true_range_14,
  mean_of(gain, 10) / nullif(mean_of(move, 10), 0) AS relative_strength_14,
  mean_of(close[-12:], 9) / mean_of(close[-26:], 20) AS averages_12_26,
  (close[-1] - mean_close) / nullif(deviation_of(close[-20:], 15), 0) AS band_20,
  (close[-1] - lowest_of(low[-14:], 10)) / nullif(highest_of(high[-14:], 10) - lowest_of(low[-14:], 10), 0)
    AS stochastic_14,
  covariance / nullif(market_variance, 0) AS beta_60,
  greatest(own_variance - covariance * covariance / nullif(market_variance, 0), 0) AS residual_volatility_60,
  mean_of(fall, 15) AS downside_20,
  deviation_5 / nullif(deviation_60, 0) AS volatility_change,
  (volume[-1] - mean_volume) / nullif(volume_deviation, 0) AS volume_deviation_20,
  mean_turnover / nullif(mean_of(turnover[-60:], 45), 0) AS liquidity_change,
  sum_of(signed_volume, 15) / nullif(sum_of(traded, 15), 0) AS signed_volume_20,
  sum_of(flow, 15) / nullif(sum_of(volume[-20:], 15), 0) AS money_flow_20,
  (mean_of(moved_volume, 15) - mean_of(ret[-20:], 15) * mean_of(traded, 15))
    / nullif(deviation_20 * deviation_of(traded, 15), 0) AS return_volume_20,
  mean_of(at_limit, 15) AS limit_hits_20,
  1 - close[-1] / close[-6] AS sector_reversal_5,
  close[-1] / close[-61] AS sector_momentum_60
FROM moments;
