import type { ModelSpec } from '../contracts/spec.ts';
import type { ArtifactRef } from '../contracts/primitives.ts';
import { pairRows, type PairedRows } from '../evaluation/paired-rows.ts';
import { checkShadowBounds, type OnlineOffline, type PaperBook } from '../evaluation/shadow-bounds.ts';
import { measureShadowSession } from '../evaluation/shadow-measures.ts';
import { worstBound } from '../evaluation/shadow-verdict.ts';
import { bookSoFar } from '../evaluation/wanted-book.ts';
import type { Opponent } from '../monitoring/comparison/running-comparison.ts';
import type { VersionRecord } from '../registry/versions.ts';
import { columnsOf, featureMoments } from './feature-columns.ts';
import { compareWithStored, storeFeatures } from './online-offline.ts';
import type { PaperTrack, SessionPredictions } from './paper-track.ts';
import { follow, newComparison, observe } from './reign-comparison.ts';
import { type BookGround, challengerBook, readBook } from './shadow-book.ts';
import {
  pairedScores,
  type PairedScores,
  readComparison,
  readFeaturesRef,
  readPaired,
  storableBounds,
  storePaired,
} from './shadow-record.ts';
import type { ScoredSide } from './shadow-scoring.ts';
import type { Workbench } from './workbench.ts';

/** A session of a shadow as it was stored. */
export interface StoredSession {
  readonly session: string;
  readonly predictions: ArtifactRef | null;
  readonly numbers: Readonly<Record<string, unknown>>;
}

export interface MeasureSessionInput {
  readonly spec: ModelSpec;
  readonly challenger: VersionRecord;
  readonly scored: ScoredSide;
  /** Null before the first champion. */
  readonly champion: ScoredSide | null;
  readonly ground: BookGround;
  readonly session: string;
  readonly decisionInstant: string;
  readonly calendarSha256: string;
  /** The sessions of this shadow so far; those from `session` on are left out. */
  readonly days: readonly StoredSession[];
  /** Whom the comparison is against, when it begins with this session. */
  readonly opponents: () => Promise<readonly Opponent[]>;
}

export interface MeasuredSession {
  readonly rows: number;
  readonly pairedRows: number;
  /** `continue` until a bound is crossed. */
  readonly verdict: 'continue' | 'fail';
  readonly reason: string;
  readonly predictions: ArtifactRef;
  readonly numbers: Readonly<Record<string, unknown>>;
  readonly summary: string;
}

/**
 * One session of one challenger against the champion: paired, measured, held against the bounds of the spec. Writes nothing but
 * artifacts named by their content; what is recorded is the caller's.
 */
export async function measureSession(bench: Workbench, input: MeasureSessionInput): Promise<MeasuredSession> {
  const { spec, challenger, scored, champion, session, decisionInstant } = input;
  const days = input.days
    .filter((day) => day.session < session)
    .toSorted((a, b) => (a.session < b.session ? -1 : 1));
  const paired = pairRows(scored, champion);
  const stored = pairedScores(session, paired);
  const before = await readPaired(bench, days, session);
  const pairs = [...before, stored];
  const mine = await follow(spec, sideOf(pairs, 'challenger'), decisionInstant);
  const theirs = champion === null ? null : await follow(spec, sideOf(pairs, 'champion'), decisionInstant);
  const last = days.at(-1);
  const begun =
    (last === undefined ? null : readComparison(last.numbers)) ??
    newComparison(spec, await input.opponents());
  const book = challengerBook(spec, session, paired, before.at(-1) ?? null, input.ground);
  const measures = measuresOf(session, challenger, scored, paired);
  const bounds = checkShadowBounds(
    {
      measures,
      challengerRun: scored,
      championRun: champion,
      onlineOffline: await onlineOffline(bench, input, last ?? null),
      book: bookSoFar([...days.flatMap(({ numbers }) => readBook(numbers) ?? []), book]),
      paper: paperOf(mine.track),
    },
    spec.shadow,
    spec.portfolio,
  );
  const { verdict, reason } = worstBound(bounds);
  return {
    rows: measures.rows,
    pairedRows: measures.pairedRows,
    verdict: verdict === 'fail' ? 'fail' : 'continue',
    reason,
    predictions: await storePaired(bench, stored),
    numbers: {
      bounds: storableBounds(bounds),
      calendar: input.calendarSha256,
      comparison: observe(begun, mine, theirs === null ? {} : { previous: theirs }),
      book,
      lost: measures.lost,
      withoutBar: scored.rows?.withoutBar ?? [],
      features: scored.rows === null ? null : await storeFeatures(bench, session, scored.rows),
    },
    summary: summaryOf(measures, verdict),
  };
}

function measuresOf(session: string, challenger: VersionRecord, { rows }: ScoredSide, paired: PairedRows) {
  const moments = featureMoments(challenger.manifest);
  return measureShadowSession({
    ...{ session, paired, moments },
    features: rows === null ? null : columnsOf(rows, moments),
  });
}

async function onlineOffline(
  bench: Workbench,
  { spec, challenger, decisionInstant }: MeasureSessionInput,
  last: StoredSession | null,
): Promise<OnlineOffline | null> {
  const features = last === null ? null : readFeaturesRef(last.numbers);
  if (features === null) return null;
  return await compareWithStored(bench, spec, challenger, features, decisionInstant);
}

function paperOf({ netReturns, trades, skippedEntries, blockedExits }: PaperTrack): PaperBook {
  const refusedTrades = skippedEntries + blockedExits;
  return { netReturns, wantedTrades: trades + refusedTrades, refusedTrades };
}

/** One side of the pairs; sessions that it has no scores for are left out. */
function sideOf(pairs: readonly PairedScores[], side: 'challenger' | 'champion'): SessionPredictions[] {
  return pairs.flatMap((day) => {
    const scores = day[side];
    if (scores === null) return [];
    return [{ session: day.session, symbols: day.symbols, predictions: Float64Array.from(scores) }];
  });
}

function summaryOf(
  { rows, pairedRows, rankAgreement, lost }: ReturnType<typeof measureShadowSession>,
  verdict: string,
): string {
  const agreement = rankAgreement === null ? 'no agreement' : `agreement ${rankAgreement.toFixed(3)}`;
  const first = lost[0];
  const losses =
    first === undefined ? '' : `, ${String(lost.length)} lost (${first.symbol}: ${first.reason})`;
  return `${String(pairedRows)} of ${String(rows)} rows paired${losses}, ${agreement}, ${verdict}`;
}
