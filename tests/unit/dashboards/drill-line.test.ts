import { setupI18n } from '@lingui/core';
import { compileMessage } from '@lingui/message-utils/compileMessage';
import { describe, expect, it } from 'vitest';
import type { DrillServer, DrillStanding, RollbackDrill } from '../../../contracts/drill.ts';
import { drillLine } from '../../../dashboards/web/src/drill-line.ts';
import { formatOf } from '../../../dashboards/web/src/formats.ts';
import { en } from '../../../dashboards/web/src/i18n/en.ts';
import { zhTw } from '../../../dashboards/web/src/i18n/zh-tw.ts';

const server = (name: string, changes: Partial<DrillServer> = {}): DrillServer => ({
  ...{ server: name, outcome: 'passed', code: '', reason: '', remedy: '' },
  ...{ loadMs: 120, checkMs: 4, rows: 500, mismatches: 0, warm: true, warmMs: 2 },
  ...changes,
});
const DRILL: RollbackDrill = {
  ...{ id: 7, model: 'tw-alpha', epoch: 2, champion: 3, target: 2, targetId: 'a'.repeat(64) },
  ...{ trigger: 'manual', requestedBy: 'olga', reason: 'a test', result: 'passed', endedReason: '' },
  ...{ openedAt: '2026-01-01T00:00:00.000Z', deadline: '2026-01-01T00:01:00.000Z' },
  ...{ endedAt: '2026-01-01T00:00:00.000Z', waitedFor: ['a', 'b'] },
  servers: [server('a'), server('b', { loadMs: 300 })],
};
const STANDING: DrillStanding = {
  ...{ newest: DRILL, passedAt: DRILL.endedAt, underWay: null, wayBackSince: '2025-12-01T00:00:00.000Z' },
  ...{ maxAgeDays: 15, overdue: false },
};
const i18n = setupI18n().setMessagesCompiler(compileMessage);
i18n.load({ en, 'zh-TW': zhTw });

function line(changes: Partial<DrillStanding>, locale: 'en' | 'zh-TW' = 'en') {
  i18n.activate(locale);
  return drillLine(
    { ...STANDING, ...changes },
    {
      t: (id, values = {}) => i18n._(id, { ...values }),
      format: formatOf(locale),
      now: Date.parse('2026-01-03T05:00:00.000Z'),
    },
  );
}

describe('the line about the last drill', () => {
  it('says how old it is, to which version, on how many servers and how long the slowest took', () => {
    expect(line({})).toEqual({
      text: '2 days 5 hr ago, version 2: every server of 2 loaded it anew and answered as recorded, the slowest in 304 ms',
      bad: false,
    });
    expect(line({}, 'zh-TW').text).toMatch(/第 2 版：2 台伺服器全數重新載入並與紀錄一致，最慢 304 毫秒$/u);
  });

  it('names the servers that failed, and asks for somebody', () => {
    const newest: RollbackDrill = {
      ...DRILL,
      result: 'failed',
      servers: [server('a'), server('b', { outcome: 'failed', code: 'ARTIFACT_MISSING' })],
    };
    expect(line({ newest })).toEqual({ text: '2 days 5 hr ago, version 2: failed on b', bad: true });
  });

  it('says never, why that may be, that one runs, and that one is overdue', () => {
    expect(line({ newest: null })).toMatchObject({ bad: false });
    expect(line({ newest: null }).text).toContain('never');
    expect(line({ newest: null, wayBackSince: null }).text).toContain('no version to go back to');
    expect(line({ newest: null, underWay: 9, overdue: true })).toEqual({
      text: 'never; nobody has tried whether the servers could go back · overdue: none has passed for more than 15 days · drill 9 runs now',
      bad: true,
    });
  });
});
