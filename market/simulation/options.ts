import { SimulationInvalid } from '../errors.ts';
import { shippedCalendar } from '../shipped-calendar.ts';
import type { DynamicsName } from './dynamics.ts';
import type { SignalPhase } from './signal-plan.ts';

/** What a simulated Taiwan market looks like. All defaults together are the market of the demo. */
export interface SimulationOptions {
  readonly seed: number;
  readonly dynamics: DynamicsName;
  readonly symbols: number;
  /** Sessions with prices. */
  readonly sessions: number;
  /** First session is the first of the XTAI calendar at or after this date. */
  readonly from: string;
  /** Expected daily rank IC between the planted score and the label (entry after 1 session, 5 sessions held). */
  readonly plantedRankIc: number;
  /** Index of the first session whose returns carry the signal with the opposite sign; null: it never flips. */
  readonly flipSession: number | null;
  /** The signal phase by phase, for decay, absence and several turns; null: `plantedRankIc` and `flipSession` say it all. */
  readonly signalPlan: readonly SignalPhase[] | null;
  /** Shares of bars that become known late, with a wrong value first, or with a slightly different one first. */
  readonly lateShare: number;
  readonly wrongShare: number;
  readonly restatedShare: number;
  /** Share of bars that do not exist because the symbol was halted. */
  readonly haltedShare: number;
}

export const DEFAULT_SIMULATION: SimulationOptions = {
  seed: 7,
  dynamics: 'plain',
  symbols: 100,
  sessions: 700,
  from: '2018-01-02',
  plantedRankIc: 0.23,
  flipSession: 600,
  signalPlan: null,
  lateShare: 0.001,
  wrongShare: 0.0002,
  restatedShare: 0.002,
  haltedShare: 0.0005,
};

/** A market that resembles the real one: what `contender data simulate` starts from. */
export const TAIWAN_SIMULATION: SimulationOptions = {
  ...DEFAULT_SIMULATION,
  dynamics: 'taiwan',
  plantedRankIc: 0.05,
  flipSession: null,
};

/** Sessions without prices at the end of the calendar table: a calendar is known ahead. */
export const CALENDAR_AHEAD = 60;

const SHARES = ['lateShare', 'wrongShare', 'restatedShare', 'haltedShare'] as const;

/** In a market shorter than the default one the signal flips as far from its end as there, in proportion. */
const defaultFlip = (sessions: number): number =>
  Math.min(600, Math.floor((600 * sessions) / DEFAULT_SIMULATION.sessions));

/** Fills in the defaults. Throws `SimulationInvalid` naming the option that cannot be met. */
export function simulationOptions(given: Partial<SimulationOptions>): SimulationOptions {
  const { sessions = DEFAULT_SIMULATION.sessions } = given;
  const options = { ...DEFAULT_SIMULATION, flipSession: defaultFlip(sessions), ...given };
  requireInteger('seed', options.seed, 0, 4294967295);
  requireInteger('symbols', options.symbols, 20, 20_000);
  requireInteger('sessions', options.sessions, 80, 6000);
  if (options.flipSession !== null) requireInteger('flipSession', options.flipSession, 1, options.sessions);
  requireNumber('plantedRankIc', options.plantedRankIc, 0, 0.4);
  checkPlan(options);
  for (const share of SHARES) requireNumber(share, options[share], 0, 0.2);
  const available = shippedCalendar('XTAI').between(options.from, '2027-12-31').length;
  if (available < options.sessions + CALENDAR_AHEAD) {
    throw refused(
      'from',
      options.from,
      `the calendar has ${String(available)} sessions from there, ${String(options.sessions + CALENDAR_AHEAD)} are needed`,
    );
  }
  return options;
}

function checkPlan({ signalPlan, sessions }: SimulationOptions): void {
  if (signalPlan === null) return;
  if (signalPlan.length === 0) throw refused('signalPlan', 'empty', 'it needs a phase');
  let before = -1;
  for (const { fromSession, rankIc, halfLifeSessions } of signalPlan) {
    requireInteger('signalPlan', fromSession, before + 1, sessions - 1);
    requireNumber('signalPlan', rankIc, -0.4, 0.4);
    if (halfLifeSessions !== null) requireNumber('signalPlan', halfLifeSessions, 1, 100_000);
    before = fromSession;
  }
}

function requireInteger(name: keyof SimulationOptions, value: number, low: number, high: number): void {
  if (!Number.isInteger(value)) throw refused(name, value, 'it has to be an integer');
  requireNumber(name, value, low, high);
}

function requireNumber(name: keyof SimulationOptions, value: number, low: number, high: number): void {
  if (value >= low && value <= high) return;
  throw refused(name, value, `it has to lie between ${String(low)} and ${String(high)}`);
}

const refused = (name: keyof SimulationOptions, value: number | string, why: string): SimulationInvalid =>
  new SimulationInvalid(`${name} is ${String(value)}: ${why}`, { details: { option: name, value } });
