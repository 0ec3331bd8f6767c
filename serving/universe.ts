import type { ServableVersion } from './ports.ts';

export interface UniverseRequest {
  readonly model: string;
  readonly version: ServableVersion;
  /** Trading session whose close the features look back from. */
  readonly session: string;
  /** ISO instant: nothing known later is used. */
  readonly asOf: string;
}

export interface UniverseFeatures {
  readonly symbols: readonly string[];
  /** Row by row in the order of `symbols`, features in the order of the version; NaN where unknown. */
  readonly features: Float32Array;
}

/** Features of one session through the same code that made the training rows. */
export interface UniverseSource {
  read(request: UniverseRequest): Promise<UniverseFeatures>;
}
