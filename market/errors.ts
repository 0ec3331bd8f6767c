import { ContenderError, type ErrorOptions } from '../contracts/error.ts';

/** A date that has to be a session is none. */
export class NotASession extends ContenderError {
  readonly code = 'NOT_A_SESSION';
  readonly kind = 'usage';
}

/** The calendar ends before the session that is asked for. */
export class CalendarExhausted extends ContenderError {
  readonly code = 'CALENDAR_EXHAUSTED';
  readonly kind = 'refused';
}

/** Sessions that no calendar can hold: unsorted, doubled, closing before they open, or none at all. */
export class CalendarInvalid extends ContenderError {
  readonly code = 'CALENDAR_INVALID';
  readonly kind = 'usage';

  constructor(message: string, options: ErrorOptions = {}) {
    super(message, {
      remedy: 'List every session once, in order, with its hours as UTC instants.',
      ...options,
    });
  }
}

/** The options of a simulated market contradict each other. */
export class SimulationInvalid extends ContenderError {
  readonly code = 'SIMULATION_INVALID';
  readonly kind = 'usage';

  constructor(message: string, options: ErrorOptions = {}) {
    super(message, { remedy: 'Correct the option that the message names.', ...options });
  }
}

/** A user's file of calendar changes cannot be read; the message names file and row. */
export class CalendarFileInvalid extends ContenderError {
  readonly code = 'CALENDAR_FILE_INVALID';
  readonly kind = 'usage';

  constructor(message: string, options: ErrorOptions = {}) {
    super(message, {
      remedy: 'Correct the row; the format is described in docs/markets.md.',
      ...options,
    });
  }
}

/** A number that a market rule is asked about is none that a market could have. */
export class TradeInvalid extends ContenderError {
  readonly code = 'TRADE_INVALID';
  readonly kind = 'usage';
}
