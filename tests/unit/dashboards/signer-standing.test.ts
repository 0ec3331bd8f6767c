import { describe, expect, it } from 'vitest';
import { signerStanding } from '../../../dashboards/web/src/signer-standing.ts';

const FROM = '2025-03-03T01:00:00.000Z';
const ASKED = {
  model: 'tw-momentum',
  barred: ['ana@example.com'],
  signed: ['ben@example.com'],
  deputy: { subject: 'dee@example.com', from: FROM },
};
const reader = (
  subject: string | null,
  isLead: boolean,
  now: string | null = '2025-03-03T00:00:00.000Z',
) => ({
  ...{ subject, isLead },
  now: now === null ? null : Date.parse(now),
});

describe('who may sign', () => {
  it('is a lead who neither has a part in it nor has signed', () => {
    expect(signerStanding(reader('cleo@example.com', true), ASKED)).toBe('may');
    expect(signerStanding(reader('ana@example.com', true), ASKED)).toBe('barred');
    expect(signerStanding(reader('ben@example.com', true), ASKED)).toBe('signed');
    expect(signerStanding(reader('cleo@example.com', false), ASKED)).toBe('role');
    expect(signerStanding(reader(null, true), ASKED)).toBe('role');
  });

  it.each([' Ana@Example.com', 'ANA@EXAMPLE.COM '])('is the same person however spelt: %j', (subject) => {
    expect(signerStanding(reader(subject, true), ASKED)).toBe('barred');
  });

  it('is the deputy from the instant on, and before the server has told its time, since the server decides', () => {
    const dee = (now: string | null) => signerStanding(reader('Dee@example.com', false, now), ASKED);
    expect(dee('2025-03-03T00:59:59.999Z')).toBe('later');
    expect(dee(FROM)).toBe('may');
    expect(dee(null)).toBe('may');
    expect(signerStanding(reader('dee@example.com', false), { ...ASKED, barred: ['dee@example.com'] })).toBe(
      'barred',
    );
    expect(signerStanding(reader('dee@example.com', false), { ...ASKED, deputy: null })).toBe('role');
  });
});
