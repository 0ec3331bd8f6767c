import { z } from 'zod';
import { ArtifactRef } from '../contracts/primitives.ts';
import type { ModelSpec } from '../contracts/spec.ts';
import type { VersionRecord } from '../registry/versions.ts';
import type { SessionPredictions } from './paper-track.ts';
import type { SessionScores } from './session-scoring.ts';
import { readPairedArtifact, storePaired } from './shadow-record.ts';
import { TrialScores } from './trial-scores.ts';
import type { Workbench } from './workbench.ts';

/** Keeps what a version predicted on a session of a reign. */
export async function storeReignScores(
  bench: Workbench,
  spec: ModelSpec,
  version: VersionRecord,
  scores: SessionScores,
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

const GateFacts = z.object({ facts: z.object({ scores: ArtifactRef, trial: z.string() }) });

/**
 * Daily rank IC of the recipe as the gates saw it, out of sample: what the decay rule takes for normal. Empty when the
 * version has no gate evidence.
 */
export async function referenceRankIc(bench: Workbench, version: VersionRecord): Promise<number[]> {
  const links = await bench.registry.versionLinks({ versionId: version.id });
  const made = links[0];
  if (made === undefined) return [];
  const evidence = await bench.registry.evidenceOf({ retrainId: made.retrainId });
  const gate = evidence.find((link) => link.kind === 'gate' && link.versionId === version.id);
  const facts = GateFacts.safeParse(gate?.body);
  if (!facts.success) return [];
  const { scores, trial } = facts.data.facts;
  const stored = TrialScores.parse(
    JSON.parse(Buffer.from(await bench.artifacts.get(scores)).toString('utf8')),
  );
  return stored.trials.find((candidate) => candidate.trialId === trial)?.rankIc ?? [];
}
