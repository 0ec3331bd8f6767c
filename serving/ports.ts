import type { DrillFinding } from '../contracts/drill.ts';
import type { ArtifactRef, Market } from '../contracts/primitives.ts';
import type { ServingSpec } from '../contracts/spec.ts';
import type { TraceCarrier } from '../contracts/trace-context.ts';
import type { OverrideEnd, OverrideRecord } from './break-glass-journal.ts';

/** A version as a server needs it: where its bytes lie and what it takes. */
export interface ServableVersion {
  /** SHA-256 of the manifest's identity; the `versionHash` of every answer. */
  readonly versionId: string;
  readonly number: number;
  readonly onnx: ArtifactRef;
  /** LightGBM's text, for explanations; null for a version that was registered without one. */
  readonly nativeModel: ArtifactRef | null;
  readonly featureNames: readonly string[];
  readonly featureSet: string;
  /** The SQL of its feature set, stored with it. */
  readonly featureCode: ArtifactRef;
  /**
   * Features that were missing in at least one training row. Only these take a null: LightGBM routes a missing value of any
   * other feature as if it were 0, which would be a silent zero.
   */
  readonly missingAllowed: ReadonlySet<string>;
  /**
   * Ascending quantiles (0, .01, ... 1) of the version's scores on recent rows of its snapshot; empty where none were recorded.
   * With `decision` they give the confidence of an answer (confidence.ts).
   */
  readonly scoreQuantiles: readonly number[];
  readonly decision: Decision;
}

/** Where in the ranking of a universe a version's book begins. */
export interface Decision {
  /** Shares of the universe, ascending: 1 - fraction, and fraction itself where the book has a short side. */
  readonly boundaries: readonly number[];
  /** Share of the universe that is held on one side. */
  readonly fraction: number;
}

/** One consistent reading of a model's row: champion, previous and challenger belong to the same epoch. */
export interface ReignView {
  readonly model: string;
  readonly epoch: number;
  readonly champion: ServableVersion;
  /** The last champions, newest first. */
  readonly previous: readonly ServableVersion[];
  readonly challenger: ServableVersion | null;
  readonly serving: ServingSpec;
  readonly market: Market;
  /** Market data folder of the spec in force. */
  readonly dataFolder: string;
  /** What consumers are told to do with the predictions; changes without a new epoch. */
  readonly side: ModelSide;
  /** By the name that consumers give themselves in their requests. */
  readonly consumers: ReadonlyMap<string, ConsumerWish>;
  /** Versions of consumers that are kept warm. */
  readonly pinned: readonly ServableVersion[];
  /** What the servers are asked to rehearse in this epoch; null: nothing. */
  readonly drill: DrillOrder | null;
}

/** A rehearsal of the way back. Nothing that answers changes by it. */
export interface DrillOrder {
  readonly id: number;
  /** The version that a rollback would go to. */
  readonly target: ServableVersion;
  /** Rows with the answers that the version gave when it was packaged. */
  readonly parity: ArtifactRef;
}

/** `pin`: answered by this version. `fallback`: by the champion, and by this version when the champion cannot answer. */
export interface ConsumerWish {
  readonly purpose: 'pin' | 'fallback';
  /** Number of the version. */
  readonly version: number;
}

export interface ModelSide {
  readonly action: 'serve' | 'reduce-only' | 'halt';
  /** Empty while the action is `serve`. */
  readonly reason: string;
  /** Epoch in force when it was set; 0: never set. */
  readonly epoch: number;
}

/** Who is champion, since which epoch, and what consumers are told to do. */
export interface ChampionPointer {
  readonly epoch: number;
  readonly versionId: string;
  readonly side: ModelSide;
}

/** A committed swap. Epochs of a model have no gaps: one that is skipped here was a notification that got lost. */
export interface SwapHeard {
  readonly model: string;
  readonly epoch: number;
}

export interface SwapHearing {
  /** Null: notifications may have been missed (a connection came back). */
  readonly onSwap: (notice: SwapHeard | null) => void;
  /** The trace in which the next swap of the model was made; not called for swaps that nobody traced. */
  readonly onTrace: (model: string, carrier: TraceCarrier) => void;
  /** A drill of the model was opened; the next whole reading names it. */
  readonly onDrill: (model: string) => void;
}

export interface ServerIdentity {
  /** Stable over restarts of the same server. */
  readonly name: string;
  readonly address: string;
  /** Empty: every model of the registry. */
  readonly models: readonly string[];
}

export interface ServingAlert {
  readonly model: string;
  readonly severity: 'WARNING' | 'CRITICAL';
  /** The error's code. */
  readonly kind: string;
  readonly text: string;
  /** The same alert is recorded once per key. */
  readonly dedupeKey: string;
}

/** All a server asks of the registry. Implemented over Postgres in registry-port.ts; every call may reject. */
export interface ServingRegistry {
  /** Names of the models this server may be asked for. */
  listModels(): Promise<readonly string[]>;
  /** Null while the model has never had a champion. */
  readReign(model: string): Promise<ReignView | null>;
  /** Epoch, champion and side alone: cheap, so that a swap between warm versions waits for nothing else. Null as above. */
  readChampion(model: string): Promise<ChampionPointer | null>;
  /** A version by number; null when there is none, or it has been deleted. */
  readVersion(model: string, number: number): Promise<ServableVersion | null>;
  readArtifact(ref: ArtifactRef): Promise<Uint8Array>;
  /** Takes or takes back the server's lease. */
  register(server: ServerIdentity, leaseSeconds: number): Promise<void>;
  /** False when the lease is unknown (expired and collected): register again. */
  renewLease(serverName: string, leaseSeconds: number): Promise<boolean>;
  acknowledge(serverName: string, model: string, epoch: number, versionId: string): Promise<void>;
  /** Gives the lease back, so that no swap waits for a server that left in good order. */
  deregister(serverName: string): Promise<void>;
  /**
   * Calls back after each commit that moved a model. Polling stands behind it, so a lost call costs at most one poll.
   */
  listen(hearing: SwapHearing): Promise<{ close(): Promise<void> }>;
  raiseAlert(alert: ServingAlert): Promise<void>;
  /** What this server found in a drill; the first word stands. */
  reportDrill(serverName: string, drill: number, finding: DrillFinding): Promise<void>;
  /** Writes into the audit that this server answered by a local override; the same one again has no effect. */
  journalOverride(record: OverrideRecord): Promise<void>;
  journalOverrideEnd(record: OverrideRecord, end: OverrideEnd): Promise<void>;
  /** Asks for the rollback that the override stands for, if the epoch it stood above is still in force. */
  settleOverride(record: OverrideRecord): Promise<OverrideSettlement>;
}

export interface OverrideSettlement {
  readonly outcome: 'rolled-back' | 'superseded' | 'refused';
  readonly reason: string;
}

/** Wall time for what people read, monotonic time for what must not be moved by a clock that is set. */
export interface ServingClock {
  wallMs(): number;
  monotonicMs(): number;
}

export const SYSTEM_CLOCK: ServingClock = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
};

export interface ServingLog {
  info(facts: Readonly<Record<string, unknown>>, message: string): void;
  warn(facts: Readonly<Record<string, unknown>>, message: string): void;
  error(facts: Readonly<Record<string, unknown>>, message: string): void;
}
