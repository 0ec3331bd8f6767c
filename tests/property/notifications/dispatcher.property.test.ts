import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Channel, Delivery } from '../../../notifications/channels/channel.ts';
import { NotificationDispatcher } from '../../../notifications/dispatcher.ts';
import { NO_ALERTS } from '../../../notifications/route-lane.ts';
import type { OutboxClaim, OutboxPort } from '../../../notifications/outbox-port.ts';
import type { SendOutcome } from '../../../notifications/outcome.ts';
import { MemoryOutbox } from '../../unit/notifications/memory-outbox.ts';
import { numberedEvent } from '../../unit/notifications/sample-events.ts';
import { VirtualTimer } from '../../unit/notifications/virtual-timer.ts';

/** What happens to one attempt. `arrives`: the receiver took the message, whatever the sender learned. */
type Fate = 'sent' | 'down' | 'refused' | 'lost-unknown' | 'arrives-unknown' | 'arrives-worker-killed';

const OUTCOMES: Readonly<Record<Fate, SendOutcome>> = {
  sent: { kind: 'sent', receipt: 'ok' },
  down: { kind: 'retry-later', reason: 'down', at: null },
  refused: { kind: 'refused', reason: 'no' },
  'lost-unknown': { kind: 'unknown', reason: 'lost' },
  'arrives-unknown': { kind: 'unknown', reason: 'dropped' },
  'arrives-worker-killed': { kind: 'sent', receipt: 'ok' },
};

const ARRIVES: ReadonlySet<Fate> = new Set(['sent', 'arrives-unknown', 'arrives-worker-killed']);

class Killed extends Error {}

/** A world in which attempts meet their fates in order; afterwards everything works. */
function createWorld(fates: readonly Fate[]) {
  const timer = new VirtualTimer('2024-03-08T06:30:00.000Z');
  const outbox = new MemoryOutbox(() => timer.now());
  const arrived = new Map<string, number>();
  const kept = new Set<string>();
  const recorded = new Set<string>();
  const violations: string[] = [];
  const left = [...fates];
  let killed = false;

  const slack: Channel = {
    name: 'slack',
    timeoutMs: 1000,
    minIntervalMs: 0,
    concurrency: 2,
    send: ({ dedupeKey }: Delivery) => {
      if (recorded.has(dedupeKey)) violations.push(`sent again after a recorded success: ${dedupeKey}`);
      const fate = left.shift() ?? 'sent';
      if (ARRIVES.has(fate)) arrived.set(dedupeKey, (arrived.get(dedupeKey) ?? 0) + 1);
      if (fate === 'arrives-worker-killed') killed = true;
      return Promise.resolve(OUTCOMES[fate]);
    },
  };
  const log: Channel = {
    name: 'log',
    timeoutMs: 1000,
    minIntervalMs: 0,
    concurrency: 1,
    send: ({ dedupeKey }: Delivery) => {
      kept.add(dedupeKey);
      return Promise.resolve({ kind: 'sent', receipt: 'file' });
    },
  };
  /** A killed worker records nothing any more. */
  const alive = async (write: () => Promise<void>) => {
    if (killed) throw new Killed('killed');
    await write();
  };
  const port: OutboxPort = {
    claim: (request) => (killed ? Promise.reject(new Killed('killed')) : outbox.claim(request)),
    toAlert: (claim, alert) => alive(() => outbox.toAlert(claim, alert)),
    fanOut: (claim, channels) => alive(() => outbox.fanOut(claim, channels)),
    markSent: (claim, receipt) =>
      alive(async () => {
        await outbox.markSent(claim, receipt);
        if (claim.channel === 'slack') recorded.add(claim.dedupeKey);
      }),
    markUnknown: (claim: OutboxClaim, at, reason) => alive(() => outbox.markUnknown(claim, at, reason)),
    markRetry: (claim, at, reason) => alive(() => outbox.markRetry(claim, at, reason)),
    markDead: (claim, reason) => alive(() => outbox.markDead(claim, reason)),
  };
  const start = () => {
    killed = false;
    return new NotificationDispatcher({
      alerts: NO_ALERTS,
      outbox: port,
      channels: [slack],
      lastResort: log,
      route: () => ['slack'],
      observer: {
        attempted: () => undefined,
        gaveUp: () => undefined,
        recordFailed: () => undefined,
        outboxFailed: () => undefined,
      },
      random: () => 0.5,
      timer,
      leaseSeconds: 60,
    });
  };
  return { timer, outbox, arrived, kept, recorded, violations, start };
}

async function settle(world: ReturnType<typeof createWorld>): Promise<void> {
  const { outbox, timer } = world;
  for (let pass = 0; pass < 300; pass += 1) {
    // A fresh dispatcher each time: nothing may depend on what a worker remembers.
    await world
      .start()
      .dispatchOnce()
      .catch((error: unknown) => {
        if (!(error instanceof Killed)) throw error;
      });
    const pending = outbox.rows.filter(({ state }) => state === 'pending');
    if (pending.length === 0) return;
    timer.nowMs = Math.max(
      timer.nowMs,
      Math.min(...pending.map((row) => Math.max(row.dueAtMs, row.lease?.untilMs ?? 0))),
    );
  }
  throw new Error('rows are still pending');
}

const fate = fc.constantFrom<Fate>(
  'sent',
  'down',
  'refused',
  'lost-unknown',
  'arrives-unknown',
  'arrives-worker-killed',
);

describe('whatever happens to receivers and workers', () => {
  it('loses nothing, sends nothing again after a recorded success, and counts every repeat', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 6 }),
        fc.array(fate, { maxLength: 25 }),
        async (events, fates) => {
          const world = createWorld(fates);
          const keys = Array.from({ length: events }, (_, index) => numberedEvent(index + 1));
          for (const event of keys) world.outbox.enqueue(event);
          await settle(world);
          expect(world.violations).toEqual([]);
          for (const { dedupeKey } of keys) {
            const row = world.outbox.rows.find(
              (candidate) => candidate.channel === 'slack' && candidate.dedupeKey === dedupeKey,
            );
            const arrivals = world.arrived.get(dedupeKey) ?? 0;
            expect(['sent', 'dead']).toContain(row?.state);
            // Nothing is lost: it arrived, or it is kept.
            expect(row?.state === 'sent' ? arrivals >= 1 : world.kept.has(dedupeKey)).toBe(true);
            // Nobody sees more copies than there were outcomes nobody knew, and one.
            expect(arrivals).toBeLessThanOrEqual(1 + (row?.unknownOutcomes ?? 0));
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});
