import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { Config } from '../config/config.ts';
import type { Workbench } from '../activities/workbench.ts';
import { openComputePool } from '../compute/pool.ts';
import { openArtifactStore } from '../registry/artifacts/open-store.ts';
import type { Registry } from '../registry/registry.ts';

/** The statistics never need more; memory for the markets of two activities is worth more than idle threads. */
const MAX_COMPUTE_THREADS = 8;

/** The activities' tools from the settings in force. */
export function createWorkbench(config: Config, registry: Registry): Workbench {
  return {
    registry,
    artifacts: openArtifactStore(config),
    compute: openComputePool({ threads: Math.min(MAX_COMPUTE_THREADS, availableParallelism()) }),
    scratchDir: join(config.dataDir, 'scratch'),
    championBackupDir: config.championBackupDir,
    trainingThreads: config.trainingThreads,
    temporalUiUrl: URL.canParse(config.temporalUiUrl) ? config.temporalUiUrl : null,
    now: () => new Date(),
  };
}
