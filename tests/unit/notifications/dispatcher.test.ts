import { describe, expect, it } from 'vitest';
import type { Channel } from '../../../notifications/channels/channel.ts';
import { NotificationDispatcher } from '../../../notifications/dispatcher.ts';
import { NO_ALERTS } from '../../../notifications/route-lane.ts';
import type { DispatcherOptions } from '../../../notifications/dispatcher.ts';
import type { OutboxClaim } from '../../../notifications/outbox-port.ts';
import type { SendOutcome } from '../../../notifications/outcome.ts';
import { MemoryOutbox } from './memory-outbox.ts';
import { numberedEvent, sampleEvent } from './sample-events.ts';
import { ScriptedChannel, down, refused, sent, unknown } from './scripted-channel.ts';
import { VirtualTimer } from './virtual-timer.ts';

interface Setup {
  readonly slack: readonly (SendOutcome | Error)[];
  readonly log?: readonly (SendOutcome | Error)[];
  readonly minIntervalMs?: number;
  readonly concurrency?: number;
  readonly options?: Partial<DispatcherOptions>;
}

function setUp({
  slack: script,
  log: logScript = [sent],
  minIntervalMs = 0,
  concurrency = 1,
  options,
}: Setup) {
  const timer = new VirtualTimer('2024-03-08T06:30:00.000Z');
  const now = () => timer.now();
  const outbox = new MemoryOutbox(now);
  const slack = new ScriptedChannel({ name: 'slack', script, now, minIntervalMs, concurrency });
  const log = new ScriptedChannel({ name: 'log', script: logScript, now });
  const gaveUp: string[] = [];
  const attempts: { readonly claim: OutboxClaim; readonly kind: string }[] = [];
  const recordFailures: unknown[] = [];
  const dispatcher = new NotificationDispatcher({
    alerts: NO_ALERTS,
    outbox,
    channels: [slack],
    lastResort: log,
    route: () => ['slack'],
    observer: {
      attempted: (claim, { kind }) => attempts.push({ claim, kind }),
      gaveUp: (_claim, reason) => gaveUp.push(reason),
      recordFailed: (_claim, error) => recordFailures.push(error),
      outboxFailed: () => undefined,
    },
    random: () => 1,
    timer,
    ...options,
  });
  const row = (channel: string) => outbox.rows.find((candidate) => candidate.channel === channel);
  return { timer, outbox, slack, log, dispatcher, gaveUp, attempts, recordFailures, row };
}

/** Works and lets time pass until nothing is pending. */
async function settle(
  { dispatcher, outbox, timer }: ReturnType<typeof setUp>,
  maxPasses = 200,
): Promise<void> {
  for (let pass = 0; pass < maxPasses; pass += 1) {
    await dispatcher.dispatchOnce();
    const pending = outbox.rows.filter(({ state }) => state === 'pending');
    if (pending.length === 0) return;
    const nextMs = Math.min(...pending.map((row) => Math.max(row.dueAtMs, row.lease?.untilMs ?? 0)));
    timer.nowMs = Math.max(timer.nowMs, nextMs);
  }
  throw new Error('rows are still pending');
}

describe('the dispatcher', () => {
  it('sends an event once and records it', async () => {
    const world = setUp({ slack: [sent] });
    world.outbox.enqueue(sampleEvent('swapped'));
    await settle(world);
    await world.dispatcher.dispatchOnce();
    expect(world.slack.sent).toHaveLength(1);
    expect(world.row('slack')).toMatchObject({ state: 'sent', note: 'ok', attempts: 1 });
    expect(world.log.sent).toHaveLength(0);
  });

  it('repeats after an unknown outcome, the same delivery under the same key, and counts it', async () => {
    const world = setUp({ slack: [unknown, unknown, sent] });
    world.outbox.enqueue(sampleEvent('swapped'));
    await settle(world);
    const deliveries = world.slack.sent.map(({ delivery }) => delivery);
    expect(deliveries).toHaveLength(3);
    expect(deliveries[1]).toEqual(deliveries[0]);
    expect(deliveries[2]).toEqual(deliveries[0]);
    expect(world.row('slack')).toMatchObject({ state: 'sent', unknownOutcomes: 2 });
    expect(world.attempts.map(({ kind }) => kind)).toEqual(['unknown', 'unknown', 'sent']);
    expect(world.attempts.map(({ claim }) => claim.unknownOutcomes)).toEqual([0, 1, 2]);
  });

  it('waits longer and longer for a receiver that is down, up to the cap, and does not call that unknown', async () => {
    const world = setUp({ slack: [...Array.from({ length: 11 }, () => down), sent] });
    world.outbox.enqueue(sampleEvent('swapped'));
    await settle(world);
    const times = world.slack.sent.map(({ atMs }) => atMs);
    const waits = times.slice(1).map((time, index) => (time - (times[index] ?? 0)) / 1000);
    expect(waits).toEqual([2, 4, 8, 16, 32, 60, 60, 60, 60, 60, 60]);
    expect(world.row('slack')).toMatchObject({ state: 'sent', unknownOutcomes: 0 });
  });

  it('waits longer before it repeats what may have arrived', async () => {
    const world = setUp({ slack: [unknown] });
    world.outbox.enqueue(sampleEvent('swapped'));
    await settle(world);
    const times = world.slack.sent.map(({ atMs }) => atMs);
    const waits = times.slice(1).map((time, index) => (time - (times[index] ?? 0)) / 1000);
    expect(waits).toEqual([2, 4, 8, 16, 32, 64, 128, 256, 512]);
  });

  it('obeys a receiver that says when, for every message of the channel', async () => {
    const at = '2024-03-08T06:30:45.000Z';
    const world = setUp({ slack: [{ kind: 'retry-later', reason: '429', at }, sent] });
    world.outbox.enqueue(numberedEvent(1));
    world.outbox.enqueue(numberedEvent(2));
    await settle(world);
    const [first, ...later] = world.slack.sent;
    expect(first?.atMs).toBe(Date.parse('2024-03-08T06:30:00.000Z'));
    expect(later).toHaveLength(2);
    for (const { atMs } of later) expect(atMs).toBeGreaterThanOrEqual(Date.parse(at));
  });

  it('sends no more than one message a second where the channel asks for it', async () => {
    const world = setUp({ slack: [sent], minIntervalMs: 1000 });
    for (let number = 1; number <= 30; number += 1) world.outbox.enqueue(numberedEvent(number));
    await settle(world);
    const times = world.slack.sent.map(({ atMs }) => atMs);
    expect(times).toHaveLength(30);
    for (let index = 1; index < times.length; index += 1) {
      expect((times[index] ?? 0) - (times[index - 1] ?? 0)).toBeGreaterThanOrEqual(1000);
    }
  });

  it('keeps sends under way within the bound of the channel', async () => {
    const world = setUp({ slack: [sent], concurrency: 3 });
    for (let number = 1; number <= 12; number += 1) world.outbox.enqueue(numberedEvent(number));
    await settle(world);
    expect(world.slack.sent).toHaveLength(12);
    expect(world.slack.mostUnderWay).toBe(3);
  });

  it('keeps what a channel refuses in the last resort, and closes the row', async () => {
    const world = setUp({ slack: [refused] });
    world.outbox.enqueue(sampleEvent('swap-partial'));
    await settle(world);
    expect(world.slack.sent).toHaveLength(1);
    expect(world.row('slack')).toMatchObject({ state: 'dead', note: 'invalid_payload' });
    expect(world.log.sent.map(({ delivery }) => delivery.event.kind)).toEqual(['swap-partial']);
    expect(world.gaveUp).toEqual(['invalid_payload']);
  });

  it('does not close a refused row before the last resort has taken it', async () => {
    const world = setUp({ slack: [refused], log: [down, sent] });
    world.outbox.enqueue(sampleEvent('swap-partial'));
    await settle(world);
    expect(world.log.sent).toHaveLength(2);
    expect(world.row('slack')).toMatchObject({ state: 'dead' });
  });

  it('gives a channel up after three days, or after ten attempts of unknown outcome', async () => {
    const offline = setUp({ slack: [down] });
    offline.outbox.enqueue(sampleEvent('failed'));
    await settle(offline, 5000);
    expect(offline.row('slack')).toMatchObject({ state: 'dead' });
    expect(offline.gaveUp[0]).toContain('not delivered in 72 h; last: ECONNREFUSED');
    expect(offline.log.sent).toHaveLength(1);

    const silent = setUp({ slack: [unknown] });
    silent.outbox.enqueue(sampleEvent('failed'));
    await settle(silent);
    expect(silent.slack.sent).toHaveLength(10);
    expect(silent.gaveUp[0]).toContain('10 attempts of unknown outcome');
  });

  it('refuses a message that cannot be rendered, by name, and goes on with the next', async () => {
    const world = setUp({ slack: [new TypeError('boom'), sent] });
    world.outbox.enqueue(numberedEvent(1));
    world.outbox.enqueue(numberedEvent(2));
    await settle(world);
    expect(world.gaveUp[0]).toContain('NOTIFICATION_UNRENDERABLE');
    expect(world.outbox.rows.filter(({ channel }) => channel === 'slack').map(({ state }) => state)).toEqual([
      'dead',
      'sent',
    ]);
  });

  it('closes a row whose event it cannot read, and goes on with the next', async () => {
    const world = setUp({ slack: [sent] });
    const broken = { ...sampleEvent('failed'), kind: 'from-the-future' };
    world.outbox.enqueue(broken as unknown as ReturnType<typeof sampleEvent>);
    world.outbox.enqueue(sampleEvent('swapped'));
    await settle(world);
    expect(world.gaveUp).toEqual(['the event does not fit the notification contract']);
    expect(world.slack.sent).toHaveLength(1);
  });

  it('tells the last resort when an event is routed to nobody or to a channel without configuration', async () => {
    const nobody = setUp({ slack: [sent], options: { route: () => [] } });
    nobody.outbox.enqueue(sampleEvent('failed'));
    await settle(nobody);
    expect(nobody.log.sent).toHaveLength(1);
    expect(nobody.gaveUp).toEqual(['routed to nobody']);

    const missing = setUp({ slack: [sent], options: { route: () => ['slack', 'email'] } });
    missing.outbox.enqueue(sampleEvent('failed'));
    await settle(missing);
    expect(missing.slack.sent).toHaveLength(1);
    expect(missing.log.sent).toHaveLength(1);
    expect(missing.gaveUp).toEqual(['not configured: email']);
  });

  it('does not forget a success while the registry cannot be written', async () => {
    const world = setUp({ slack: [sent] });
    world.outbox.enqueue(sampleEvent('swapped'));
    const record = world.outbox.markSent.bind(world.outbox);
    let failures = 3;
    world.outbox.markSent = (claim, receipt) => {
      if (claim.channel === 'slack' && failures > 0) {
        failures -= 1;
        return Promise.reject(new Error('connection lost'));
      }
      return record(claim, receipt);
    };
    await settle(world);
    expect(world.slack.sent).toHaveLength(1);
    expect(world.recordFailures).toHaveLength(3);
    expect(world.row('slack')).toMatchObject({ state: 'sent', unknownOutcomes: 0 });
  });

  it('repeats and counts when the worker died between sending and recording', async () => {
    const world = setUp({ slack: [sent] });
    world.outbox.enqueue(sampleEvent('swapped'));
    const record = world.outbox.markSent.bind(world.outbox);
    let dead = true;
    world.outbox.markSent = (claim, receipt) =>
      dead && claim.channel === 'slack' ? Promise.reject(new Error('killed')) : record(claim, receipt);
    await world.dispatcher.dispatchOnce();
    dead = false;
    await settle(world);
    expect(world.slack.sent.map(({ delivery }) => delivery.dedupeKey)).toEqual([
      sampleEvent('swapped').dedupeKey,
      sampleEvent('swapped').dedupeKey,
    ]);
    expect(world.row('slack')).toMatchObject({ state: 'sent', unknownOutcomes: 1 });
  });

  it('gives back unsent what it could not send within its lease', async () => {
    const pause = { kind: 'retry-later', reason: '429', at: '2024-03-08T06:40:00.000Z' } as const;
    const world = setUp({ slack: [pause, sent], options: { leaseSeconds: 60 } });
    for (let number = 1; number <= 5; number += 1) world.outbox.enqueue(numberedEvent(number));
    await world.dispatcher.dispatchOnce();
    expect(world.slack.sent).toHaveLength(1);
    const rows = world.outbox.rows.filter(({ channel }) => channel === 'slack');
    expect(rows.every(({ lease }) => lease === null)).toBe(true);
    await settle(world);
    expect(world.slack.sent).toHaveLength(6);
    expect(rows.map(({ state, unknownOutcomes }) => [state, unknownOutcomes])).toEqual(
      rows.map(() => ['sent', 0]),
    );
  });

  it('refuses a lease that is shorter than a send', () => {
    expect(() => setUp({ slack: [sent], options: { leaseSeconds: 10 } })).toThrow(RangeError);
  });

  it('holds its rows long enough for a channel with much patience', async () => {
    const world = setUp({ slack: [sent] });
    const patient: Channel = {
      name: 'email',
      timeoutMs: 300_000,
      minIntervalMs: 0,
      concurrency: 1,
      send: () => Promise.resolve(sent),
    };
    const leases: number[] = [];
    const claim = world.outbox.claim.bind(world.outbox);
    world.outbox.claim = (request) => {
      if (request.channel !== 'route') leases.push(request.leaseSeconds);
      return claim(request);
    };
    const dispatcher = new NotificationDispatcher({
      alerts: NO_ALERTS,
      outbox: world.outbox,
      channels: [patient],
      lastResort: world.log,
      route: () => ['email'],
      observer: {
        attempted: () => undefined,
        gaveUp: () => undefined,
        recordFailed: () => undefined,
        outboxFailed: () => undefined,
      },
      random: () => 0,
      timer: world.timer,
    });
    await dispatcher.dispatchOnce();
    expect(Math.min(...leases)).toBeGreaterThan(300);
  });

  it('works in the background and stops with everything recorded or given back', async () => {
    const world = setUp({ slack: [sent] });
    for (let number = 1; number <= 10; number += 1) world.outbox.enqueue(numberedEvent(number));
    world.dispatcher.start();
    world.dispatcher.wake();
    while (world.slack.sent.length < 4) await new Promise((resolve) => setImmediate(resolve));
    await world.dispatcher.stop();
    const sentBefore = world.slack.sent.length;
    expect(world.slack.underWay).toBe(0);
    expect(world.outbox.rows.every(({ lease }) => lease === null)).toBe(true);
    const recorded = world.outbox.rows.filter(
      ({ channel, state }) => channel === 'slack' && state === 'sent',
    );
    expect(recorded).toHaveLength(sentBefore);
    await new Promise((resolve) => setImmediate(resolve));
    expect(world.slack.sent).toHaveLength(sentBefore);
  });

  it('goes on after the outbox could not be read', async () => {
    const failures: unknown[] = [];
    const world = setUp({
      slack: [sent],
      options: {
        observer: {
          attempted: () => undefined,
          gaveUp: () => undefined,
          recordFailed: () => undefined,
          outboxFailed: (_lane, error) => failures.push(error),
        },
      },
    });
    const claim = world.outbox.claim.bind(world.outbox);
    world.outbox.claim = (request) =>
      failures.length < 3 ? Promise.reject(new Error('registry down')) : claim(request);
    world.outbox.enqueue(sampleEvent('swapped'));
    world.dispatcher.start();
    while (world.slack.sent.length === 0) await new Promise((resolve) => setImmediate(resolve));
    await world.dispatcher.stop();
    expect(failures).toHaveLength(3);
    expect(world.row('slack')).toMatchObject({ state: 'sent' });
  });
});
