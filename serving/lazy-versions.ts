import { ContenderError } from '../contracts/error.ts';
import { ModelNotReady, QueueFull, VersionNotServed } from './errors.ts';
import type { ServingMetrics } from './metrics.ts';
import { openVersion } from './open-version.ts';
import type { ServableVersion, ServingClock, ServingRegistry } from './ports.ts';
import type { Scorer } from './scorer.ts';
import type { ServedModel } from './served-model.ts';
import type { LoadedVersion } from './version-cache.ts';

export interface LazyVersionsOptions {
  readonly registry: Pick<ServingRegistry, 'readArtifact' | 'readVersion'>;
  readonly scorer: Scorer;
  readonly clock: ServingClock;
  readonly metrics: Pick<ServingMetrics, 'lazyHits' | 'lazyLoads' | 'lazyLoadSeconds'>;
  /** Versions kept beside the warm ones; the one used longest ago goes first. */
  readonly capacity: number;
}

/** Loads at one time: each takes a processor for as long as it lasts, and memory that nobody has counted yet. */
const LOADS_AT_ONCE = 1;

/**
 * Versions that no reign keeps warm, by number: loaded when one is asked for, kept while they are used, and never in the way of
 * the champion's. Every load is checked like a champion's.
 */
export class LazyVersions {
  readonly #options: LazyVersionsOptions;
  /** In order of use, the oldest first. */
  readonly #kept = new Map<string, Promise<LoadedVersion>>();
  #loading = 0;
  #closed = false;

  constructor(options: LazyVersionsOptions) {
    this.#options = options;
  }

  /** @throws VersionNotServed, ModelNotReady (registry away, or closed), QueueFull (others load), and what a load throws */
  async get(model: ServedModel, number: number): Promise<LoadedVersion> {
    const warm = warmVersion(model, number);
    if (warm !== null) return warm;
    const key = `${model.model}@${String(number)}`;
    const known = this.#kept.get(key);
    if (known !== undefined) {
      this.#options.metrics.lazyHits.inc();
      this.#kept.delete(key);
      this.#kept.set(key, known);
      return known;
    }
    if (this.#closed) {
      throw new ModelNotReady('the server is stopping', { remedy: 'Ask another server.' });
    }
    if (this.#loading >= LOADS_AT_ONCE) {
      throw new QueueFull('another version is being loaded', {
        remedy: 'Repeat after the time in Retry-After.',
      });
    }
    const loaded = this.#load(model.model, number);
    this.#kept.set(key, loaded);
    loaded.catch(() => {
      this.#kept.delete(key);
    });
    this.#evict();
    return loaded;
  }

  async close(): Promise<void> {
    this.#closed = true;
    const all = [...this.#kept.values()];
    this.#kept.clear();
    await Promise.all(all.map(release));
  }

  async #load(model: string, number: number): Promise<LoadedVersion> {
    const { registry, scorer, clock, metrics } = this.#options;
    this.#loading += 1;
    const started = clock.monotonicMs();
    try {
      const version = await this.#find(model, number);
      const loaded = { version, session: await openVersion(registry, scorer, version) };
      metrics.lazyLoads.inc({ result: 'loaded' });
      metrics.lazyLoadSeconds.observe((clock.monotonicMs() - started) / 1000);
      return loaded;
    } catch (error) {
      metrics.lazyLoads.inc({ result: 'refused' });
      if (error instanceof ContenderError) throw error;
      throw new ModelNotReady(`version ${String(number)} of ${model} could not be read`, {
        cause: error,
        remedy: 'The registry or the artifact store is away; versions in memory still answer.',
      });
    } finally {
      this.#loading -= 1;
    }
  }

  async #find(model: string, number: number): Promise<ServableVersion> {
    const version = await this.#options.registry.readVersion(model, number);
    if (version !== null) return version;
    throw new VersionNotServed(`${model} has no version ${String(number)} that could be served`, {
      remedy: 'List the versions with `contender versions MODEL`.',
      details: { model, version: number },
    });
  }

  #evict(): void {
    for (const [key, oldest] of this.#kept) {
      if (this.#kept.size <= this.#options.capacity) return;
      this.#kept.delete(key);
      void release(oldest);
    }
  }
}

/** After the scores in flight; a load that failed holds nothing. */
async function release(loading: Promise<LoadedVersion>): Promise<void> {
  const loaded = await loading.catch(() => null);
  await loaded?.session.release();
}

function warmVersion(model: ServedModel, number: number): LoadedVersion | null {
  const { reign, view } = model;
  if (reign?.champion.version.number === number) return reign.champion;
  if (view === null) return null;
  const others = view.challenger === null ? [] : [view.challenger];
  const named = [view.champion, ...view.previous, ...others, ...view.pinned];
  const version = named.find((each) => each.number === number);
  return version === undefined ? null : model.versions.get(version.versionId);
}
