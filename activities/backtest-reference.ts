import { z } from 'zod';
import { ArtifactRef } from '../contracts/primitives.ts';
import type { VersionRecord } from '../registry/versions.ts';
import { mean } from '../stats/series.ts';
import { TrialScores } from './trial-scores.ts';
import type { Workbench } from './workbench.ts';

/** The recipe as the gates saw it, out of sample: what watching a champion takes for normal. */
export interface BacktestReference {
  /** Daily rank IC of the sessions that have one, oldest first. */
  readonly rankIc: readonly number[];
  /** Mean net return of a session, a fraction; null without returns. */
  readonly netReturn: number | null;
  readonly annualisedTurnover: number | null;
}

const UNKNOWN: BacktestReference = { rankIc: [], netReturn: null, annualisedTurnover: null };

const GateFacts = z.object({ facts: z.object({ scores: ArtifactRef, trial: z.string() }) });

/** Empty when the version has no gate evidence. */
export async function backtestReference(
  bench: Workbench,
  version: Pick<VersionRecord, 'id'>,
): Promise<BacktestReference> {
  const links = await bench.registry.versionLinks({ versionId: version.id });
  const made = links[0];
  if (made === undefined) return UNKNOWN;
  const evidence = await bench.registry.evidenceOf({ retrainId: made.retrainId });
  const gate = evidence.find((link) => link.kind === 'gate' && link.versionId === version.id);
  const facts = GateFacts.safeParse(gate?.body);
  if (!facts.success) return UNKNOWN;
  const { scores, trial } = facts.data.facts;
  const stored = TrialScores.parse(
    JSON.parse(Buffer.from(await bench.artifacts.get(scores)).toString('utf8')),
  );
  const own = stored.trials.find((candidate) => candidate.trialId === trial);
  if (own === undefined) return UNKNOWN;
  return {
    rankIc: own.rankIc,
    netReturn: own.netReturns.length === 0 ? null : mean(own.netReturns),
    annualisedTurnover: own.annualisedTurnover,
  };
}
