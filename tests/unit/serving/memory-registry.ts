import { createHash } from 'node:crypto';
import type { DrillFinding } from '../../../contracts/drill.ts';
import type { ArtifactRef } from '../../../contracts/primitives.ts';
import type { ServingSpec } from '../../../contracts/spec.ts';
import type { OverrideEnd, OverrideRecord } from '../../../serving/break-glass-journal.ts';
import type {
  ChampionPointer,
  OverrideSettlement,
  ReignView,
  ServableVersion,
  ServerIdentity,
  ServingAlert,
  ServingClock,
  ServingLog,
  ServingRegistry,
  SwapHeard,
  SwapHearing,
} from '../../../serving/ports.ts';
import { FEATURES, modelBytes, type FixtureModel } from './fixtures.ts';

const sha256 = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex');

/** A registry held in memory, with the failures of a real one on request. */
export class MemoryRegistry implements ServingRegistry {
  readonly artifacts = new Map<string, Uint8Array>();
  readonly acknowledgements: { server: string; model: string; epoch: number; versionId: string }[] = [];
  readonly alerts: ServingAlert[] = [];
  readonly leases = new Map<string, number>();
  readonly reads: string[] = [];
  /** Rows of the audit about local overrides, in order. */
  readonly audit: { key: string; by: string }[] = [];
  readonly drillReports: { server: string; drill: number; finding: DrillFinding }[] = [];
  /** Not empty: the registry will not carry out an override, for this reason. */
  refusal = '';
  /** True: every call rejects, notifications included. */
  cutOff = false;
  /** True: commits are not announced. */
  silent = false;
  readonly #reigns = new Map<string, ReignView>();
  readonly #listeners = new Set<(notice: SwapHeard | null) => void>();

  version(fixture: FixtureModel, number: number, changes: Partial<ServableVersion> = {}): ServableVersion {
    return this.versionOf(modelBytes(fixture), `${fixture}${String(number)}`, number, changes);
  }

  versionOf(
    bytes: Uint8Array,
    id: string,
    number: number,
    changes: Partial<ServableVersion> = {},
  ): ServableVersion {
    const onnx: ArtifactRef = { sha256: sha256(bytes), bytes: bytes.length, mediaType: 'application/onnx' };
    this.artifacts.set(onnx.sha256, bytes);
    return {
      versionId: sha256(id),
      number,
      onnx,
      nativeModel: onnx,
      featureNames: FEATURES,
      featureSet: 'price_volume',
      featureCode: onnx,
      missingAllowed: new Set(FEATURES),
      scoreQuantiles: [],
      decision: { boundaries: [0.9], fraction: 0.1 },
      ...changes,
    };
  }

  /** Sets the reign as a commit would, and announces it. */
  commit(model: string, epoch: number, champion: ServableVersion, more: Partial<ReignView> = {}): ReignView {
    const serving: ServingSpec = { onStale: 'serve', maxStaleSeconds: 60, swapWindow: 'any' };
    const source = { market: 'XTAI', dataFolder: 'no-such-folder' } as const;
    const side = { action: 'serve', reason: '', epoch: 0 } as const;
    const view: ReignView = {
      model,
      epoch,
      champion,
      previous: [],
      challenger: null,
      serving,
      ...source,
      side,
      consumers: new Map(),
      pinned: [],
      drill: null,
      ...more,
    };
    this.#reigns.set(model, view);
    if (!this.silent && !this.cutOff) this.announce(model);
    return view;
  }

  announce(model: string | null): void {
    const notice = model === null ? null : { model, epoch: this.#reigns.get(model)?.epoch ?? 1 };
    for (const listener of this.#listeners) listener(notice);
  }

  listModels(): Promise<readonly string[]> {
    return this.#answer(() => [...this.#reigns.keys()]);
  }

  readReign(model: string): Promise<ReignView | null> {
    return this.#answer(() => this.#reigns.get(model) ?? null);
  }

  readChampion(model: string): Promise<ChampionPointer | null> {
    return this.#answer(() => {
      const view = this.#reigns.get(model);
      if (view === undefined) return null;
      return { epoch: view.epoch, versionId: view.champion.versionId, side: view.side };
    });
  }

  /** Versions that no reign names. */
  readonly others = new Map<string, ServableVersion>();

  readVersion(model: string, number: number): Promise<ServableVersion | null> {
    return this.#answer(() => this.others.get(`${model}@${String(number)}`) ?? null);
  }

  readArtifact(ref: ArtifactRef): Promise<Uint8Array> {
    this.reads.push(ref.sha256);
    return this.#answer(() => {
      const bytes = this.artifacts.get(ref.sha256);
      if (bytes === undefined) throw new Error('no such artifact');
      return bytes;
    });
  }

  register(server: ServerIdentity, leaseSeconds: number): Promise<void> {
    return this.#answer(() => {
      this.leases.set(server.name, leaseSeconds);
    });
  }

  renewLease(serverName: string, leaseSeconds: number): Promise<boolean> {
    return this.#answer(() => {
      const known = this.leases.has(serverName);
      if (known) this.leases.set(serverName, leaseSeconds);
      return known;
    });
  }

  acknowledge(server: string, model: string, epoch: number, versionId: string): Promise<void> {
    return this.#answer(() => {
      this.acknowledgements.push({ server, model, epoch, versionId });
    });
  }

  deregister(serverName: string): Promise<void> {
    return this.#answer(() => {
      this.leases.delete(serverName);
    });
  }

  listen({ onSwap }: SwapHearing): Promise<{ close(): Promise<void> }> {
    return this.#answer(() => {
      this.#listeners.add(onSwap);
      return {
        close: () => {
          this.#listeners.delete(onSwap);
          return Promise.resolve();
        },
      };
    });
  }

  raiseAlert(alert: ServingAlert): Promise<void> {
    return this.#answer(() => {
      if (!this.alerts.some((known) => known.dedupeKey === alert.dedupeKey)) this.alerts.push(alert);
    });
  }

  reportDrill(server: string, drill: number, finding: DrillFinding): Promise<void> {
    return this.#answer(() => {
      this.drillReports.push({ server, drill, finding });
    });
  }

  journalOverride(record: OverrideRecord): Promise<void> {
    return this.#answer(() => {
      const key = `break-glass:${record.id}`;
      if (!this.audit.some((row) => row.key === key)) this.audit.push({ key, by: record.actor.subject });
    });
  }

  journalOverrideEnd(record: OverrideRecord, { how, by }: OverrideEnd): Promise<void> {
    return this.#answer(() => {
      const key = `break-glass:${record.id}:${how}`;
      if (!this.audit.some((row) => row.key === key)) this.audit.push({ key, by });
    });
  }

  /** A rollback as the registry would do it, or the refusal that a test asks for. */
  settleOverride(record: OverrideRecord): Promise<OverrideSettlement> {
    return this.#answer(() => {
      if (this.refusal !== '') return { outcome: 'refused', reason: this.refusal };
      const view = this.#reigns.get(record.model);
      const target = view?.previous.find(({ number }) => number === record.version);
      if (view === undefined || target === undefined || view.epoch !== record.epoch) {
        return { outcome: 'superseded', reason: 'the epoch has moved' };
      }
      this.commit(record.model, view.epoch + 1, target, { previous: [view.champion], serving: view.serving });
      return { outcome: 'rolled-back', reason: `epoch ${String(view.epoch + 1)}` };
    });
  }

  #answer<T>(give: () => T): Promise<T> {
    return this.cutOff ? Promise.reject(new Error('connection refused')) : Promise.resolve().then(give);
  }
}

/** Real time, plus whatever a test skips. */
export class SkippingClock implements ServingClock {
  skippedMs = 0;
  wallMs(): number {
    return Date.now() + this.skippedMs;
  }
  monotonicMs(): number {
    return performance.now() + this.skippedMs;
  }
}

export const QUIET_LOG: ServingLog = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** Polls a condition until it holds; fails after the deadline with what was awaited. */
export async function eventually(
  what: string,
  holds: () => boolean | Promise<boolean>,
  deadlineMs = 30_000,
): Promise<void> {
  const end = performance.now() + deadlineMs;
  while (!(await holds())) {
    if (performance.now() > end) throw new Error(`not within ${String(deadlineMs)} ms: ${what}`);
    await new Promise((resolve) => {
      setTimeout(resolve, 5);
    });
  }
}
