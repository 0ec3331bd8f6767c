import { ContenderError } from '../contracts/error.ts';

/** The folder itself, or a table that it must hold, is not there. */
export class MarketTableMissing extends ContenderError {
  readonly code = 'MARKET_TABLE_MISSING';
  readonly kind = 'refused';
}

/** A table has no rows. */
export class MarketTableEmpty extends ContenderError {
  readonly code = 'MARKET_TABLE_EMPTY';
  readonly kind = 'refused';
}

/** An appended part is missing, or is not as it was when it was appended. */
export class MarketPartBroken extends ContenderError {
  readonly code = 'MARKET_PART_BROKEN';
  readonly kind = 'refused';
}

/** Rows to append that would change what an earlier as-of instant saw. */
export class HistoryRewritten extends ContenderError {
  readonly code = 'HISTORY_REWRITTEN';
  readonly kind = 'refused';
}

/** Another append of the same folder finished first. */
export class AppendOvertaken extends ContenderError {
  readonly code = 'APPEND_OVERTAKEN';
  readonly kind = 'refused';
}

/** A column of instants in which some rows stand in one time zone and some in another. */
export class MarketTimeZoneMixed extends ContenderError {
  readonly code = 'MARKET_TIME_ZONE_MIXED';
  readonly kind = 'refused';
}

/** The event of a bar lies hours away from the close of its session: a wrong time zone, as a rule. */
export class EventOutsideSession extends ContenderError {
  readonly code = 'EVENT_OUTSIDE_SESSION';
  readonly kind = 'refused';
}

/** A file is not readable as the Parquet or CSV that its ending promises. */
export class MarketFileUnreadable extends ContenderError {
  readonly code = 'MARKET_FILE_UNREADABLE';
  readonly kind = 'refused';
}

/** A required column is absent. */
export class MarketColumnMissing extends ContenderError {
  readonly code = 'MARKET_COLUMN_MISSING';
  readonly kind = 'refused';
}

/** A column that the format does not know and that cannot be carried, since it is not numeric. */
export class MarketColumnUnknown extends ContenderError {
  readonly code = 'MARKET_COLUMN_UNKNOWN';
  readonly kind = 'refused';
}

/** A column has a type that cannot stand for what it must hold: a number as text, an instant without its zone. */
export class MarketColumnType extends ContenderError {
  readonly code = 'MARKET_COLUMN_TYPE';
  readonly kind = 'refused';
}

/** A cell is empty where a value is needed, or its text is not a value of the column's type. */
export class MarketValueInvalid extends ContenderError {
  readonly code = 'MARKET_VALUE_INVALID';
  readonly kind = 'refused';
}

/** Two rows share key, knowledge_ts and seq: nothing says which of them wins. */
export class MarketDuplicateKey extends ContenderError {
  readonly code = 'MARKET_DUPLICATE_KEY';
  readonly kind = 'refused';
}

/** A price that is NaN, infinite, zero or negative, or a volume that cannot be one. */
export class MarketPriceInvalid extends ContenderError {
  readonly code = 'MARKET_PRICE_INVALID';
  readonly kind = 'refused';
}

/** A bar whose high lies below its low. */
export class MarketBarInverted extends ContenderError {
  readonly code = 'MARKET_BAR_INVERTED';
  readonly kind = 'refused';
}

/** A row claims to have been known before it happened. */
export class KnowledgeBeforeEvent extends ContenderError {
  readonly code = 'KNOWLEDGE_BEFORE_EVENT';
  readonly kind = 'refused';
}

/** The calendar lacks a session that has bars, or names one twice. */
export class CalendarIncomplete extends ContenderError {
  readonly code = 'CALENDAR_INCOMPLETE';
  readonly kind = 'refused';
}

/** A corporate action whose price factor is not a positive number. */
export class CorporateActionInvalid extends ContenderError {
  readonly code = 'CORPORATE_ACTION_INVALID';
  readonly kind = 'refused';
}

/** A row names a symbol that the table of symbols does not hold. */
export class MarketSymbolUnknown extends ContenderError {
  readonly code = 'MARKET_SYMBOL_UNKNOWN';
  readonly kind = 'refused';
}

/** The quality of the data crossed a bound that the spec lets hold a retrain. */
export class DataQualityHeld extends ContenderError {
  readonly code = 'DATA_QUALITY_HELD';
  readonly kind = 'refused';
}

/** No symbol is a member on any session in question. */
export class UniverseEmpty extends ContenderError {
  readonly code = 'UNIVERSE_EMPTY';
  readonly kind = 'refused';
}

/** The as-of instant lies before anything was known, or before the session asked for was decided. */
export class AsOfTooEarly extends ContenderError {
  readonly code = 'AS_OF_TOO_EARLY';
  readonly kind = 'refused';
}

/** A session that the calendar does not hold. */
export class SessionUnknown extends ContenderError {
  readonly code = 'SESSION_UNKNOWN';
  readonly kind = 'refused';
}

/** No shipped feature set has this name. */
export class FeatureSetUnknown extends ContenderError {
  readonly code = 'FEATURE_SET_UNKNOWN';
  readonly kind = 'usage';
}

/** A feature file whose header or query does not hold what the format demands. */
export class FeatureSetInvalid extends ContenderError {
  readonly code = 'FEATURE_SET_INVALID';
  readonly kind = 'refused';
}

/** The features of one block of sessions do not fit into the memory that the engine may use. */
export class ExtractionMemoryExceeded extends ContenderError {
  readonly code = 'EXTRACTION_MEMORY_EXCEEDED';
  readonly kind = 'refused';
}

/** A feature set that reads price levels on a source whose prices are adjusted backwards: levels there know the future. */
export class PriceLevelsRefused extends ContenderError {
  readonly code = 'PRICE_LEVELS_REFUSED';
  readonly kind = 'refused';
}

/** A Parquet table handed to a reader lacks a column or holds an empty cell where none may be. */
export class TableShapeInvalid extends ContenderError {
  readonly code = 'TABLE_SHAPE_INVALID';
  readonly kind = 'refused';
}

/** A mapping file that is not readable, or does not say how its source is to be read. */
export class ImportMappingInvalid extends ContenderError {
  readonly code = 'IMPORT_MAPPING_INVALID';
  readonly kind = 'usage';
}

/** A data source for the importer is absent or not the file it should be. */
export class ImportSourceInvalid extends ContenderError {
  readonly code = 'IMPORT_SOURCE_INVALID';
  readonly kind = 'refused';
}

/** The folder to write to already holds something. */
export class ImportTargetOccupied extends ContenderError {
  readonly code = 'IMPORT_TARGET_OCCUPIED';
  readonly kind = 'refused';
}
