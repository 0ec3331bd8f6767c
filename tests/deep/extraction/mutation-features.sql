-- feature-set: mutation
-- views: 1
-- lookback: 6
-- bars: close, volume
-- fundamentals: yes
-- levels: yes
-- column return_5: return over 5 sessions
-- column level: close, adjusted as known at the decision
-- column volume_5: volume over that of 5 sessions before
-- column earnings: of the newest statement
SELECT symbol, session_index, close[-1] / close[-6] - 1 AS return_5, close[-1] * price_anchor AS level,
  volume[-1] / nullif(volume[-6], 0) AS volume_5, fund_eps AS earnings
FROM windows
