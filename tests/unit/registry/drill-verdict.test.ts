import { describe, expect, it } from 'vitest';
import type { DrillServer } from '../../../contracts/drill.ts';
import type { DrilledServer } from '../../../registry/drill-rows.ts';
import { judgeDrill } from '../../../registry/drill-verdict.ts';

const LEASE = '2026-01-01T00:00:30.000Z';
const server = (name: string, changes: Partial<DrilledServer> = {}): DrilledServer => ({
  ...{ name, leased: true, leaseUntil: LEASE, epoch: 2, lately: true },
  ...changes,
});
const passed = (name: string): DrillServer => ({
  ...{ server: name, outcome: 'passed', code: '', reason: '', remedy: '' },
  ...{ loadMs: 120, checkMs: 3, rows: 500, mismatches: 0, warm: true, warmMs: 2 },
});
const failed = (name: string): DrillServer => ({
  ...passed(name),
  ...{ outcome: 'failed', code: 'ARTIFACT_MISSING', reason: 'it is gone', loadMs: null, checkMs: null },
});
const BOTH = ['a', 'b'];
const NOW = [server('a'), server('b')];

describe('the verdict on a drill', () => {
  it('is passed when every server that was waited for passed', () => {
    const verdict = judgeDrill({ waitedFor: BOTH, servers: [passed('a'), passed('b')] }, NOW, '');
    expect(verdict).toEqual({ result: 'passed', reason: '', silent: [] });
  });

  it('stands once every server has spoken, whatever came afterwards', () => {
    const servers = [passed('a'), failed('b')];
    const verdict = judgeDrill({ waitedFor: BOTH, servers }, NOW, 'a rollback came first');
    expect(verdict).toEqual({ result: 'failed', reason: 'b: it is gone', silent: [] });
  });

  it('is none when the epoch moved before every server had spoken', () => {
    const verdict = judgeDrill({ waitedFor: BOTH, servers: [failed('a')] }, NOW, 'a rollback came first');
    expect(verdict).toEqual({ result: 'yielded', reason: 'a rollback came first', silent: [] });
  });

  it('names a server that said nothing, and tells one whose lease holds from one that is gone', () => {
    const now = [server('a', { leased: false }), server('b')];
    const { result, silent } = judgeDrill({ waitedFor: [...BOTH, 'c'], servers: [] }, now, '');
    expect(result).toBe('failed');
    expect(silent.map(({ server: name, code }) => [name, code])).toEqual([
      ['a', 'SERVER_SILENT'],
      ['b', 'SERVER_SILENT'],
      ['c', 'SERVER_SILENT'],
    ]);
    expect(silent.map(({ reason }) => reason)).toEqual([
      `no report, and its lease ran out at ${LEASE}`,
      'no report in time, though its lease holds',
      'no report, and it is gone',
    ]);
    expect(silent.every(({ remedy }) => remedy !== '')).toBe(true);
  });

  it('names who was away lately, and neither waits for them nor fails by them', () => {
    const now = [
      server('a'),
      server('gone', { leased: false }),
      server('long gone', { leased: false, lately: false }),
      server('new'),
    ];
    const { result, silent } = judgeDrill({ waitedFor: ['a'], servers: [passed('a')] }, now, '');
    expect(result).toBe('passed');
    expect(silent).toMatchObject([{ server: 'gone', outcome: 'absent', code: 'SERVER_AWAY' }]);
  });
});
