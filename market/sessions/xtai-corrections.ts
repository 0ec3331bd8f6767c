/**
 * Where the source of `xtai.ts` differs from what the exchange did, found by comparing it with 5.3 million daily bars
 * of all listed symbols from 2004-02-11 to 2020-12-31. After 2020 nothing here has been compared with trades.
 */
export const XTAI_OBSERVED = { from: '2004-02-11', to: '2020-12-31' } as const;

/** Saturdays that made up for a bridged holiday: every symbol traded, the source has none of them. */
export const XTAI_MAKE_UP_SATURDAYS: readonly string[] = [
  '2006-10-14',
  '2007-03-03',
  '2007-04-14',
  '2007-06-23',
  '2007-09-29',
  '2009-01-10',
  '2009-01-17',
  '2009-06-06',
  '2010-02-06',
  '2012-02-04',
  '2012-03-03',
  '2012-12-22',
  '2013-02-23',
  '2013-09-14',
  '2014-12-27',
  '2016-01-30',
  '2016-06-04',
  '2016-09-10',
  '2017-02-18',
  '2017-06-03',
  '2017-09-30',
  '2018-03-31',
  '2018-12-22',
];

/** Sessions of the source on which no symbol has a bar. */
export const XTAI_OBSERVED_CLOSURES: readonly string[] = [
  '2005-01-24',
  '2005-01-25',
  '2005-05-02',
  '2011-05-02',
];
