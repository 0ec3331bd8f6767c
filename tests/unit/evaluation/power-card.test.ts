import { describe, expect, it } from 'vitest';
import { noticedLead, powerCard } from '../../../evaluation/power-card.ts';

const daily = { sessionsPerYear: 252, horizonSessions: 5, entryDelaySessions: 1 };

describe('the power card of a shadow', () => {
  // Exact noncentral t, worked out apart from this code: annual Sharpe 1, 2, 3 in seven sessions.
  it('says how little seven sessions show', () => {
    const card = powerCard({ ...daily, sessions: 7 });
    expect(card.power.map(({ power }) => power.toFixed(3))).toEqual(['0.067', '0.089', '0.115']);
    expect(card.detectableSharpe).toBeGreaterThan(10);
    expect(card.sessionsForSharpe2).toBeGreaterThan(380);
    expect(card.sessionsForSharpe2).toBeLessThan(405);
  });

  it('counts the labels that have matured: one of seven with a delay of 1 and a horizon of 5', () => {
    expect(powerCard({ ...daily, sessions: 7 }).maturedLabels).toBe(1);
    expect(powerCard({ ...daily, sessions: 6 })).toMatchObject({ maturedLabels: 0, icPower: 0 });
  });

  it('is given for a shadow that measured nothing, and claims nothing', () => {
    const card = powerCard({ ...daily, sessions: 0 });
    expect(card.power.every(({ power }) => power === card.alpha)).toBe(true);
    expect(card).toMatchObject({ detectableSharpe: null, maturedLabels: 0 });
    expect(card.text).toContain('notice no lead of any size');
  });

  it('says the same in basis points a day of the books that were tested', () => {
    const apart = { sessions: 504, mean: 0.00012, deviation: 0.004, sessionsPerYear: 252 };
    // By hand: 20 x 40 bp / sqrt(252).
    expect(noticedLead({ detectableSharpe: 20 }, apart)).toContain('a lead of 50.4 bp a day or more');
    expect(noticedLead({ detectableSharpe: 20 }, apart)).toContain(
      'differed by 1.2 bp a day over 504 sessions',
    );
    expect(noticedLead({ detectableSharpe: null }, apart)).toBe('');
    expect(noticedLead({ detectableSharpe: 20 }, { ...apart, deviation: 0 })).toBe('');
  });
});
