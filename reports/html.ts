import { escapeText as escaped } from '../gates/plots/figure.ts';
import type { Block, ReportDocument } from './document.ts';

const STYLE = `
:root{color-scheme:light dark;--ink:#1c2430;--muted:#525d6b;--paper:#fff;--line:#dfe3e8}
@media (prefers-color-scheme:dark){:root{--ink:#e8ecf1;--muted:#a7b1bd;--paper:#14181e;--line:#323a45}}
body{margin:0 auto;max-width:60rem;padding:1.5rem;background:var(--paper);color:var(--ink);font:16px/1.55 system-ui,-apple-system,'Segoe UI','Noto Sans TC','Noto Sans CJK TC','PingFang TC','Microsoft JhengHei',sans-serif}
h1{font-size:1.6rem;line-height:1.25;margin:0}h2{font-size:1.15rem;margin:2rem 0 .5rem}.muted{color:var(--muted)}.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:.92rem}th,td{text-align:left;vertical-align:top;padding:.35rem .6rem;border-bottom:1px solid var(--line);overflow-wrap:anywhere}
dl{display:grid;grid-template-columns:minmax(8rem,16rem) 1fr;gap:.25rem 1rem}dt{color:var(--muted)}dd{margin:0;overflow-wrap:anywhere}figure{margin:1rem 0}svg{width:100%;height:auto;display:block}
@media screen and (min-width:641px){.narrow{display:none}}@media print{.narrow{display:none}}
@media screen and (max-width:640px){.wide{display:none}.narrow{max-width:450px}body{padding:1rem}dl{grid-template-columns:1fr}dd{margin-bottom:.4rem}}`.trim();

/** One file for a browser or a mail reader: no script, nothing fetched. */
export function renderHtml(report: ReportDocument): string {
  return [
    '<!doctype html>',
    `<html lang="${report.language === 'en' ? 'en' : 'zh-Hant-TW'}">`,
    `<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${escaped(report.title)}</title><style>${STYLE}</style></head>`,
    '<body>',
    `<h1>${escaped(report.title)}</h1>`,
    `<p class="muted">${escaped(report.subtitle)}</p>`,
    ...report.blocks.map(blockHtml),
    `<p class="muted">${escaped(report.provenance)}</p>`,
    '</body>',
    '</html>',
    '',
  ].join('\n');
}

function blockHtml(block: Block): string {
  switch (block.kind) {
    case 'heading':
      return `<h2>${escaped(block.text)}</h2>`;
    case 'paragraph':
      return `<p>${escaped(block.text)}</p>`;
    case 'facts':
      return `<dl>${block.facts.map(([label, value]) => `<dt>${escaped(label)}</dt><dd>${escaped(value)}</dd>`).join('')}</dl>`;
    case 'table':
      return tableHtml(block);
    case 'figure':
      return `<figure aria-label="${escaped(block.title)}">\n<div class="wide">${block.svg}</div>\n<div class="narrow">${block.narrow}</div>\n</figure>`;
  }
}

function tableHtml({ head, rows }: Extract<Block, { kind: 'table' }>): string {
  const heads = head.map((cell) => `<th scope="col">${escaped(cell)}</th>`).join('');
  const line = (row: readonly string[]): string =>
    `<tr>${row.map((cell) => `<td>${escaped(cell)}</td>`).join('')}</tr>`;
  return `<div class="scroll"><table><thead><tr>${heads}</tr></thead><tbody>\n${rows.map(line).join('\n')}\n</tbody></table></div>`;
}
