import { createHash } from 'node:crypto';
import type { ModelSpec } from '../contracts/spec.ts';
import { extractLabels, extractSession } from '../extraction/session.ts';
import { sessionDrift, type SessionDrift } from '../monitoring/drift/session-drift.ts';
import type { VersionRecord } from '../registry/versions.ts';
import { falseDiscoveryAdjusted } from '../stats/false-discovery.ts';
import { normalCdf } from '../stats/normal.ts';
import type { SessionScores } from './session-scoring.ts';
import { featureRankIc, type VersionReference } from './version-reference.ts';
import type { StoredDrift, WatchState } from './watch-state.ts';
import type { Workbench } from './workbench.ts';

type DriftState = NonNullable<WatchState['drift']>;

/** Shares of drifted features that are kept for a diagnosis: a month. */
const KEPT_SHARES = 21;

export interface ColumnsOfSession {
  readonly drift: DriftState | null;
  readonly features: readonly SessionDrift[];
}

/** Features and scores of a session against the reference of the version; the rate is held over the features. */
export function watchColumns(
  spec: ModelSpec,
  reference: VersionReference | null,
  before: DriftState | null,
  scores: SessionScores,
): ColumnsOfSession {
  if (reference === null) return { drift: null, features: [] };
  const { falseDiscoveryRate } = spec.decay;
  const current = { names: scores.featureNames, values: scores.features };
  const found = sessionDrift(reference.features, current, falseDiscoveryRate);
  const predicted = sessionDrift(
    [reference.prediction],
    { names: ['prediction'], values: scores.predictions },
    falseDiscoveryRate,
  );
  return {
    features: found.columns,
    drift: {
      share: found.share,
      inRow: found.drifted.length > 0 ? (before?.inRow ?? 0) + 1 : 0,
      recentShares: [...(before?.recentShares ?? []), found.share].slice(-KEPT_SHARES),
      features: found.columns.map(storedDrift),
      prediction: predicted.columns.map(storedDrift)[0] ?? null,
      label: before?.label ?? null,
    },
  };
}

function storedDrift(column: SessionDrift): StoredDrift {
  const { name, ks, psi, wasserstein, missing, outOfRange, p, adjustedP, drifted } = column;
  return { name, ks, psi, wasserstein, missing, outOfRange, p, adjustedP, drifted };
}

/** A hash of each feature's values by name, so that tomorrow can tell whether its feed stood still. */
export function columnHashes({ symbols, featureNames, features }: SessionScores): Record<string, string> {
  const width = featureNames.length;
  return Object.fromEntries(
    featureNames.map((name, feature) => {
      const column = Float32Array.from(symbols, (_, row) => features[row * width + feature] ?? Number.NaN);
      const hash = createHash('sha256').update(symbols.join(' '));
      return [name, hash.update(new Uint8Array(column.buffer)).digest('hex').slice(0, 16)];
    }),
  );
}

export const unchangedColumns = (
  before: Readonly<Record<string, string>>,
  now: Readonly<Record<string, string>>,
): string[] => Object.keys(now).filter((name) => before[name] === now[name]);

/** Sessions before a mean of a feature's IC is compared with training. */
const FEWEST_CONCEPT_SESSIONS = 20;

/**
 * The rank IC of each feature on the session whose labels came with this one, added to those since the reign began, and
 * the features whose mean IC is not that of training: a normal test whose error counts overlapping labels once, under the
 * false discovery rate.
 */
export async function watchConcept(
  bench: Pick<Workbench, 'artifacts'>,
  spec: ModelSpec,
  version: VersionRecord,
  reference: VersionReference | null,
  before: { readonly concept: WatchState['concept']; readonly drift: DriftState | null },
  known: { readonly session: string | null; readonly since: string; readonly asOf: string },
): Promise<{ readonly concept: WatchState['concept']; readonly label: StoredDrift | null }> {
  const { concept } = before;
  const label = before.drift?.label ?? null;
  const { session, since, asOf } = known;
  if (reference === null || session === null || session < since) return { concept, label };
  if (concept.session !== null && session <= concept.session) return { concept, label };
  const code = await bench.artifacts.get(version.manifest.artifacts.featureCode);
  const source = { folder: spec.data, market: spec.market, asOf };
  const rows = await extractSession({
    ...source,
    features: { sql: Buffer.from(code).toString('utf8') },
    session,
  });
  const labels = await extractLabels({
    ...{ ...source, label: spec.label, fromSession: session, toSession: session },
  });
  const of = new Map(labels.symbol.map((symbol, row) => [symbol, labels.label[row] ?? Number.NaN]));
  const aligned = Float64Array.from(rows.symbols, (symbol) => of.get(symbol) ?? Number.NaN);
  const days = rows.symbols.map(() => session);
  const features = Object.fromEntries(
    rows.featureNames.map((name, feature) => {
      const sum = concept.features[name] ?? { sessions: 0, sum: 0 };
      const ic = featureRankIc(rows, feature, days, aligned, 0)[0]?.ic ?? null;
      return [name, ic === null ? sum : { sessions: sum.sessions + 1, sum: sum.sum + ic }];
    }),
  );
  const drifted = conceptDrift(spec, reference, features);
  const [labelDrift] = sessionDrift(
    [reference.label],
    { names: ['label'], values: aligned },
    spec.decay.falseDiscoveryRate,
  ).columns;
  return {
    concept: { session, features, drifted },
    label: labelDrift === undefined ? label : storedDrift(labelDrift),
  };
}

function conceptDrift(
  spec: ModelSpec,
  reference: VersionReference,
  features: WatchState['concept']['features'],
): WatchState['concept']['drifted'] {
  const overlap = spec.label.horizonSessions;
  const tested = reference.featureIc.flatMap(({ name, mean: before, deviation, sessions }) => {
    const live = features[name];
    if (live === undefined || live.sessions < FEWEST_CONCEPT_SESSIONS || deviation === 0) return [];
    const now = live.sum / live.sessions;
    const error = deviation * Math.sqrt(overlap / live.sessions + overlap / sessions);
    return [{ name, now, before, p: 2 * normalCdf(-Math.abs(now - before) / error) }];
  });
  const adjusted = falseDiscoveryAdjusted(
    tested.map(({ p }) => p),
    'independent',
  );
  return tested.flatMap(({ name, now, before }, row) => {
    const adjustedP = adjusted[row] ?? 1;
    return adjustedP <= spec.decay.falseDiscoveryRate ? [{ name, now, before, adjustedP }] : [];
  });
}
