import { openVersion } from './open-version.ts';
import type { ServableVersion, ServingClock, ServingRegistry } from './ports.ts';
import type { Scorer, ScoringSession } from './scorer.ts';

/** A version whose session is loaded and warm. */
export interface LoadedVersion {
  readonly version: ServableVersion;
  readonly session: ScoringSession;
}

export type LoadState =
  | { readonly state: 'loading' }
  | { readonly state: 'loaded'; readonly loaded: LoadedVersion; readonly loadMs: number }
  /** Refused; tried again at `retryAtMs` (monotonic), since a restored artifact is the usual remedy. */
  | {
      readonly state: 'failed';
      readonly error: Error;
      readonly attempts: number;
      readonly retryAtMs: number;
    };

export interface VersionCacheOptions {
  readonly registry: Pick<ServingRegistry, 'readArtifact'>;
  readonly scorer: Scorer;
  readonly clock: ServingClock;
  /** Called when a load ends either way; the owner then looks at the registry again. */
  readonly onSettled: (version: ServableVersion, state: LoadState) => void;
}

const FIRST_RETRY_MS = 1000;
const LAST_RETRY_MS = 60_000;

/**
 * The versions of one model that are in memory. Loads run in the background, one per version, and never block a swap
 * between versions that are already warm: a rollback does not wait for a champion that cannot be loaded.
 */
export class VersionCache {
  readonly #options: VersionCacheOptions;
  readonly #states = new Map<string, LoadState>();
  #closed = false;

  constructor(options: VersionCacheOptions) {
    this.#options = options;
  }

  get(versionId: string): LoadedVersion | null {
    const state = this.#states.get(versionId);
    return state?.state === 'loaded' ? state.loaded : null;
  }

  state(versionId: string): LoadState | null {
    return this.#states.get(versionId) ?? null;
  }

  /** Starts a load unless the version is loaded, loading, or waiting for its next try. */
  want(version: ServableVersion): void {
    const before = this.#states.get(version.versionId);
    if (this.#closed || before?.state === 'loaded' || before?.state === 'loading') return;
    if (before?.state === 'failed' && this.#options.clock.monotonicMs() < before.retryAtMs) return;
    this.#states.set(version.versionId, { state: 'loading' });
    void this.#load(version, before?.state === 'failed' ? before.attempts : 0);
  }

  /** Releases every loaded version that is not named, after its scores in flight; forgets failures of others. */
  async retain(versionIds: ReadonlySet<string>): Promise<void> {
    const released: Promise<void>[] = [];
    for (const [versionId, state] of this.#states) {
      if (versionIds.has(versionId) || state.state === 'loading') continue;
      this.#states.delete(versionId);
      if (state.state === 'loaded') released.push(state.loaded.session.release());
    }
    await Promise.all(released);
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.retain(new Set());
  }

  async #load(version: ServableVersion, attempts: number): Promise<void> {
    const started = this.#options.clock.monotonicMs();
    let state: LoadState;
    try {
      const session = await openVersion(this.#options.registry, this.#options.scorer, version);
      const loadMs = this.#options.clock.monotonicMs() - started;
      state = { state: 'loaded', loaded: { version, session }, loadMs };
    } catch (error) {
      const waitMs = Math.min(LAST_RETRY_MS, FIRST_RETRY_MS * 2 ** attempts);
      const retryAtMs = this.#options.clock.monotonicMs() + waitMs;
      const cause = error instanceof Error ? error : new Error(String(error));
      state = { state: 'failed', error: cause, attempts: attempts + 1, retryAtMs };
    }
    if (this.#closed) {
      if (state.state === 'loaded') await state.loaded.session.release();
      return;
    }
    this.#states.set(version.versionId, state);
    this.#options.onSettled(version, state);
  }
}
