-- feature-set: foreign_flow
-- views: 1
-- lookback: 60
-- warm-up: 21
-- bars: ret[20], volume_raw[1], foreign_net_shares[1]
-- fundamentals: no
-- levels: no
-- Net purchases of foreign investors, for data that carry the column foreign_net_shares (shares bought less shares sold, as
-- published). Shares over the volume of the same session, which no split changes. A window needs three quarters of its sessions.
-- bar net[60]: foreign_net_shares / nullif(volume_raw, 0)
-- bar bought[20]: CASE WHEN foreign_net_shares IS NOT NULL THEN CAST(foreign_net_shares > 0 AS DOUBLE) END
-- bar flow_return[20]: ret * foreign_net_shares / nullif(volume_raw, 0)
-- column foreign_1 rank: net purchases over volume of the last session
-- column foreign_5 rank: mean of 5 sessions
-- column foreign_20 rank: mean of 20 sessions
-- column foreign_60 rank: mean of 60 sessions
-- column foreign_change rank: mean of 5 sessions less that of 20
-- column foreign_deviation_20 rank: last session less its mean of 20, in standard deviations
-- column foreign_days_20 rank: share of 20 sessions with net purchases
-- column foreign_chase_20 rank: mean of return times net purchases over volume: flows that follow the day's move
-- column foreign_sector_5 sector_rank: mean of 5 sessions among the sector
SELECT
  symbol,
  session_index,
  net[-1] AS foreign_1,
  mean_of(net[-5:], 4) AS foreign_5,
  mean_of(net[-20:], 15) AS foreign_20,
  mean_of(net, 45) AS foreign_60,
  mean_of(net[-5:], 4) - mean_of(net[-20:], 15) AS foreign_change,
  (net[-1] - mean_of(net[-20:], 15)) / nullif(deviation_of(net[-20:], 15), 0) AS foreign_deviation_20,
  mean_of(bought, 15) AS foreign_days_20,
  mean_of(flow_return, 15) AS foreign_chase_20,
  mean_of(net[-5:], 4) AS foreign_sector_5
FROM windows;
