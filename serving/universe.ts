import type { ArtifactRef, Market } from '../contracts/primitives.ts';

export interface UniverseRequest {
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
}
