import { z } from 'zod';
import { type ColumnReference, referenceOf } from '../monitoring/drift/session-drift.ts';
import { readRows } from '../extraction/table-files.ts';
import type { SnapshotRows } from '../extraction/columnar-tables.ts';
import { ContenderError } from '../contracts/error.ts';
import type { VersionRecord } from '../registry/versions.ts';
import { dailyRankIc } from '../stats/rank-ic.ts';
import { mean, standardDeviation } from '../stats/series.ts';
import type { FeatureMatrix } from './row-scoring.ts';
import { scoreRows } from './row-scoring.ts';
import type { Workbench } from './workbench.ts';

const Column = z.strictObject({
  name: z.string(),
  sketch: z.strictObject({
    rows: z.int().min(0),
    missing: z.int().min(0),
    knots: z.array(z.number()),
    below: z.array(z.int().min(0)),
    upTo: z.array(z.int().min(0)),
    deviation: z.number().min(0),
  }),
  sessionDistances: z.array(z.number()),
  constantSessions: z.number().min(0).max(1),
  mostMissing: z.number().min(0).max(1),
});

/** Daily rank IC of one feature in training, over the newest sessions of it. */
const FeatureIc = z.strictObject({
  name: z.string(),
  mean: z.number(),
  deviation: z.number().min(0),
  sessions: z.int().min(0),
});

/** Statistics of the rows a version was trained on, as they are stored beside it. */
export const VersionReference = z.strictObject({
  schema: z.literal(1),
  snapshotId: z.string(),
  rows: z.int().min(0),
  sessions: z.int().min(0),
  features: z.array(Column),
  prediction: Column,
  label: Column,
  featureIc: z.array(FeatureIc),
});
export type VersionReference = z.infer<typeof VersionReference>;

/** A year of sessions says what the IC of a feature was; more of them only cost time. */
const IC_SESSIONS = 250;

/**
 * Reference statistics of a version, made from its snapshot when they are first asked for and stored beside it: later checks
 * read the new session only. Null when the snapshot has been collected.
 */
export async function versionReference(
  bench: Workbench,
  version: VersionRecord,
): Promise<VersionReference | null> {
  const { registry, artifacts } = bench;
  const { model, id: versionId } = version;
  const known = await registry.versionReference({ model, versionId });
  if (known !== null) return parsed(await artifacts.get(known));
  const made = await makeReference(bench, version);
  if (made === null) return null;
  const artifact = await artifacts.put(Buffer.from(JSON.stringify(made)), 'application/json');
  return parsed(await artifacts.get(await registry.saveVersionReference({ model, versionId, artifact })));
}

const parsed = (bytes: Uint8Array): VersionReference =>
  VersionReference.parse(JSON.parse(Buffer.from(bytes).toString('utf8')));

async function makeReference(bench: Workbench, version: VersionRecord): Promise<VersionReference | null> {
  const snapshot = await bench.registry.getSnapshot({ snapshotId: version.snapshotId });
  if (snapshot === null) return null;
  let rows: SnapshotRows;
  let prediction: Float64Array;
  try {
    rows = await readRows(await bench.artifacts.localFile(snapshot.ref.rows));
    prediction = await scoreRows(bench, version.manifest, rows);
  } catch (error) {
    // A snapshot that is gone or a file that is torn is another's finding; the watch goes on without a reference.
    if (error instanceof ContenderError && error.kind !== 'unreachable') return null;
    throw error;
  }
  const { session, featureNames: names, features: values, label } = rows;
  const only = (name: string, column: Float32Array | Float64Array): ColumnReference => {
    const [reference] = referenceOf({ session, names: [name], values: column });
    if (reference === undefined) throw new RangeError('one column has one reference');
    return reference;
  };
  return {
    schema: 1,
    snapshotId: version.snapshotId,
    rows: session.length,
    sessions: new Set(session).size,
    features: referenceOf({ session, names, values }).map(plain),
    prediction: plain(only('prediction', prediction)),
    label: plain(only('label', label)),
    featureIc: featureIcs(session, rows, label),
  };
}

const plain = ({ sketch, sessionDistances, ...rest }: ColumnReference): z.infer<typeof Column> => ({
  ...rest,
  sketch: { ...sketch, knots: [...sketch.knots], below: [...sketch.below], upTo: [...sketch.upTo] },
  sessionDistances: [...sessionDistances],
});

function featureIcs(
  session: readonly string[],
  rows: FeatureMatrix,
  label: Float32Array,
): z.infer<typeof FeatureIc>[] {
  const newest = [...new Set(session)].at(-IC_SESSIONS) ?? '';
  const from = session.findIndex((day) => day >= newest);
  return rows.featureNames.map((name, feature) => {
    const ics = featureRankIc(rows, feature, session, label, from);
    const known = ics.flatMap(({ ic }) => (ic === null ? [] : [ic]));
    return {
      ...{ name, sessions: known.length },
      mean: known.length === 0 ? 0 : mean(known),
      deviation: known.length < 2 ? 0 : standardDeviation(known, 1),
    };
  });
}

/** Daily rank IC of one feature; rows without a value of it are left out. */
export function featureRankIc(
  { featureNames, features }: FeatureMatrix,
  feature: number,
  session: readonly string[],
  label: Float32Array | Float64Array,
  from: number,
): ReturnType<typeof dailyRankIc> {
  const width = featureNames.length;
  const days: string[] = [];
  const values: number[] = [];
  const labels: number[] = [];
  for (let row = Math.max(0, from); row < session.length; row += 1) {
    const value = features[row * width + feature] ?? Number.NaN;
    if (!Number.isFinite(value)) continue;
    days.push(session[row] ?? '');
    values.push(value);
    labels.push(label[row] ?? Number.NaN);
  }
  return dailyRankIc(days, values, labels);
}
