import type { QualityFinding, QualityReport } from '../../contracts/quality.ts';

/** Text as it may stand in HTML, in an element or in an attribute: names come from the data. */
export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}

const STYLE = `
:root { color-scheme: light dark; --ink: #1b1f24; --soft: #57606a; --line: #d0d7de; --paper: #ffffff; --card: #f6f8fa;
  --good: #1a7f37; --odd: #9a6700; --bad: #cf222e; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6edf3; --soft: #9198a1; --line: #3d444d; --paper: #0d1117; --card: #151b23;
  --good: #3fb950; --odd: #d29922; --bad: #f85149; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1rem; max-width: 60rem; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
h1 { font-size: 1.4rem; margin: 0 0 .25rem; } h2 { font-size: 1.05rem; margin: 0; }
p { margin: .35rem 0; } .soft { color: var(--soft); font-size: .9rem; }
section { border: 1px solid var(--line); border-radius: .5rem; background: var(--card); padding: .75rem 1rem; margin: .75rem 0; }
header { margin-bottom: 1rem; } .head { display: flex; flex-wrap: wrap; gap: .25rem 1rem; justify-content: space-between; align-items: baseline; }
.word { font-weight: 700; } .pass { color: var(--good); } .warn { color: var(--odd); } .hold { color: var(--bad); } .unmeasured { color: var(--soft); }
.figures { font-variant-numeric: tabular-nums; }
ul { margin: .35rem 0 0; padding-left: 1.2rem; } li { margin: .1rem 0; font-size: .9rem; }
svg { display: block; width: 100%; height: 6rem; } svg path { fill: none; stroke: var(--ink); stroke-width: 1.5; vector-effect: non-scaling-stroke; }
svg line { stroke: var(--bad); stroke-dasharray: 4 3; vector-effect: non-scaling-stroke; }
summary { cursor: pointer; }`;

const TITLES: Readonly<Record<QualityFinding['measure'], string>> = {
  coverage: 'Coverage',
  'session-coverage': 'Coverage of the newest sessions',
  'stale-symbols': 'Stale symbols',
  'late-bars': 'Late bars',
  gaps: 'Gaps',
  outliers: 'Outliers',
  'limit-hits': 'Limit hits',
  duplicates: 'Duplicates',
  restatements: 'Restatements',
  'unrecorded-splits': 'Splits that look unrecorded',
  drift: 'Drift against the champion',
};

/** The report as one page: nothing is loaded, nothing is executed, and it is readable on a phone, by day and by night. */
export function qualityPage(report: QualityReport): string {
  const holds = report.findings.filter(({ verdict }) => verdict === 'hold').length;
  const warns = report.findings.filter(({ verdict }) => verdict === 'warn').length;
  const verdict = holds > 0 ? 'hold' : warns > 0 ? 'warn' : 'pass';
  const headline =
    verdict === 'pass'
      ? 'Nothing crosses a bound'
      : `${String(holds)} of ${String(report.findings.length)} measures hold, ${String(warns)} warn`;
  const facts = [
    `${String(report.symbols)} symbols on ${String(report.sessions)} sessions, ${report.firstSession} to ${report.lastSession}`,
    `${String(report.memberRows)} member rows`,
    report.adjustment === 'backward'
      ? 'prices adjusted backwards: levels know the future'
      : 'prices as published',
    report.source === '' ? 'source not named' : report.source,
    report.snapshotId === null ? 'of the folder alone' : `snapshot ${report.snapshotId}`,
  ];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Data quality ${escapeHtml(report.market)} as of ${escapeHtml(report.asOf)}</title>
<style>${STYLE}
</style>
</head>
<body>
<header>
<h1>Data quality: ${escapeHtml(report.market)} as known at ${escapeHtml(report.asOf)}</h1>
<p class="word ${verdict}">${escapeHtml(headline)}</p>
${facts.map((fact) => `<p class="soft">${escapeHtml(fact)}</p>`).join('\n')}
</header>
<main>
${coverageChart(report)}
${report.findings.map(findingSection).join('\n')}
</main>
</body>
</html>
`;
}

const WORDS: Readonly<Record<QualityFinding['verdict'], string>> = {
  pass: 'pass',
  warn: 'WARN',
  hold: 'HOLD',
  unmeasured: 'not measured',
};

function findingSection(finding: QualityFinding): string {
  const { verdict, measure, reason, examples } = finding;
  const items = examples.map(({ symbol, session, text }) => {
    const place = [symbol, session].filter((word) => word !== '').join(' ');
    return `<li>${escapeHtml(place === '' ? text : `${place}: ${text}`)}</li>`;
  });
  const list =
    items.length === 0
      ? ''
      : `<details${verdict === 'pass' ? '' : ' open'}><summary class="soft">${String(items.length)} examples, the worst first</summary><ul>${items.join('')}</ul></details>`;
  return `<section>
<div class="head"><h2>${escapeHtml(TITLES[measure])}</h2><span class="word ${verdict}">${WORDS[verdict]}</span></div>
<p class="figures">${escapeHtml(figures(finding))}</p>
<p>${escapeHtml(reason)}</p>
${list}
</section>`;
}

function figures({ number, threshold, comparison, unit }: QualityFinding): string {
  return `${figure(number, unit)} (bound ${comparison === '>=' ? 'at least' : 'at most'} ${figure(threshold, unit)})`;
}

/** A number of a finding as people read it. */
export function figure(number: number | null, unit: QualityFinding['unit']): string {
  if (number === null) return 'no figure';
  if (unit === 'share') return `${String(Number((number * 100).toPrecision(4)))} %`;
  return unit === 'count' ? String(number) : `${number.toFixed(3)} standard deviations`;
}

const WIDTH = 1000;
const HEIGHT = 100;

/** Share of members with a bar, session by session; the dashed line is the bound on the newest sessions. */
function coverageChart(report: QualityReport): string {
  const points = report.coverageBySession;
  if (points.length < 2) return '';
  const y = (share: number): string => (HEIGHT - share * (HEIGHT - 4) - 2).toFixed(1);
  const path = points
    .map(({ members, bars }, at) => {
      const x = ((at / (points.length - 1)) * WIDTH).toFixed(1);
      return `${at === 0 ? 'M' : 'L'}${x} ${y(members === 0 ? 0 : bars / members)}`;
    })
    .join('');
  const bound = report.findings.find(({ measure }) => measure === 'session-coverage')?.threshold ?? 0;
  const worst = points.reduce((least, point) =>
    point.bars / point.members < least.bars / least.members ? point : least,
  );
  const label = `Share of members with a bar on each session; lowest ${String(worst.bars)} of ${String(worst.members)} on ${worst.session}`;
  return `<section>
<h2>Members with a bar, by session</h2>
<svg viewBox="0 0 ${String(WIDTH)} ${String(HEIGHT)}" preserveAspectRatio="none" role="img" aria-label="${escapeHtml(label)}">
<title>${escapeHtml(label)}</title>
<line x1="0" x2="${String(WIDTH)}" y1="${y(bound)}" y2="${y(bound)}"></line>
<path d="${path}"></path>
</svg>
<p class="soft">${escapeHtml(label)}</p>
</section>`;
}
