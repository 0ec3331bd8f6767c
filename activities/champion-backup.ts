import { backUpChampion } from '../registry/backup/champion-backup.ts';
import { SnapshotUnknown } from '../registry/errors.ts';
import type { Workbench } from './workbench.ts';

/** On the queue `data`: it copies what a model was trained on. */
export interface ChampionBackupActivities {
  /** Copies the champion and its data before another takes its place. Throws when it is not whole: there would be no way back. */
  backUpChampion(input: {
    readonly model: string;
    readonly versionId: string;
  }): Promise<{ readonly artifacts: number; readonly bytes: number }>;
}

export function championBackupActivities(bench: Workbench): ChampionBackupActivities {
  const { registry, artifacts, championBackupDir } = bench;
  return {
    backUpChampion: async ({ model, versionId }) => {
      const { number, manifest, snapshotId } = await registry.getVersion({ model, version: versionId });
      const snapshot = await registry.getSnapshot({ snapshotId });
      if (snapshot === null) throw new SnapshotUnknown(`there is no snapshot ${snapshotId}`);
      const backup = await backUpChampion(artifacts, championBackupDir, {
        ...{ model, number, versionId, manifest, snapshot: snapshot.ref },
        takenAt: bench.now().toISOString(),
      });
      const bytes = backup.artifacts.reduce((sum, ref) => sum + ref.bytes, 0);
      return { artifacts: backup.artifacts.length, bytes };
    },
  };
}
