import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UnsafeModel } from '../../../serving/errors.ts';
import { inspectModelFile } from '../../../serving/model-file.ts';
import { modelBytes } from '../../unit/serving/fixtures.ts';
import { buildModel } from '../../unit/serving/onnx-builder.ts';

/** True when the file was understood or refused; anything else (a crash, a RangeError) fails the property. */
function understoodOrRefused(file: Uint8Array): boolean {
  try {
    inspectModelFile(file);
    return true;
  } catch (error) {
    if (error instanceof UnsafeModel) return true;
    throw error;
  }
}

describe('inspectModelFile', () => {
  it('answers any bytes with a summary or a refusal', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (file) => understoodOrRefused(file)),
      { numRuns: 2000 },
    );
  });

  it('answers a legal file with any few bytes changed, removed or inserted', () => {
    const originals = [buildModel(), modelBytes('a')];
    const edit = fc.record({
      at: fc.nat(),
      kind: fc.constantFrom('change', 'remove', 'insert'),
      bytes: fc.uint8Array({ minLength: 1, maxLength: 4 }),
    });
    fc.assert(
      fc.property(
        fc.constantFrom(...originals),
        fc.array(edit, { minLength: 1, maxLength: 4 }),
        (original, edits) => {
          let file = [...original];
          for (const { at, kind, bytes } of edits) {
            const from = at % (file.length + 1);
            file = file.toSpliced(
              from,
              kind === 'insert' ? 0 : bytes.length,
              ...(kind === 'remove' ? [] : bytes),
            );
          }
          expect(understoodOrRefused(Uint8Array.from(file))).toBe(true);
        },
      ),
      { numRuns: 1500 },
    );
  });
});
