import { describe, expect, it } from 'vitest';
import { ModelSpec } from '../../../contracts/spec.ts';
import { specContradictions } from '../../../contracts/spec-contradictions.ts';

const contradicting = (sections: Record<string, unknown>): string[] =>
  specContradictions(
    ModelSpec.parse({ model: 'tw-alpha', market: 'XTAI', data: 'data', ...sections }),
  ).flatMap(({ fields }) => fields);
const fieldsOf = (shadow: Record<string, number>): string[] => contradicting({ shadow });

describe('bounds that contradict each other', () => {
  it('are not among the defaults, nor at their very edge', () => {
    expect(fieldsOf({})).toEqual([]);
    expect(fieldsOf({ minPairing: 0.9, maxMissing: 0.1 })).toEqual([]);
    expect(fieldsOf({ maxPaperLoss: 0.1, maxDrawdown: 0.1 })).toEqual([]);
  });

  it('are a pairing floor that no challenger with the allowed gaps can keep', () => {
    expect(fieldsOf({ minPairing: 0.995 })).toEqual(['shadow.maxMissing', 'shadow.minPairing']);
    expect(fieldsOf({ minPairing: 0.995, maxMissing: 0.005 })).toEqual([]);
  });

  it('are a loss that the drawdown forestalls', () => {
    expect(fieldsOf({ maxPaperLoss: 0.2 })).toEqual(['shadow.maxPaperLoss', 'shadow.maxDrawdown']);
  });

  it('are a deputy who is asked when it is too late, or before the leads are reminded', () => {
    const deputyAfter = (deputyAfterSessions: number): string[] =>
      contradicting({ approval: { deputy: 'dora', deputyAfterSessions } });
    expect(deputyAfter(2)).toEqual([]);
    expect(deputyAfter(4)).toEqual([]);
    expect(deputyAfter(5)).toEqual(['approval.deputyAfterSessions', 'approval.expiresSessions']);
    expect(deputyAfter(1)).toEqual(['approval.deputyAfterSessions', 'approval.remindSessions']);
    expect(contradicting({ approval: { expiresSessions: 1 } })).toEqual([]);
  });

  it.each([' dora', 'dora ', '', 'do\nra', 'x'.repeat(121)])('is no deputy: %j', (deputy) => {
    expect(() => contradicting({ approval: { deputy } })).toThrow();
  });

  it('are told all at once', () => {
    expect(fieldsOf({ maxPaperLoss: 0.2, minPairing: 1 })).toHaveLength(4);
  });

  it('a shadow of 0 sessions, and ranks that must agree perfectly, are out of range already', () => {
    const parse = (shadow: Record<string, number>) =>
      ModelSpec.safeParse({ model: 'tw-alpha', market: 'XTAI', data: 'data', shadow }).error?.issues[0]?.path;
    expect(parse({ sessions: 0 })).toEqual(['shadow', 'sessions']);
    expect(parse({ minRankAgreement: 1 })).toEqual(['shadow', 'minRankAgreement']);
  });
});
