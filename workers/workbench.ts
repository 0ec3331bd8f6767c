import { join } from 'node:path';
import type { Config } from '../config/config.ts';
import type { Workbench } from '../activities/workbench.ts';
import { FolderArtifactStore } from '../registry/artifacts/folder-store.ts';
import type { Registry } from '../registry/registry.ts';

/** The activities' tools from the settings in force. */
export function createWorkbench(config: Config, registry: Registry): Workbench {
  return {
    registry,
    artifacts: new FolderArtifactStore(config.artifactsDir),
    scratchDir: join(config.dataDir, 'scratch'),
    trainingThreads: config.trainingThreads,
    temporalUiUrl: URL.canParse(config.temporalUiUrl) ? config.temporalUiUrl : null,
    now: () => new Date(),
  };
}
