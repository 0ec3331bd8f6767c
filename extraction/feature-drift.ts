import type { SnapshotRows } from './columnar-tables.ts';
import type { SnapshotCheck } from './validate.ts';

/** A mean that moves by more than half a standard deviation makes most splits of a tree look at other rows. */
const MOST_DRIFT = 0.5;

interface Moments {
  readonly mean: number;
  readonly standardDeviation: number;
  /** Share of rows without a value. */
  readonly missing: number;
}

/** Mean, population standard deviation and missing share of each feature, by name. */
export function featureMoments(rows: SnapshotRows): ReadonlyMap<string, Moments> {
  const width = rows.featureNames.length;
  const count = rows.session.length;
  return new Map(
    rows.featureNames.map((name, feature) => {
      let known = 0;
      let sum = 0;
      let squares = 0;
      for (let row = 0; row < count; row += 1) {
        const value = rows.features[row * width + feature] ?? NaN;
        if (Number.isNaN(value)) continue;
        known += 1;
        sum += value;
        squares += value * value;
      }
      const mean = known === 0 ? NaN : sum / known;
      const standardDeviation = known === 0 ? NaN : Math.sqrt(Math.max(0, squares / known - mean * mean));
      return [name, { mean, standardDeviation, missing: count === 0 ? 1 : 1 - known / count }] as const;
    }),
  );
}

/**
 * The largest move of a feature against the reference: of its mean, in standard deviations of the reference, or of its
 * missing share, as it is.
 */
export function driftCheck(rows: SnapshotRows, reference: SnapshotRows | null): SnapshotCheck {
  if (reference === null) return result('inconclusive', null, 'there is no snapshot to compare with');
  const before = featureMoments(reference);
  let worst = -1;
  let worstName = '';
  for (const [name, now] of featureMoments(rows)) {
    const then = before.get(name);
    if (then === undefined) continue;
    const moved = Math.abs(now.mean - then.mean) / Math.max(then.standardDeviation, 1e-6);
    const drift = Math.max(Number.isNaN(moved) ? 0 : moved, Math.abs(now.missing - then.missing));
    if (drift > worst) [worst, worstName] = [drift, name];
  }
  if (worst < 0) return result('inconclusive', null, 'the snapshots share no feature');
  const reason = `${worstName} moved most, by ${worst.toFixed(3)}`;
  return result(worst <= MOST_DRIFT ? 'pass' : 'fail', worst, reason);
}

function result(verdict: SnapshotCheck['verdict'], number: number | null, reason: string): SnapshotCheck {
  return { name: 'drift', verdict, number, threshold: MOST_DRIFT, reason };
}
