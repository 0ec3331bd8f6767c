import type { Explanation } from '../../contracts/explanation.ts';
import { shortened, tenth } from './bar-list.ts';
import { escapeText, HEIGHT, padded, STYLE, WIDTH } from './figure.ts';

export const COLUMNS = 3;
const PANELS = 6;
const LONGEST_NAME = 27;
export const PANEL = { left: 58, top: 52, width: 190, height: 92, across: 224, down: 140 };

/**
 * Partial dependence (Friedman 2001, section 8.2) of the six features whose curves span most: the mean score of recent rows when
 * the feature alone is set to a value. All panels share the scale of the score, so that a flat curve looks flat.
 */
export function dependencePanels({ features, partialDependence }: Explanation): string {
  const curves = features
    .map((name, at) => ({ name, at, ...(partialDependence[at] ?? { value: [], score: [] }) }))
    .filter(({ score }) => score.length > 1)
    .map((curve) => ({ ...curve, span: Math.max(...curve.score) - Math.min(...curve.score) }))
    .sort((a, b) => b.span - a.span || a.at - b.at)
    .slice(0, PANELS);
  const y = padded(curves.length === 0 ? [0] : curves.flatMap(({ score }) => score));
  const panels = curves.flatMap(({ name, value, score }, index) => {
    const left = PANEL.left + (index % COLUMNS) * PANEL.across;
    const top = PANEL.top + Math.floor(index / COLUMNS) * PANEL.down;
    const bottom = top + PANEL.height;
    const [first, last] = [value[0] ?? 0, value.at(-1) ?? 1];
    const px = (at: number): number =>
      left + (last > first ? (at - first) / (last - first) : 0.5) * PANEL.width;
    const py = (at: number): number => bottom - ((at - y.from) / (y.to - y.from)) * PANEL.height;
    const path = score.map(
      (at, point) => `${point === 0 ? 'M' : 'L'}${tenth(px(value[point] ?? 0))} ${tenth(py(at))}`,
    );
    const edges =
      index % COLUMNS === 0
        ? [
            `<text class="tick" x="${tenth(left - 6)}" y="${tenth(py(y.to) + 10)}" text-anchor="end">${shortNumber(y.to)}</text>`,
            `<text class="tick" x="${tenth(left - 6)}" y="${tenth(bottom)}" text-anchor="end">${shortNumber(y.from)}</text>`,
          ]
        : [];
    return [
      `<text x="${tenth(left)}" y="${tenth(top - 6)}">${escapeText(shortened(name, LONGEST_NAME))}</text>`,
      `<line class="axis" x1="${tenth(left)}" y1="${tenth(bottom)}" x2="${tenth(left + PANEL.width)}" y2="${tenth(bottom)}"/>`,
      `<path class="line" d="${path.join('')}"/>`,
      ...edges,
      `<text class="tick" x="${tenth(left)}" y="${tenth(bottom + 15)}">${shortNumber(first)}</text>`,
      `<text class="tick" x="${tenth(left + PANEL.width)}" y="${tenth(bottom + 15)}" text-anchor="end">${shortNumber(last)}</text>`,
    ];
  });
  const empty =
    curves.length === 0
      ? [
          '<text class="note" x="360" y="150" text-anchor="middle">No feature has two different values on recent rows.</text>',
        ]
      : [];
  const title = 'Mean score by the value of a feature (partial dependence)';
  const spoken = curves
    .map(({ name, span }) => `${name} moves the mean score by ${shortNumber(span)}`)
    .join('; ');
  return [
    `<svg class="fig" xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${String(WIDTH)} ${String(HEIGHT)}" role="img" aria-labelledby="dependence-title dependence-desc">`,
    `<title id="dependence-title">${title}</title><desc id="dependence-desc">${escapeText(spoken === '' ? 'No curve could be drawn.' : `${spoken}.`)}</desc>`,
    `<style>${STYLE}</style>`,
    `<rect class="paper" width="${String(WIDTH)}" height="${String(HEIGHT)}"/>`,
    `<text class="title" x="16" y="22">${title}</text>`,
    ...panels,
    ...empty,
    `<text class="note" x="360" y="${tenth(HEIGHT - 10)}" text-anchor="middle">mean score over the value of the feature, from its 2nd to its 98th percentile on recent rows; one scale of the score</text>`,
    '</svg>',
  ].join('\n');
}

/** Three figures, without an exponent where a reader can do without. */
function shortNumber(value: number): string {
  if (value === 0) return '0';
  const size = Math.abs(value);
  return size >= 1e6 || size < 1e-4 ? value.toExponential(1) : String(Number(value.toPrecision(3)));
}
