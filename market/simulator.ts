import { SessionCalendar } from './calendar.ts';
import { shippedCalendar } from './shipped-calendar.ts';
import { drawCompanies } from './simulation/companies.ts';
import { CALENDAR_AHEAD, simulationOptions, type SimulationOptions } from './simulation/options.ts';
import { simulatePaths } from './simulation/paths.ts';
import {
  type ActionColumns,
  actionTable,
  type CalendarColumns,
  calendarTable,
  type MembershipColumns,
  membershipTable,
  type PriceColumns,
  priceTable,
  type SymbolColumns,
  symbolTable,
} from './simulation/tables.ts';
import { type SimulationTruth, truthOf } from './simulation/truth.ts';

export { DEFAULT_SIMULATION, type SimulationOptions } from './simulation/options.ts';
export type { SimulationTruth } from './simulation/truth.ts';

/** The tables of a market data folder as columns, and what is true about them. */
export interface SimulatedMarket {
  readonly prices: PriceColumns;
  readonly corporate_actions: ActionColumns;
  readonly membership: MembershipColumns;
  readonly symbols: SymbolColumns;
  readonly calendar: CalendarColumns;
  readonly truth: SimulationTruth;
}

/**
 * A small Taiwan market whose truth is known: market and sector factors, own returns with volatility clustering and fat
 * tails, price limits and ticks, dividends and splits, listings and index changes, late, restated and corrected bars,
 * and a planted signal that ordinary price and volume features can find and that turns round at a stated session.
 * There are no fundamentals; a folder without that table is legal.
 *
 * Seeded: the same options give the same values on every machine. Throws `SimulationInvalid`.
 */
export function simulateMarket(given: Partial<SimulationOptions> = {}): SimulatedMarket {
  const options = simulationOptions(given);
  const whole = shippedCalendar('XTAI');
  const dates = whole.between(options.from, '2027-12-31').slice(0, options.sessions + CALENDAR_AHEAD);
  const calendar = new SessionCalendar(
    'XTAI',
    dates.map((date) => whole.session(date)),
  );
  const companies = drawCompanies(options);
  const paths = simulatePaths(options, companies, dates);
  return {
    prices: priceTable(options, companies, paths, calendar),
    corporate_actions: actionTable(companies, paths, calendar),
    membership: membershipTable(options, companies, calendar),
    symbols: symbolTable(companies, calendar),
    calendar: calendarTable(calendar),
    truth: truthOf(options, paths, calendar),
  };
}
