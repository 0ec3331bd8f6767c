import {
  ModelNotReady,
  ModelNotServed,
  NonFinitePrediction,
  ServerStale,
  SessionReleased,
  StaleEpoch,
} from './errors.ts';
import type { LazyVersions } from './lazy-versions.ts';
import type { ConsumerWish, ModelSide, ServableVersion } from './ports.ts';
import type { LocalOverride, Reign, ServedModel } from './served-model.ts';
import type { ScoringQueue } from './scoring-queue.ts';
import type { LoadedVersion } from './version-cache.ts';

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
  /** What the caller is to do with it: trade on it, only reduce, or halt. */
  readonly side: ModelSide;
  /** Why this version: it is the champion, the request or the consumer's pin names it, or the champion could not answer. */
  readonly answeredAs: 'champion' | 'version' | 'pin' | 'fallback';
}

export interface Scored<T> {
  readonly provenance: Provenance;
  /** What answered: the champion, unless another version was asked for. */
  readonly version: ServableVersion;
  readonly scores: Float64Array;
  readonly prepared: T;
}

export interface Prepared {
  /** Row by row; left alone by whoever scores it. */
  readonly batch: Float32Array;
  readonly rows: number;
}

const REPEAT = 'Repeat after the time in Retry-After.';

/** Swaps that one request may meet before it is told to come again. */
const MAX_SWAPS_MET = 4;

/** What one request asks for, and the parts that answer it. */
export interface Question<T extends Prepared> {
  readonly model: ServedModel | null;
  readonly name: string;
  /** Null: the champion. */
  readonly version: number | null;
  /** The epoch that the caller counts on; null: any. */
  readonly epoch: number | null;
  /** Who asks, for pins and fallbacks; null: nobody who has one. A version that is named goes first. */
  readonly consumer: string | null;
  readonly lane: 'realtime' | 'batch';
  /** Let in already: its rows are not refused for the time that they have to wait. */
  readonly admitted: boolean;
  readonly queue: ScoringQueue;
  readonly lazy: LazyVersions;
  /** Builds the batch for a version; called again after a swap, since the features may differ. */
  readonly prepare: (version: ServableVersion) => T | Promise<T>;
}

/**
 * Scores for one request with exactly one version. When the champion changes while the rows are being scored, they are scored
 * again by the new one: once this server has answered with an epoch, it never answers with a lower one, and none of its answers
 * after an acknowledgement comes from the champion before. A consumer's fallback answers when the champion cannot.
 * @throws ModelNotServed, ModelNotReady, VersionNotServed, ServerStale, StaleEpoch, QueueFull, and what `prepare` throws
 */
export function scoreQuestion<T extends Prepared>(question: Question<T>): Promise<Scored<T>> {
  const { model, version, consumer } = question;
  if (version !== null) return scoreWith(question, { answeredAs: 'version', number: version });
  const wish = consumer === null ? undefined : model?.view?.consumers.get(consumer);
  if (wish?.purpose === 'pin') return scoreWith(question, { answeredAs: 'pin', number: wish.version });
  if (wish === undefined || model === null) return scoreWith(question, CHAMPION);
  return scoreOrFallBack(question, model, wish);
}

async function scoreOrFallBack<T extends Prepared>(
  question: Question<T>,
  model: ServedModel,
  { version }: ConsumerWish,
): Promise<Scored<T>> {
  try {
    return await scoreWith(question, CHAMPION);
  } catch (error) {
    if (!championCannot(error, model)) throw error;
    return scoreWith(question, { answeredAs: 'fallback', number: version });
  }
}

interface Wanted {
  readonly answeredAs: Provenance['answeredAs'];
  /** Number of the version; null: the champion. */
  readonly number: number | null;
}

const CHAMPION: Wanted = { answeredAs: 'champion', number: null };

/** It is not in memory, or gives no number. That the registry is away is no fault of the champion's: there the spec decides. */
function championCannot(error: unknown, model: ServedModel): boolean {
  if (model.cutOff && model.policy?.onStale === 'refuse') return false;
  return (
    error instanceof ModelNotReady || error instanceof NonFinitePrediction || error instanceof ServerStale
  );
}

async function scoreWith<T extends Prepared>(question: Question<T>, wanted: Wanted): Promise<Scored<T>> {
  const { model, name, epoch, queue, lane, admitted, prepare } = question;
  for (let met = 0; met < MAX_SWAPS_MET; met += 1) {
    const standing = model?.answering ?? null;
    const reign = wanted.answeredAs === 'fallback' ? null : currentReign(model, name);
    const current = reign?.epoch ?? standing?.epoch ?? model?.view?.epoch ?? 0;
    if (epoch !== null && epoch !== current) throw new StaleEpoch(name, current, epoch);
    const loaded = await versionWanted(question, reign, wanted);
    const prepared = await prepare(loaded.version);
    const scores = await scoreOnce(() =>
      queue.score(loaded, prepared.batch, prepared.rows, { lane, admitted }),
    );
    if (scores === null || model === null || model.answering !== standing) continue;
    if (scores.some((score) => !Number.isFinite(score))) {
      throw new NonFinitePrediction(
        `version ${String(loaded.version.number)} of ${name} gave a value that is not finite`,
        { remedy: 'The version is at fault: take the model back with `contender rollback`.' },
      );
    }
    const own = provenanceOf(model, reign ?? { epoch: current, champion: loaded, override: null });
    const { answeredAs } = wanted;
    const provenance =
      answeredAs === own.answeredAs ? own : { ...own, ...versionOf(loaded.version), answeredAs };
    return { provenance, version: loaded.version, scores, prepared };
  }
  throw new ModelNotReady(`${name} was swapped ${String(MAX_SWAPS_MET)} times during one request`, {
    remedy: REPEAT,
  });
}

/** The reign's own champion costs no turn of the event loop. */
function versionWanted<T extends Prepared>(
  { model, name, lazy }: Question<T>,
  reign: Reign | null,
  { number }: Wanted,
): LoadedVersion | Promise<LoadedVersion> {
  if (reign !== null && (number === null || reign.champion.version.number === number)) return reign.champion;
  if (model === null || number === null) {
    throw new ModelNotReady(`${name} has no champion here`, { remedy: REPEAT });
  }
  return lazy.get(model, number);
}

/** Null when the version was let go of between the look at the pointer and the run. */
async function scoreOnce(run: () => Promise<Float64Array>): Promise<Float64Array | null> {
  try {
    return await run();
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
    if (model.view === null) {
      throw new ModelNotServed(`model ${name} has no champion that was read here`, {
        remedy: 'GET /api/v1/models shows which models have one; a champion is made by a retrain.',
      });
    }
    throw new ModelNotReady(`the champion of ${name} is being loaded`, { remedy: REPEAT });
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

/** One object for all answers until something in it changes, which is once per reading of the registry. */
export function provenanceOf(model: ServedModel, reign: Reign): Provenance {
  const { freshUntilMs, stale } = model.freshness();
  const side = model.view?.side ?? SERVE;
  const last = lastProvenance.get(reign);
  if (
    last?.freshUntilMs === freshUntilMs &&
    last.provenance.stale === stale &&
    last.provenance.side === side
  ) {
    return last.provenance;
  }
  const provenance: Provenance = {
    model: model.model,
    ...versionOf(reign.champion.version),
    epoch: reign.epoch,
    freshUntil: new Date(freshUntilMs).toISOString(),
    stale,
    override: reign.override,
    side,
    answeredAs: 'champion',
  };
  lastProvenance.set(reign, { freshUntilMs, provenance });
  return provenance;
}

const lastProvenance = new WeakMap<
  Reign,
  { readonly freshUntilMs: number; readonly provenance: Provenance }
>();

/** A model that answers has been read, so this stands for nothing but the type. */
const SERVE: ModelSide = { action: 'serve', reason: '', epoch: 0 };

function versionOf(version: ServableVersion): Pick<Provenance, 'version' | 'versionHash'> {
  return { version: version.number, versionHash: version.versionId };
}
