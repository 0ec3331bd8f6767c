import { MemoryOutbox } from './memory-outbox.ts';
import { outboxConformance } from './outbox-conformance.ts';
import { numberedEvent } from './sample-events.ts';

outboxConformance('in memory', () => {
  let nowMs = Date.parse('2024-03-08T06:30:00.000Z');
  const outbox = new MemoryOutbox(() => nowMs);
  return Promise.resolve({
    outbox,
    event: numberedEvent,
    enqueue: (event, channel) => {
      outbox.enqueue(event, channel);
      return Promise.resolve();
    },
    inspect: (dedupeKey, channel) =>
      Promise.resolve(
        outbox.rows.find((row) => row.dedupeKey === dedupeKey && row.channel === channel) ?? null,
      ),
    passSeconds: (seconds) => {
      nowMs += seconds * 1000;
      return Promise.resolve();
    },
    now: () => Promise.resolve(nowMs),
  });
});
