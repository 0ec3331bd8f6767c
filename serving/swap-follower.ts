import { ContenderError } from '../contracts/error.ts';
import { DrillRunner } from './drill-runner.ts';
import { RegistryTimeout } from './errors.ts';
import type { ServingMetrics } from './metrics.ts';
import type {
  ServerIdentity,
  ServingClock,
  ServingLog,
  ServingRegistry,
  ServableVersion,
  SwapHeard,
} from './ports.ts';
import type { Scorer } from './scorer.ts';
import { ServedModel } from './served-model.ts';
import { NO_TRACING, type Tracing } from '../tracing/tracing.ts';
import { SwapTraces } from './swap-traces.ts';
import { VersionCache, type LoadState } from './version-cache.ts';

export interface SwapFollowerOptions {
  readonly registry: ServingRegistry;
  readonly scorer: Scorer;
  readonly server: Omit<ServerIdentity, 'address'>;
  readonly clock: ServingClock;
  readonly log: ServingLog;
  readonly metrics: ServingMetrics;
  /** Absent: none. */
  readonly tracing?: Tracing;
  /** Poll interval behind the notifications. */
  readonly pollMs: number;
  /** Bound on every single call of the registry. */
  readonly callTimeoutMs: number;
  /** Renewed three times within; longer for models that refuse when stale. */
  readonly leaseSeconds: number;
  /** Called with a model before each reading of its reign; may reject. */
  readonly beforeReading: (model: string) => Promise<void>;
}

/** A whole reading of the reign, or who is champion and no more unless it takes more. */
type Reading = 'whole' | 'champion';

/**
 * Keeps the models of one server at what the registry says: hears of swaps, polls behind the notifications, moves pointers,
 * acknowledges, and holds the server's lease. Nothing here can fail a request: whatever goes wrong, the champion in
 * memory stays and the next poll tries again.
 */
export class SwapFollower {
  readonly #options: SwapFollowerOptions;
  readonly #models = new Map<string, ServedModel>();
  readonly #acknowledged = new Map<string, number>();
  /** The last epoch of each model that a notification named. */
  readonly #heardEpoch = new Map<string, number>();
  readonly #traces: SwapTraces;
  readonly #drills: DrillRunner;
  /** Refreshes in flight by model, and what was asked for meanwhile: another whole reading, or a look at the champion. */
  readonly #refreshing = new Map<string, 'nothing' | Reading>();
  #pollTimer: NodeJS.Timeout | null = null;
  #leaseTimer: NodeJS.Timeout | null = null;
  #listener: { close(): Promise<void> } | null = null;
  /** Models whose reign was read at least once, whatever it said. */
  readonly #answered = new Set<string>();
  #listed = false;
  #address = '';
  #registered = false;
  #polling = false;
  #renewing = false;
  #stopped = false;

  constructor(options: SwapFollowerOptions) {
    this.#options = options;
    this.#traces = new SwapTraces(options.tracing ?? NO_TRACING, options.server.name, options.clock);
    this.#drills = new DrillRunner({
      ...options,
      server: options.server.name,
      send: (step) => this.#attempt('report a drill', () => this.#bounded(step())),
    });
  }

  model(name: string): ServedModel | null {
    return this.#models.get(name) ?? null;
  }

  models(): readonly ServedModel[] {
    return [...this.#models.values()];
  }

  /** True once the registry has spoken about every model and each that has a champion answers with one. */
  get ready(): boolean {
    const warm = (model: ServedModel): boolean => model.view === null || model.reign !== null;
    return this.#listed && this.models().every((model) => this.#answered.has(model.model) && warm(model));
  }

  /** Returns at once; readiness follows when the registry is reached. `address` is where this server answers. */
  start(address: string): void {
    this.#address = address;
    void this.#renewLease();
    void this.#poll();
    void this.#listen();
    this.#pollTimer = setInterval(() => void this.#poll(), this.#options.pollMs);
    this.#leaseTimer = setInterval(() => void this.#renewLease(), (this.#options.leaseSeconds * 1000) / 3);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    if (this.#pollTimer !== null) clearInterval(this.#pollTimer);
    if (this.#leaseTimer !== null) clearInterval(this.#leaseTimer);
    const { registry, server } = this.#options;
    const listener = this.#listener;
    if (listener !== null) await this.#attempt('stop listening', () => this.#bounded(listener.close()));
    if (this.#registered) {
      await this.#attempt('give the lease back', () => this.#bounded(registry.deregister(server.name)));
    }
    await this.#drills.close();
    await Promise.all(this.models().map((model) => model.versions.close()));
  }

  /** Reads the model's reign and follows it. Calls during a run make it run once more, not twice at a time. */
  async refresh(name: string): Promise<void> {
    await this.#read(name, 'whole');
  }

  async #read(name: string, asked: Reading): Promise<void> {
    const meanwhile = this.#refreshing.get(name);
    if (meanwhile !== undefined) {
      this.#refreshing.set(name, meanwhile === 'whole' ? 'whole' : asked);
      return;
    }
    try {
      for (let next: 'nothing' | Reading = asked; next !== 'nothing' && !this.#stopped;) {
        const reading: Reading = next;
        this.#refreshing.set(name, 'nothing');
        await this.#attempt('read the reign', async () => {
          if (reading === 'champion' && (await this.#switch(name))) return;
          await this.#follow(name);
        });
        next = this.#refreshing.get(name) ?? 'nothing';
      }
    } finally {
      this.#refreshing.delete(name);
    }
  }

  /**
   * Switches to a champion that is warm, having read no more than who it is: while all servers switch at once, what each of
   * them asks of the database keeps all of them from answering. The poll reads the rest. False: it takes a whole reading.
   */
  async #switch(name: string): Promise<boolean> {
    const model = this.model(name);
    if (model === null || model.reign === null) return false;
    const { clock, registry, metrics } = this.#options;
    const readStarted = { wallMs: clock.wallMs(), monotonicMs: clock.monotonicMs() };
    const pointer = await this.#bounded(registry.readChampion(name));
    metrics.registryUp.set(1);
    if (this.#stopped) return true;
    if (pointer === null || !model.move(pointer, readStarted)) return false;
    this.#switched(model);
    await this.#acknowledge(model);
    return true;
  }

  #switched({ model, reign }: ServedModel): void {
    if (reign === null) return;
    this.#drills.yield(model);
    const { metrics, log } = this.#options;
    const { epoch, champion } = reign;
    metrics.swaps.inc({ model });
    metrics.epoch.set({ model }, epoch);
    metrics.versionNumber.set({ model }, champion.version.number);
    log.info({ model, epoch, version: champion.version.number }, 'champion switched');
  }

  async #follow(name: string): Promise<void> {
    const { clock, registry, metrics, log } = this.#options;
    // Whatever keeps it from being told must not keep the server from following.
    await this.#attempt('tell of local overrides', () => this.#bounded(this.#options.beforeReading(name)));
    const readStarted = { wallMs: clock.wallMs(), monotonicMs: clock.monotonicMs() };
    const view = await this.#bounded(registry.readReign(name));
    metrics.registryUp.set(1);
    if (this.#stopped) return;
    this.#answered.add(name);
    const model = this.#modelOf(name);
    if (view === null) return;
    const outcome = model.apply(view, readStarted);
    if (outcome === 'stale-epoch') {
      metrics.refusedEpochs.inc({ model: name });
      log.warn(
        { model: name, offered: view.epoch, own: model.reign?.epoch },
        'refused an epoch below our own',
      );
      return;
    }
    if (outcome === 'switched') this.#switched(model);
    await this.#acknowledge(model);
    await model.releaseUnwanted();
    metrics.loadedVersions.set({ model: name }, this.#countLoaded(model));
    this.#drills.follow(model, view.drill);
  }

  async #acknowledge(model: ServedModel): Promise<void> {
    const { reign } = model;
    if (reign === null || !this.#registered || (this.#acknowledged.get(model.model) ?? 0) >= reign.epoch)
      return;
    const { registry, server } = this.#options;
    const { versionId } = reign.champion.version;
    await this.#bounded(registry.acknowledge(server.name, model.model, reign.epoch, versionId));
    this.#acknowledged.set(model.model, reign.epoch);
    this.#traces.acknowledged(model.model, reign.epoch, reign.champion.version.number);
  }

  #modelOf(name: string): ServedModel {
    const known = this.#models.get(name);
    if (known !== undefined) return known;
    const { registry, scorer, clock } = this.#options;
    const onSettled = (version: ServableVersion, state: LoadState): void => {
      this.#loadSettled(name, version, state);
    };
    const made = new ServedModel(name, new VersionCache({ registry, scorer, clock, onSettled }), clock);
    this.#models.set(name, made);
    return made;
  }

  #loadSettled(name: string, version: ServableVersion, state: LoadState): void {
    const { metrics, log, registry, server } = this.#options;
    if (state.state === 'loaded') {
      metrics.loads.inc({ model: name, result: 'loaded' });
      metrics.loadSeconds.observe({ model: name }, state.loadMs / 1000);
      log.info(
        { model: name, version: version.number, loadMs: Math.round(state.loadMs) },
        'version loaded and warm',
      );
    } else if (state.state === 'failed') {
      const code = state.error instanceof ContenderError ? state.error.code : 'LOAD_FAILED';
      metrics.loads.inc({ model: name, result: 'refused' });
      log.error(
        { model: name, version: version.number, code, reason: state.error.message },
        'version not loaded',
      );
      void this.#attempt('record an alert', () =>
        registry.raiseAlert({
          model: name,
          severity: 'CRITICAL',
          kind: code,
          text: `Server ${server.name} did not load version ${String(version.number)}: ${state.error.message}. What answered before goes on.`,
          dedupeKey: `load:${server.name}:${name}:${version.versionId}:${code}`,
        }),
      );
    }
    void this.refresh(name);
  }

  #countLoaded(model: ServedModel): number {
    const { view } = model;
    if (view === null) return 0;
    const others = view.challenger === null ? [] : [view.challenger];
    const named = [view.champion, ...view.previous, ...others, ...view.pinned];
    const ids = new Set(named.map(({ versionId }) => versionId));
    return [...ids].filter((versionId) => model.versions.get(versionId) !== null).length;
  }

  async #poll(): Promise<void> {
    if (this.#polling || this.#stopped) return;
    this.#polling = true;
    try {
      await this.#attempt('poll', async () => {
        const { server, registry } = this.#options;
        const names = server.models.length > 0 ? server.models : await this.#bounded(registry.listModels());
        for (const name of names) this.#modelOf(name);
        this.#listed = true;
        await Promise.all(names.map((name) => this.refresh(name)));
      });
    } finally {
      this.#polling = false;
    }
  }

  async #listen(): Promise<void> {
    await this.#attempt('listen for swaps', async () => {
      const listener = await this.#options.registry.listen({
        onSwap: (notice) => {
          this.#heard(notice);
        },
        onTrace: (model, carrier) => {
          this.#traces.heard(model, carrier);
        },
        onDrill: (model) => {
          if (this.#serves(model)) void this.#read(model, 'whole');
        },
      });
      if (this.#stopped) await listener.close();
      else this.#listener = listener;
    });
    if (this.#listener === null && !this.#stopped) {
      setTimeout(() => void this.#listen(), this.#options.pollMs).unref();
    }
  }

  /**
   * The epochs of a model are its sequence of notifications. One that is skipped was lost, and then those of other models may be
   * lost too: everything is read at once instead of at the next poll.
   */
  #heard(notice: SwapHeard | null): void {
    const { metrics, log } = this.#options;
    metrics.notifications.inc();
    if (notice === null) {
      void this.#poll();
      return;
    }
    const { model, epoch } = notice;
    if (!this.#serves(model)) return;
    const known = Math.max(this.#heardEpoch.get(model) ?? 0, this.model(model)?.view?.epoch ?? 0);
    this.#heardEpoch.set(model, Math.max(known, epoch));
    if (known > 0 && epoch > known + 1) {
      metrics.notificationGaps.inc({ model });
      log.warn({ model, known, heard: epoch }, 'notifications of swaps were lost');
      void this.#poll();
    }
    void this.#read(model, 'champion');
  }

  #serves(model: string): boolean {
    const { models } = this.#options.server;
    return models.length === 0 || models.includes(model);
  }

  /**
   * A swap counts as complete without the servers whose lease has run out. A server that goes on for a while when it is cut off
   * and then refuses has to hold its lease that long, or it would answer for the old champion after the swap was complete.
   */
  #leaseSeconds(): number {
    const { leaseSeconds } = this.#options;
    const bounds = this.models().flatMap(({ policy }) =>
      policy?.onStale === 'refuse' ? [policy.maxStaleSeconds + leaseSeconds] : [],
    );
    return Math.max(leaseSeconds, ...bounds);
  }

  async #renewLease(): Promise<void> {
    if (this.#renewing || this.#stopped) return;
    this.#renewing = true;
    const { registry, server } = this.#options;
    const leaseSeconds = this.#leaseSeconds();
    try {
      await this.#attempt('renew the lease', async () => {
        const held =
          this.#registered && (await this.#bounded(registry.renewLease(server.name, leaseSeconds)));
        if (held) return;
        await this.#bounded(registry.register({ ...server, address: this.#address }, leaseSeconds));
        this.#registered = true;
        // A new lease knows nothing of what was acknowledged under the old one.
        this.#acknowledged.clear();
        await Promise.all(this.models().map((model) => this.#acknowledge(model)));
      });
    } finally {
      this.#renewing = false;
    }
  }

  async #bounded<T>(call: Promise<T>): Promise<T> {
    const { callTimeoutMs } = this.#options;
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        reject(new RegistryTimeout(`no answer within ${String(callTimeoutMs)} ms`));
      }, callTimeoutMs);
    });
    try {
      return await Promise.race([call, deadline]);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Runs one step towards the registry; a failure is counted, logged and left to the next poll. True: it was done. */
  async #attempt(what: string, step: () => Promise<unknown>): Promise<boolean> {
    const { metrics, log } = this.#options;
    try {
      await step();
      return true;
    } catch (error) {
      metrics.registryUp.set(0);
      metrics.registryFailures.inc({ step: what });
      log.warn(
        { step: what, reason: error instanceof Error ? error.message : String(error) },
        'registry call failed',
      );
      return false;
    }
  }
}
