import type { ArtifactRef, Market } from '../contracts/primitives.ts';

export interface UniverseRequest {
  /** Who asks; counts by model are kept under it. */
  readonly model: string;
  /** Market data folder of the spec. */
  readonly folder: string;
  readonly market: Market;
  /** The feature SQL stored with the version: a rollback over a change of features scores with its own. */
  readonly featureCode: ArtifactRef;
  readonly featureNames: readonly string[];
  /** Trading session whose decision the features belong to. */
  readonly session: string;
  /** ISO instant: nothing known later is used. Null: the moment of the request. */
  readonly asOf: string | null;
}

export interface UniverseFeatures {
  readonly symbols: readonly string[];
  /** Row by row in the order of `symbols`, features in the order of the request; NaN where unknown. */
  readonly features: Float32Array;
  readonly asOf: string;
}

/** Features of one session through the same code that made the training rows. */
export interface UniverseSource {
  read(request: UniverseRequest): Promise<UniverseFeatures>;
  /** Told each time when values that were answered with have been extracted once more. */
  watch(onCompared: (comparison: FeatureComparison) => void): void;
}

/** Values given online beside what the same code gives offline, later. */
export interface FeatureComparison {
  readonly model: string;
  readonly cells: number;
  /** Cells that came out otherwise; those of a symbol that has come or gone among them. */
  readonly differing: number;
  /** Largest absolute difference between two known values. */
  readonly largest: number;
}
