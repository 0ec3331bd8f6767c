import type { SnapshotRows } from './columnar-tables.ts';

interface Moments {
  readonly mean: number;
  readonly standardDeviation: number;
  /** Share of rows without a value. */
  readonly missing: number;
}

/** Mean, population standard deviation and missing share of each feature, by name. */
function featureMoments(rows: SnapshotRows): ReadonlyMap<string, Moments> {
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

export interface DriftMeasurement {
  /** By how much each shared feature moved, most first. */
  readonly features: readonly {
    readonly name: string;
    readonly moved: number;
    readonly was: number;
    readonly is: number;
  }[];
}

/**
 * How far each feature moved against the reference: its mean in standard deviations of the reference, or its missing
 * share, whichever moved more. Null when there is no reference, or no feature in common.
 */
export function measureDrift(rows: SnapshotRows, reference: SnapshotRows | null): DriftMeasurement | null {
  if (reference === null) return null;
  const before = featureMoments(reference);
  const features = [];
  for (const [name, now] of featureMoments(rows)) {
    const then = before.get(name);
    if (then === undefined) continue;
    const shift = Math.abs(now.mean - then.mean) / Math.max(then.standardDeviation, 1e-6);
    const moved = Math.max(Number.isNaN(shift) ? 0 : shift, Math.abs(now.missing - then.missing));
    features.push({ name, moved, was: then.mean, is: now.mean });
  }
  features.sort((a, b) => b.moved - a.moved || (a.name < b.name ? -1 : 1));
  return features.length === 0 ? null : { features };
}
