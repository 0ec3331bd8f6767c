import type { ContenderError, ErrorOptions } from '../contracts/error.ts';
import {
  CalendarIncomplete,
  CorporateActionInvalid,
  EventOutsideSession,
  HistoryRewritten,
  KnowledgeBeforeEvent,
  MarketBarInverted,
  MarketColumnMissing,
  MarketColumnType,
  MarketColumnUnknown,
  MarketDuplicateKey,
  MarketFileUnreadable,
  MarketPartBroken,
  MarketPriceInvalid,
  MarketSymbolUnknown,
  MarketTableEmpty,
  MarketTableMissing,
  MarketTimeZoneMixed,
  MarketValueInvalid,
} from './errors.ts';

const REFUSALS = {
  MARKET_TABLE_MISSING: MarketTableMissing,
  MARKET_TABLE_EMPTY: MarketTableEmpty,
  MARKET_FILE_UNREADABLE: MarketFileUnreadable,
  MARKET_PART_BROKEN: MarketPartBroken,
  MARKET_COLUMN_MISSING: MarketColumnMissing,
  MARKET_COLUMN_UNKNOWN: MarketColumnUnknown,
  MARKET_COLUMN_TYPE: MarketColumnType,
  MARKET_VALUE_INVALID: MarketValueInvalid,
  MARKET_DUPLICATE_KEY: MarketDuplicateKey,
  MARKET_PRICE_INVALID: MarketPriceInvalid,
  MARKET_BAR_INVERTED: MarketBarInverted,
  KNOWLEDGE_BEFORE_EVENT: KnowledgeBeforeEvent,
  CALENDAR_INCOMPLETE: CalendarIncomplete,
  CORPORATE_ACTION_INVALID: CorporateActionInvalid,
  MARKET_SYMBOL_UNKNOWN: MarketSymbolUnknown,
  MARKET_TIME_ZONE_MIXED: MarketTimeZoneMixed,
  EVENT_OUTSIDE_SESSION: EventOutsideSession,
  HISTORY_REWRITTEN: HistoryRewritten,
} as const satisfies Record<string, new (message: string, options?: ErrorOptions) => ContenderError>;

export type RefusalCode = keyof typeof REFUSALS;

/** Things that are legal and that a careful reader still wants to know. */
export type WarningCode =
  | 'CLOSE_OUTSIDE_BAR'
  | 'EVENT_NOT_AT_CLOSE'
  | 'BAR_WITHOUT_VOLUME'
  | 'LARGE_UNEXPLAINED_MOVE'
  | 'CALENDAR_DIFFERS';

/** One thing that is wrong, or odd, in a market data folder. */
export interface Finding {
  readonly severity: 'error' | 'warning';
  readonly code: RefusalCode | WarningCode;
  readonly file: string;
  /** Number of the data row in the file, the first is 1; null when the finding concerns the whole file. */
  readonly row: number | null;
  readonly column: string | null;
  readonly message: string;
}

export interface ErrorFinding extends Finding {
  readonly severity: 'error';
  readonly code: RefusalCode;
}

export const isError = (finding: Finding): finding is ErrorFinding => finding.severity === 'error';

/** Says where and what, in one line. */
export function describeFinding(finding: Finding): string {
  const row = finding.row === null ? '' : ` row ${String(finding.row)}`;
  const column = finding.column === null ? '' : `, column ${finding.column}`;
  return `${finding.file}${row}${column}: ${finding.message}`;
}

/** Remedies of refusals that `contender data check` cannot show. */
const REMEDIES: Partial<Record<RefusalCode, string>> = {
  HISTORY_REWRITTEN:
    'A correction or a late row is known when it arrives: give it a later knowledge_ts, or name the instant with --known-at.',
  MARKET_PART_BROKEN: 'Restore the part from a backup: snapshots may have been made of what it held.',
};

/** The refusal that the first error stands for; how many more there are is part of the message. */
export function refusal(first: ErrorFinding, total: number): ContenderError {
  const more = total > 1 ? ` (and ${String(total - 1)} more)` : '';
  return new REFUSALS[first.code](`${describeFinding(first)}${more}`, {
    remedy:
      REMEDIES[first.code] ?? 'Run `contender data check` on the folder to see every row that needs repair.',
    details: { file: first.file, row: first.row, column: first.column, findings: total },
  });
}
