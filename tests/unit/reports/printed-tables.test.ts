import { describe, expect, it } from 'vitest';
import type { ReportDocument } from '../../../reports/document.ts';
import { renderPdf } from '../../../reports/pdf.ts';
import { MADE, monthly, figure, poppler } from './report-fixtures.ts';

describe('tables of a printed report', () => {
  const long = '連續三個交易日的淨報酬低於前一版本，'.repeat(130);
  const table = (rows: readonly (readonly string[])[]): ReportDocument['blocks'][number] => ({
    ...{ kind: 'table', head: ['人員', '理由'], widths: [0.2, 0.8], rows },
  });
  const textOf = async (blocks: ReportDocument['blocks']): Promise<string | null> =>
    poppler('pdftotext', await renderPdf({ ...monthly, blocks }, MADE), '-layout');
  const NEW_PAGE = '\f';

  it('keep every word of a reason that is longer than a page', async (context) => {
    const text = await textOf([
      table([
        ['lee', long],
        ['kim', '同意'],
      ]),
    ]);
    if (text === null) {
      context.skip('poppler-utils is not installed');
      return;
    }
    expect(text.replaceAll(/\s|\d+\/\d+|人員|理由|lee|kim/gu, '')).toContain(long);
    expect(text.split(NEW_PAGE).filter((page) => page.trim() !== '').length).toBeGreaterThan(1);
    expect(text.indexOf('kim')).toBeGreaterThan(text.lastIndexOf('連續三個'));
  });

  it('say on every page what their columns are', async (context) => {
    const rows = Array.from({ length: 120 }, (_, at) => [`subject-${String(at)}`, '同意']);
    const text = await textOf([table(rows)]);
    if (text === null) {
      context.skip('poppler-utils is not installed');
      return;
    }
    const pages = text.split(NEW_PAGE).filter((page) => /subject-\d/u.test(page));
    expect(pages.length).toBeGreaterThan(2);
    for (const page of pages) expect(page).toMatch(/人員\s+理由/u);
    for (const [subject] of rows) expect(text).toContain(subject);
  });

  it('stand together where they are short: facts are not cut in two', async (context) => {
    const facts = (count: number, name: string): ReportDocument['blocks'][number] => ({
      kind: 'facts',
      facts: Array.from({ length: count }, (_, at) => [`${name} ${String(at)}`, '1'] as const),
    });
    for (const lines of [28, 31, 34]) {
      const text = await textOf([
        facts(lines, 'before'),
        { kind: 'heading', text: '限制' },
        facts(8, 'limit'),
      ]);
      if (text === null) {
        context.skip('poppler-utils is not installed');
        return;
      }
      const pages = text.split(NEW_PAGE).filter((page) => /limit \d/u.test(page));
      expect(pages, String(lines)).toHaveLength(1);
      expect(pages[0]).toContain('限制');
    }
  });

  it('leave room for three figures on a page, below their heading as well', async (context) => {
    const drawn = { kind: 'figure' as const, title: 'SPA', svg: figure(), narrow: figure() };
    // A page full of facts, so that the heading begins the next one.
    const before = Array.from({ length: 26 }, (_, at) => [`fact ${String(at)}`, '1'] as const);
    const text = await textOf([
      { kind: 'facts', facts: before },
      { kind: 'heading', text: '圖表' },
      ...Array.from({ length: 6 }, () => drawn),
    ]);
    if (text === null) {
      context.skip('poppler-utils is not installed');
      return;
    }
    const pages = text.split(NEW_PAGE).map((page) => page.match(/statistic\s*4\.0/gu)?.length ?? 0);
    expect(pages.filter((count) => count > 0)).toEqual([3, 3]);
  });

  it('leave no sign and no unit alone on a line', async (context) => {
    const texts = Array.from({ length: 40 }, (_, at) => `${'占'.repeat(at)} 15.0 %，≤ 20.5 %`);
    const text = await textOf([
      { kind: 'table', head: [], widths: [0.35, 0.65], rows: texts.map((cell) => [cell, '']) },
    ]);
    if (text === null) {
      context.skip('poppler-utils is not installed');
      return;
    }
    expect(text).not.toMatch(/^\s*%/mu);
    expect(text).not.toMatch(/≤\s*$/mu);
  });

  it('begin on the page of their heading, as figures do', async (context) => {
    const rows = [['lee', '同意，'.repeat(120)]];
    for (const lines of [20, 34, 38, 42]) {
      const text = await textOf([
        {
          kind: 'facts',
          facts: Array.from({ length: lines }, (_, at) => [`fact ${String(at)}`, '1'] as const),
        },
        { kind: 'heading', text: '簽核紀錄' },
        table(rows),
        { kind: 'heading', text: '圖表' },
        { kind: 'figure', title: 'SPA', svg: figure(), narrow: figure() },
      ]);
      if (text === null) {
        context.skip('poppler-utils is not installed');
        return;
      }
      const pageOf = (wanted: string): number =>
        text.split(NEW_PAGE).findIndex((page) => page.replaceAll(/\s/gu, '').includes(wanted));
      expect(pageOf('同意，'), String(lines)).toBe(pageOf('簽核紀錄'));
      expect(pageOf('statistic4.0'), String(lines)).toBe(pageOf('圖表'));
    }
  });
});
