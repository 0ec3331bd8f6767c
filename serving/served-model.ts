import type { ServingSpec } from '../contracts/spec.ts';
import { EpochConflict } from './errors.ts';
import type { ChampionPointer, ReignView, ServableVersion, ServingClock } from './ports.ts';
import type { LoadedVersion, VersionCache } from './version-cache.ts';

/** Champions of earlier reigns that are kept warm: a rollback to any of them needs no I/O but the registry's word. */
export const WARM_PREVIOUS = 2;

/** What answers now. Replaced as a whole, so a request sees one version with its own epoch or another, never a mixture. */
export interface Reign {
  readonly epoch: number;
  readonly champion: LoadedVersion;
  /** Null: the champion of the epoch answers. */
  readonly override: LocalOverride | null;
}

/** A person's signed word that another version answers on this server. */
export interface LocalOverride {
  readonly id: string;
  readonly by: string;
  readonly reason: string;
  readonly expiresAt: string;
}

export type ViewOutcome =
  /** The pointer moved: acknowledge. */
  | 'switched'
  /** The registry says what we already do. */
  | 'unchanged'
  /** The new champion is not in memory yet; the old one goes on. */
  | 'loading'
  /** A lower epoch than our own: refused, whoever sent it. */
  | 'stale-epoch';

export interface Freshness {
  readonly freshUntilMs: number;
  readonly stale: boolean;
}

/**
 * One model of a server: the pointer to its champion, fenced by the epoch. Everything here is synchronous; loads happen in the
 * version cache, readings in the follower.
 */
export class ServedModel {
  readonly model: string;
  readonly versions: VersionCache;
  readonly #clock: ServingClock;
  #reign: Reign | null = null;
  #view: ReignView | null = null;
  #policy: ServingSpec | null = null;
  #readAtMonotonicMs = Number.NEGATIVE_INFINITY;
  #readAtWallMs = 0;
  /** Of the last reading, whether or not what it says is served. */
  #heardAtMonotonicMs = Number.NEGATIVE_INFINITY;
  /** Versions that something is done with, an override or a drill, and by how many. */
  readonly #held = new Map<string, number>();
  #override: { readonly answer: Reign; readonly untilMonotonicMs: number } | null = null;

  constructor(model: string, versions: VersionCache, clock: ServingClock) {
    this.model = model;
    this.versions = versions;
    this.#clock = clock;
  }

  /** What the registry said and this server acknowledged. */
  get reign(): Reign | null {
    return this.#reign;
  }

  /**
   * What answers: the reign, or a local override above it. An override belongs to the epoch it was set over: once that moves, or
   * its time is over, the reign answers, without anybody having to clear it.
   */
  get answering(): Reign | null {
    const override = this.#override;
    const holds =
      override !== null &&
      override.answer.epoch === this.#reign?.epoch &&
      this.#clock.monotonicMs() < override.untilMonotonicMs &&
      this.#clock.wallMs() < Date.parse(override.answer.override?.expiresAt ?? '');
    return holds ? override.answer : this.#reign;
  }

  /** Answers with a loaded version in place of the champion, under the champion's epoch; `lastsMs` from now. */
  override(champion: LoadedVersion, facts: LocalOverride & { readonly lastsMs: number }): void {
    const epoch = this.#reign?.epoch ?? 0;
    const { lastsMs, ...override } = facts;
    const untilMonotonicMs = this.#clock.monotonicMs() + lastsMs;
    this.#override = { answer: { epoch, champion, override }, untilMonotonicMs };
  }

  /** Keeps a version in memory while something is done with it. */
  async holding<T>(versionId: string, step: () => Promise<T>): Promise<T> {
    this.#held.set(versionId, (this.#held.get(versionId) ?? 0) + 1);
    try {
      return await step();
    } finally {
      const left = (this.#held.get(versionId) ?? 1) - 1;
      if (left === 0) this.#held.delete(versionId);
      else this.#held.set(versionId, left);
    }
  }

  endOverride(id: string): void {
    if (this.#override?.answer.override?.id === id) this.#override = null;
  }

  /** The registry's last word, which may be ahead of the reign while its champion loads. */
  get view(): ReignView | null {
    return this.#view;
  }

  get policy(): ServingSpec | null {
    return this.#policy;
  }

  /** True when the registry has said nothing for longer than the spec allows a server to go on by itself. */
  get cutOff(): boolean {
    const boundMs = (this.#policy?.maxStaleSeconds ?? 0) * 1000;
    return this.#clock.monotonicMs() > this.#heardAtMonotonicMs + boundMs;
  }

  /**
   * Takes one reading of the registry. `readStarted` are the clocks before the query was sent: what it says was true no
   * earlier, so freshness counts from there.
   * @throws EpochConflict when the same epoch names another champion
   */
  apply(
    view: ReignView,
    readStarted: { readonly wallMs: number; readonly monotonicMs: number },
  ): ViewOutcome {
    const ownEpoch = this.#reign?.epoch ?? 0;
    const knownEpoch = Math.max(ownEpoch, this.#view?.epoch ?? 0);
    if (view.epoch < knownEpoch) return 'stale-epoch';
    const known =
      view.epoch === ownEpoch ? this.#reign?.champion.version.versionId : this.#view?.champion.versionId;
    if (view.epoch === knownEpoch && known !== undefined && known !== view.champion.versionId) {
      throw new EpochConflict(this.model, view.epoch, known, view.champion.versionId);
    }
    this.#view = view;
    this.#heardAtMonotonicMs = Math.max(this.#heardAtMonotonicMs, readStarted.monotonicMs);
    this.#policy = view.serving;
    for (const version of wanted(view)) this.versions.want(version);
    if (view.epoch === ownEpoch) {
      this.#markFresh(readStarted);
      return 'unchanged';
    }
    const champion = this.versions.get(view.champion.versionId);
    if (champion === null) return 'loading';
    this.#reign = { epoch: view.epoch, champion, override: null };
    this.#markFresh(readStarted);
    return 'switched';
  }

  /**
   * Moves to the champion of a later epoch that is in memory. Everything else that a reading says follows with the next one:
   * until then `view` is that of the epoch before, but for the side. False: a whole reading is needed.
   */
  move(
    { epoch, versionId, side }: ChampionPointer,
    readStarted: { readonly wallMs: number; readonly monotonicMs: number },
  ): boolean {
    if (this.#reign === null || epoch <= Math.max(this.#reign.epoch, this.#view?.epoch ?? 0)) return false;
    const champion = this.versions.get(versionId);
    if (champion === null) return false;
    this.#reign = { epoch, champion, override: null };
    if (this.#view !== null) this.#view = { ...this.#view, side };
    this.#markFresh(readStarted);
    return true;
  }

  /** Lets go of what neither answers nor is named by the registry. */
  async releaseUnwanted(): Promise<void> {
    const keep = new Set((this.#view === null ? [] : wanted(this.#view)).map((version) => version.versionId));
    if (this.#reign !== null) keep.add(this.#reign.champion.version.versionId);
    for (const versionId of this.#held.keys()) keep.add(versionId);
    const { answering } = this;
    if (answering !== null) keep.add(answering.champion.version.versionId);
    await this.versions.retain(keep);
  }

  /** Until when the answer is known to be the champion's, by wall clock; stale once that instant is past by monotonic time. */
  freshness(): Freshness {
    const boundMs = (this.#policy?.maxStaleSeconds ?? 0) * 1000;
    return {
      freshUntilMs: this.#readAtWallMs + boundMs,
      stale: this.#clock.monotonicMs() > this.#readAtMonotonicMs + boundMs,
    };
  }

  /**
   * A reading counts for freshness only when it agrees with what is served: while a newer champion loads, answers of the
   * old one must not look confirmed.
   */
  #markFresh(readStarted: { readonly wallMs: number; readonly monotonicMs: number }): void {
    this.#readAtMonotonicMs = Math.max(this.#readAtMonotonicMs, readStarted.monotonicMs);
    this.#readAtWallMs = Math.max(this.#readAtWallMs, readStarted.wallMs);
  }
}

function wanted(view: ReignView): readonly ServableVersion[] {
  const others = view.challenger === null ? [] : [view.challenger];
  return [view.champion, ...view.previous.slice(0, WARM_PREVIOUS), ...others, ...view.pinned];
}
