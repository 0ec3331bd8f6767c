import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Figure } from '../../../gates/plots/figure.ts';
import type { ReportDocument } from '../../../reports/document.ts';
import { renderHtml } from '../../../reports/html.ts';
import { incidentReport } from '../../../reports/incident-report.ts';
import { monthlyReport } from '../../../reports/monthly-report.ts';
import { printable, renderPdf } from '../../../reports/pdf.ts';
import { ModelSpec } from '../../../contracts/spec.ts';
import { firstDecided, positionChange } from '../../../reports/regulatory.ts';
import type { MarketFacts } from '../../../reports/regulatory.ts';
import { figuresOf } from '../../../reports/retrain-report.ts';
import { drawFigure } from '../../../reports/svg-marks.ts';

const MADE = new Date('2019-07-01T00:00:00Z');
const HASH = 'c'.repeat(64);

const FACTS: MarketFacts = {
  ...{ market: 'XTAI', settled: { session: '2019-06-28', settlesOn: '2019-07-02' }, priceLimit: 0.1 },
  ...{ feeRate: 0.001425, saleTax: 0.003 },
  limits: { maxPositionShare: 0.15, maxSectorShare: 0.5, maxParticipation: 0.1 },
};

const incident = (
  language: 'en' | 'zh-TW',
  { actor, reason } = { actor: 'olga', reason: '回撤超過界限：請見守衛 <b>' },
): ReportDocument =>
  incidentReport({
    language,
    timeZone: 'Asia/Taipei',
    reign: {
      ...{ model: 'tw-alpha', epoch: 4, versionId: HASH, version: 2, fromVersion: 3, cause: 'rollback' },
      ...{ retrainId: null, decisionHash: HASH, actor, reason },
      ...{ businessAt: '2019-06-28T05:30:00.000Z', recordedAt: '2019-06-28T05:30:01.000Z' },
    },
    servers: {
      ...{ model: 'tw-alpha', epoch: 4, status: 'complete', missing: [], lastAcknowledgedAt: null },
      acknowledged: [{ server: 'server-a', epoch: 4 }],
    },
    measurements: [],
    marketFacts: FACTS,
    positions: { names: 30, entering: ['2330', '2317'], leaving: ['1101'], turnover: 0.125 },
    timeline: [{ recordedAt: '2019-06-28T05:30:01.000Z', actor: 'olga', command: 'rollback' }],
  });

const monthly: ReportDocument = monthlyReport({
  ...{ language: 'zh-TW', timeZone: 'Asia/Taipei', model: 'tw-alpha', month: '2019-06', reign: null },
  ...{ reigns: [], retrains: [], results: [], alerts: [{ severity: 'WARNING', count: 2 }] },
  marketFacts: FACTS,
});

function figure(): string {
  const plot = new Figure({
    ...{ id: 'spa', title: 'SPA <luck>', description: 'what luck reaches' },
    ...{ x: { from: 0, to: 10 }, y: { from: 0, to: 1 }, xLabel: 'x', yLabel: 'y' },
    ...{ xTicks: [{ at: 5, label: '5' }], yTicks: [{ at: 0.5, label: '0.5' }] },
  });
  plot.bar(1, 2, 0.4);
  plot.bar(2, 3, 0.2, true);
  plot.line([
    { x: 0, y: 0 },
    { x: 10, y: 1 },
  ]);
  plot.band(
    [
      { x: 0, y: 0 },
      { x: 10, y: 0.5 },
    ],
    [
      { x: 0, y: 0.2 },
      { x: 10, y: 1 },
    ],
  );
  plot.vertical(4, 'statistic 4.0', 'good');
  plot.horizontal(0.7, 'bound', 'other');
  plot.baseline(0);
  plot.whisker(5, 0.2, 0.8);
  plot.dot({ x: 5, y: 0.5 });
  plot.legend('bar', 'bar');
  return plot.toString();
}

/** A program of the poppler tools on a document; null when they are not installed. */
function poppler(program: string, pdf: Buffer, ...args: readonly string[]): string | null {
  const folder = mkdtempSync(join(tmpdir(), 'contender-pdf-'));
  try {
    const file = join(folder, 'report.pdf');
    writeFileSync(file, pdf);
    return execFileSync(program, [...args, file, ...(program === 'pdftotext' ? ['-'] : [])], {
      encoding: 'utf8',
    });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

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
  });

  it('settles what a change of champion decides two settlement days later in Taiwan', () => {
    const spec = ModelSpec.parse({ model: 'tw-alpha', market: 'XTAI', data: 'data' });
    expect(firstDecided(spec, '2019-06-27T19:00:00.000Z')).toEqual({
      session: '2019-06-28',
      settlesOn: '2019-07-02',
    });
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
      '重新回應版本',
      '回撤超過界限：請見守衛<b>',
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
    expect(html).toContain('請見守衛 &lt;b&gt;');
    expect(html).not.toContain('<script');
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
