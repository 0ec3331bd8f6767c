import { createHash, randomUUID } from 'node:crypto';
import type { Actor, ArtifactRef } from '../../../contracts/primitives.ts';
import type { RetrainInput } from '../../../contracts/retrain.ts';
import type { SnapshotManifest, SnapshotRef } from '../../../contracts/snapshot.ts';
import { ModelSpec } from '../../../contracts/spec.ts';
import type { Recipe } from '../../../contracts/training.ts';
import type { GateVerdict } from '../../../contracts/verdict.ts';
import type { TrainedIdentity, TrainedManifest } from '../../../contracts/version.ts';
import { hashValue } from '../../../registry/hash.ts';
import type { OpenedDecision } from '../../../registry/evidence.ts';
import type { Registry } from '../../../registry/registry.ts';
import type { SwapOutcome } from '../../../registry/swaps.ts';

/** People of the tests. */
export const ANA: Actor = { subject: 'ana', roles: ['researcher'] };
export const LEE: Actor = { subject: 'lee', roles: ['quant-lead'] };
export const KIM: Actor = { subject: 'kim', roles: ['quant-lead'] };
export const OPS: Actor = { subject: 'ops', roles: ['operator'] };

const sha = (text: string): string => createHash('sha256').update(text).digest('hex');
export const artifact = (name: string): ArtifactRef => ({
  sha256: sha(name),
  bytes: name.length,
  mediaType: 'application/octet-stream',
});

export function spec(model: string, changes: Record<string, unknown> = {}): ModelSpec {
  return ModelSpec.parse({ model, market: 'XTAI', data: './data/tw', ...changes });
}

export function recipe(seed: number): Recipe {
  return {
    market: 'XTAI',
    featureSet: 'price_volume',
    features: ['momentum_5', 'volatility_20'],
    label: { kind: 'forward_return_rank', horizonSessions: 5, entryDelaySessions: 1 },
    portfolio: {
      kind: 'long_only_excess',
      holdSessions: 5,
      topFraction: 0.1,
      turnoverBuffer: 0.2,
      costs: 'market',
    },
    params: {
      objective: 'regression',
      numLeaves: 31,
      learningRate: 0.05,
      maxIterations: 100 + seed,
      earlyStoppingRounds: 50,
      minDataInLeaf: 100,
      featureFraction: 0.8,
      baggingFraction: 0.8,
      lambdaL2: 1,
      maxBin: 255,
    },
    fitting: { monotone: {}, weightHalfLifeSessions: 0 },
    foldPlan: { trainSessions: 750, testSessions: 63, purgeSessions: 6, embargoSessions: 7 },
  };
}

export function snapshotOf(asOf: string): { manifest: SnapshotManifest; ref: SnapshotRef } {
  const identity: SnapshotManifest['identity'] = {
    schema: 1,
    market: 'XTAI',
    asOf,
    featureSet: 'price_volume',
    featureCodeHash: sha('feature code'),
    featureNames: ['momentum_5', 'volatility_20'],
    label: { kind: 'forward_return_rank', horizonSessions: 5, entryDelaySessions: 1 },
    calendarHash: sha('calendar'),
    rowHash: sha(`rows ${asOf}`),
    returnsHash: sha(`returns ${asOf}`),
  };
  const snapshotId = hashValue(identity);
  const shape: SnapshotManifest['shape'] = {
    rows: 1000,
    labelledRows: 900,
    symbols: 100,
    sessions: 10,
    firstSession: '2019-01-02',
    lastSession: '2019-01-15',
    lastLabelSession: '2019-01-08',
  };
  const provenance: SnapshotManifest['provenance'] = {
    createdAt: '2026-01-01T00:00:00.000Z',
    extractionSeconds: 1,
    sources: [],
    droppedRows: {},
  };
  const ref: SnapshotRef = {
    snapshotId,
    rows: artifact(`rows ${asOf}`),
    returns: artifact(`returns ${asOf}`),
    manifest: artifact(`manifest ${asOf}`),
    featureCode: artifact('feature code'),
    shape,
    featureNames: identity.featureNames,
  };
  return { manifest: { snapshotId, identity, shape, provenance }, ref };
}

export function manifestOf(model: string, snapshotId: string, seed: number): TrainedManifest {
  const identity: TrainedIdentity = {
    schema: 1,
    model,
    onnxSha256: artifact(`onnx ${model} ${String(seed)}`).sha256,
    nativeModelSha256: artifact(`native ${model} ${String(seed)}`).sha256,
    featureNames: ['momentum_5', 'volatility_20'],
    featureSet: 'price_volume',
    featureCodeHash: artifact('feature code').sha256,
    snapshotId,
    recipe: recipe(seed),
    iterations: 80,
    seed: 7,
    environment: {
      python: '3.11.2',
      lightgbm: '4.6.0',
      numpy: '2.4.6',
      lockHash: sha('lock'),
      threads: 1,
      cpuClass: 'x86_64-avx2',
    },
  };
  return {
    versionId: hashValue(identity),
    identity,
    artifacts: {
      onnx: artifact(`onnx ${model} ${String(seed)}`),
      nativeModel: artifact(`native ${model} ${String(seed)}`),
      featureCode: artifact('feature code'),
      parity: artifact(`parity ${model} ${String(seed)}`),
    },
    provenance: {},
  };
}

export const gate = (name: GateVerdict['gate'], verdict: GateVerdict['verdict'] = 'pass'): GateVerdict => ({
  gate: name,
  verdict,
  number: 1,
  threshold: 1,
  comparison: '>=',
  enforced: true,
  reason: `${name} ${verdict}`,
  details: {},
});
export const GOOD_GATES = [gate('leak'), gate('parity'), gate('spa')];

export const asOfMonth = (month: number): string => new Date(Date.UTC(2019, month, 1, 19)).toISOString();

export interface Candidate {
  readonly model: string;
  readonly retrainId: string;
  readonly versionId: string;
  readonly number: number;
  readonly epoch: number;
  readonly asOf: string;
}

/** Drives retrains through the registry alone, the way the workflow does. */
export class RegistryWorld {
  readonly registry: Registry;
  readonly #manifest: typeof manifestOf;
  #months = 0;

  /** `manifest`: for worlds whose versions have to be loaded by somebody. */
  constructor(registry: Registry, manifest = manifestOf) {
    this.registry = registry;
    this.#manifest = manifest;
  }

  /** A model with a spec by Ana; the name is new on each call. */
  async model(changes: Record<string, unknown> = {}): Promise<string> {
    const model = `m-${randomUUID().slice(0, 8)}`;
    await this.registry.applySpec({
      spec: spec(model, changes),
      actor: ANA,
      secondPerson: null,
      reason: 'first',
    });
    return model;
  }

  input(model: string, changes: Partial<RetrainInput> = {}): RetrainInput & { retrainId: string } {
    this.#months += 1;
    const input: RetrainInput = {
      model,
      asOf: asOfMonth(this.#months),
      trigger: 'manual',
      requester: ANA,
      clock: { mode: 'replay', secondsPerSession: 1, approvalSecondsPerSession: 60 },
      emergency: false,
      allowProbation: false,
      reason: 'test',
      correlationId: randomUUID(),
      ...changes,
    };
    return { ...input, retrainId: `retrain:${model}:${input.asOf}` };
  }

  /** Steps 1 to 4: an open retrain with a registered version. */
  async candidate(model: string, seed: number, changes: Partial<RetrainInput> = {}): Promise<Candidate> {
    const input = this.input(model, changes);
    const { retrainId, asOf } = input;
    const { epoch } = await this.registry.createRetrain(input);
    const snapshot = snapshotOf(asOf);
    await this.registry.recordSnapshot({ retrainId, ...snapshot });
    const manifest = this.#manifest(model, snapshot.manifest.snapshotId, seed);
    const { number } = await this.registry.registerVersion({ retrainId, manifest });
    return { model, retrainId, versionId: manifest.versionId, number, epoch, asOf };
  }

  /** Steps 5 and 6; the hash of the shadow evidence. */
  async shadowed(candidate: Candidate, verdicts: readonly GateVerdict[] = GOOD_GATES): Promise<string> {
    const { retrainId, versionId } = candidate;
    const verdict = verdicts.every((each) => each.verdict === 'pass') ? 'pass' : 'fail';
    const gates = await this.registry.saveEvidence({
      kind: 'gate',
      retrainId,
      versionId,
      verdict,
      verdicts,
      facts: {},
    });
    const shadow = await this.registry.saveEvidence({
      kind: 'shadow',
      retrainId,
      versionId,
      parentHash: gates.evidenceHash,
      verdict: 'pass',
      facts: { sessions: 7 },
    });
    return shadow.evidenceHash;
  }

  async decision(
    candidate: Candidate,
    parentHash: string,
    changes: Partial<Parameters<Registry['openDecision']>[0]> = {},
  ): Promise<OpenedDecision> {
    return this.registry.openDecision({
      retrainId: candidate.retrainId,
      versionId: candidate.versionId,
      parentHash,
      admission: 'promotion',
      expectedEpoch: candidate.epoch,
      expiresAt: new Date(Date.now() + 600_000).toISOString(),
      facts: {},
      deputyFrom: null,
      notification: null,
      ...changes,
    });
  }

  async approve(candidate: Candidate, evidenceHash: string, ...leads: readonly Actor[]): Promise<void> {
    for (const actor of leads) {
      await this.registry.recordApproval({
        retrainId: candidate.retrainId,
        decision: { decision: 'approve', actor, evidenceHash, reason: 'good numbers' },
      });
    }
  }

  /** Steps 5 to 7: everything that a promotion needs, signed by Lee. */
  async approved(candidate: Candidate): Promise<string> {
    const { evidenceHash } = await this.decision(candidate, await this.shadowed(candidate));
    await this.approve(candidate, evidenceHash, LEE);
    return evidenceHash;
  }

  promote(
    candidate: Candidate,
    decisionEvidenceHash: string,
    changes: Partial<Parameters<Registry['promote']>[0]> = {},
  ): Promise<SwapOutcome> {
    return this.registry.promote({
      retrainId: candidate.retrainId,
      model: candidate.model,
      versionId: candidate.versionId,
      expectedEpoch: candidate.epoch,
      decisionEvidenceHash,
      kind: 'promotion',
      businessAt: candidate.asOf,
      idempotencyKey: `promote:${candidate.retrainId}:${candidate.versionId}`,
      correlationId: candidate.retrainId,
      ...changes,
    });
  }

  async finish(candidate: Candidate, outcome: 'promoted' | 'refused' | 'failed' = 'promoted'): Promise<void> {
    await this.registry.finishRetrain({
      retrainId: candidate.retrainId,
      outcome,
      step: 'swap',
      reason: 'done',
      code: '',
      verdict: null,
      notification: null,
    });
  }

  /** The whole way: a new champion. */
  async champion(model: string, seed: number): Promise<Candidate & { readonly swap: SwapOutcome }> {
    const candidate = await this.candidate(model, seed);
    const swap = await this.promote(candidate, await this.approved(candidate));
    await this.finish(candidate);
    return { ...candidate, swap };
  }

  rollback(model: string, changes: Partial<Parameters<Registry['rollback']>[0]> = {}): Promise<SwapOutcome> {
    return this.registry.rollback({
      model,
      toVersion: null,
      reason: 'it misbehaves',
      actor: OPS,
      idempotencyKey: randomUUID(),
      correlationId: 'test',
      ...changes,
    });
  }
}
