import { ContenderError } from '../contracts/error.ts';
import type { ModelSpec } from '../contracts/spec.ts';
import type { VersionScores } from '../evaluation/paired-rows.ts';
import type { ScoringRun } from '../evaluation/shadow-bounds.ts';
import type { SessionFeatures } from '../extraction/session.ts';
import type { VersionRecord } from '../registry/versions.ts';
import { medianScoringMs, scoreRows } from './row-scoring.ts';
import { sessionFeatures } from './session-scoring.ts';
import type { Workbench } from './workbench.ts';

/** One version on the rows of a session, whether it could be scored or not. */
export interface ScoredSide extends VersionScores, ScoringRun {
  /** Null when its feature code could not be computed. */
  readonly rows: SessionFeatures | null;
}

/** Runs that the latency of a session is the median of: a machine that is busy for a moment does not move it. */
export const TIMED_RUNS = 15;

/**
 * Scores several versions on one session at one instant. Versions with the same feature code share one extraction, hence the
 * very same rows. A version that fails fails alone, by name; what none of them is to blame for (market data, a store that is
 * away) is thrown, and the activity repeated.
 *
 * @param timedRuns runs whose median is the latency; 0: it is not measured
 */
export async function scoreSides(
  bench: Pick<Workbench, 'artifacts'>,
  spec: ModelSpec,
  versions: readonly VersionRecord[],
  session: string,
  asOf: string,
  timedRuns: number,
): Promise<ScoredSide[]> {
  const extracted = new Map<string, SessionFeatures | ContenderError>();
  for (const version of versions) {
    const code = version.manifest.identity.featureCodeHash;
    if (!extracted.has(code)) extracted.set(code, await rowsOrFault(bench, spec, version, session, asOf));
  }
  const faults = [...extracted.values()].filter((rows) => rows instanceof ContenderError);
  // Every version's features fail: the data are at fault, not one of the versions.
  if (faults[0] !== undefined && faults.length === extracted.size) throw faults[0];
  const sides: ScoredSide[] = [];
  for (const version of versions) {
    const rows = extracted.get(version.manifest.identity.featureCodeHash);
    sides.push(
      rows === undefined || rows instanceof ContenderError
        ? failed(rows?.message ?? 'no rows', null)
        : await scoreSide(bench, version, rows, timedRuns),
    );
  }
  return sides;
}

async function rowsOrFault(
  bench: Pick<Workbench, 'artifacts'>,
  spec: ModelSpec,
  version: VersionRecord,
  session: string,
  asOf: string,
): Promise<SessionFeatures | ContenderError> {
  try {
    return await sessionFeatures(bench, spec, version, session, asOf);
  } catch (error) {
    if (error instanceof ContenderError && error.kind !== 'unreachable') return error;
    throw error;
  }
}

async function scoreSide(
  bench: Pick<Workbench, 'artifacts'>,
  version: VersionRecord,
  rows: SessionFeatures,
  timedRuns: number,
): Promise<ScoredSide> {
  try {
    const predictions = await scoreRows(bench, version.manifest, rows);
    const latencyMs =
      timedRuns === 0 ? null : await medianScoringMs(bench, version.manifest, rows, timedRuns);
    return { symbols: rows.symbols, predictions, rows, failure: null, latencyMs };
  } catch (error) {
    if (error instanceof ContenderError && error.kind === 'unreachable') throw error;
    return failed(error instanceof Error ? error.message : 'it could not be scored', rows);
  }
}

/** Its rows, if it has any, stay rows: each of them is a lost pair. */
function failed(failure: string, rows: SessionFeatures | null): ScoredSide {
  const symbols = rows?.symbols ?? [];
  const predictions = new Float64Array(symbols.length).fill(Number.NaN);
  return { symbols, predictions, rows, failure, latencyMs: null };
}
