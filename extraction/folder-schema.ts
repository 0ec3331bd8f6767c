/** The tables of a market data folder, and what their columns hold. */
export const MARKET_TABLES = [
  'prices',
  'fundamentals',
  'corporate_actions',
  'membership',
  'symbols',
  'calendar',
  'sectors',
  'short_bans',
] as const;
export type MarketTable = (typeof MARKET_TABLES)[number];

export type ColumnType = 'text' | 'date' | 'instant' | 'number' | 'integer';

export interface ColumnRule {
  readonly name: string;
  readonly type: ColumnType;
  readonly nullable: boolean;
}

export interface TableRule {
  readonly required: boolean;
  readonly mayBeEmpty: boolean;
  readonly columns: readonly ColumnRule[];
  /** Text columns that may stand beside; anything else that is not numeric is refused. */
  readonly optionalText: readonly string[];
  readonly carriesNumbers: boolean;
  /** What one thing is: versions of it share this key. */
  readonly key: readonly string[];
}

const column = (name: string, type: ColumnType, nullable = false): ColumnRule => ({ name, type, nullable });

export const TABLE_RULES: Readonly<Record<MarketTable, TableRule>> = {
  prices: {
    required: true,
    mayBeEmpty: false,
    columns: [
      column('symbol', 'text'),
      column('session_date', 'date'),
      column('event_ts', 'instant'),
      column('knowledge_ts', 'instant'),
      column('open', 'number'),
      column('high', 'number'),
      column('low', 'number'),
      column('close', 'number'),
      column('volume', 'number'),
      column('seq', 'integer'),
    ],
    optionalText: [],
    carriesNumbers: true,
    key: ['symbol', 'session_date', 'knowledge_ts', 'seq'],
  },
  fundamentals: {
    required: false,
    mayBeEmpty: true,
    columns: [
      column('symbol', 'text'),
      column('period_end', 'date'),
      column('version', 'integer'),
      column('knowledge_ts', 'instant'),
      column('eps', 'number', true),
      column('revenue', 'number', true),
      column('book_value', 'number', true),
      column('seq', 'integer'),
    ],
    optionalText: [],
    carriesNumbers: true,
    key: ['symbol', 'period_end', 'knowledge_ts', 'seq'],
  },
  corporate_actions: {
    required: false,
    mayBeEmpty: true,
    columns: [
      column('symbol', 'text'),
      column('ex_date', 'date'),
      column('kind', 'text'),
      column('ratio', 'number', true),
      column('amount', 'number', true),
      column('prev_close', 'number', true),
      column('knowledge_ts', 'instant'),
      column('seq', 'integer'),
    ],
    optionalText: [],
    carriesNumbers: false,
    key: ['symbol', 'ex_date', 'kind', 'knowledge_ts', 'seq'],
  },
  membership: {
    required: true,
    mayBeEmpty: false,
    columns: [
      column('symbol', 'text'),
      column('effective_date', 'date'),
      column('action', 'text'),
      column('knowledge_ts', 'instant'),
      column('seq', 'integer'),
    ],
    optionalText: [],
    carriesNumbers: false,
    key: ['symbol', 'effective_date', 'knowledge_ts', 'seq'],
  },
  symbols: {
    required: true,
    mayBeEmpty: false,
    columns: [
      column('symbol', 'text'),
      column('listed_date', 'date', true),
      column('delisted_date', 'date', true),
      column('delisting_knowledge_ts', 'instant', true),
    ],
    optionalText: ['name', 'sector', 'industry', 'company', 'market', 'isin'],
    carriesNumbers: true,
    key: ['symbol'],
  },
  calendar: {
    required: true,
    mayBeEmpty: false,
    columns: [column('session_date', 'date'), column('open_ts', 'instant'), column('close_ts', 'instant')],
    optionalText: ['weekday'],
    carriesNumbers: false,
    key: ['session_date'],
  },
  sectors: {
    required: false,
    mayBeEmpty: true,
    columns: [
      column('symbol', 'text'),
      column('effective_date', 'date'),
      column('sector', 'text'),
      column('knowledge_ts', 'instant'),
      column('seq', 'integer'),
    ],
    optionalText: ['industry'],
    carriesNumbers: false,
    key: ['symbol', 'effective_date', 'knowledge_ts', 'seq'],
  },
  short_bans: {
    required: false,
    mayBeEmpty: true,
    columns: [
      column('symbol', 'text'),
      column('from_date', 'date'),
      column('to_date', 'date', true),
      column('knowledge_ts', 'instant'),
      column('seq', 'integer'),
    ],
    optionalText: ['reason'],
    carriesNumbers: false,
    key: ['symbol', 'from_date', 'knowledge_ts', 'seq'],
  },
};

/** DuckDB type that a column has once it is normalised. */
export const STORED_TYPES: Readonly<Record<ColumnType, string>> = {
  text: 'VARCHAR',
  date: 'DATE',
  instant: 'TIMESTAMP WITH TIME ZONE',
  number: 'DOUBLE',
  integer: 'BIGINT',
};

const NUMERIC = /^(?:U?(?:TINY|SMALL|BIG|HUGE)INT|U?INTEGER|FLOAT|DOUBLE|DECIMAL\(.*\))$/u;
const WHOLE = /^(?:U?(?:TINY|SMALL|BIG)INT|U?INTEGER)$/u;

export const isNumeric = (duckdbType: string): boolean => NUMERIC.test(duckdbType);

/** Names that the engine gives to what it derives; a column of the data under one of them would stand in for it. */
const DERIVED_NAMES: ReadonlySet<string> = new Set([
  ...['ret', 'close_raw', 'volume_raw', 'turnover', 'session_dates', 'seen', 'previous_close'],
  ...['price_limit', 'market_ret', 'price_anchor', 'volume_anchor', 'row_time', 'decision_date'],
  ...['session', 'session_index', 'session_date', 'symbol', 'latest_close', 'label'],
  ...['idx', 'run', 'effect', 'until', 'near', 'known_idx'],
]);
const DERIVED_PREFIX = /^(?:fund|prior)_/u;

/** Whether a numeric column of this name may stand beside those of the format. */
export const mayBeCarried = (name: string): boolean =>
  /^[a-z][a-z0-9_]*$/u.test(name) && !DERIVED_NAMES.has(name) && !DERIVED_PREFIX.test(name);

/** Whether a Parquet column of this DuckDB type can stand for a column of the format. */
export function acceptsType(wanted: ColumnType, duckdbType: string): boolean {
  switch (wanted) {
    case 'text':
      return duckdbType === 'VARCHAR' || duckdbType.startsWith('ENUM');
    case 'date':
      return duckdbType === 'DATE';
    case 'instant':
      return duckdbType === 'TIMESTAMP WITH TIME ZONE';
    case 'number':
      return isNumeric(duckdbType);
    case 'integer':
      return WHOLE.test(duckdbType);
  }
}
