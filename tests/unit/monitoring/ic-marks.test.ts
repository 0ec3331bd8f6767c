import { describe, expect, it } from 'vitest';
import { icMarks } from '../../../monitoring/ic-marks.ts';

describe('marks of a series of daily ICs', () => {
  it('says nothing of a series that is whole and moves', () => {
    expect(icMarks(Float64Array.from({ length: 100 }, (_, day) => Math.sin(day)))).toEqual([]);
  });

  it('counts the sessions without an IC', () => {
    expect(icMarks(Float64Array.of(0.1, Number.NaN, 0.2, Number.NaN))).toEqual([
      '2 of 4 sessions have no IC',
    ]);
  });

  it('tells an IC that stands still, across gaps, and not one that is equal twice', () => {
    const still = Float64Array.from({ length: 20 }, (_, day) => (day % 3 === 0 ? Number.NaN : 0.03));
    expect(icMarks(still)).toEqual([
      '7 of 20 sessions have no IC',
      'the IC is the same for 13 sessions in a row',
    ]);
    expect(icMarks(Float64Array.of(0.1, 0.1, 0.2))).toEqual([]);
  });

  it('says of an empty series nothing, and of one without any IC that it has none', () => {
    expect(icMarks(new Float64Array())).toEqual([]);
    expect(icMarks(Float64Array.of(Number.NaN))).toEqual(['1 of 1 sessions have no IC']);
  });
});
