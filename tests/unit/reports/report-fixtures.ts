import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Figure } from '../../../gates/plots/figure.ts';
import type { ReportDocument } from '../../../reports/document.ts';
import { incidentReport } from '../../../reports/incident-report.ts';
import { monthlyReport } from '../../../reports/monthly-report.ts';
import type { MonthlyReportInput } from '../../../reports/monthly-report.ts';
import type { SwapStatus } from '../../../registry/servers.ts';
import type { MarketFacts } from '../../../reports/regulatory.ts';

export const MADE = new Date('2019-07-01T00:00:00Z');
export const HASH = 'c'.repeat(64);

export const FACTS: MarketFacts = {
  ...{ market: 'XTAI', settled: { session: '2019-06-28', settlesOn: '2019-07-02' }, priceLimit: 0.1 },
  ...{ feeRate: 0.001425, saleTax: 0.003 },
  limits: { maxPositionShare: 0.15, maxSectorShare: 0.5, maxParticipation: 0.1 },
};

export const incident = (
  language: 'en' | 'zh-TW',
  { actor, reason } = { actor: 'olga', reason: '回撤超過界限：請見上線監控 <b>' },
  marketAt: string | null = null,
  servers: Partial<SwapStatus> = {},
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
      ...servers,
    },
    measurements: [],
    ...{ marketAt, promotedBy: 'd'.repeat(64) },
    marketFacts: FACTS,
    positions: { names: 30, entering: ['2330', '2317'], leaving: ['1101'], turnover: 0.125, staying: null },
    timeline: [{ recordedAt: '2019-06-28T05:30:01.000Z', actor: 'olga', command: 'rollback' }],
  });

export const monthlyOf = (reigns: MonthlyReportInput['reigns']): ReportDocument =>
  monthlyReport({
    ...{ language: 'zh-TW', timeZone: 'Asia/Taipei', model: 'tw-alpha', month: '2019-06', reign: null },
    ...{ reigns, retrains: [], results: [], alerts: [{ severity: 'WARNING', count: 2 }] },
    marketFacts: FACTS,
  });
export const monthly = monthlyOf([]);

export function figure(): string {
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
export function poppler(program: string, pdf: Buffer, ...args: readonly string[]): string | null {
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
