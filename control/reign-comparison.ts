import { z } from 'zod';
import type { ReignComparison } from '../contracts/api/comparison.ts';
import { readComparison } from '../monitoring/comparison/comparison-reading.ts';
import type { ComparisonState } from '../monitoring/comparison/running-comparison.ts';
import type { ReignRecord } from '../registry/champions.ts';
import { ReignUnknown } from '../registry/errors.ts';
import type { GuardMeasurement } from '../registry/guard-measurements.ts';
import type { Registry } from '../registry/registry.ts';
import type { LiveResult } from '../registry/results.ts';

const Stored = z.object({
  comparison: z.custom<ComparisonState>((value) => value instanceof Object && 'opponents' in value),
});

/**
 * What the running comparison of a reign says now: against the previous champion, the universe, and never having retrained.
 *
 * @param epoch null: the reign in force
 * @throws ModelUnknown, ReignUnknown
 */
export async function reignComparison(
  registry: Registry,
  { model, epoch }: { readonly model: string; readonly epoch: number | null },
): Promise<ReignComparison> {
  await registry.currentSpec({ model });
  const reigns = await registry.reigns({ model });
  const reign = epoch === null ? reigns[0] : reigns.find((candidate) => candidate.epoch === epoch);
  if (reign === undefined) {
    throw new ReignUnknown(
      epoch === null ? `${model} has no champion yet` : `${model} has no reign of epoch ${String(epoch)}`,
      { remedy: `List the reigns: contender champion ${model} --history`, details: { model } },
    );
  }
  const [newest, sessions, results] = await Promise.all([
    registry.guardMeasurements({ model, epoch: reign.epoch, limit: 1 }),
    registry.guardedSessions({ model, epoch: reign.epoch }),
    registry.liveResults({ model, versionId: reign.versionId }),
  ]);
  return comparisonOf(reign, { newest: newest[0] ?? null, sessions, results });
}

interface Recorded {
  readonly newest: GuardMeasurement | null;
  readonly sessions: number;
  readonly results: readonly LiveResult[];
}

export function comparisonOf(reign: ReignRecord, { newest, sessions, results }: Recorded): ReignComparison {
  const { model, epoch, version, fromVersion, businessAt: since } = reign;
  const own = results.filter((result) => result.epoch === epoch && result.role === 'champion');
  const labels = {
    matured: own.filter(({ rankIc }) => rankIc !== null).length,
    awaited: own.filter(({ status }) => status === 'awaiting' || status === 'overdue').length,
  };
  return {
    ...{ model, epoch, version, fromVersion, since, sessions, labels },
    guard: newest === null ? null : guardOf(newest),
    opponents: newest === null ? [] : opponentsOf(newest),
  };
}

function guardOf(newest: GuardMeasurement): ReignComparison['guard'] {
  const { session, verdict, action, cause, reason, number, threshold } = newest;
  const { failedInRow, inconclusiveInRow } = newest;
  return { session, verdict, action, cause, reason, number, threshold, failedInRow, inconclusiveInRow };
}

/** None when an earlier release measured the session. */
function opponentsOf({ state }: GuardMeasurement): ReignComparison['opponents'] {
  const stored = Stored.safeParse(state);
  return stored.success ? [...readComparison(stored.data.comparison).opponents] : [];
}
