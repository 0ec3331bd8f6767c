import type { ArtifactStore } from '../registry/artifacts/artifact-store.ts';
import type { ComputePool } from '../compute/pool.ts';
import type { Registry } from '../registry/registry.ts';

/** What activities work with; the composition roots make one per process. */
export interface Workbench {
  readonly registry: Registry;
  readonly artifacts: ArtifactStore;
  /** Threads for the statistics: an activity that computes keeps its own thread free for heartbeats. */
  readonly compute: ComputePool;
  /** Folder for files that are made on the way into the artifact store. */
  readonly scratchDir: string;
  /** Folder for copies of champions. */
  readonly championBackupDir: string;
  /** Threads of one fit; part of a version's identity. */
  readonly trainingThreads: number;
  /** Base of links into the Temporal UI; null when nobody knows one. */
  readonly temporalUiUrl: string | null;
  readonly now: () => Date;
}
