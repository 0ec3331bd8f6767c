import { ContenderError } from '../../contracts/error.ts';
import type { GateReport, RecordedGateReport } from '../../contracts/gate-report.ts';
import type { BookLiquidity } from '../../evaluation/book-liquidity.ts';
import type { BreakdownCell } from '../../evaluation/ic-breakdown.ts';
import type { JudgeInput } from '../judge-input.ts';
import { mustBeBetter, superiorityInput } from '../open-claim.ts';
import { pairedPanel } from '../paired-panel.ts';
import { recipesTest } from '../superiority.ts';
import { superiorityLevel } from '../superiority-level.ts';
import { figure } from '../wording.ts';
import { BREAKDOWNS, breakdownPlot, type BreakdownName } from './breakdown-plots.ts';
import { capacityPlot, costPlot, searchPlot } from './choice-plots.ts';
import { differencePlot } from './difference-plot.ts';
import { escapeText } from './figure.ts';
import { dsrPlot, equityPlot, icPlot, pboPlot, spaPlot } from './plots.ts';

/** One plot, or the reason why there is none. */
export interface GatePlot {
  readonly name:
    'equity' | 'difference' | 'spa' | 'pbo' | 'dsr' | 'ic' | BreakdownName | 'search' | 'capacity' | 'costs';
  readonly svg: string | null;
  readonly missing: string;
}

/** The plots of a judged input, each an SVG of its own. Deterministic: the same input gives the same bytes. */
export function gatePlots(input: JudgeInput): readonly GatePlot[] {
  const panel = pairedPanel(input);
  const paired = (draw: (usable: Exclude<typeof panel, { verdict: string }>) => string): string => {
    if ('verdict' in panel) throw new PlotMissing(panel.reason);
    return draw(panel);
  };
  return [
    plot('equity', () => paired((usable) => equityPlot(usable, input))),
    plot('difference', () =>
      paired((usable) => {
        if (input.route === 'first') throw new PlotMissing('a first champion is held against no position');
        return differencePlot(usable, input);
      }),
    ),
    plot('spa', () => spaPlot(...testedRecipes(input))),
    plot('dsr', () => paired((usable) => dsrPlot(usable, input))),
    plot('pbo', () => paired((usable) => pboPlot(usable, input))),
    plot('ic', () => {
      if (input.rankIc === null || input.rankIc.sessions.length === 0)
        throw new PlotMissing('no session has a rank IC');
      return icPlot(input);
    }),
    ...BREAKDOWN_NAMES.map((name) => plot(name, () => breakdownPlot(name, cellsOf(name, input)))),
    plot('search', () => paired((usable) => searchPlot(usable, input))),
    plot('capacity', () => capacityPlot(liquidityOf(input))),
    plot('costs', () => costPlot(liquidityOf(input))),
  ];
}

function testedRecipes(input: JudgeInput): Parameters<typeof spaPlot> {
  if (!mustBeBetter(input)) throw new PlotMissing('a refresh inherits what its recipe has shown');
  const told = superiorityInput(input);
  const panel = pairedPanel(told);
  if ('verdict' in panel) throw new PlotMissing(panel.reason);
  return [recipesTest(panel, told), superiorityLevel(told).level];
}

function cellsOf(name: BreakdownName, { breakdown }: JudgeInput): readonly BreakdownCell[] {
  if (breakdown === null) throw new PlotMissing('it was not measured');
  const cells = BREAKDOWNS[name].cells(breakdown);
  if (cells.length === 0) {
    throw new PlotMissing(
      name === 'ic-sector'
        ? 'no sector has five names with known returns on a session'
        : 'no session has enough names with known returns',
    );
  }
  return cells;
}

function liquidityOf({ business }: JudgeInput): BookLiquidity {
  const liquidity = business?.liquidity ?? null;
  if (liquidity === null) throw new PlotMissing("the candidate's trades were not measured");
  if (liquidity.trades === 0) throw new PlotMissing('nothing was traded');
  return liquidity;
}

class PlotMissing extends ContenderError {
  readonly code = 'PLOT_MISSING';
  readonly kind = 'refused';
}

function plot(name: GatePlot['name'], draw: () => string): GatePlot {
  try {
    return { name, svg: draw(), missing: '' };
  } catch (error) {
    // What cannot be judged cannot be drawn: the reason stands where the plot would.
    if (error instanceof ContenderError) return { name, svg: null, missing: error.message };
    throw error;
  }
}

const BREAKDOWN_NAMES = ['ic-decile', 'ic-sector', 'ic-regime', 'ic-horizon'] as const;

const TITLES: Readonly<Record<GatePlot['name'], string>> = {
  equity: 'Equity out of sample',
  difference: 'Candidate less benchmark',
  spa: 'SPA bootstrap distribution',
  dsr: 'Deflated Sharpe ratio',
  pbo: 'PBO logits',
  ic: 'Rank IC by year',
  'ic-decile': BREAKDOWNS['ic-decile'].title,
  'ic-sector': BREAKDOWNS['ic-sector'].title,
  'ic-regime': BREAKDOWNS['ic-regime'].title,
  'ic-horizon': BREAKDOWNS['ic-horizon'].title,
  search: 'The search itself, out of sample',
  capacity: 'Return by the size of the book',
  costs: 'Return by the cost of trading',
};

const PAGE_STYLE = `
:root{color-scheme:light dark;--ink:#1c2430;--muted:#525d6b;--paper:#fff;--line:#dfe3e8;--good:#1b7340;--bad:#b3261e;--wait:#8a5200}
@media (prefers-color-scheme:dark){:root{--ink:#e8ecf1;--muted:#a7b1bd;--paper:#14181e;--line:#323a45;--good:#6fd08c;--bad:#ff8f87;--wait:#f0b35e}}
body{margin:0 auto;max-width:60rem;padding:1.5rem;background:var(--paper);color:var(--ink);font:16px/1.5 system-ui,-apple-system,'Segoe UI',Helvetica,Arial,sans-serif}
h1{font-size:1.5rem;margin:0}h2{font-size:1.15rem;margin:2rem 0 .5rem}.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:.9rem}th,td{text-align:left;vertical-align:top;padding:.35rem .6rem;border-bottom:1px solid var(--line)}
td.number{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}.pass{color:var(--good)}.fail,.error{color:var(--bad);font-weight:600}.inconclusive{color:var(--wait);font-weight:600}
.muted{color:var(--muted)}td .muted{white-space:nowrap}figure{margin:1rem 0}svg{width:100%;height:auto;display:block}code{font-size:.85em;overflow-wrap:anywhere}`.trim();

/** A page for a browser or a mail reader: every verdict with its reason, then the plots. No script, nothing fetched. */
export function renderGatePage(input: JudgeInput, report: RecordedGateReport, title: string): string {
  const figures = gatePlots(input).map(({ name, svg, missing }) =>
    svg === null
      ? `<h2>${TITLES[name]}</h2>\n<p class="muted">Not drawn: ${escapeText(missing)}.</p>`
      : `<figure>\n${svg}\n</figure>`,
  );
  const { count, first, last } = report.pairedSessions;
  return [
    '<!doctype html>',
    '<html lang="en">',
    `<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Gates of ${escapeText(title)}</title><style>${PAGE_STYLE}</style></head>`,
    '<body>',
    `<h1>Gates: <span class="${report.overall}">${report.overall}</span></h1>`,
    `<p>${escapeText(title)}, route ${report.route}, ${String(count)} paired sessions ${first ?? ''} to ${last ?? ''}, ${String(report.trials.counted)} trials counted, spec ${String(report.inputs.specNumber)}.</p>`,
    verdictsTable(report),
    ...loosenedLine(report),
    ...figures,
    `<p class="muted">Input <code>${report.inputs.judged.sha256}</code>, code <code>${report.codeVersion}</code>, seed ${String(report.bootstrap.seed)}, round ${String(report.round)}.</p>`,
    '</body>',
    '</html>',
    '',
  ].join('\n');
}

function loosenedLine({ inputs }: RecordedGateReport): string[] {
  if (inputs.loosened.length === 0) return [];
  const fields = escapeText(inputs.loosened.join(', '));
  return [
    `<p><strong>This spec loosened ${fields}</strong>, agreed by ${escapeText(inputs.secondPerson ?? 'nobody')}.</p>`,
  ];
}

function verdictsTable(report: GateReport): string {
  const rows = report.verdicts.map((verdict) => {
    const mode = verdict.enforced ? '' : ` <span class="muted">(reported only)</span>`;
    const bound =
      verdict.threshold === null ? '' : `${escapeText(verdict.comparison)} ${figure4(verdict.threshold)}`;
    return `<tr><th scope="row">${verdict.gate}</th><td class="${verdict.verdict}">${verdict.verdict}${mode}</td><td class="number">${verdict.number === null ? '–' : figure4(verdict.number)}</td><td class="number">${bound}</td><td>${escapeText(verdict.reason)}</td></tr>`;
  });
  return [
    '<div class="scroll"><table>',
    '<thead><tr><th scope="col">gate</th><th scope="col">verdict</th><th scope="col">number</th><th scope="col">bound</th><th scope="col">why</th></tr></thead>',
    `<tbody>\n${rows.join('\n')}\n</tbody>`,
    '</table></div>',
  ].join('\n');
}

function figure4(value: number): string {
  if (Number.isInteger(value)) return String(value);
  const size = Math.abs(value);
  return size >= 1e-4 && size < 1e6 ? String(Number(value.toPrecision(4))) : figure(value, 6);
}
