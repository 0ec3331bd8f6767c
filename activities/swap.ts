import { CancelledFailure, Context } from '@temporalio/activity';
import { setTimeout as delay } from 'node:timers/promises';
import { SYSTEM_ACTOR } from '../contracts/ids.ts';
import { notificationEvent } from '../contracts/notification.ts';
import type { RollbackInput } from '../contracts/retrain.ts';
import { artifactsOf } from '../contracts/version.ts';
import type { Registry } from '../registry/registry.ts';
import { freeText, notificationEnvelope } from './notification-envelope.ts';
import type { Workbench } from './workbench.ts';

export interface PromoteChampionInput {
  readonly retrainId: string;
  readonly model: string;
  readonly versionId: string;
  readonly expectedEpoch: number;
  readonly decisionEvidenceHash: string;
  readonly kind: 'promotion' | 'probation';
  readonly businessAt: string;
  readonly idempotencyKey: string;
  readonly correlationId: string;
}

export interface SwapResult {
  readonly model: string;
  readonly epoch: number;
  readonly fromVersion: number | null;
  readonly toVersion: number;
  readonly versionId: string;
  /** Wall instant of the commit. */
  readonly committedAt: string;
}

export interface AwaitAcknowledgementInput {
  readonly model: string;
  readonly epoch: number;
  readonly committedAt: string;
  readonly timeoutMs: number;
  readonly correlationId: string;
}

export interface AcknowledgementResult {
  readonly status: 'complete' | 'partial';
  readonly acknowledgedBy: readonly string[];
  readonly missingServers: readonly string[];
  /** Commit to the last acknowledgement. */
  readonly elapsedMs: number;
}

/** Activities of the `control` queue that move the champion. */
export interface SwapActivities {
  promoteChampion(input: PromoteChampionInput): Promise<SwapResult>;
  rollbackChampion(input: RollbackInput): Promise<SwapResult>;
  awaitAcknowledgement(input: AwaitAcknowledgementInput): Promise<AcknowledgementResult>;
}

/** How often the registry is asked who has acknowledged; servers hear of a swap within milliseconds. */
const POLL_MS = 20;

export function swapActivities(bench: Workbench): SwapActivities {
  const { registry } = bench;
  return {
    promoteChampion: async (input) => {
      await requireIntactArtifacts(bench, input);
      return await registry.promote(input);
    },
    rollbackChampion: ({ expectedEpoch, ...input }) =>
      registry.rollback(expectedEpoch === null ? input : { ...input, expectedEpoch }),
    awaitAcknowledgement: async (input) => {
      const answer = await awaitServers(registry, input, Context.current().cancellationSignal);
      await announce(bench, input, answer);
      return answer;
    },
  };
}

/**
 * A version whose bytes are not those its manifest names never becomes champion: no server could load it.
 *
 * @throws StoredArtifactCorrupt, ArtifactMissing
 */
async function requireIntactArtifacts(
  { registry, artifacts }: Workbench,
  { model, versionId }: PromoteChampionInput,
): Promise<void> {
  const { manifest } = await registry.getVersion({ model, version: versionId });
  for (const artifact of artifactsOf(manifest)) await artifacts.localFile(artifact);
}

/**
 * Waits until every server with a valid lease answers with the epoch, or the time is up. Throws CancelledFailure when it is
 * `stopped` before: a server that is about to answer is not missing, and the next worker waits on.
 */
export async function awaitServers(
  registry: Pick<Registry, 'swapStatus'>,
  input: Pick<AwaitAcknowledgementInput, 'model' | 'epoch' | 'committedAt' | 'timeoutMs'>,
  stopped?: AbortSignal,
): Promise<AcknowledgementResult> {
  const { model, epoch } = input;
  const deadline = performance.now() + input.timeoutMs;
  for (;;) {
    const status = await registry.swapStatus({ model, epoch });
    if (status.status === 'complete' || performance.now() >= deadline) {
      const last = status.lastAcknowledgedAt;
      return {
        status: status.status,
        acknowledgedBy: status.acknowledged.map(({ server }) => server),
        missingServers: status.missing.map(({ server }) => server),
        elapsedMs: last === null ? 0 : Math.max(0, Date.parse(last) - Date.parse(input.committedAt)),
      };
    }
    if (stopped?.aborted === true) throw new CancelledFailure('stopped before every server had acknowledged');
    await delay(POLL_MS);
  }
}

/**
 * Completes the announcement that the swap left in the outbox with the servers' acknowledgements, and pages when some are
 * missing.
 */
async function announce(
  bench: Workbench,
  input: AwaitAcknowledgementInput,
  answer: AcknowledgementResult,
): Promise<void> {
  const { registry } = bench;
  const { model, epoch } = input;
  const reigns = await registry.reigns({ model });
  const reign = reigns.find((candidate) => candidate.epoch === epoch);
  if (reign === undefined) return;
  const from =
    reign.fromVersion === null ? null : await registry.getVersion({ model, version: reign.fromVersion });
  const to = { number: reign.version, id: reign.versionId };
  const before = from === null ? null : { number: from.number, id: from.id };
  const status = await registry.swapStatus({ model, epoch });
  const acknowledged = status.acknowledged.map(({ server, epoch: at }) => ({ server, epoch: at }));
  const envelope = notificationEnvelope(bench, {
    model,
    retrainId: reign.retrainId,
    asOf: null,
    session: null,
    correlationId: input.correlationId,
  });
  const facts = { ...envelope, from: before, to, epoch, acknowledged };
  const done =
    reign.cause === 'rollback' && before !== null
      ? notificationEvent({
          ...facts,
          kind: 'rolled-back',
          severity: 'ERROR',
          from: before,
          cause: reign.actor === SYSTEM_ACTOR.subject ? 'guard' : 'manual',
          requestedBy: reign.actor,
          reason: freeText(reign.reason),
          tookMs: answer.elapsedMs,
        })
      : notificationEvent({
          ...facts,
          kind: 'swapped',
          severity: 'INFO',
          tookMs: answer.elapsedMs,
          rollbackCommand: `npm run contender -- rollback ${model} --reason "why"`,
        });
  if (answer.status === 'complete' || status.missing.length === 0) {
    await registry.enqueueNotification({ event: done });
    return;
  }
  const { spec } = await registry.currentSpec({ model });
  await registry.enqueueNotification({
    event: notificationEvent({
      ...facts,
      kind: 'swap-partial',
      severity: 'CRITICAL',
      missing: status.missing.map(({ server, epoch: at }) => ({ server, epoch: at })),
      onStale: spec.serving.onStale,
      waitedMs: input.timeoutMs,
    }),
    replaces: done.dedupeKey,
  });
}
