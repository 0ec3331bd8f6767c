import type { LiveNumbers, LiveStatus } from '../contracts/live.ts';
import type { ModelSpec } from '../contracts/spec.ts';
import { currentDrawdown, type LiveMeasures, measureLiveSession } from '../evaluation/live-session.ts';
import { predictionHealth } from '../evaluation/prediction-health.ts';
import { readSectorsAsOf, type SectorAsOf } from '../extraction/sectors-as-of.ts';
import { extractLabels } from '../extraction/session.ts';
import type { SessionCalendar } from '../market/calendar.ts';
import type { LiveResult } from '../registry/results.ts';
import { type LiveScores, liveWindow } from './live-scores.ts';
import { type PaperTrack, paperTrack, type SessionPredictions } from './paper-track.ts';
import { folderCalendar } from './scoring-ground.ts';
import type { Workbench } from './workbench.ts';

export interface LiveTake {
  readonly spec: ModelSpec;
  readonly epoch: number;
  readonly session: string;
  readonly decisionInstant: string;
  /** A fault of the session's data was found. */
  readonly dataFault: boolean;
}

/** Sessions of warm-up beyond hold, delay and the longest horizon: exits that a price limit holds up come through meanwhile. */
const EXTRA_SESSIONS = 20;

/** A session, the spec's horizon, and twice that: whether a signal fades faster or slower than it is held. */
export const liveHorizons = ({ label }: ModelSpec): readonly number[] => [
  ...new Set([1, label.horizonSessions, 2 * label.horizonSessions]),
];

const windowSessions = (spec: ModelSpec): number =>
  spec.portfolio.holdSessions +
  spec.label.entryDelaySessions +
  Math.max(...liveHorizons(spec)) +
  spec.decay.overdueSessions +
  EXTRA_SESSIONS;

/** The newest session whose label can be known at the close of `session`: T less delay less horizon. Null: none yet. */
export function knownThrough(calendar: SessionCalendar, spec: ModelSpec, session: string): string | null {
  const { entryDelaySessions, horizonSessions } = spec.label;
  return calendar.dates[calendar.indexOf(session) - entryDelaySessions - horizonSessions] ?? null;
}

/**
 * Writes what is known after a session about every version that was scored on it: a row for today, and in the rows of
 * earlier sessions what has matured. What has matured once stays: a label that is restated later moves no recorded IC.
 * The evaluation is that of gates, shadow and guard. Repeating it changes nothing.
 */
export async function writeLiveResults(
  bench: Workbench,
  take: LiveTake,
  scored: readonly LiveScores[],
): Promise<void> {
  const { spec, session, decisionInstant } = take;
  const calendar = await folderCalendar(spec);
  const windows = await Promise.all(
    scored.map((scores) =>
      liveWindow(bench, {
        ...{ model: spec.model, versionId: scores.version.id, toSession: session },
        limit: windowSessions(spec),
      }),
    ),
  );
  const first = windows.flatMap((days) => days.map((day) => day.session)).sort()[0];
  const labels = first === undefined ? null : await labelsOf(spec, first, session, decisionInstant);
  for (const [at, scores] of scored.entries()) {
    const days = windows[at] ?? [];
    const track = await paperTrack(spec, days, decisionInstant);
    await writeVersion(bench, take, scores, { days, track, labels, calendar });
  }
}

/** Labels by horizon: session and symbol to value. */
interface KnownLabels {
  readonly byHorizon: ReadonlyMap<number, ReadonlyMap<string, number>>;
  readonly sectorOf: SectorAsOf;
}

async function labelsOf(
  spec: ModelSpec,
  fromSession: string,
  toSession: string,
  asOf: string,
): Promise<KnownLabels> {
  const byHorizon = new Map<number, ReadonlyMap<string, number>>();
  for (const horizonSessions of liveHorizons(spec)) {
    const { session, symbol, label } = await extractLabels({
      ...{ folder: spec.data, market: spec.market, asOf, fromSession, toSession },
      label: { ...spec.label, horizonSessions },
    });
    byHorizon.set(
      horizonSessions,
      new Map(session.map((day, row) => [`${day} ${symbol[row] ?? ''}`, label[row] ?? Number.NaN])),
    );
  }
  return { byHorizon, sectorOf: await readSectorsAsOf(spec.data, spec.market) };
}

interface Known {
  readonly days: readonly SessionPredictions[];
  readonly track: PaperTrack;
  readonly labels: KnownLabels | null;
  readonly calendar: SessionCalendar;
}

async function writeVersion(
  bench: Workbench,
  take: LiveTake,
  scores: LiveScores,
  known: Known,
): Promise<void> {
  const { spec, session, epoch } = take;
  const { role, version } = scores;
  const stored = await bench.registry.liveResults({ model: spec.model, versionId: version.id });
  const before = new Map(stored.map((result) => [result.session, result]));
  const today: LiveResult = {
    ...{ model: spec.model, versionId: version.id, session, epoch, role },
    ...{ rankIc: null, netReturn: null, turnover: null },
    status: scores.error === '' ? 'awaiting' : 'unscored',
    numbers: numbersOfToday(take, scores, known.calendar),
  };
  if (!before.has(session)) before.set(session, today);
  const predicted = new Map(known.days.map((day) => [day.session, day]));
  for (const result of [...before.values()].toSorted((a, b) => (a.session < b.session ? -1 : 1))) {
    if (result.session > session) continue;
    const day = predicted.get(result.session);
    const isNew = result === today;
    if (day === undefined && !isNew && !known.track.sessions.includes(result.session)) continue;
    const grown = withReturns(day === undefined ? result : matured(take, result, day, known), known.track, [
      ...before.values(),
    ]);
    before.set(result.session, grown);
    const unchanged = stored.some(
      (other) =>
        other.session === grown.session && JSON.stringify(sorted(other)) === JSON.stringify(sorted(grown)),
    );
    if (!unchanged) await bench.registry.recordLiveResult(grown);
  }
}

/** Keys of stored JSON come back in another order. */
const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => [key, sorted(item)]),
  );
};

function numbersOfToday(
  { spec, session, dataFault }: LiveTake,
  { symbols, predictions, latencyMs, error }: LiveScores,
  calendar: SessionCalendar,
): LiveNumbers {
  const { rows, missing } = predictionHealth(predictions);
  const scored = rows - Math.round(missing * rows);
  const due = calendar.indexOf(session) + spec.label.entryDelaySessions + spec.label.horizonSessions;
  return {
    ...{ rows: symbols.length, scored, coverage: rows === 0 ? 0 : scored / rows, latencyMs, error, gap: '' },
    ...{ labelDueSession: calendar.dates[due] ?? null, knownAt: null, pairs: 0 },
    ...{ sectorNeutralIc: null, sectorIc: {}, rmse: null },
    icByHorizon: liveHorizons(spec).map((horizonSessions) => ({ horizonSessions, ic: null })),
    ...{ grossReturn: null, cost: null, drawdown: null, dataFault },
  };
}

/** The row of a session with what its labels say by now. */
function matured(take: LiveTake, result: LiveResult, day: SessionPredictions, known: Known): LiveResult {
  const { spec, session } = take;
  const numbers = result.numbers as LiveNumbers;
  // A row of an earlier release, or of a version that could not be scored.
  if (!('labelDueSession' in numbers) || result.status === 'unscored') return result;
  const { calendar } = known;
  const age = calendar.indexOf(session) - calendar.indexOf(result.session) - spec.label.entryDelaySessions;
  const icByHorizon = numbers.icByHorizon.map((cell) => {
    if (cell.ic !== null || age < cell.horizonSessions) return cell;
    return { ...cell, ic: measureDay(day, cell.horizonSessions, known)?.rankIc ?? null };
  });
  const grown = { ...result, numbers: { ...numbers, icByHorizon } };
  if (age < spec.label.horizonSessions || !['awaiting', 'overdue'].includes(result.status)) return grown;
  const measures = measureDay(day, spec.label.horizonSessions, known);
  const overdueFor = age - spec.label.horizonSessions;
  const status = statusOf(measures, overdueFor, spec.decay.overdueSessions);
  const settled = status !== 'overdue';
  return {
    ...grown,
    ...{ rankIc: measures?.rankIc ?? null, status },
    numbers: {
      ...grown.numbers,
      ...{ gap: measures?.gap ?? '', knownAt: settled ? session : null, pairs: measures?.pairs ?? 0 },
      ...{ sectorNeutralIc: measures?.sectorNeutralIc ?? null, sectorIc: { ...measures?.sectorIc } },
      rmse: measures?.rmse ?? null,
    },
  };
}

function statusOf(measures: LiveMeasures | null, overdueFor: number, patience: number): LiveStatus {
  if (measures !== null && measures.rankIc !== null) return 'matured';
  const constant = measures !== null && measures.gap !== 'too-few-pairs';
  if (constant) return 'no-ic';
  return overdueFor >= patience ? 'never-matured' : 'overdue';
}

function measureDay(
  day: SessionPredictions,
  horizonSessions: number,
  { labels }: Known,
): LiveMeasures | null {
  const values = labels?.byHorizon.get(horizonSessions);
  if (labels === null || values === undefined) return null;
  return measureLiveSession({
    session: day.session,
    predictions: day.predictions,
    labels: Float64Array.from(day.symbols, (symbol) => values.get(`${day.session} ${symbol}`) ?? Number.NaN),
    sectors: day.symbols.map((symbol) => labels.sectorOf(symbol, day.session)),
  });
}

/** The paper book's return of a session stands as it was first known. */
function withReturns(result: LiveResult, track: PaperTrack, all: readonly LiveResult[]): LiveResult {
  const row = track.sessions.indexOf(result.session);
  if (result.netReturn !== null || row < 0) return result;
  const netReturn = track.netReturns[row] ?? Number.NaN;
  if (!Number.isFinite(netReturn)) return result;
  const earlier = all
    .filter((other) => other.session < result.session && other.role === result.role)
    .toSorted((a, b) => (a.session < b.session ? -1 : 1))
    .flatMap((other) => (other.netReturn === null ? [] : [other.netReturn]));
  return {
    ...result,
    netReturn,
    turnover: track.turnover[row] ?? null,
    numbers: {
      ...result.numbers,
      grossReturn: track.grossReturns[row] ?? null,
      cost: track.costs[row] ?? null,
      drawdown: currentDrawdown([...earlier, netReturn]),
    },
  };
}
