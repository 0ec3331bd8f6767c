import { once } from 'node:events';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { ContenderError } from '../contracts/error.ts';
import type { DrillFinding } from '../contracts/drill.ts';
import { RecordedRowsDiffer } from './errors.ts';
import { openVersion } from './open-version.ts';
import { readParityAside } from './parity-aside.ts';
import { rowMajor, type ParityColumns } from './parity-columns.ts';
import type { DrillOrder, ServingClock, ServingRegistry } from './ports.ts';
import type { Scorer, ScoringSession } from './scorer.ts';
import type { ServedModel } from './served-model.ts';

export interface RehearsalParts {
  readonly registry: Pick<ServingRegistry, 'readArtifact'>;
  readonly scorer: Scorer;
  readonly clock: ServingClock;
}

/** Rows at a time: a request that comes meanwhile waits for no more than these. */
const BATCH_ROWS = 256;
/** All of them have been asked when the version was packaged; a server that answers so many alike computes alike. */
const MOST_ROWS = 5000;

type Measured = Pick<DrillFinding, 'loadMs' | 'checkMs' | 'rows' | 'mismatches' | 'warm' | 'warmMs'>;

/**
 * Goes the way back up to where the pointer would move, and back again: the version is read from the store, verified, loaded and
 * warmed beside what answers, whether or not it is kept warm; it answers its recorded rows; it is let go. The one that is kept
 * warm answers them too, since a rollback would go to that one. Null: `yielded` was aborted first, and nothing is said.
 */
export async function rehearse(
  { registry, scorer, clock }: RehearsalParts,
  model: ServedModel,
  order: DrillOrder,
  yielded: AbortSignal,
): Promise<DrillFinding | null> {
  const { target } = order;
  const measured: Rehearsal['measured'] = {
    ...{ loadMs: null, checkMs: null, rows: 0, mismatches: 0 },
    ...{ warm: model.versions.get(target.versionId) !== null, warmMs: null },
  };
  try {
    await goThere({ registry, scorer, clock }, model, order, { measured, yielded });
    return { code: '', reason: '', remedy: '', ...measured };
  } catch (error) {
    if (yielded.aborted) return null;
    return { ...causeOf(error), ...measured };
  }
}

interface Rehearsal {
  readonly measured: { -readonly [F in keyof Measured]: Measured[F] };
  readonly yielded: AbortSignal;
}

/** Throws what stands in the way, a version that cannot be let go again included; `measured` has how far it got. */
async function goThere(
  { registry, scorer, clock }: RehearsalParts,
  model: ServedModel,
  { target, parity }: DrillOrder,
  { measured, yielded }: Rehearsal,
): Promise<void> {
  let fresh: ScoringSession | null = null;
  try {
    const started = clock.monotonicMs();
    fresh = await openUnless(yielded, () => openVersion(registry, scorer, target));
    measured.loadMs = clock.monotonicMs() - started;
    const bytes = await unless(yielded, registry.readArtifact(parity));
    const columns = await readParityAside(bytes, target.featureNames, MOST_ROWS, yielded);
    const cold = await answer(fresh, columns, clock, yielded);
    Object.assign(measured, { checkMs: cold.ms, rows: columns.rows, mismatches: cold.mismatches });
    if (cold.mismatches > 0) throw differs(target.number, 'loaded anew', cold.mismatches, columns.rows);
    const warm = model.versions.get(target.versionId);
    measured.warm = warm !== null;
    if (warm !== null) {
      const kept = await model.holding(target.versionId, () => answer(warm.session, columns, clock, yielded));
      Object.assign(measured, { warmMs: kept.ms, mismatches: kept.mismatches });
      if (kept.mismatches > 0) throw differs(target.number, 'kept warm', kept.mismatches, columns.rows);
    }
  } finally {
    await fresh?.release();
  }
}

/** A store that says nothing holds up neither a swap's next drill nor the end of the server: it is not waited for any longer. */
async function unless<T>(yielded: AbortSignal, step: Promise<T>): Promise<T> {
  const over = new AbortController();
  // What fails after the drill is over is nobody's.
  step.catch(() => undefined);
  try {
    const aborted = once(yielded, 'abort', { signal: over.signal }).then(() => {
      yielded.throwIfAborted();
    });
    aborted.catch(() => undefined);
    yielded.throwIfAborted();
    return (await Promise.race([step, aborted])) as T;
  } finally {
    over.abort();
  }
}

/** A session that comes when the drill is over is let go of at once. */
async function openUnless(
  yielded: AbortSignal,
  open: () => Promise<ScoringSession>,
): Promise<ScoringSession> {
  const opening = open();
  try {
    return await unless(yielded, opening);
  } catch (error) {
    void opening.then((late) => late.release()).catch(() => undefined);
    throw error;
  }
}

/** How many rows are answered otherwise than recorded, and how long all of them took. */
async function answer(
  session: ScoringSession,
  columns: ParityColumns,
  clock: ServingClock,
  yielded: AbortSignal,
): Promise<{ readonly mismatches: number; readonly ms: number }> {
  const started = clock.monotonicMs();
  let mismatches = 0;
  for (let from = 0; from < columns.rows; from += BATCH_ROWS) {
    yielded.throwIfAborted();
    const to = Math.min(columns.rows, from + BATCH_ROWS);
    const scores = await session.score(rowMajor(columns, from, to), to - from);
    // Object.is tells -0 from 0; expected is finite, so it compares every bit.
    for (const [at, score] of scores.entries()) {
      if (!Object.is(score, columns.expected[from + at])) mismatches += 1;
    }
    await nextTurn();
  }
  return { mismatches, ms: clock.monotonicMs() - started };
}

function differs(version: number, which: string, mismatches: number, rows: number): RecordedRowsDiffer {
  return new RecordedRowsDiffer(
    `version ${String(version)}, ${which}, answers ${String(mismatches)} of ${String(rows)} recorded rows otherwise`,
    {
      remedy:
        'Roll back to no such version: name another with --to, and compare this server with the others.',
      details: { version, mismatches, rows },
    },
  );
}

function causeOf(error: unknown): Pick<DrillFinding, 'code' | 'reason' | 'remedy'> {
  if (error instanceof ContenderError) {
    return { code: error.code, reason: error.message, remedy: error.remedy };
  }
  const reason = error instanceof Error ? error.message : String(error);
  return { code: 'LOAD_FAILED', reason, remedy: 'Look at the log of the server, and drill again.' };
}
