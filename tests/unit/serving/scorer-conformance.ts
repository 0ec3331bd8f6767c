import { afterEach, describe, expect, it } from 'vitest';
import { BatchShapeMismatch, SessionReleased, UnsafeModel } from '../../../serving/errors.ts';
import { createOnnxScorer } from '../../../serving/onnx-scorer.ts';
import { readParityColumns } from '../../../serving/parity-file.ts';
import type { Scorer } from '../../../serving/scorer.ts';
import { FEATURES, modelBytes, parityPath, sampleRows } from './fixtures.ts';

/** What every implementation of the Scorer port has to do. `create` gives a fresh scorer. */
export function describeScorer(name: string, create: () => Scorer): void {
  describe(`${name} as a scorer`, () => {
    const open: Scorer[] = [];
    const scorer = (): Scorer => {
      const made = create();
      open.push(made);
      return made;
    };
    afterEach(async () => {
      await Promise.all(open.splice(0).map((made) => made.close()));
    });

    it('gives the native predictions to the last bit', async () => {
      const columns = await readParityColumns(parityPath('a'), FEATURES);
      const session = await scorer().load(modelBytes('a'), FEATURES);
      const batch = Float32Array.from(
        { length: columns.rows * FEATURES.length },
        (_, at) => columns.features[at % FEATURES.length]?.[Math.floor(at / FEATURES.length)] ?? Number.NaN,
      );
      const scores = await session.score(batch, columns.rows);
      expect(scores.length).toBe(columns.rows);
      expect([...scores].every((score, row) => Object.is(score, columns.expected[row]))).toBe(true);
    });

    it('gives the same bits however a batch is cut', async () => {
      const session = await scorer().load(modelBytes('b'), FEATURES);
      const whole = await session.score(sampleRows(700), 700);
      const rows = sampleRows(700);
      const cuts = [1, 3, 60, 200, 699, 700];
      let from = 0;
      for (const to of cuts) {
        const part = await session.score(rows.slice(from * FEATURES.length, to * FEATURES.length), to - from);
        expect([...part]).toEqual([...whole.slice(from, to)]);
        from = to;
      }
    });

    it('reads a batch in shared memory where it lies and leaves it alone', async () => {
      const session = await scorer().load(modelBytes('b'), FEATURES);
      const expected = await session.score(sampleRows(700), 700);
      const memory = new SharedArrayBuffer(2 * 700 * FEATURES.length * Float32Array.BYTES_PER_ELEMENT);
      const batch = new Float32Array(memory, 700 * FEATURES.length * 4, 700 * FEATURES.length);
      batch.set(sampleRows(700));
      expect([...(await session.score(batch, 700))]).toEqual([...expected]);
      expect([...batch]).toEqual([...sampleRows(700)]);
    });

    it('gives the same bits at once, for as many rows as it says, and leaves the batch alone', async () => {
      const session = await scorer().load(modelBytes('b'), FEATURES);
      const rows = session.inlineRows;
      const batch = sampleRows(rows);
      const now = rows === 0 ? new Float64Array(0) : session.scoreNow(batch, rows);
      expect([...batch]).toEqual([...sampleRows(rows)]);
      expect([...now]).toEqual([...(await session.score(batch, rows))]);
      await session.release();
      expect(() => session.scoreNow(sampleRows(1), 1)).toThrow(
        rows === 0 ? BatchShapeMismatch : SessionReleased,
      );
    });

    it('keeps concurrent batches apart, in any number of models', async () => {
      const made = scorer();
      const [first, second] = await Promise.all([
        made.load(modelBytes('a'), FEATURES),
        made.load(modelBytes('b'), FEATURES),
      ]);
      const alone = [await first.score(sampleRows(5), 5), await second.score(sampleRows(5), 5)];
      const together = await Promise.all(
        Array.from({ length: 40 }, (_, index) => (index % 2 === 0 ? first : second).score(sampleRows(5), 5)),
      );
      for (const [index, scores] of together.entries())
        expect([...scores]).toEqual([...(alone[index % 2] ?? [])]);
      expect([...(alone[0] ?? [])]).not.toEqual([...(alone[1] ?? [])]);
    });

    it('scores no rows to nothing', async () => {
      const session = await scorer().load(modelBytes('a'), FEATURES);
      expect((await session.score(new Float32Array(0), 0)).length).toBe(0);
    });

    it('refuses a batch that is not rows x features', async () => {
      const session = await scorer().load(modelBytes('a'), FEATURES);
      for (const [length, rows] of [
        [5, 1],
        [7, 1],
        [6, 2],
        [6, -1],
        [6, 0.5],
        [6, Number.NaN],
      ] as const) {
        await expect(session.score(new Float32Array(length), rows)).rejects.toBeInstanceOf(
          BatchShapeMismatch,
        );
      }
    });

    it('leaves the bytes of the model to the caller', async () => {
      const bytes = modelBytes('a');
      const session = await scorer().load(bytes, FEATURES);
      const before = await session.score(sampleRows(10), 10);
      expect(bytes.length).toBeGreaterThan(0);
      bytes.fill(0);
      expect([...(await session.score(sampleRows(10), 10))]).toEqual([...before]);
    });

    it('refuses a model with another number of features than its version names', async () => {
      await expect(scorer().load(modelBytes('a'), FEATURES.slice(1))).rejects.toBeInstanceOf(UnsafeModel);
    });

    it('refuses an unsafe file and goes on scoring what it holds', async () => {
      const made = scorer();
      const session = await made.load(modelBytes('a'), FEATURES);
      await expect(made.load(new Uint8Array([0x80, 0x04, 0x95]), FEATURES)).rejects.toBeInstanceOf(
        UnsafeModel,
      );
      expect((await session.score(sampleRows(3), 3)).length).toBe(3);
    });

    it('finishes what is in flight before it releases, then refuses', async () => {
      const session = await scorer().load(modelBytes('a'), FEATURES);
      const inFlight = session.score(sampleRows(2000), 2000);
      await session.release();
      await session.release();
      expect((await inFlight).length).toBe(2000);
      await expect(session.score(sampleRows(1), 1)).rejects.toBeInstanceOf(SessionReleased);
    });

    it('refuses to load once closed', async () => {
      const made = scorer();
      await made.close();
      await made.close();
      await expect(made.load(modelBytes('a'), FEATURES)).rejects.toBeInstanceOf(SessionReleased);
    });

    it('agrees with the runtime called directly', async () => {
      const reference = createOnnxScorer();
      open.push(reference);
      const direct = await (await reference.load(modelBytes('c'), FEATURES)).score(sampleRows(333), 333);
      const session = await scorer().load(modelBytes('c'), FEATURES);
      expect([...(await session.score(sampleRows(333), 333))]).toEqual([...direct]);
    });
  });
}
