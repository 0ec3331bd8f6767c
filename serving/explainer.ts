import type { ServableVersion } from './ports.ts';

/** Rows of one version whose scores are to be taken apart. */
export interface ExplainJob {
  readonly version: ServableVersion;
  /** rows x features float32, as they were scored. */
  readonly batch: Float32Array;
  readonly rows: number;
  /** What was answered, one per row. */
  readonly scores: Float64Array;
}

export interface ExplainedRow {
  readonly prediction: number;
  /** The model's mean score over its training rows. */
  readonly base: number;
  /** The features that moved this score most, the largest first; `contribution` in units of the score. */
  readonly top: readonly {
    readonly feature: string;
    readonly value: number | null;
    readonly contribution: number;
  }[];
  /** Sum of all other contributions: base, top and others add up to the prediction. */
  readonly others: number;
}

/** Takes scores apart; slow (about a thousand predictions' time per row), hence never while a request waits. */
export interface Explainer {
  /** @throws ExplainerUnavailable, ExplanationInexact, and what reading the artifact throws */
  explain(job: ExplainJob): Promise<readonly ExplainedRow[]>;
  close(): Promise<void>;
}
