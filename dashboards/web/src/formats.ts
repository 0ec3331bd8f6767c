import { marketTimeName } from '../../../contracts/wording/zone-names.ts';
import { decimalsOf, undusted } from '../../../contracts/decimals.ts';

const MARKET_ZONES: Readonly<Record<string, string>> = { XTAI: 'Asia/Taipei', XNYS: 'America/New_York' };
/** Of the market served first; the clock that its people live by. */
export const HOME_ZONE = 'Asia/Taipei';

export function zoneOf(market: string): string {
  return MARKET_ZONES[market] ?? HOME_ZONE;
}

export interface Format {
  /** With so many decimals, and more where a figure that is not zero would look like it; so do the two below. */
  readonly number: (value: number | null | undefined, digits?: number) => string;
  /** With its sign, also when it is positive: of differences. */
  readonly signed: (value: number | null | undefined, digits?: number) => string;
  readonly percent: (value: number | null | undefined, digits?: number) => string;
  readonly count: (value: number | null | undefined) => string;
  /** An amount in the currency of a market, whole; of a market without a known one the number alone. */
  readonly money: (value: number | null | undefined, market: string) => string;
  /** With no more digits than say something: three that count, none behind the point from a hundred on. */
  readonly short: (value: number | null | undefined) => string;
  /** Instant in the zone of a market, to the minute. */
  readonly instant: (iso: string | null | undefined, zone?: string) => string;
  /** The same with the name of the zone; in two zones where the reader's own clock shows another time. */
  readonly zoned: (iso: string | null | undefined, zone: string, readerZone: string) => string;
  readonly date: (iso: string | null | undefined) => string;
  readonly time: (date: Date, zone: string) => string;
  /** How long ago, or in how long: the two largest units. */
  readonly span: (milliseconds: number) => string;
}

/** Month and day change places between readers of English; the year first is read one way by all. */
const DATES: Readonly<Record<string, string>> = { en: 'sv-SE' };

/** As the trade of each place writes it: NT$ and US$ would be one `$` in Taiwan otherwise. */
const CURRENCIES: Readonly<Record<string, Readonly<Record<string, { before: string; after: string }>>>> = {
  XTAI: { en: { before: 'NT$', after: '' }, 'zh-TW': { before: '新臺幣 ', after: ' 元' } },
  XNYS: { en: { before: 'US$', after: '' }, 'zh-TW': { before: '', after: ' 美元' } },
};

const NOTHING = '–';
const finite = (value: number | null | undefined): value is number =>
  typeof value === 'number' && Number.isFinite(value);

/** Numbers and times as people of a language write them. */
export function formatOf(locale: string): Format {
  const digits = (value: number, least: number): string => {
    const count = decimalsOf(value, least);
    return undusted(value).toLocaleString(locale, {
      minimumFractionDigits: count,
      maximumFractionDigits: count,
    });
  };
  const instant: Format['instant'] = (iso, zone = HOME_ZONE) =>
    iso === null || iso === undefined
      ? NOTHING
      : new Date(iso).toLocaleString(DATES[locale] ?? locale, {
          ...{ timeZone: zone, year: 'numeric', month: '2-digit', day: '2-digit' },
          ...{ hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
        });
  const named = (iso: string, zone: string): string => `${instant(iso, zone)} ${zoneName(iso, zone, locale)}`;
  return {
    number: (value, count = 3) => (finite(value) ? digits(value, count) : NOTHING),
    signed: (value, count = 3) =>
      finite(value) ? `${value > 0 ? '+' : ''}${digits(value, count)}` : NOTHING,
    percent: (value, count = 2) => (finite(value) ? `${digits(value * 100, count)} %` : NOTHING),
    count: (value) => (finite(value) ? value.toLocaleString(locale) : NOTHING),
    money: (value, market) => {
      if (!finite(value)) return NOTHING;
      const { before, after } = CURRENCIES[market]?.[locale] ?? { before: '', after: '' };
      return `${before}${digits(value, 0)}${after}`;
    },
    short: (value) =>
      finite(value)
        ? value.toLocaleString(
            locale,
            Math.abs(value) >= 100 ? { maximumFractionDigits: 0 } : { maximumSignificantDigits: 3 },
          )
        : NOTHING,
    instant,
    zoned: (iso, zone, readerZone) => {
      if (iso === null || iso === undefined) return NOTHING;
      const own = named(iso, zone);
      return instant(iso, zone) === instant(iso, readerZone) ? own : `${own} (${named(iso, readerZone)})`;
    },
    date: (iso) => (iso === null || iso === undefined ? NOTHING : iso.slice(0, 10)),
    time: (date, zone) =>
      date.toLocaleTimeString(locale, {
        ...{ timeZone: zone, hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' },
      }),
    span: (milliseconds) => spanOf(locale, milliseconds),
  };
}

/** As people of a language call the time of a zone; browsers have names of their own for those of the markets. */
function zoneName(iso: string, timeZone: string, locale: string): string {
  const ofMarket = marketTimeName(timeZone, locale);
  if (ofMarket !== null) return ofMarket;
  const parts = new Intl.DateTimeFormat(locale, { timeZone, timeZoneName: 'shortGeneric' }).formatToParts(
    new Date(iso),
  );
  return parts.find(({ type }) => type === 'timeZoneName')?.value ?? timeZone;
}

const UNITS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1000],
] as const;

function spanOf(locale: string, milliseconds: number): string {
  const total = Math.abs(milliseconds);
  const first = UNITS.findIndex(([, size]) => total >= size);
  const start = first === -1 ? UNITS.length - 1 : first;
  let rest = total;
  const parts: string[] = [];
  for (const [unit, size] of UNITS.slice(start, start + 2)) {
    const value = Math.floor(rest / size);
    rest -= value * size;
    if (value > 0 || parts.length === 0) {
      parts.push(value.toLocaleString(locale, { style: 'unit', unit, unitDisplay: 'short' }));
    }
  }
  return parts.join(' ');
}

const DAY_MS = 86_400_000;

/** The last instant of a day (`2019-06-28`) by the clocks of a zone; empty for a day that there is not. */
export function endOfDay(day: string, timeZone: string): string {
  const midnight = Date.parse(`${day}T00:00:00Z`) + DAY_MS;
  if (Number.isNaN(midnight)) return '';
  const ahead = (at: number): number =>
    Date.parse(`${new Date(at).toLocaleString('sv-SE', { timeZone }).replace(' ', 'T')}Z`) - at;
  // Twice: the clocks may have been changed between the first guess and the instant itself.
  const guess = midnight - ahead(midnight);
  return new Date(midnight - ahead(guess) - 1).toISOString();
}

/** The beginning of a hash, as people compare them. */
export function shortHash(hash: string | null | undefined): string {
  return hash === null || hash === undefined ? NOTHING : hash.slice(0, 12);
}
