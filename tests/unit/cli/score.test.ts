import { describe, expect, it } from 'vitest';
import { progressText } from '../../../cli/commands/score.ts';
import { scoreFiles } from '../../../activities/scoring/score-files.ts';
import type { ScoreRun } from '../../../registry/score-runs.ts';

const RUN: ScoreRun = {
  ...{ id: 7, model: 'tw-alpha', session: '2019-06-28', versionId: 'a'.repeat(64), version: 3, epoch: 2 },
  ...{ isChampion: true, trigger: 'manual', requestedBy: 'olga', startedAt: '2019-06-28T07:00:00.000Z' },
  ...{ asOf: null, universe: null, symbols: null, done: 0, skipped: 0, files: null, completedAt: null },
};

describe('the progress of a score run', () => {
  it('is a bar once somebody knows of how many', () => {
    expect(progressText(RUN)).toBe('tw-alpha 2019-06-28: extracting features');
    expect(progressText({ ...RUN, symbols: 11_000, done: 4400 })).toBe(
      'tw-alpha 2019-06-28 [#########---------------]  40 %, 4400 of 11000 symbols',
    );
    expect(progressText({ ...RUN, symbols: 3, done: 3 })).toContain('[########################] 100 %');
  });
});

describe('the files of a score run', () => {
  const rows = [
    { symbol: 'B', score: 0.5, skipped: null },
    { symbol: 'A', score: 0.5, skipped: null },
    { symbol: '=HYPERLINK("x")', score: 0.1 + 0.2, skipped: null },
    { symbol: 'C,D', score: null, skipped: 'no bar, none at all' },
  ];
  const files = scoreFiles(RUN, rows);

  it('rank equal scores by symbol, and keep every bit of a score', () => {
    const lines = files.predictions.trimEnd().split('\n');
    expect(lines.map((line) => line.split(',').slice(0, 2).join())).toEqual([
      'rank,symbol',
      '1,A',
      '2,B',
      '3,"=HYPERLINK(""x"")"',
    ]);
    expect(Number(lines.at(-1)?.split(',').at(2))).toBe(0.1 + 0.2);
  });

  it('quote what a reader would take for more cells', () => {
    expect(files.skipped).toBe('symbol,reason\n"C,D","no bar, none at all"\n');
    expect(files.report).toContain('scored     3 (75.0 %)');
  });
});
