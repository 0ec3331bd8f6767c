import { z } from 'zod';
import type { ModelSpec } from '../contracts/spec.ts';
import { alignedScores } from '../evaluation/paired-rows.ts';
import { marketRules } from '../market/rules.ts';
import { comparisonSettings } from '../monitoring/comparison/comparison-settings.ts';
import { guardReference, type GuardReference } from '../monitoring/comparison/guard-decision.ts';
import {
  beginComparison,
  beginReign,
  type ComparisonState,
  lastSession,
  observePairs,
  type Opponent,
  type PairedObservation,
} from '../monitoring/comparison/running-comparison.ts';
import type { ChampionView } from '../registry/champions.ts';
import type { VersionRecord } from '../registry/versions.ts';
import { maturedRankIc } from './matured-rank-ic.ts';
import { type PaperTrack, paperTrack, type SessionPredictions } from './paper-track.ts';
import { readComparison, readPaired } from './shadow-record.ts';
import type { Workbench } from './workbench.ts';

/** Sessions of warm-up beyond hold, delay and horizon: exits that a price limit holds up come through in the meantime. */
const EXTRA_SESSIONS = 20;

/**
 * How many sessions of predictions a session of a reign reads again: enough to rebuild the book that earns today and to
 * meet the label that matures today. It does not depend on how long the reign has lasted.
 */
export const windowSessions = ({ portfolio, label }: ModelSpec): number =>
  portfolio.holdSessions + label.entryDelaySessions + label.horizonSessions + EXTRA_SESSIONS;

const StoredState = z.object({
  schema: z.literal(1),
  comparison: z.custom<ComparisonState>((value) => value instanceof Object && 'opponents' in value),
  severity: z.enum(['WARNING', 'CRITICAL']).nullable(),
  lastPage: z
    .strictObject({
      cause: z.string(),
      severity: z.enum(['WARNING', 'CRITICAL']),
      sessionsAgo: z.int().min(0),
    })
    .nullable()
    .default(null),
});
export type GuardState = z.infer<typeof StoredState>;

export const readGuardState = (stored: unknown): GuardState => StoredState.parse(stored);

/** Versions that a reign is held against, besides the universe. */
export interface Rivals {
  readonly previous: VersionRecord | null;
  /** The first champion the model ever had, as if it had never been retrained; null: it is one of the two. */
  readonly frozen: VersionRecord | null;
}

export async function rivalsOf({ registry }: Workbench, view: ChampionView): Promise<Rivals> {
  const previous = view.rollbackTarget === null ? null : (view.previous[0] ?? null);
  const reigns = await registry.reigns({ model: view.model });
  const first = reigns.at(-1);
  if (first === undefined) return { previous, frozen: null };
  if (first.versionId === view.champion?.id || first.versionId === previous?.id)
    return { previous, frozen: null };
  const frozen = await registry.getVersion({ model: view.model, version: first.versionId });
  return { previous, frozen: frozen.state === 'deleted' ? null : frozen };
}

/** Opponents of a comparison that begins now. */
export function opponentsOf({ previous, frozen }: Rivals): readonly Opponent[] {
  return [
    ...(previous === null ? [] : (['previous'] as const)),
    'universe',
    ...(frozen === null ? [] : (['frozen'] as const)),
  ];
}

/**
 * Opponents of a shadow, named when its comparison begins since they cannot join it later: the champion, the universe, and the
 * first champion of all unless it is one of the two.
 */
export async function opponentsInShadow(
  { registry }: Workbench,
  input: { readonly model: string; readonly challengerId: string; readonly championId: string | null },
): Promise<readonly Opponent[]> {
  const { model, challengerId, championId } = input;
  if (championId === null) return ['universe'];
  const first = (await registry.reigns({ model })).at(-1)?.versionId;
  const isRival = first === challengerId || first === championId;
  return isRival ? ['previous', 'universe'] : ['previous', 'universe', 'frozen'];
}

export function newComparison(spec: ModelSpec, opponents: readonly Opponent[]): ComparisonState {
  const { falseRollbackRate } = spec.guard;
  const settings = comparisonSettings(spec, marketRules(spec.market).annualSessions, { falseRollbackRate });
  return beginComparison(settings, opponents);
}

/** The comparison of a reign before its first session: the one of its shadow goes on; a rollback begins anew. */
export async function comparisonAtSwap(
  { registry }: Workbench,
  view: ChampionView,
  spec: ModelSpec,
  rivals: Rivals,
): Promise<ComparisonState> {
  const { reign } = view;
  const promoted = reign !== null && reign.cause !== 'rollback' ? reign.retrainId : null;
  const days = promoted === null ? [] : await registry.shadowDays({ retrainId: promoted });
  const newest = days.at(-1);
  const shadow = newest === undefined ? null : readComparison(newest.numbers);
  return beginReign(shadow ?? newComparison(spec, opponentsOf(rivals)));
}

/** One version's predictions over the window, and what they earned. */
export interface Follower {
  readonly days: readonly SessionPredictions[];
  readonly track: PaperTrack;
  readonly ic: readonly { readonly session: string; readonly ic: number }[];
}

export async function follow(
  spec: ModelSpec,
  days: readonly SessionPredictions[],
  asOf: string,
): Promise<Follower> {
  const ic = await maturedRankIc(spec, days, asOf);
  return {
    days,
    track: await paperTrack(spec, days, asOf),
    ic: ic.flatMap((day) => (day.ic === null ? [] : [{ session: day.session, ic: day.ic }])),
  };
}

/** Takes what has become known since the last session; what was taken before is left out, so a repetition is harmless. */
export function observe(
  state: ComparisonState,
  mine: Follower,
  others: Readonly<Partial<Record<Opponent, Follower>>>,
): ComparisonState {
  return state.opponents.reduce((now, { opponent }) => {
    const other = others[opponent];
    // Against the universe: the book's returns are in excess of it already, and its rank IC is zero.
    if (opponent !== 'universe' && other === undefined) return now;
    const returns = pairReturns(opponent, mine.track, other?.track ?? null);
    const ic = pairIc(opponent, mine, other ?? null);
    const fresh = (list: PairedObservation[], measure: 'returns' | 'ic'): PairedObservation[] => {
      const last = lastSession(now, opponent, measure);
      return list.filter(({ session }) => last === null || session > last);
    };
    return observePairs(now, [...fresh(returns, 'returns'), ...fresh(ic, 'ic')]);
  }, state);
}

function pairReturns(opponent: Opponent, mine: PaperTrack, other: PaperTrack | null): PairedObservation[] {
  const at = new Map(other?.sessions.map((session, row) => [session, other.netReturns[row] ?? Number.NaN]));
  return mine.sessions.flatMap((session, row) => {
    const value = mine.netReturns[row] ?? Number.NaN;
    const against = other === null ? 0 : (at.get(session) ?? Number.NaN);
    if (!Number.isFinite(value) || !Number.isFinite(against)) return [];
    return [{ opponent, measure: 'returns' as const, session, mine: value, other: against }];
  });
}

function pairIc(opponent: Opponent, mine: Follower, other: Follower | null): PairedObservation[] {
  const at = new Map(other?.ic.map(({ session, ic }) => [session, ic]));
  return mine.ic.flatMap(({ session, ic }) => {
    const against = other === null ? 0 : at.get(session);
    if (against === undefined) return [];
    return [{ opponent, measure: 'ic' as const, session, mine: ic, other: against }];
  });
}

/** What both sides of a reign's shadow predicted; nothing after a rollback, or for a first champion's rival. */
export interface ShadowTracks {
  readonly champion: readonly SessionPredictions[];
  readonly previous: readonly SessionPredictions[];
}

/**
 * The sessions of the shadow belong to the comparison of the reign: their labels mature after the swap, and the books that
 * earn on its first sessions were decided in it.
 */
export async function shadowTracks(
  bench: Workbench,
  { reign }: ChampionView,
  { previous }: Rivals,
): Promise<ShadowTracks> {
  const retrainId = reign === null || reign.cause === 'rollback' ? null : reign.retrainId;
  const days = retrainId === null ? [] : await bench.registry.shadowDays({ retrainId });
  const pairs = await readPaired(bench, days, LAST);
  const rival = days.every(({ championId }) => championId !== null && championId === previous?.id);
  return {
    champion: pairs.map(({ session, symbols, challenger }) => ({
      ...{ session, symbols },
      predictions: Float64Array.from(challenger),
    })),
    previous: pairs.flatMap(({ session, symbols, champion }) =>
      rival && champion !== null ? [{ session, symbols, predictions: Float64Array.from(champion) }] : [],
    ),
  };
}

/** After every session. */
const LAST = '9999-12-31';

/** What is usual for the champion, from the window before this session; its first sessions are those of its shadow. */
export function usualOf(
  mine: readonly SessionPredictions[],
  previous: readonly SessionPredictions[],
): GuardReference {
  const theirs = new Map(previous.map((day) => [day.session, day] as const));
  return guardReference(
    mine.slice(0, -1).map((day) => {
      const other = theirs.get(day.session) ?? { symbols: [], predictions: new Float64Array(0) };
      return { mine: day.predictions, other: alignedScores(day.symbols, other) };
    }),
  );
}
