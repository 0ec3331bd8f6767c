import type { ArtifactStore } from '../registry/artifacts/artifact-store.ts';
import type { Registry } from '../registry/registry.ts';

/** What activities work with; the composition roots make one per process. */
export interface Workbench {
  readonly registry: Registry;
  readonly artifacts: ArtifactStore;
  /** Folder for files that are made on the way into the artifact store. */
  readonly scratchDir: string;
  /** Threads of one fit; part of a version's identity. */
  readonly trainingThreads: number;
  /** Base of links into the Temporal UI; null when nobody knows one. */
  readonly temporalUiUrl: string | null;
  readonly now: () => Date;
}
