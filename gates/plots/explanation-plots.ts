import type { Explanation, ExplanationFigure } from '../../contracts/explanation.ts';
import { figure } from '../wording.ts';
import { barList } from './bar-list.ts';
import type { ListedBar } from './bar-list.ts';
import { dependencePanels } from './dependence-panels.ts';

/** Bars that can be told apart on one figure; the others stand in the data. */
const MOST_BARS = 12;
const NO_SPLIT = 'The model has no split: it gives every row the same score.';

/** The plots of what a model uses. Deterministic: the same explanation gives the same bytes. */
export function explanationPlots(explanation: Explanation): Readonly<Record<ExplanationFigure, string>> {
  const { features, gain, permutation, shap } = explanation;
  const total = gain.reduce((sum, value) => sum + value, 0);
  const { meanRankIc, rows, from, to } = permutation;
  const signs = shap.meanSigned.map((value) => (value > 0 ? '+' : value < 0 ? '-' : ''));
  return {
    permutation: barList({
      id: 'permutation',
      title: 'What the rank IC loses without a feature, out of sample',
      description:
        meanRankIc === null
          ? 'No session of the last test block has a rank IC: nothing could be measured.'
          : `Fall of the mean rank IC of ${figure(meanRankIc, 4)} when the feature is permuted within its sessions; ${String(rows)} rows from ${from} to ${to}.`,
      axis: 'fall of the mean rank IC',
      bars: largest(features, permutation.fall, (value) => figure(value, 4)),
      left: leftOut(permutation.fall),
      nothing: 'No session of the last test block has a rank IC: nothing could be measured.',
    }),
    gain: barList({
      id: 'gain',
      title: 'Gain of the splits on each feature',
      description: 'Share of what all splits of the served model gain on the rows it was fitted on.',
      axis: 'share of the total gain',
      bars: largest(
        features,
        total > 0 ? gain.map((value) => value / total) : [],
        (value) => `${figure(100 * value, 1)} %`,
      ),
      left: leftOut(gain),
      nothing: NO_SPLIT,
    }),
    shap: barList({
      id: 'shap',
      title: 'Mean size of contributions to the score (SHAP)',
      description:
        'Mean absolute contribution of each feature to the score of recent rows; the sign is that of its mean.',
      axis: 'mean absolute contribution, in units of the score',
      bars: largest(
        features,
        total > 0 ? shap.meanAbsolute : [],
        (value, at) => `${figure(value, 4)}${signs[at] === '' ? '' : ` (mean ${signs[at] ?? ''})`}`,
      ),
      left: leftOut(shap.meanAbsolute),
      nothing: NO_SPLIT,
    }),
    dependence: dependencePanels(explanation),
  };
}

/** By size, the largest first; equals in the order of the features. A feature that was not measured has no bar. */
function largest(
  features: readonly string[],
  values: readonly (number | null)[],
  label: (value: number, at: number) => string,
): ListedBar[] {
  return features
    .flatMap((name, at) => {
      const value = values[at] ?? null;
      return value === null ? [] : [{ name, value, at }];
    })
    .sort((a, b) => Math.abs(b.value) - Math.abs(a.value) || a.at - b.at)
    .slice(0, MOST_BARS)
    .map(({ name, value, at }) => ({ name, value, label: label(value, at) }));
}

const leftOut = (values: readonly (number | null)[]): number =>
  Math.max(0, values.filter((value) => value !== null).length - MOST_BARS);
