import type { ModelSpec } from '../contracts/spec.ts';
import type { VersionRecord } from '../registry/versions.ts';
import type { SessionPredictions } from './paper-track.ts';
import { readPairedArtifact, storePaired } from './shadow-record.ts';
import type { Workbench } from './workbench.ts';

/** Keeps what a version predicted on a session of a reign. */
export async function storeReignScores(
  bench: Workbench,
  spec: ModelSpec,
  version: VersionRecord,
  scores: SessionPredictions,
): Promise<void> {
  const { session, symbols, predictions } = scores;
  const artifact = await storePaired(bench, {
    session,
    symbols,
    challenger: [...predictions],
    champion: null,
  });
  await bench.registry.savePredictionRun({
    model: spec.model,
    versionId: version.id,
    session,
    kind: 'guard',
    artifact,
    rows: symbols.length,
  });
}

/** What a version predicted on the newest sessions of a range, in order; as many as `limit`, however long a reign lasts. */
export async function recentPredictions(
  bench: Workbench,
  query: {
    readonly model: string;
    readonly versionId: string;
    readonly fromSession: string;
    readonly toSession: string;
    readonly limit: number;
  },
): Promise<SessionPredictions[]> {
  const runs = await bench.registry.recentPredictionRuns({ ...query, kind: 'guard' });
  return await Promise.all(
    runs.map(async ({ artifact }) => {
      const stored = await readPairedArtifact(bench, artifact);
      return {
        session: stored.session,
        symbols: stored.symbols,
        predictions: Float64Array.from(stored.challenger),
      };
    }),
  );
}
