import { describe, expect, it } from 'vitest';
import { judge } from '../../../gates/judge.ts';
import type { JudgeInput } from '../../../gates/judge.ts';
import { refreshInput } from './judge-fixture.ts';

/** A walk-forward that worked until it turned round `lost` sessions before its end. */
function turnedRound(lost: number, onset: string | null): JudgeInput {
  const input = refreshInput();
  const rankIc = input.rankIc;
  if (rankIc === null) throw new Error('the fixture has a rank IC');
  const values = Array.from(rankIc.values);
  const turned = values.length - lost;
  return {
    ...input,
    rankIc: { ...rankIc, values: values.map((value, row) => (row >= turned ? -Math.abs(value) : value)) },
    recovery: { onset: onset ?? rankIc.sessions[turned] ?? null },
  };
}

const verdict = (input: JudgeInput) => judge(input).verdicts.find(({ gate }) => gate === 'recovery');

describe('recovery, asked of a retrain that a decay alarm started', () => {
  it('is not asked of any other retrain', () => {
    expect(verdict(refreshInput())).toBeUndefined();
  });

  it('fails a recipe that has not worked since the decay began, however well it did before', () => {
    const input = turnedRound(40, null);
    const found = verdict(input);
    expect(found).toMatchObject({ verdict: 'fail', enforced: true });
    expect(found?.number).toBeLessThan(0);
    const report = judge(input);
    expect(report.verdicts.find(({ gate }) => gate === 'non-inferiority')?.verdict).toBe('pass');
    expect(report.overall).toBe('fail');
  });

  it('is inconclusive, and so promotes nothing, right after the change', () => {
    const found = verdict(turnedRound(5, null));
    expect(found).toMatchObject({ verdict: 'inconclusive', number: null, enforced: true });
    expect(found?.reason).toContain('5 sessions');
    expect(judge(turnedRound(5, null)).overall).toBe('inconclusive');
  });

  it('passes a recipe that works on the sessions since the decay began', () => {
    const input = refreshInput();
    const onset = input.rankIc?.sessions[10] ?? null;
    expect(verdict({ ...input, recovery: { onset } })).toMatchObject({ verdict: 'pass' });
  });

  it('is inconclusive without a record of the alarm, and an error without a rank IC', () => {
    expect(verdict({ ...refreshInput(), recovery: { onset: null } })?.verdict).toBe('inconclusive');
    expect(verdict({ ...refreshInput(), rankIc: null, recovery: { onset: '2020-01-01' } })?.verdict).toBe(
      'error',
    );
  });
});
