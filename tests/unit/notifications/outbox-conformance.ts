import { describe, expect, it } from 'vitest';
import type { NotificationEvent } from '../../../contracts/notification.ts';
import type { ClaimRequest, OutboxClaim, OutboxPort } from '../../../notifications/outbox-port.ts';

/** What the suite needs from an implementation besides the port. */
export interface OutboxUnderTest {
  readonly outbox: OutboxPort;
  /** A fact of its own for each number, that no other test has told this outbox. */
  event(number: number): NotificationEvent;
  /** What a writer does: one row addressed to `route`, unless told otherwise. */
  enqueue(event: NotificationEvent, channel?: OutboxClaim['channel']): Promise<void>;
  /** The state of one row. */
  inspect(
    dedupeKey: string,
    channel: OutboxClaim['channel'],
  ): Promise<{ state: string; attempts: number; unknownOutcomes: number } | null>;
  /** Lets the given time pass for leases and due times. */
  passSeconds(seconds: number): Promise<void>;
  /** The instant the implementation holds for now. */
  now(): Promise<number>;
}

const request = (channel: ClaimRequest['channel'], batch = 10): ClaimRequest => ({
  channel,
  batch,
  leaseSeconds: 60,
});

const first = (claims: readonly OutboxClaim[]): OutboxClaim => {
  const [claim] = claims;
  if (claim === undefined) throw new Error('nothing was claimed');
  return claim;
};

/** Every outbox passes this, the one in memory that unit tests use and the one in Postgres. */
export function outboxConformance(name: string, create: () => Promise<OutboxUnderTest>): void {
  describe(`the outbox ${name}`, () => {
    const soon = async (under: OutboxUnderTest, seconds: number) =>
      new Date((await under.now()) + seconds * 1000).toISOString();

    it('hands out an event once, with everything the dispatcher needs', async () => {
      const under = await create();
      const event = under.event(1);
      await under.enqueue(event);
      const claim = first(await under.outbox.claim(request('route')));
      expect(claim).toMatchObject({
        channel: 'route',
        dedupeKey: event.dedupeKey,
        event,
        attempts: 1,
        unknownOutcomes: 0,
      });
      expect(claim.createdAt).toMatch(/^\d{4}-.*\.\d{3}Z$/u);
      expect(Date.parse(claim.leaseUntil) - (await under.now())).toBeGreaterThan(50_000);
      expect(await under.outbox.claim(request('route'))).toEqual([]);
    });

    it('keeps one row for a fact that is reported twice', async () => {
      const under = await create();
      await under.enqueue(under.event(1));
      await under.enqueue(under.event(1));
      expect(await under.outbox.claim(request('route'))).toHaveLength(1);
    });

    it('hands out the oldest first and no more than asked for', async () => {
      const under = await create();
      for (const number of [1, 2, 3]) await under.enqueue(under.event(number));
      const keys = async (batch: number) =>
        (await under.outbox.claim(request('route', batch))).map(({ dedupeKey }) => dedupeKey);
      expect(await keys(2)).toEqual([under.event(1).dedupeKey, under.event(2).dedupeKey]);
      expect(await keys(2)).toEqual([under.event(3).dedupeKey]);
    });

    it('gives one row to one of many callers', async () => {
      const under = await create();
      for (let number = 1; number <= 20; number += 1) await under.enqueue(under.event(number));
      const claims = await Promise.all(
        Array.from({ length: 8 }, () => under.outbox.claim(request('route', 5))),
      );
      const ids = claims.flat().map(({ id }) => id);
      expect(new Set(ids).size).toBe(ids.length);
      expect(ids.length).toBe(20);
    });

    it('fans an event out to its channels once, and never again', async () => {
      const under = await create();
      await under.enqueue(under.event(1));
      const claim = first(await under.outbox.claim(request('route')));
      await under.outbox.fanOut(claim, ['slack', 'email']);
      await under.outbox.fanOut(claim, ['slack', 'email']);
      const slack = await under.outbox.claim(request('slack'));
      expect(slack).toHaveLength(1);
      expect(first(slack)).toMatchObject({
        dedupeKey: claim.dedupeKey,
        event: claim.event,
        createdAt: claim.createdAt,
      });
      expect(await under.outbox.claim(request('email'))).toHaveLength(1);
      expect(await under.outbox.claim(request('log'))).toHaveLength(0);
      await under.passSeconds(120);
      expect(await under.outbox.claim(request('route'))).toEqual([]);
    });

    it('leaves a row that a channel has already finished as it is when the event is fanned out again', async () => {
      const under = await create();
      await under.enqueue(under.event(1));
      const claim = first(await under.outbox.claim(request('route')));
      await under.outbox.fanOut(claim, ['slack']);
      await under.outbox.markSent(first(await under.outbox.claim(request('slack'))), 'ok');
      await under.outbox.fanOut(claim, ['slack']);
      expect(await under.outbox.claim(request('slack'))).toEqual([]);
    });

    it('never hands out a row after a recorded success', async () => {
      const under = await create();
      await under.enqueue(under.event(1), 'slack');
      const claim = first(await under.outbox.claim(request('slack')));
      await under.outbox.markSent(claim, 'ok');
      await under.outbox.markUnknown(claim, await soon(under, 0), 'late');
      await under.outbox.markRetry(claim, await soon(under, 0), 'late');
      await under.outbox.markDead(claim, 'late');
      await under.passSeconds(3600);
      expect(await under.outbox.claim(request('slack'))).toEqual([]);
      expect(await under.inspect(claim.dedupeKey, 'slack')).toMatchObject({ state: 'sent' });
    });

    it('remembers a success that comes after the lease was lost', async () => {
      const under = await create();
      await under.enqueue(under.event(1), 'slack');
      const late = first(await under.outbox.claim(request('slack')));
      await under.passSeconds(61);
      const current = first(await under.outbox.claim(request('slack')));
      await under.outbox.markSent(late, 'ok');
      await under.outbox.markRetry(current, await soon(under, 0), 'no');
      await under.passSeconds(3600);
      expect(await under.outbox.claim(request('slack'))).toEqual([]);
    });

    it('ignores what a lost lease says, other than a success', async () => {
      const under = await create();
      await under.enqueue(under.event(1), 'slack');
      const late = first(await under.outbox.claim(request('slack')));
      await under.passSeconds(61);
      const current = first(await under.outbox.claim(request('slack')));
      await under.outbox.markDead(late, 'late');
      await under.outbox.markUnknown(late, await soon(under, 0), 'late');
      await under.outbox.markRetry(late, await soon(under, 0), 'late');
      expect(await under.outbox.claim(request('slack'))).toEqual([]);
      expect(await under.inspect(late.dedupeKey, 'slack')).toMatchObject({
        state: 'pending',
        attempts: 2,
        unknownOutcomes: 1,
      });
      await under.outbox.markSent(current, 'ok');
      expect(await under.inspect(late.dedupeKey, 'slack')).toMatchObject({ state: 'sent' });
    });

    it('counts an unknown outcome when a lease ran out unmarked', async () => {
      const under = await create();
      await under.enqueue(under.event(1), 'email');
      await under.outbox.claim(request('email'));
      await under.passSeconds(61);
      const again = first(await under.outbox.claim(request('email')));
      expect(again).toMatchObject({ attempts: 2, unknownOutcomes: 1 });
    });

    it('holds a row back until its time, and counts unknown outcomes apart from plain retries', async () => {
      const under = await create();
      await under.enqueue(under.event(1), 'email');
      const one = first(await under.outbox.claim(request('email')));
      await under.outbox.markRetry(one, await soon(under, 100), 'down');
      expect(await under.outbox.claim(request('email'))).toEqual([]);
      await under.passSeconds(101);
      const two = first(await under.outbox.claim(request('email')));
      expect(two).toMatchObject({ attempts: 2, unknownOutcomes: 0 });
      await under.outbox.markUnknown(two, await soon(under, 100), 'dropped');
      await under.passSeconds(101);
      const three = first(await under.outbox.claim(request('email')));
      expect(three).toMatchObject({ attempts: 3, unknownOutcomes: 1 });
      expect(three.leaseToken).not.toBe(two.leaseToken);
    });

    it('never hands out a dead row', async () => {
      const under = await create();
      await under.enqueue(under.event(1), 'slack');
      await under.outbox.markDead(first(await under.outbox.claim(request('slack'))), 'refused');
      await under.passSeconds(3600);
      expect(await under.outbox.claim(request('slack'))).toEqual([]);
    });
  });
}
