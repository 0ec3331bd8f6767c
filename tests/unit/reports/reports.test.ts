import { describe, expect, it } from 'vitest';
import type { ReportDocument } from '../../../reports/document.ts';
import { renderHtml } from '../../../reports/html.ts';
import type { MonthlyReportInput } from '../../../reports/monthly-report.ts';
import { printable, renderPdf } from '../../../reports/pdf.ts';
import { GatesSpec, ModelSpec } from '../../../contracts/spec.ts';
import { judge } from '../../../gates/judge.ts';
import { firstDecided, loosenedIn, positionChange } from '../../../reports/regulatory.ts';
import { figuresOf, retrainReport } from '../../../reports/retrain-report.ts';
import type { RetrainReportInput } from '../../../reports/retrain-report.ts';
import { passingInput } from '../gates/judge-fixture.ts';
import { drawFigure } from '../../../reports/svg-marks.ts';
import { MADE, HASH, FACTS, incident, monthlyOf, monthly, figure, poppler } from './report-fixtures.ts';

describe('the section on positions, limits and settlement', () => {
  it('stands in reports of incidents and of months, in both languages', () => {
    const html = renderHtml(incident('en'));
    for (const wanted of [
      '2019-06-28 → 2019-07-02',
      '± 10',
      '+2 −1 / 30 · 12.5',
      '2330, 2317',
      '15 % · 50 % · 10 %',
    ]) {
      expect(html).toContain(wanted);
    }
    expect(renderHtml(incident('zh-TW'))).toContain('部位、限制與交割');
    expect(renderHtml(monthly)).toContain('2019-06-28 → 2019-07-02');
    expect(renderHtml(monthly)).not.toContain('無紀錄');
  });

  it('takes the change of positions from the evidence of the shadow, and says when there is none', () => {
    const transition = { names: 10, entering: ['A'], leaving: [], turnover: 0.1, kept: 9 };
    const record = {
      ...{ hash: HASH, kind: 'shadow' as const, parent: HASH, verdict: 'pass' as const },
      ...{ versionId: HASH, recordedAt: '2019-06-28T05:30:00.000Z' },
    };
    expect(positionChange([{ ...record, body: { facts: { transition } } }])).toMatchObject({ names: 10 });
    expect(positionChange([{ ...record, body: { facts: { transition: null } } }])).toBeNull();
    expect(positionChange([])).toBeNull();
    const named = { ...transition, staying: ['B', 'C'] };
    expect(positionChange([{ ...record, body: { facts: { transition: named } } }])?.staying).toEqual([
      'B',
      'C',
    ]);
  });

  it('settles what a change of champion decides two settlement days later in Taiwan', () => {
    const spec = ModelSpec.parse({ model: 'tw-alpha', market: 'XTAI', data: 'data' });
    expect(firstDecided(spec, '2019-06-27T19:00:00.000Z')).toEqual({
      session: '2019-06-28',
      settlesOn: '2019-07-02',
    });
  });
});

describe('the report of a retrain', () => {
  const reportOf = (
    language: 'en' | 'zh-TW',
    clock: RetrainReportInput['retrain']['clock'],
    report: RetrainReportInput['report'],
    drill: RetrainReportInput['drill'] = null,
    finishedAt: string | null = null,
  ): string =>
    JSON.stringify(
      retrainReport({
        ...{ language, timeZone: 'Asia/Taipei', version: 2, report, figures: [], shadowDays: [] },
        retrain: {
          ...{ retrainId: 'retrain:tw-alpha:2019-06-28T05:30:00.000Z', run: 1, correlationId: 'c' },
          ...{ model: 'tw-alpha', asOf: '2019-06-28T05:30:00.000Z', trigger: 'manual', requester: 'olga' },
          ...{ specNumber: 3, clock, emergency: false, allowProbation: false, triggerReason: '' },
          ...{ epoch: 1, championId: null, step: 'approve', status: 'open', verdict: null, reason: '' },
          ...{ code: '', snapshotId: null, versionId: null, supersededBy: null, finishedAt },
          ...{ startedAt: '2026-07-01T00:00:00.000Z', stepAt: '2026-07-01T00:00:00.000Z' },
        },
        ...{ signatures: [], marketFacts: FACTS, positions: null, loosened: [], evidence: [HASH], drill },
      }).blocks,
    );

  it('says what its spec loosened against the champion’s, and when that is not recorded', () => {
    const record = {
      ...{ hash: HASH, kind: 'decision' as const, parent: HASH, verdict: null },
      ...{ versionId: HASH, recordedAt: '2019-06-28T05:30:00.000Z' },
    };
    const told = (facts: unknown): unknown => loosenedIn([{ ...record, body: { facts } }]);
    expect(told({ loosened: ['gates.dsrMin'] })).toEqual(['gates.dsrMin']);
    expect([told({ loosened: null }), told({}), told({ loosened: 'all' }), loosenedIn([])]).toEqual([
      null,
      null,
      null,
      null,
    ]);
    expect(reportOf('en', { mode: 'live' }, null)).toContain('["Looser than the champion’s spec","none"]');
  });

  it('says first whether its market is replayed', () => {
    const replay = { mode: 'replay', secondsPerSession: 4, approvalSecondsPerSession: 120 } as const;
    expect(reportOf('en', replay, null)).toContain(
      'a replay of the past, not live; seconds of real time for each session: 4',
    );
    expect(reportOf('zh-TW', replay, null)).toContain('每個交易日所用的實際秒數：4');
    expect(reportOf('en', { mode: 'live' }, null)).toContain('"Clock of the market","live"');
  });

  it('marks the checks that are only reported, and no other', () => {
    const report = judge(passingInput());
    const blocks = JSON.parse(reportOf('zh-TW', { mode: 'live' }, report)) as ReportDocument['blocks'];
    const rows = blocks.flatMap((block) =>
      block.kind === 'table' && block.head[0] === '關卡' ? block.rows : [],
    );
    expect(rows.map(([, verdict]) => verdict?.includes('（僅供參考）'))).toEqual(
      report.verdicts.map(({ enforced }) => !enforced),
    );
    expect(new Set(report.verdicts.map(({ enforced }) => enforced)).size).toBe(2);
  });

  it('says how old the last drill of the way back was when it ended, and how that went', () => {
    const server = (name: string, outcome: 'passed' | 'failed') => ({
      ...{ server: name, outcome, code: '', reason: '', remedy: '', loadMs: 1, checkMs: 1, rows: 5 },
      ...{ mismatches: 0, warm: true, warmMs: 1 },
    });
    const drill = {
      ...{ id: 7, model: 'tw-alpha', epoch: 1, champion: 2, target: 1, targetId: HASH, endedReason: '' },
      ...{ trigger: 'schedule' as const, requestedBy: 'system', reason: 'scheduled' },
      ...{ openedAt: '2026-06-27T22:00:00.000Z', deadline: '2026-06-27T22:01:00.000Z' },
      ...{ endedAt: '2026-06-27T22:00:02.000Z', waitedFor: ['server-a', 'server-b'] },
    };
    const live = { mode: 'live' } as const;
    const ended = '2026-07-01T00:00:00.000Z';
    const said = (language: 'en' | 'zh-TW', result: 'passed' | 'failed'): string => {
      const servers = [server('server-a', 'passed'), server('server-b', result)];
      return reportOf(language, live, null, { ...drill, result, servers }, ended);
    };
    expect(said('en', 'passed')).toMatch(
      /\(3 days before the retrain ended\), Version 1: every server could go back/u,
    );
    expect(said('en', 'failed')).toContain('Version 1: failed on: server-b');
    expect(said('zh-TW', 'failed')).toContain('未通過的伺服器：server-b');
    expect(reportOf('en', live, null)).toContain('"Last drill of the way back","never"');
  });

  it('says beside the returns what impact leaves of them at the size of the book, or that nobody measured it', () => {
    const gates = GatesSpec.parse({ spaReplicates: 1000, pboSplits: 4, uncertaintyReplicates: 0 });
    const live = { mode: 'live' } as const;
    const sized = reportOf('en', live, judge(passingInput({ gates })));
    // 0.3 - 2e-6 x sqrt(1e8) and 1.8 - 1.2e-5 x sqrt(1e8), the curve of the fixture.
    expect(sized).toContain('book of 100,000,000');
    expect(sized).toContain('28.0 % a year, Sharpe ratio 1.68');
    expect(reportOf('en', live, judge(passingInput({ gates, business: null })))).toContain(
      'every return here is before market impact',
    );
  });
});

describe('a printed report in Traditional Chinese', () => {
  it('holds its text so that it can be copied out, character by character', async (context) => {
    const text = poppler('pdftotext', await renderPdf(incident('zh-TW'), MADE), '-raw');
    if (text === null) {
      context.skip('poppler-utils is not installed');
      return;
    }
    const plain = text.replaceAll(/\s/gu, '');
    for (const wanted of [
      '事件報告',
      '撤回版本',
      '重新上線版本',
      '回撤超過界限：請見上線監控<b>',
      '由Contender依紀錄產生',
    ]) {
      expect(plain).toContain(wanted);
    }
  });

  it('has its fonts inside', async (context) => {
    const fonts = poppler('pdffonts', await renderPdf(monthly, MADE));
    if (fonts === null) {
      context.skip('poppler-utils is not installed');
      return;
    }
    const rows = fonts.trim().split('\n').slice(2);
    expect(rows.length).toBeGreaterThan(0);
    for (const row of rows) expect(row).toMatch(/NotoSansTC.*yes\s+yes\s+yes/u);
  });

  it('has a glyph for every character of its texts', () => {
    for (const report of [incident('zh-TW'), monthly]) {
      const text = JSON.stringify(report).replaceAll(/\p{Zs}/gu, ' ');
      expect(printable(text)).toBe(text);
    }
  });

  it('names what it has no glyph for instead of dropping it', () => {
    expect(printable('ok 🚀 好')).toBe('ok [U+1F680] 好');
  });

  it('is the same bytes for the same report', async () => {
    const first = await renderPdf(monthly, MADE);
    expect(first.equals(await renderPdf(monthly, MADE))).toBe(true);
  });
});

describe('a report as a page', () => {
  it('says its language and lets nothing that people wrote become markup', () => {
    const html = renderHtml(incident('zh-TW'));
    expect(html).toContain('<html lang="zh-Hant-TW">');
    expect(html).toContain('請見上線監控 &lt;b&gt;');
    expect(html).not.toContain('<script');
  });

  it('names what was signed for the promotion that was taken back, and the time of the market in a replay', () => {
    const live = renderHtml(incident('zh-TW'));
    expect(live).toContain('d'.repeat(64));
    expect(live).not.toContain('市場時間');
    const replayed = incident('zh-TW', { actor: 'olga', reason: 'why' }, '2019-06-20T05:30:00.000Z');
    expect(renderHtml(replayed)).toMatch(/<dt>市場時間<\/dt><dd>2019\/06\/20\s13:30<\/dd>/u);
  });

  it('tells why a reign began in the words of the reader, and when nobody holds a lease', () => {
    const reign: MonthlyReportInput['reigns'][number] = {
      ...{ model: 'tw-alpha', epoch: 2, versionId: HASH, version: 2, fromVersion: 1, cause: 'swap' },
      ...{ retrainId: 'retrain:x', decisionHash: HASH, actor: 'system', reason: 'promotion of retrain:x' },
      ...{ businessAt: '2019-06-28T05:30:00.000Z', recordedAt: '2019-06-28T05:30:01.000Z' },
    };
    expect(renderHtml(monthlyOf([reign]))).toContain('retrain:x 的升版');
    const alone = { acknowledged: [], missing: [] };
    expect(renderHtml(incident('zh-TW', undefined, null, alone))).toContain('目前沒有伺服器持有租約');
    expect(renderHtml(incident('zh-TW'))).toContain('1 / 1');
  });

  it('names commands, markets and what is not there in the words of the reader', () => {
    const chinese = renderHtml(incident('zh-TW'));
    expect(chinese).toContain('<td>回復</td>');
    expect(chinese).not.toContain('rollback');
    expect(chinese).toContain('遭撤回之升版所曾變動之部位');
    expect(renderHtml(incident('en'))).toContain('Taiwan Stock Exchange (XTAI)');
  });

  it('has the same facts in English', () => {
    const html = renderHtml(incident('en'));
    expect(html).toContain('Incident report: tw-alpha');
    expect(html).toContain('Answers again');
  });
});

describe('figures in a printed report', () => {
  it('are drawn mark by mark', () => {
    const drawn: string[] = [];
    const note =
      (name: string) =>
      (...args: readonly unknown[]): void => {
        drawn.push(name === 'text' ? `text ${String(args[0])}` : name);
      };
    drawFigure(figure(), {
      ...{ rectangle: note('rectangle'), polygon: note('polygon'), path: note('path') },
      ...{ disc: note('disc'), text: note('text') },
    });
    const count = (name: string): number => drawn.filter((mark) => mark === name).length;
    expect(count('rectangle')).toBe(3);
    expect(count('polygon')).toBe(1);
    expect(count('disc')).toBe(1);
    expect(drawn).toContain('text SPA <luck>');
    expect(drawn).toContain('text statistic 4.0');
  });

  it('refuse a mark that they do not know rather than leave a gap', () => {
    const canvas = { rectangle() {}, polygon() {}, path() {}, disc() {}, text() {} };
    expect(() => {
      drawFigure('<svg class="fig"><ellipse cx="1"/></svg>', canvas);
    }).toThrow(/ellipse/u);
  });

  it('come out of a recorded page in its order, and onto paper', async () => {
    const page = `<html><body><figure>${figure()}</figure><figure>${figure()}</figure></body></html>`;
    const svgs = figuresOf(page);
    expect(svgs).toHaveLength(2);
    const blocks = svgs.map((svg) => ({ kind: 'figure' as const, title: 'SPA', svg, narrow: svg }));
    const pdf = await renderPdf({ ...monthly, blocks }, MADE);
    expect(pdf.subarray(0, 5).toString()).toBe('%PDF-');
  });
});

describe('why a champion was taken back', () => {
  const reason = 'no bound was crossed';

  it('stands in Chinese when the system says so', () => {
    expect(renderHtml(incident('zh-TW', { actor: 'system', reason }))).not.toContain(reason);
  });

  it('stands as it was written when a person says so, even in words that the system uses', () => {
    expect(renderHtml(incident('zh-TW', { actor: 'olga', reason }))).toContain(reason);
  });
});
