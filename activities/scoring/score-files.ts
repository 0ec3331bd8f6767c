import type { ScoreFile, ScoreRun } from '../../registry/score-runs.ts';

interface ScoreRow {
  readonly symbol: string;
  readonly score: number | null;
  readonly skipped: string | null;
}

interface RankedRow {
  readonly rank: number;
  readonly symbol: string;
  readonly score: number;
}

const ENDS = 10;
const QUANTILES = [0, 0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99, 1];

/** Text that RFC 4180 wants quoted; also what a spreadsheet would take for a formula. */
const QUOTED = /[",\r\n]|^[=+\-@\t]/u;

/**
 * The files of a complete run: `predictions` by rank (the highest score first, equal scores by symbol, numbers in the shortest
 * text that reads back to the same double), `skipped` by symbol, and a report for people.
 */
export function scoreFiles(run: ScoreRun, rows: readonly ScoreRow[]): Readonly<Record<ScoreFile, string>> {
  const ranked = rank(rows);
  const skipped = rows.flatMap(({ symbol, skipped: reason }) =>
    reason === null ? [] : [{ symbol, reason }],
  );
  return {
    predictions: csv(
      ['rank', 'symbol', 'prediction', 'session', 'model', 'version', 'version_id', 'epoch'],
      ranked.map((row) => [
        ...[row.rank, row.symbol, row.score, run.session],
        ...[run.model, run.version, run.versionId, run.epoch],
      ]),
    ),
    skipped: csv(
      ['symbol', 'reason'],
      skipped.map(({ symbol, reason }) => [symbol, reason]),
    ),
    report: report(run, ranked, skipped),
  };
}

function rank(rows: readonly ScoreRow[]): RankedRow[] {
  return rows
    .flatMap(({ symbol, score }) => (score === null ? [] : [{ symbol, score }]))
    .sort((a, b) => b.score - a.score || (a.symbol < b.symbol ? -1 : 1))
    .map((row, at) => ({ rank: at + 1, ...row }));
}

function csv(headings: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const cell = (value: string | number): string =>
    typeof value === 'string' && QUOTED.test(value) ? `"${value.replaceAll('"', '""')}"` : String(value);
  return [headings, ...rows].map((row) => `${row.map(cell).join(',')}\n`).join('');
}

function report(
  run: ScoreRun,
  ranked: readonly RankedRow[],
  skipped: readonly { readonly reason: string }[],
): string {
  const reasons = new Map<string, number>();
  for (const { reason } of skipped) reasons.set(reason, (reasons.get(reason) ?? 0) + 1);
  const share = (count: number): string =>
    `${((100 * count) / Math.max(1, ranked.length + skipped.length)).toFixed(1)} %`;
  const role = run.isChampion ? `champion, epoch ${String(run.epoch)}` : 'not the champion';
  const line = ({ rank: place, symbol, score }: RankedRow): string =>
    `  ${String(place).padStart(6)}  ${symbol.padEnd(12)}  ${score.toFixed(6).padStart(12)}`;
  const bottom = ranked.slice(Math.max(ENDS, ranked.length - ENDS));
  return [
    `${run.model}, session ${run.session}`,
    '',
    `version    ${String(run.version)} (${run.versionId}; ${role})`,
    `known at   ${run.asOf ?? '-'}`,
    `asked for  by ${run.requestedBy}, ${run.trigger}, ${run.startedAt}`,
    `universe   ${String(ranked.length + skipped.length)} symbols`,
    `scored     ${String(ranked.length)} (${share(ranked.length)})`,
    `skipped    ${String(skipped.length)} (${share(skipped.length)})`,
    ...[...reasons].sort(byCount).map(([reason, count]) => `  ${String(count).padStart(6)}  ${reason}`),
    ...(ranked.length === 0
      ? []
      : [
          '',
          'quantiles of the predictions',
          ...QUANTILES.map((q) => `  ${q.toFixed(2).padStart(6)}  ${quantile(ranked, q).toFixed(6)}`),
          '',
          'highest',
          ...ranked.slice(0, ENDS).map(line),
          ...(bottom.length === 0 ? [] : ['', 'lowest', ...bottom.map(line)]),
        ]),
    '',
  ].join('\n');
}

const byCount = (a: readonly [string, number], b: readonly [string, number]): number =>
  b[1] - a[1] || (a[0] < b[0] ? -1 : 1);

/** The nearest rank: a score that occurs. */
function quantile(ranked: readonly RankedRow[], q: number): number {
  const at = Math.round((1 - q) * (ranked.length - 1));
  return ranked[at]?.score ?? Number.NaN;
}
