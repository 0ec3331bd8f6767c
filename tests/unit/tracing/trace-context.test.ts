import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  correlationOf,
  failureOf,
  readCarrier,
  rootOfRun,
  spanOfRun,
  writeCarrier,
} from '../../../contracts/trace-context.ts';

const hex = (digits: number) =>
  fc.stringMatching(new RegExp(`^[0-9a-f]{${String(digits)}}$`, 'u')).filter((text) => !/^0+$/u.test(text));

describe('the context of a trace', () => {
  it('is read as it was written, whatever stands in the correlation id', () => {
    const contexts = fc.record({
      traceId: hex(32),
      spanId: hex(16),
      sampled: fc.boolean(),
      correlationId: fc.string({ unit: 'grapheme', maxLength: 60 }).map((text) => text.trim()),
    });
    fc.assert(
      fc.property(contexts, (context) => {
        expect(readCarrier(writeCarrier(context))).toEqual(context);
      }),
    );
  });

  it('reads the example of the W3C recommendation, beside baggage of others', () => {
    const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
    const baggage = 'userId=alice, contender.correlation_id = retrain%3Atw%2F1;ttl=3 , x=1';
    expect(readCarrier({ traceparent, baggage })).toEqual({
      traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
      spanId: '00f067aa0ba902b7',
      sampled: true,
      correlationId: 'retrain:tw/1',
    });
  });

  it.each([
    undefined,
    null,
    'text',
    {},
    { traceparent: 7 },
    { traceparent: '' },
    { traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7' },
    { traceparent: `00-${'0'.repeat(32)}-00f067aa0ba902b7-01` },
    { traceparent: `00-4bf92f3577b34da6a3ce929d0e0e4736-${'0'.repeat(16)}-01` },
    { traceparent: 'ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01' },
    { traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more' },
    { traceparent: '00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01' },
  ])('is nothing, and no error, when it cannot be read: %j', (carrier) => {
    expect(readCarrier(carrier)).toBeNull();
  });

  it('a later version with more behind it is read; half an escape in the baggage is no correlation', () => {
    const traceparent = '01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00-more';
    expect(readCarrier({ traceparent, baggage: 'contender.correlation_id=%E0%A4%A' })).toMatchObject({
      sampled: false,
      correlationId: '',
    });
  });

  it('of a run that nobody traced is made of its id, everywhere the same', () => {
    const runId = '019aa5a0-6f7e-7b3c-9d1e-2f3a4b5c6d7e';
    expect(rootOfRun(runId)).toMatchObject({ traceId: '019aa5a06f7e7b3c9d1e2f3a4b5c6d7e', sampled: true });
    expect(rootOfRun(runId).spanId).toBe(spanOfRun(runId));
    expect(readCarrier(writeCarrier(rootOfRun(runId)))).toEqual(rootOfRun(runId));
  });

  it('finds the correlation id where workflows and activities carry it', () => {
    expect(correlationOf({ correlationId: 'a' })).toBe('a');
    expect(correlationOf({ plan: { correlationId: 'b' } })).toBe('b');
    expect(correlationOf({ input: { plan: { correlationId: 'c' } } })).toBe('c');
    expect([correlationOf(null), correlationOf('x'), correlationOf({ plan: 3 })]).toEqual(['', '', '']);
  });

  it('says of a failure its stable code, never its message', () => {
    class Refused extends Error {
      readonly code = 'EPOCH_MOVED';
    }
    expect(failureOf(new Refused('of alice'))).toBe('EPOCH_MOVED');
    expect(failureOf(Object.assign(new Error('m'), { type: 'GATE_FAILED' }))).toBe('GATE_FAILED');
    expect(failureOf(new TypeError('m'))).toBe('TypeError');
    expect(failureOf('text')).toBe('unknown');
  });
});
