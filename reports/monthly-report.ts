import type { ReignRecord } from '../registry/champions.ts';
import type { LiveResult } from '../registry/results.ts';
import type { RetrainRecord } from '../registry/retrains.ts';
import type { Block, Language, ReportDocument } from './document.ts';
import { regulatoryBlocks } from './regulatory.ts';
import type { MarketFacts } from './regulatory.ts';
import { reportTexts, type ReportTexts } from './texts.ts';

export interface MonthlyReportInput {
  readonly language: Language;
  readonly timeZone: string;
  readonly model: string;
  /** `YYYY-MM`. */
  readonly month: string;
  /** In force at the end of the month; null: none. */
  readonly reign: ReignRecord | null;
  /** Those that began within the month, oldest first. */
  readonly reigns: readonly ReignRecord[];
  /** Those whose as-of lies within the month, oldest first. */
  readonly retrains: readonly RetrainRecord[];
  /** Of the champion of each session, in order. */
  readonly results: readonly LiveResult[];
  readonly alerts: readonly { readonly severity: string; readonly count: number }[];
  readonly marketFacts: MarketFacts;
}

/** What a model did in a calendar month. */
export function monthlyReport(input: MonthlyReportInput): ReportDocument {
  const t = reportTexts(input.language, input.timeZone);
  const { reign } = input;
  return {
    language: input.language,
    title: t.pair(t.say('monthlyTitle'), input.model),
    subtitle: input.month,
    blocks: [
      {
        kind: 'facts',
        facts: [
          [t.say('champion'), reign === null ? t.say('none') : String(reign.version)],
          [t.say('epoch'), String(reign?.epoch ?? 0)],
        ],
      },
      { kind: 'heading', text: t.say('results') },
      resultFacts(input.results, t),
      { kind: 'heading', text: t.say('reigns') },
      ...orNothing(input.reigns, t, (reigns) => ({
        kind: 'table',
        head: [
          t.say('epoch'),
          t.say('version'),
          t.say('cause'),
          t.say('who'),
          t.say('time'),
          t.say('reason'),
        ],
        widths: [0.1, 0.1, 0.12, 0.14, 0.2, 0.34],
        rows: reigns.map((one) => [
          String(one.epoch),
          String(one.version),
          t.name(one.cause),
          one.actor,
          t.instant(one.businessAt),
          t.said(one.reason, one.actor),
        ]),
      })),
      { kind: 'heading', text: t.say('retrains') },
      ...orNothing(input.retrains, t, (retrains) => ({
        kind: 'table',
        head: [t.say('asOf'), t.say('trigger'), t.say('outcome'), t.say('reason')],
        widths: [0.2, 0.14, 0.16, 0.5],
        rows: retrains.map((one) => [
          t.instant(one.asOf),
          t.name(one.trigger),
          t.name(one.status),
          one.reason === '' ? t.say('none') : t.told(one.reason),
        ]),
      })),
      { kind: 'heading', text: t.say('alerts') },
      ...orNothing(input.alerts, t, (alerts) => ({
        kind: 'table',
        head: [t.say('severity'), t.say('number')],
        widths: [0.5, 0.5],
        rows: alerts.map(({ severity, count }) => [t.name(severity), t.count(count)]),
      })),
      ...regulatoryBlocks(input.marketFacts, null, 'settlement', t),
    ],
    provenance: t.source(reign?.decisionHash ? [reign.decisionHash] : []),
  };
}

function orNothing<Row>(
  rows: readonly Row[],
  t: ReportTexts,
  block: (rows: readonly Row[]) => Block,
): Block[] {
  return rows.length === 0 ? [{ kind: 'paragraph', text: t.say('nothing') }] : [block(rows)];
}

function resultFacts(results: readonly LiveResult[], t: ReportTexts): Block {
  const ics = results.flatMap(({ rankIc }) => (rankIc === null ? [] : [rankIc]));
  const returns = results.flatMap(({ netReturn }) => (netReturn === null ? [] : [netReturn]));
  const mean = ics.length === 0 ? null : ics.reduce((sum, value) => sum + value, 0) / ics.length;
  const growth = returns.reduce((value, change) => value * (1 + change), 1);
  return {
    kind: 'facts',
    facts: [
      [t.say('sessions'), t.count(results.length)],
      [t.say('rankIc'), t.number(mean, 4)],
      [t.say('monthReturn'), t.percent(returns.length === 0 ? null : growth - 1)],
      [t.say('drawdown'), t.percent(returns.length === 0 ? null : largestDrawdown(returns))],
    ],
  };
}

function largestDrawdown(returns: readonly number[]): number {
  let [value, highest, largest] = [1, 1, 0];
  for (const change of returns) {
    value *= 1 + change;
    highest = Math.max(highest, value);
    largest = Math.max(largest, 1 - value / highest);
  }
  return largest;
}
