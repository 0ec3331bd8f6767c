import type { ModelSpec } from '../contracts/spec.ts';
import { extractSession, type ExtractSessionOptions, type SessionFeatures } from '../extraction/session.ts';
import type { VersionRecord } from '../registry/versions.ts';
import { scoreRows } from './row-scoring.ts';
import type { Workbench } from './workbench.ts';

/** One version's predictions for the members of one session. */
export interface SessionScores {
  readonly session: string;
  readonly symbols: readonly string[];
  readonly predictions: Float64Array;
  readonly featureNames: readonly string[];
  /** Row-major, as the version's own feature code computed them. */
  readonly features: Float32Array;
}

/**
 * Scores the members of a session with a version's own feature code and its own file, seeing only what was known at
 * `asOf`: the same path for shadow, guard, live and batch.
 */
export async function scoreSession(
  bench: Pick<Workbench, 'artifacts'>,
  spec: ModelSpec,
  version: VersionRecord,
  session: string,
  asOf: string,
): Promise<SessionScores> {
  const rows = await sessionFeatures(bench, spec, version, session, asOf);
  return {
    session,
    symbols: rows.symbols,
    predictions: await scoreRows(bench, version.manifest, rows),
    featureNames: rows.featureNames,
    features: rows.features,
  };
}

/** What is asked of extraction for a version on a session: its own feature code on the data of the spec. */
export async function featureRequest(
  { artifacts }: Pick<Workbench, 'artifacts'>,
  spec: ModelSpec,
  version: VersionRecord,
  session: string,
  asOf: string,
): Promise<ExtractSessionOptions> {
  const code = await artifacts.get(version.manifest.artifacts.featureCode);
  return {
    folder: spec.data,
    market: spec.market,
    features: { sql: Buffer.from(code).toString('utf8') },
    session,
    asOf,
  };
}

/** The rows of a session by the feature code that is stored with a version. */
export async function sessionFeatures(
  bench: Pick<Workbench, 'artifacts'>,
  spec: ModelSpec,
  version: VersionRecord,
  session: string,
  asOf: string,
): Promise<SessionFeatures> {
  return extractSession(await featureRequest(bench, spec, version, session, asOf));
}
