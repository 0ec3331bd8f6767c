import { ComparisonInvalid } from '../errors.ts';
import { type ComparisonSettings, requireSettings } from './comparison-settings.ts';
import { type DrawdownTrack, extendDrawdown, NO_DRAWDOWN } from './drawdown-track.ts';
import { EMPTY_STREAM, type PairedStream, type StreamRules, takeDifference } from './paired-stream.ts';

/** Sessions, and blocks of ICs, that only set the scale: a shadow of seven sessions covers the first. */
export const RETURN_WARM_UP = 5;
const IC_WARM_UP = 3;

/**
 * Whom the version is held against: the champion before it, the equally weighted universe, and the model as it would be
 * had it never been retrained (the first champion of its chain, still scored).
 */
export type Opponent = 'previous' | 'universe' | 'frozen';

export type Measure = 'returns' | 'ic';

/** One session of one measure, of both sides, on the same rows. */
export interface PairedObservation {
  readonly opponent: Opponent;
  readonly measure: Measure;
  /** The session of the return, or the session whose label has matured: an ISO date. */
  readonly session: string;
  /** Daily net return as a fraction, or rank IC in [-1, 1]. Against the universe: the excess return, and 0. */
  readonly mine: number;
  readonly other: number;
}

export interface OpponentState {
  readonly opponent: Opponent;
  readonly returns: PairedStream;
  readonly ic: PairedStream;
  /** Since the beginning of the reign. */
  readonly mine: DrawdownTrack;
  readonly other: DrawdownTrack;
  readonly reignPairs: number;
}

/** The whole memory of a comparison, plain JSON of a fixed size; its settings are in it, so that they cannot change. */
export interface ComparisonState {
  readonly settings: ComparisonSettings;
  readonly phase: 'shadow' | 'reign';
  readonly opponents: readonly OpponentState[];
}

/**
 * Begins a comparison with the first session of the shadow, or of the reign of a first champion. One comparison serves
 * shadow and reign: its guarantees hold over both together. Throws `ComparisonInvalid`.
 */
export function beginComparison(
  settings: ComparisonSettings,
  opponents: readonly Opponent[],
): ComparisonState {
  requireSettings(settings);
  if (new Set(opponents).size !== opponents.length) {
    throw new ComparisonInvalid(`an opponent appears twice: ${opponents.join(', ')}`, {
      remedy: 'Name every opponent once.',
    });
  }
  return {
    settings,
    phase: 'shadow',
    opponents: opponents.map((opponent) => ({
      opponent,
      returns: EMPTY_STREAM,
      ic: EMPTY_STREAM,
      mine: NO_DRAWDOWN,
      other: NO_DRAWDOWN,
      reignPairs: 0,
    })),
  };
}

/** At the swap: what was learnt stays, drawdowns count from here. */
export function beginReign(state: ComparisonState): ComparisonState {
  const opponents = state.opponents.map((opponent) => ({
    ...opponent,
    mine: NO_DRAWDOWN,
    other: NO_DRAWDOWN,
    reignPairs: 0,
  }));
  return { ...state, phase: 'reign', opponents };
}

/** The newest session taken, null before the first: what a repeated call must leave out. Throws `ComparisonInvalid` for an opponent that was not named. */
export function lastSession(state: ComparisonState, opponent: Opponent, measure: Measure): string | null {
  return opponentState(state, opponent)[measure].lastSession;
}

/**
 * Takes observations, ascending by session within each opponent and measure. Sessions may be missing: what was not paired
 * is no evidence. Labels mature later than returns, so the two measures run on different sessions.
 *
 * Throws `ComparisonInvalid` for an opponent that was not named, a session taken before, and values out of range; the
 * state given is never changed.
 */
export function observePairs(
  state: ComparisonState,
  observations: readonly PairedObservation[],
): ComparisonState {
  const opponents = new Map(state.opponents.map((opponent) => [opponent.opponent, opponent] as const));
  for (const observation of observations) {
    const before = opponents.get(observation.opponent) ?? opponentState(state, observation.opponent);
    opponents.set(observation.opponent, take(before, observation, state.settings));
  }
  return { ...state, opponents: [...opponents.values()] };
}

export function opponentState(state: ComparisonState, opponent: Opponent): OpponentState {
  const found = state.opponents.find((candidate) => candidate.opponent === opponent);
  if (found !== undefined) return found;
  throw new ComparisonInvalid(`this comparison has no opponent ${opponent}`, {
    remedy: 'Name every opponent when the comparison begins.',
    details: { opponent },
  });
}

function take(
  opponent: OpponentState,
  observation: PairedObservation,
  settings: ComparisonSettings,
): OpponentState {
  const { measure, session, mine, other } = observation;
  const stream = opponent[measure];
  requireObservation(observation, stream.lastSession);
  const next = takeDifference(stream, session, mine - other, streamRules(settings, measure));
  if (measure === 'ic') return { ...opponent, ic: next };
  return {
    ...opponent,
    returns: next,
    mine: extendDrawdown(opponent.mine, mine),
    other: extendDrawdown(opponent.other, other),
    reignPairs: opponent.reignPairs + 1,
  };
}

/** Of neighbouring blocks of labels that overlap over the whole block: (1/6) / (2/3), as for sums of a random walk's means. */
const OVERLAPPED = 0.25;

/** The margin is one of returns; an IC difference has no unit of money, so there it is none. */
export function streamRules(settings: ComparisonSettings, measure: Measure): StreamRules {
  const { missRate, icOverlapSessions: block } = settings;
  return measure === 'returns'
    ? {
        margin: settings.margin / Math.sqrt(settings.annualSessions),
        autocorrelation: settings.returnAutocorrelation,
        missRate,
        block: 1,
        warmUp: RETURN_WARM_UP,
      }
    : { margin: 0, autocorrelation: block === 1 ? 0 : OVERLAPPED, missRate, block, warmUp: IC_WARM_UP };
}

function requireObservation(observation: PairedObservation, last: string | null): void {
  const { opponent, measure, session, mine, other } = observation;
  const where = `${measure} against ${opponent} on ${session}`;
  const [low, high, unit] =
    measure === 'ic' ? [-1, 1, 'a rank IC'] : [-1, 10, 'a daily return as a fraction'];
  for (const value of [mine, other]) {
    if (!(value >= low && value <= high)) {
      throw new ComparisonInvalid(`${where}: ${String(value)} is not ${unit}`, {
        remedy: `Give ${unit} from ${String(low)} to ${String(high)}, or leave the session out when there is none.`,
        details: { opponent, measure, session },
      });
    }
  }
  if (last !== null && session <= last) {
    throw new ComparisonInvalid(`${where}: sessions up to ${last} were taken before`, {
      remedy: 'Give every session once, oldest first; leave out those that lastSession covers.',
      details: { opponent, measure, session, last },
    });
  }
}
