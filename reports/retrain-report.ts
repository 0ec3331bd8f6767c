import type { GateReport, PerformanceNumbers } from '../contracts/gate-report.ts';
import { sharpeByLuck } from '../contracts/sharpe-by-luck.ts';
import { closestCall } from '../gates/closeness.ts';
import { judgedSize } from '../gates/judged-size.ts';
import { icHalfLife, recordedHorizons } from '../monitoring/ic-half-life.ts';
import { readFigure } from '../gates/plots/figure-elements.ts';
import { retoldFigure } from '../gates/plots/retold-figure.ts';
import type { RollbackDrill } from '../contracts/drill.ts';
import type { SignatureRecord } from '../registry/dossier.ts';
import type { ShadowDay } from '../registry/results.ts';
import type { RetrainRecord } from '../registry/retrains.ts';
import type { Block, Language, ReportDocument } from './document.ts';
import { regulatoryBlocks } from './regulatory.ts';
import type { MarketFacts, PositionChange } from './regulatory.ts';
import { reportTexts, type ReportTexts } from './texts.ts';

export interface RetrainReportInput {
  readonly language: Language;
  readonly timeZone: string;
  readonly retrain: RetrainRecord;
  /** Number of the version it made; null when it made none. */
  readonly version: number | null;
  /** Null: it did not come to the gates. */
  readonly report: GateReport | null;
  /** SVG texts of the recorded page of plots, in its order. */
  readonly figures: readonly string[];
  readonly shadowDays: readonly ShadowDay[];
  readonly signatures: readonly SignatureRecord[];
  readonly marketFacts: MarketFacts;
  /** The newest drill of the way back that the servers had a say in before the retrain ended; null: never. */
  readonly drill: RollbackDrill | null;
  /** What the promotion changes in the book; null: not recorded. */
  readonly positions: PositionChange | null;
  /** Fields in which its spec asks for less than the champion's; null: no champion, or not recorded. */
  readonly loosened: readonly string[] | null;
  /** Hashes of the chain of evidence, oldest first. */
  readonly evidence: readonly string[];
}

/** What one retrain did and why it ended as it did. */
export function retrainReport(input: RetrainReportInput): ReportDocument {
  const t = reportTexts(input.language, input.timeZone);
  const { retrain, report } = input;
  return {
    language: input.language,
    title: t.pair(t.say('retrainTitle'), retrain.model),
    subtitle: `${t.say('asOf')} ${t.instant(retrain.asOf)} · ${retrain.retrainId}`,
    blocks: [
      {
        kind: 'facts',
        facts: [
          [t.say('clock'), clockText(retrain, t)],
          [t.say('outcome'), t.name(retrain.status)],
          [t.say('reason'), retrain.reason === '' ? t.say('none') : t.told(retrain.reason)],
          [t.say('version'), input.version === null ? t.say('none') : String(input.version)],
          [t.say('trigger'), t.name(retrain.trigger)],
          [t.say('requester'), retrain.requester],
          [t.say('started'), t.instant(retrain.startedAt)],
          [t.say('finished'), t.instant(retrain.finishedAt)],
          [t.say('spec'), String(retrain.specNumber)],
          [
            t.say('loosened'),
            input.loosened === null ? t.say('notRecorded') : input.loosened.join(', ') || t.say('none'),
          ],
          [t.say('lastDrill'), drillText(input, t)],
        ],
      },
      ...(report === null ? [] : gateBlocks(report, input, t)),
      ...shadowBlocks(input.shadowDays, t),
      ...signatureBlocks(input.signatures, t),
      ...regulatoryBlocks(
        input.marketFacts,
        { change: input.positions, label: 'positions' },
        'settlementFirst',
        t,
      ),
    ],
    provenance: t.source(input.evidence),
  };
}

/** Rehearsed how long before the retrain ended, and how that went. */
function drillText({ drill, retrain }: RetrainReportInput, t: ReportTexts): string {
  if (drill === null || drill.endedAt === null) return t.say('drillNever');
  const ended = retrain.finishedAt ?? drill.endedAt;
  const days = Math.max(0, Math.floor((Date.parse(ended) - Date.parse(drill.endedAt)) / DAY_MS));
  const failed = drill.servers.filter(({ outcome }) => outcome === 'failed').map(({ server }) => server);
  const how =
    drill.result === 'passed' ? t.say('drillPassed') : t.pair(t.say('drillFailed'), failed.join(', '));
  return `${t.instant(drill.endedAt)} (${String(days)} ${t.say('drillDays')}), ${t.say('version')} ${String(drill.target)}: ${how}`;
}

const DAY_MS = 86_400_000;

function gateBlocks(
  report: GateReport,
  { figures, language }: Pick<RetrainReportInput, 'figures' | 'language'>,
  t: ReportTexts,
): Block[] {
  return [
    { kind: 'heading', text: t.pair(t.say('gates'), t.name(report.overall)) },
    {
      kind: 'table',
      head: [t.say('gate'), t.say('verdict'), t.say('held'), t.say('bound'), t.say('reason')],
      widths: [0.17, 0.15, 0.11, 0.11, 0.46],
      rows: report.verdicts.map((verdict) => [
        t.name(verdict.gate),
        verdict.enforced ? t.name(verdict.verdict) : t.aside(t.name(verdict.verdict), t.say('reportedOnly')),
        t.number(verdict.number),
        verdict.threshold === null ? '–' : `${t.sign(verdict.comparison)} ${t.number(verdict.threshold)}`,
        t.told(verdict.reason),
      ]),
    },
    ...secondLook(report, t),
    { kind: 'heading', text: t.say('performance') },
    performanceTable(report.candidate, report.benchmark, t),
    {
      kind: 'facts',
      facts: [...luckFact(report, t), impactFact(report, t), [t.say('icHalfLife'), halfLifeText(report, t)]],
    },
    ...(figures.length === 0 ? [] : [{ kind: 'heading', text: t.say('figures') } as const]),
    ...figures.map((recorded) => {
      const svg = retoldFigure(recorded, { language, size: 'wide' });
      const narrow = retoldFigure(recorded, { language, size: 'narrow' });
      return { kind: 'figure', title: readFigure(svg).title, svg, narrow } as const;
    }),
  ];
}

/** Whose dates these are: those of a replay must not be taken for today's. */
function clockText({ clock }: RetrainRecord, t: ReportTexts): string {
  return clock.mode === 'live'
    ? t.say('clockLive')
    : t.pair(t.say('clockReplay'), t.number(clock.secondsPerSession, clock.secondsPerSession < 1 ? 2 : 0));
}

/** A probability alone does not say how far the ratio lies above luck. */
function luckFact({ verdicts, candidate }: GateReport, t: ReportTexts): (readonly [string, string])[] {
  const { details = {} } = verdicts.find(({ gate }) => gate === 'dsr') ?? {};
  const against = sharpeByLuck(details, candidate.annualisedSharpe);
  return against === null
    ? []
    : [[t.say('byLuck'), `${t.number(against.own, 2)} · ${t.number(against.luck, 2)}`]];
}

/** The returns above it are before market impact: what the gate of capacity found for a book of the judged size. */
function impactFact(report: GateReport, t: ReportTexts): readonly [string, string] {
  const judged = judgedSize(report.verdicts);
  if (judged === null) return [t.say('afterImpact'), t.say('beforeImpact')];
  const { capital, annualisedReturn, annualisedSharpe } = judged;
  return [
    `${t.say('afterImpact')} ${t.count(capital)}`,
    `${t.percent(annualisedReturn, 1)} ${t.say('impactLeaves')} ${t.number(annualisedSharpe, 2)}`,
  ];
}

/** What stands out although no gate asks for it, and the check that passed most narrowly. */
function secondLook({ verdicts, cautions }: GateReport, t: ReportTexts): Block[] {
  const closest = closestCall(verdicts);
  const raised = (cautions ?? []).filter((caution) => caution.raised);
  const found =
    cautions === null ? t.say('secondLookOld') : raised.length === 0 ? t.say('secondLookNone') : '';
  return [
    { kind: 'heading', text: t.say('secondLook') },
    {
      kind: 'facts',
      facts: [
        ...(closest === null ? [] : [[t.say('closestCall'), closestText(closest, t)] as const]),
        // None refused beside one that is too large reads like a contradiction.
        ...(verdicts.filter(({ gate, number }) => TRADES.has(gate) && number !== null).length < TRADES.size
          ? []
          : [[t.say('tradesTold'), t.say('tradesApart')] as const]),
        ...(found === '' ? [] : [[t.say('secondLook'), found] as const]),
        ...raised.map(({ code, reason }) => [t.name(code), t.told(reason)] as const),
      ],
    },
  ];
}

/** Both speak of trades. */
const TRADES: ReadonlySet<string> = new Set(['feasibility', 'capacity']);

function closestText(
  { verdict, closeness }: NonNullable<ReturnType<typeof closestCall>>,
  t: ReportTexts,
): string {
  const { gate, number, threshold, comparison } = verdict;
  const distance = `${closeness.atLeast ? '≥ ' : ''}${t.number(closeness.distance, 1)}`;
  return t.pair(
    t.name(gate),
    t.list([
      t.number(number),
      `${t.sign(comparison)} ${t.number(threshold)}`,
      `${distance} ${t.say('standardErrors')}`,
    ]),
  );
}

function performanceTable(
  candidate: PerformanceNumbers,
  benchmark: PerformanceNumbers,
  t: ReportTexts,
): Block {
  const line = (name: string, show: (one: PerformanceNumbers) => string): readonly string[] => [
    name,
    show(candidate),
    show(benchmark),
  ];
  return {
    kind: 'table',
    head: [t.say('measure'), t.say('candidate'), t.told(benchmark.name)],
    widths: [0.4, 0.3, 0.3],
    rows: [
      line(t.say('sharpe'), ({ annualisedSharpe }) => t.number(annualisedSharpe, 2)),
      line(t.say('annualReturn'), ({ annualisedReturn }) => t.percent(annualisedReturn, 1)),
      line(t.say('volatility'), ({ annualisedVolatility }) => t.percent(annualisedVolatility, 1)),
      line(t.say('drawdown'), ({ maximumDrawdown }) => t.percent(maximumDrawdown, 1)),
      line(t.say('rankIc'), ({ meanRankIc }) => t.number(meanRankIc, 4)),
      line(t.say('turnover'), ({ annualisedTurnover }) => t.number(annualisedTurnover, 1)),
      line(t.say('cost'), ({ annualisedCost }) => t.percent(annualisedCost, 2)),
    ],
  };
}

function halfLifeText(report: GateReport, t: ReportTexts): string {
  const halfLife = icHalfLife(recordedHorizons(report));
  if (!halfLife.identified) return t.pair(t.say('notIdentified'), t.told(halfLife.reason));
  const [low, high] = halfLife.interval;
  return `${t.number(halfLife.sessions, 1)} (${t.number(low, 1)} – ${t.number(high, 1)})`;
}

function shadowBlocks(days: readonly ShadowDay[], t: ReportTexts): Block[] {
  if (days.length === 0) return [];
  return [
    { kind: 'heading', text: t.say('shadow') },
    {
      kind: 'table',
      head: [t.say('session'), t.say('rows'), t.say('paired'), t.say('verdict'), t.say('reason')],
      widths: [0.15, 0.1, 0.12, 0.13, 0.5],
      rows: days.map(({ session, rows, pairedRows, verdict, reason }) => [
        session,
        t.count(rows),
        t.percent(rows === 0 ? null : pairedRows / rows, 1),
        verdict === 'continue' ? t.name('pass') : t.name('fail'),
        t.told(reason),
      ]),
    },
  ];
}

function signatureBlocks(signatures: readonly SignatureRecord[], t: ReportTexts): Block[] {
  if (signatures.length === 0) return [];
  return [
    { kind: 'heading', text: t.say('signatures') },
    {
      kind: 'table',
      head: [t.say('who'), t.say('decision'), t.say('time'), t.say('reason')],
      widths: [0.18, 0.14, 0.2, 0.48],
      rows: signatures.map(({ subject, decision, decidedAt, reason }) => [
        subject,
        t.say(decision),
        t.instant(decidedAt),
        reason,
      ]),
    },
  ];
}

/** The figures of a recorded page of plots, each an SVG text of its own. */
export function figuresOf(page: string): readonly string[] {
  return [...page.matchAll(/<svg class="fig"[\s\S]*?<\/svg>/gu)].map(([svg]) => svg);
}
