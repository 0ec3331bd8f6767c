import { join } from 'node:path';
import { flipByte } from '../../../e2e/flipped-byte.ts';
import { until } from '../../swap/swap-fleet.ts';
import { overNow, refusedRetrain } from '../judged-retrain.ts';
import { Hold } from '../points.ts';
import { type RetrainFleet, withClient } from '../retrain-fleet.ts';
import { always, type Fault } from './fault.ts';

type Corruption = 'snapshot' | 'model';

/** One bit of an artifact changes between two steps; it is healed again when the retrain has ended. */
const corrupt = (what: Corruption, held: 'validate' | 'approve', codes: readonly string[]): Fault => {
  const name = `fault/corrupt-artifact/${what}`;
  return {
    names: [name],
    impossible: always,
    run: async ({ fleet }) => {
      let file = '';
      try {
        return await refusedRetrain(fleet, name, codes, async ({ model, start }) => {
          const hold = await Hold.place(fleet.link, model, held, 'in');
          await start();
          await until('somebody at the point', async () => ((await hold.isReached()) ? true : null));
          file = await artifactOf(fleet, model, what);
          flipByte(file);
          await hold.release();
          return overNow('one bit flipped');
        });
      } finally {
        if (file !== '') flipByte(file);
      }
    },
  };
};

const SQL: Readonly<Record<Corruption, string>> = {
  snapshot: `select s.ref -> 'rows' ->> 'sha256' as sha256 from retrains r join snapshots s on s.id = r.snapshot_id
    where r.model = $1`,
  model: `select manifest -> 'artifacts' -> 'onnx' ->> 'sha256' as sha256 from versions where model = $1`,
};

async function artifactOf(fleet: RetrainFleet, model: string, what: Corruption): Promise<string> {
  const { rows } = await withClient(fleet.world, (client) =>
    client.query<{ sha256: string }>(SQL[what], [model]),
  );
  const sha256 = rows[0]?.sha256 ?? '';
  return join(fleet.world.config.artifactsDir, sha256.slice(0, 2), sha256);
}

export const ARTIFACT_FAULTS: readonly Fault[] = [
  corrupt('snapshot', 'validate', ['STORED_ARTIFACT_CORRUPT', 'ArtifactCorrupt', 'AllTrialsFailed']),
  corrupt('model', 'approve', ['STORED_ARTIFACT_CORRUPT']),
];
