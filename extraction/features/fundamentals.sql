-- feature-set: fundamentals
-- views: 1
-- lookback: 1
-- bars: close_raw[1]
-- fundamentals: yes
-- levels: yes
-- The newest statement of the newest quarter, in the version of the time, against the price of the time. Figures per share
-- are put on the share count of the price: splits between the statement and the session are divided out.
-- column book_to_price rank: book value over price (Fama and French 1992)
-- column earnings_to_price rank: earnings of the quarter over price (Basu 1977)
-- column return_on_book rank: earnings over book value (Fama and French 2015)
-- column revenue_growth rank: revenue over that of the same quarter a year before
-- column earnings_change rank: earnings less those of the same quarter a year before, over price (Foster, Olsen and Shevlin 1984)
-- column book_growth rank: book value over that of a year before (Cooper, Gulen and Schill 2008)
-- column statement_age: days since the end of the newest quarter
-- column restated: 1 when the newest quarter has been published more than once, else 0
-- column sector_book_to_price sector_rank: book value over price, among the sector
-- column sector_earnings_to_price sector_rank: earnings over price, among the sector
-- column sector_revenue_growth sector_relative: growth of revenue less that of the sector
WITH priced AS (
  SELECT *, close_raw[-1] * fund_splits AS price FROM windows
)
SELECT
  symbol,
  session_index,
  fund_book_value / price AS book_to_price,
  fund_eps / price AS earnings_to_price,
  CASE WHEN fund_book_value > 0 THEN fund_eps / fund_book_value END AS return_on_book,
  CASE WHEN prior_revenue > 0 THEN fund_revenue / prior_revenue - 1 END AS revenue_growth,
  (fund_eps - prior_eps) / price AS earnings_change,
  CASE WHEN prior_book_value > 0 THEN fund_book_value / prior_book_value - 1 END AS book_growth,
  decision_date - fund_period_end AS statement_age,
  CASE WHEN fund_version IS NOT NULL THEN CAST(fund_version > 1 AS INTEGER) END AS restated,
  fund_book_value / price AS sector_book_to_price,
  fund_eps / price AS sector_earnings_to_price,
  CASE WHEN prior_revenue > 0 THEN fund_revenue / prior_revenue - 1 END AS sector_revenue_growth
FROM priced;
