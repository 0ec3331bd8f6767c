import { describe, expect, it } from 'vitest';
import { QueueFull, ScorerLost, UnsafeModel } from '../../../serving/errors.ts';
import { createServingMetrics } from '../../../serving/metrics.ts';
import { ScoringQueue } from '../../../serving/scoring-queue.ts';
import type { ScoringSession } from '../../../serving/scorer.ts';
import type { LoadedVersion } from '../../../serving/version-cache.ts';
import { MemoryRegistry } from './memory-registry.ts';

/** A session that records its runs and answers the first feature of each row when told to. */
class RecordingSession implements ScoringSession {
  readonly featureNames = ['x', 'y'];
  readonly inlineRows: number;
  readonly runs: number[] = [];
  failures: Error[] = [];
  held: (() => void)[] | null = null;

  constructor(inlineRows = 0) {
    this.inlineRows = inlineRows;
  }

  scoreNow(batch: Float32Array, rows: number): Float64Array {
    return Float64Array.from({ length: rows }, (_, row) => batch[row * 2] ?? Number.NaN);
  }

  async score(batch: Float32Array, rows: number): Promise<Float64Array> {
    this.runs.push(rows);
    const failure = this.failures.shift();
    if (failure !== undefined) throw failure;
    const { held } = this;
    if (held === null) await new Promise((resolve) => setImmediate(resolve));
    else await new Promise<void>((resolve) => held.push(resolve));
    return Float64Array.from({ length: rows }, (_, row) => batch[row * 2] ?? Number.NaN);
  }
  release(): Promise<void> {
    return Promise.resolve();
  }
}

function setUp(
  maxQueuedRows = 10_000,
  concurrency = 1,
): {
  queue: ScoringQueue;
  session: RecordingSession;
  loaded: LoadedVersion;
} {
  const session = new RecordingSession();
  const version = new MemoryRegistry().version('a', 1, { featureNames: session.featureNames });
  const queue = new ScoringQueue({
    maxQueuedRows,
    maxWaitMs: 1000,
    concurrency,
    metrics: createServingMetrics({ service: 'test', defaults: false }),
  });
  return { queue, session, loaded: { version, session } };
}

const row = (value: number): Float32Array<ArrayBuffer> => Float32Array.of(value, 0);

describe('the scoring queue', () => {
  it('scores as many rows as a session takes at once in place, and hands over what is larger', async () => {
    const { queue, loaded } = setUp();
    const session = new RecordingSession(3);
    const version = { ...loaded, session };
    expect([...(await queue.score(version, Float32Array.of(7, 0, 8, 0, 9, 0), 3))]).toEqual([7, 8, 9]);
    expect(session.runs).toEqual([]);
    expect([...(await queue.score(version, Float32Array.of(7, 0, 8, 0, 9, 0, 5, 0), 4))]).toEqual([
      7, 8, 9, 5,
    ]);
    expect(session.runs).toEqual([4]);
  });

  it('gathers the single rows of one turn of the event loop into one run, each with its own score', async () => {
    const { queue, session, loaded } = setUp();
    const scores = await Promise.all(Array.from({ length: 50 }, (_, at) => queue.score(loaded, row(at), 1)));
    expect(session.runs).toEqual([50]);
    expect(scores.map((score) => score[0])).toEqual(Array.from({ length: 50 }, (_, at) => at));
  });

  it('never makes a run of more than 256 gathered rows', async () => {
    const { queue, session, loaded } = setUp();
    await Promise.all(Array.from({ length: 600 }, (_, at) => queue.score(loaded, row(at), 1)));
    expect(Math.max(...session.runs)).toBe(256);
    expect(session.runs.reduce((sum, rows) => sum + rows, 0)).toBe(600);
  });

  it('has two gathered runs out at most; what arrives meanwhile waits together', async () => {
    const { queue, session, loaded } = setUp();
    const held: (() => void)[] = [];
    session.held = held;
    const turn = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    const answers: Promise<Float64Array>[] = [];
    for (let at = 0; at < 5; at += 1) {
      answers.push(queue.score(loaded, row(at), 1));
      await turn();
    }
    expect(session.runs).toEqual([1, 1]);
    session.held = null;
    for (const go of held) go();
    expect((await Promise.all(answers)).map((score) => score[0])).toEqual([0, 1, 2, 3, 4]);
    expect(session.runs).toEqual([1, 1, 3]);
  });

  it('sends a large batch in pieces, so that a single row waits for those under way and no more', async () => {
    const { queue, session, loaded } = setUp();
    const large = Float32Array.from({ length: 2500 * 2 }, (_, at) => at / 2);
    const scores = queue.score(loaded, large, 2500);
    const single = queue.score(loaded, row(-7), 1);
    expect((await single)[0]).toBe(-7);
    expect([...(await scores)]).toEqual(Array.from({ length: 2500 }, (_, at) => at));
    expect(session.runs.indexOf(1)).toBeLessThanOrEqual(2);
    expect(session.runs.toSorted((a, b) => a - b)).toEqual([1, 196, ...Array<number>(9).fill(256)]);
  });

  it('lets a universe that somebody waits for pass the batches before it', async () => {
    const { queue, loaded } = setUp();
    const order: string[] = [];
    const ask = (name: string, lane: 'realtime' | 'batch'): Promise<unknown> =>
      queue
        .score(loaded, new Float32Array(2000 * 2), 2000, { lane, admitted: false })
        .then(() => order.push(name));
    await Promise.all([ask('batch one', 'batch'), ask('batch two', 'batch'), ask('universe', 'realtime')]);
    expect(order).toEqual(['universe', 'batch one', 'batch two']);
  });

  it('does not starve a batch under single rows without end', async () => {
    const { queue, loaded } = setUp();
    let over = false;
    const batch = queue.score(loaded, new Float32Array(1000 * 2), 1000).then(() => (over = true));
    const lanes = Array.from({ length: 8 }, async () => {
      let asked = 0;
      for (; !over && asked < 10_000; asked += 1) await queue.score(loaded, row(1), 1);
      return asked;
    });
    await batch;
    expect(Math.max(...(await Promise.all(lanes)))).toBeLessThan(10_000);
  });

  it('has one piece per thread of the scorer out, and one more', async () => {
    const { queue, session, loaded } = setUp(10_000, 3);
    const held: (() => void)[] = [];
    session.held = held;
    const scores = queue.score(loaded, new Float32Array(2560 * 2), 2560);
    expect(session.runs).toEqual([256, 256, 256, 256]);
    session.held = null;
    for (const go of held) go();
    expect((await scores).length).toBe(2560);
  });

  it('counts single rows apart: a lane full of batches does not refuse them', async () => {
    const { queue, loaded } = setUp(1000);
    const batch = queue.score(loaded, new Float32Array(1000 * 2), 1000);
    await expect(queue.score(loaded, new Float32Array(100 * 2), 100)).rejects.toBeInstanceOf(QueueFull);
    expect((await queue.score(loaded, row(3), 1))[0]).toBe(3);
    await batch;
  });

  it('refuses by time once it knows how long a row takes, and admits again when the wait is short', async () => {
    const { queue, session, loaded } = setUp(1_000_000);
    const held: (() => void)[] = [];
    session.held = held;
    const slow = queue.score(loaded, new Float32Array(100 * 2), 100);
    const from = performance.now();
    while (performance.now() - from < 20);
    session.held = null;
    for (const go of held) go();
    await slow;
    expect(queue.expectedWaitMs('batch')).toBe(0);
    const large = queue.score(loaded, new Float32Array(50_000 * 2), 50_000);
    expect(queue.expectedWaitMs('batch')).toBeGreaterThan(1000);
    expect(() => {
      queue.admit('batch', 0);
    }).toThrow(QueueFull);
    await large;
    queue.admit('batch', 0);
  });

  it('refuses rows above its bound at once and admits again when rows have been scored', async () => {
    const { queue, loaded } = setUp(3);
    const admitted = Promise.all([1, 2, 3].map((value) => queue.score(loaded, row(value), 1)));
    await expect(queue.score(loaded, row(4), 1)).rejects.toBeInstanceOf(QueueFull);
    await admitted;
    expect((await queue.score(loaded, row(5), 1))[0]).toBe(5);
  });

  it('leaves the batch of a caller alone, and asks for no memory that a thread may still be reading', async () => {
    const { queue, session, loaded } = setUp();
    const held: (() => void)[] = [];
    session.held = held;
    const first = Float32Array.from({ length: 600 * 2 }, () => 1);
    const before = queue.score(loaded, first, 600);
    // Fails at once, while the piece before it is with its thread.
    session.failures = [new UnsafeModel('broken')];
    session.held = null;
    const failing = queue.score(loaded, new Float32Array(600 * 2).fill(2), 600);
    for (const go of held) go();
    const [kept, failed] = await Promise.allSettled([before, failing]);
    expect([kept.status, failed.status].toSorted()).toEqual(['fulfilled', 'rejected']);
    const answers = await Promise.all(
      [3, 4, 5].map((value) => queue.score(loaded, new Float32Array(600 * 2).fill(value), 600)),
    );
    expect(answers.map((scores) => new Set(scores))).toEqual([new Set([3]), new Set([4]), new Set([5])]);
    expect(new Set(first)).toEqual(new Set([1]));
  });

  it('makes a run that was lost with its thread once more, and only once', async () => {
    const { queue, session, loaded } = setUp();
    session.failures = [new ScorerLost('died')];
    expect((await queue.score(loaded, row(1), 1))[0]).toBe(1);
    session.failures = [new ScorerLost('died'), new ScorerLost('died again')];
    await expect(queue.score(loaded, row(1), 1)).rejects.toThrow('died again');
  });

  it('gives the failure of a run to every request in it and counts their rows out', async () => {
    const { queue, session, loaded } = setUp(2);
    session.failures = [new UnsafeModel('broken')];
    const both = await Promise.allSettled([queue.score(loaded, row(1), 1), queue.score(loaded, row(2), 1)]);
    expect(both.map((result) => result.status)).toEqual(['rejected', 'rejected']);
    expect((await queue.score(loaded, row(3), 1))[0]).toBe(3);
  });
});
