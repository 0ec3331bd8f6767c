-- feature-set: pit_oracle
-- kind: table
-- views: 1
-- lookback: all
-- bars: close, volume, ret, close_raw, seen, session_dates
-- fundamentals: yes
-- levels: yes
-- One row per member as known at one instant: the reference cross-section that the rules of point-in-time data are tested
-- with. Prices older than 5 sessions count as stale. Sessions are those of the calendar, whether the symbol traded or not.
-- column as_of: the instant
-- column symbol: member
-- column last_session: newest session with a visible bar
-- column price_age_sessions: closed sessions after it
-- column close_raw: close of that session as published
-- column close_adj: the same, adjusted for actions known at the instant
-- column ret_5: return over 5 sessions up to it
-- column vol_20: sample standard deviation of its last 20 one-session returns, of 15 at least
-- column adv_20: mean adjusted volume of its last 20 sessions, of 15 at least
-- column fund_period_end: quarter of the newest statement
-- column fund_version: how often that quarter had been published
-- column fund_eps: earnings per share
-- column fund_revenue: revenue
-- column fund_book_value: book value per share
-- column fund_age_days: calendar days since the end of the quarter
-- column book_to_price: book value over close
-- column revenue_yoy: revenue over that of the quarter a year before, less 1
-- column last_labelable_session: newest session whose return over the next 5 sessions is known
WITH placed AS (
  SELECT *, session_index - list_max(seen) AS age, len(seen) - session_index + list_max(seen) AS p
  FROM windows
),
fresh AS (
  SELECT *, age <= 5 AS is_fresh,
    list_max(list_transform(list_zip(seen[:-6], seen[6:]), lambda pair: CASE WHEN pair[2] IS NOT NULL THEN pair[1] END))
      AS labelled
  FROM placed
)
SELECT
  row_time AS as_of,
  symbol,
  session_dates[p] AS last_session,
  age AS price_age_sessions,
  CASE WHEN is_fresh THEN close_raw[p] END AS close_raw,
  CASE WHEN is_fresh THEN close[p] * price_anchor END AS close_adj,
  CASE WHEN is_fresh AND p > 5 THEN close[p] / close[p - 5] - 1 END AS ret_5,
  CASE WHEN is_fresh THEN deviation_of(ret[greatest(p - 19, 1):p], 15) END AS vol_20,
  CASE WHEN is_fresh THEN mean_of(volume[greatest(p - 19, 1):p], 15) * volume_anchor END AS adv_20,
  fund_period_end,
  fund_version,
  fund_eps,
  fund_revenue,
  fund_book_value,
  decision_date - fund_period_end AS fund_age_days,
  CASE WHEN is_fresh THEN fund_book_value / close_raw[p] END AS book_to_price,
  fund_revenue / prior_revenue - 1 AS revenue_yoy,
  session_dates[labelled - session_index + len(seen)] AS last_labelable_session
FROM fresh;
