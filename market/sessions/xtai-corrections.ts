import type { SessionChange } from '../session-listing.ts';

/**
 * Where the source of `xtai.ts` differs from what the exchange did. From 2004-02-11 to 2020-12-31 found by comparing it
 * with 5.3 million daily bars of all listed symbols; after 2020 nothing has been compared with trades, and a day stands
 * here only when the exchange's own notice contradicts the source.
 */
export const XTAI_OBSERVED = { from: '2004-02-11', to: '2020-12-31' } as const;

const MAKE_UP =
  'made up for a bridged holiday: all symbols have bars, the source has none of these Saturdays';
const NO_BARS = 'no symbol has a bar';

const makeUpSaturdays = [
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

const observedClosures = ['2005-01-24', '2005-01-25', '2005-05-02', '2011-05-02'];

/** Closures after 2020 that the exchange announced and the source lacks. */
const announcedClosures = [
  {
    date: '2023-01-18',
    reason:
      'first of the two days before the Lunar New Year on which the exchange only settles; a second package lists it',
  },
  {
    date: '2024-10-31',
    reason: 'typhoon Kong-rey: Taipei suspended work, and with it trading and settlement',
  },
];

export const XTAI_CORRECTIONS: readonly SessionChange[] = [
  ...makeUpSaturdays.map((date) => ({ date, kind: 'session' as const, closes: null, reason: MAKE_UP })),
  ...observedClosures.map((date) => ({ date, kind: 'closed' as const, closes: null, reason: NO_BARS })),
  ...announcedClosures.map((day) => ({ ...day, kind: 'closed' as const, closes: null })),
];
