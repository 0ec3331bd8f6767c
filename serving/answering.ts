import {
  ModelNotReady,
  ModelNotServed,
  NonFinitePrediction,
  ServerStale,
  SessionReleased,
} from './errors.ts';
import type { ServableVersion } from './ports.ts';
import type { Freshness, LocalOverride, Reign, ServedModel } from './served-model.ts';
import type { ScoringQueue } from './scoring-queue.ts';

/** What every answer says about who gave it. */
export interface Provenance {
  readonly model: string;
  /** The version's number. */
  readonly version: number;
  readonly versionHash: string;
  readonly epoch: number;
  /** ISO instant until which this is known to be the champion's answer. */
  readonly freshUntil: string;
  /** True once that instant has passed without a word from the registry. */
  readonly stale: boolean;
  /** Who made this server answer with another version than the champion's, and until when; null: nobody. */
  readonly override: LocalOverride | null;
}

export interface Scored<T> {
  readonly provenance: Provenance;
  readonly scores: Float64Array;
  readonly prepared: T;
}

export interface Prepared {
  readonly batch: Float32Array<ArrayBuffer>;
  readonly rows: number;
}

/** Swaps that one request may meet before it is told to come again. */
const MAX_SWAPS_MET = 4;

/**
 * Scores for one request with exactly one version. When the champion changes while the rows are being scored, they are scored
 * again by the new one: once this server has answered with an epoch, it never answers with a lower one, and none of its answers
 * after an acknowledgement comes from the champion before.
 * @param prepare builds the batch for a version; called again after a swap, since the features may differ
 * @throws ModelNotServed, ModelNotReady, ServerStale, QueueFull, and what `prepare` throws
 */
export async function scoreWithChampion<T extends Prepared>(
  model: ServedModel | null,
  name: string,
  queue: ScoringQueue,
  prepare: (version: ServableVersion) => T | Promise<T>,
): Promise<Scored<T>> {
  for (let met = 0; met < MAX_SWAPS_MET; met += 1) {
    const reign = currentReign(model, name);
    const prepared = await prepare(reign.champion.version);
    const scores = await scoreOnce(queue, reign, prepared);
    if (scores === null || model?.answering !== reign) continue;
    if (scores.some((score) => !Number.isFinite(score))) {
      throw new NonFinitePrediction(
        `version ${String(reign.champion.version.number)} of ${name} gave a value that is not finite`,
      );
    }
    return { provenance: provenanceOf(name, reign, model.freshness()), scores, prepared };
  }
  throw new ModelNotReady(`${name} was swapped ${String(MAX_SWAPS_MET)} times during one request`);
}

/** Null when the version was let go of between the look at the pointer and the run. */
async function scoreOnce(
  queue: ScoringQueue,
  reign: Reign,
  prepared: Prepared,
): Promise<Float64Array | null> {
  try {
    return await queue.score(reign.champion, prepared.batch, prepared.rows);
  } catch (error) {
    if (error instanceof SessionReleased) return null;
    throw error;
  }
}

/** @throws ModelNotServed, ModelNotReady, ServerStale */
export function currentReign(model: ServedModel | null, name: string): Reign {
  if (model === null) {
    throw new ModelNotServed(`model ${name} is not served here`, {
      remedy: 'GET /api/v1/models lists what is.',
    });
  }
  if (model.reign === null) {
    if (model.view === null) throw new ModelNotServed(`model ${name} has no champion that was read here`);
    throw new ModelNotReady(`the champion of ${name} is being loaded`, { remedy: 'Repeat in a moment.' });
  }
  const { stale, freshUntilMs } = model.freshness();
  const { answering } = model;
  // A person has named the version that answers, knowing that the registry is away: that is what breaking the glass is for.
  const byOverride = answering !== null && answering.override !== null;
  if (stale && model.policy?.onStale === 'refuse' && !byOverride) {
    throw new ServerStale(`cut off from the registry, fresh until ${new Date(freshUntilMs).toISOString()}`, {
      remedy: 'Ask another server; this one resumes by itself when it reaches the registry.',
    });
  }
  return answering ?? model.reign;
}

export function provenanceOf(name: string, reign: Reign, freshness: Freshness): Provenance {
  const { version } = reign.champion;
  return {
    model: name,
    version: version.number,
    versionHash: version.versionId,
    epoch: reign.epoch,
    freshUntil: new Date(freshness.freshUntilMs).toISOString(),
    stale: freshness.stale,
    override: reign.override,
  };
}
