import { SessionCalendar } from './calendar.ts';
import { shippedCalendar } from './shipped-calendar.ts';
import { drawCompanies } from './simulation/companies.ts';
import { dynamicsOf } from './simulation/dynamics.ts';
import { CALENDAR_AHEAD, simulationOptions, type SimulationOptions } from './simulation/options.ts';
import { simulatePaths } from './simulation/paths.ts';
import { type PriceColumns, priceTable } from './simulation/price-table.ts';
import { type SectorColumns, sectorTable } from './simulation/sector-history.ts';
import { type StatementColumns, statementTable } from './simulation/statements.ts';
import {
  type ActionColumns,
  actionTable,
  type CalendarColumns,
  calendarTable,
  type MembershipColumns,
  membershipTable,
  type SymbolColumns,
  symbolTable,
} from './simulation/tables.ts';
import { type SimulationTruth, truthOf } from './simulation/truth.ts';

export { DEFAULT_SIMULATION, type SimulationOptions, TAIWAN_SIMULATION } from './simulation/options.ts';
export type { SignalPhase } from './simulation/signal-plan.ts';
export type { SimulationTruth } from './simulation/truth.ts';

/** The tables of a market data folder as columns, and what is true about them. */
export interface SimulatedMarket {
  readonly prices: PriceColumns;
  /** Null in a market without statements; a folder without that table is legal. */
  readonly fundamentals: StatementColumns | null;
  readonly corporate_actions: ActionColumns;
  readonly membership: MembershipColumns;
  readonly symbols: SymbolColumns;
  readonly calendar: CalendarColumns;
  /** Null in a market whose classification is that of the table of symbols. */
  readonly sectors: SectorColumns | null;
  readonly truth: SimulationTruth;
}

/**
 * A Taiwan market whose truth is known: market and sector factors, volatility regimes, own returns with volatility
 * clustering and fat tails, price limits and ticks, dividends and splits, listings and index changes, late, restated and
 * corrected bars, statements, foreign flow, and a planted signal that ordinary price and volume features can find and
 * that decays, turns round or is absent when it is told to. docs/simulator.md compares it with the real market.
 *
 * Seeded and computed on one thread: the same options give the same bits on every machine with the same Node. Throws
 * `SimulationInvalid`.
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
  const prices = priceTable(options, companies, paths, calendar);
  return {
    prices: prices.columns,
    fundamentals: dynamicsOf(options.dynamics).statements
      ? statementTable(options, companies, calendar)
      : null,
    corporate_actions: actionTable(companies, paths, calendar),
    membership: membershipTable(options, companies, calendar),
    symbols: symbolTable(companies, calendar),
    calendar: calendarTable(calendar),
    sectors: sectorTable(options, companies, calendar),
    truth: truthOf(options, companies, paths, calendar, prices.faults),
  };
}
