/**
 * Bar columns that a feature set may ask for, beside the extra columns of the prices.
 *
 * open, high, low, close, volume: adjusted; only ratios within one window mean anything. ret: close over the close of the
 * session before, less 1; null unless both are visible. close_raw, volume_raw: as published; turnover: their
 * product. session_dates: the dates.
 * seen: the session's index, null where no bar is visible.
 * previous_close: close of the session before, adjusted; null unless visible. price_limit: the daily price limit of the
 * market on that date as a fraction, null where prices move freely. market_ret: mean return of that session's members as
 * each was known at that session's own decision time; it is never revised.
 */
export const PRICE_COLUMNS = ['open', 'high', 'low', 'close'] as const;
export const BAR_COLUMNS = [
  ...PRICE_COLUMNS,
  'volume',
  'ret',
  'close_raw',
  'volume_raw',
  'turnover',
  'session_dates',
  'seen',
  'previous_close',
  'price_limit',
  'market_ret',
] as const;
