import { describe, expect, it } from 'vitest';
import { NotificationEvent, notificationEvent } from '../../../contracts/notification.ts';
import { sampleDrafts, sampleEvent, sampleKinds } from './sample-events.ts';

describe('the notification contract', () => {
  it('gives each kind a key of its own', () => {
    const keys = sampleKinds.map((kind) => sampleEvent(kind).dedupeKey);
    expect(new Set(keys).size).toBe(sampleKinds.length);
  });

  it('gives the same fact the same key, whenever it is reported', () => {
    const first = notificationEvent(sampleDrafts.swapped);
    const later = notificationEvent({
      ...sampleDrafts.swapped,
      occurredAt: '2024-03-09T00:00:00.000Z',
      tookMs: 9,
    });
    expect(later.dedupeKey).toBe(first.dedupeKey);
  });

  it('gives different facts different keys', () => {
    const keys = [
      notificationEvent(sampleDrafts.swapped),
      notificationEvent({ ...sampleDrafts.swapped, epoch: 9 }),
      notificationEvent({ ...sampleDrafts.swapped, model: 'us-alpha' }),
      notificationEvent(sampleDrafts['approval-asked']),
      notificationEvent({ ...sampleDrafts['approval-asked'], evidenceHash: 'f'.repeat(64) }),
      notificationEvent(sampleDrafts.failed),
      notificationEvent({ ...sampleDrafts.failed, run: 'second-run' }),
    ].map(({ dedupeKey }) => dedupeKey);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('survives the way through JSON', () => {
    for (const kind of sampleKinds) {
      const event = sampleEvent(kind);
      expect(NotificationEvent.parse(JSON.parse(JSON.stringify(event)))).toEqual(event);
    }
  });

  it.each([
    ['a code with a line break', { code: 'X\r\nBcc: a@b' }],
    ['a command with a back quote', { retrainCommand: 'contender `id`' }],
    ['an address that is not http', { temporalUrl: 'javascript:alert(1)' }],
    ['a correlation id with a line break', { correlationId: 'a\nb' }],
    ['an unknown field', { extra: 1 }],
  ])('refuses %s', (_name, change) => {
    expect(() => notificationEvent({ ...sampleDrafts.failed, ...change })).toThrow();
  });
});
