import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { answer, FIRST, REPORT, sources } from '../dashboards/decision-records.ts';

/** Chinese is set without spaces; those around digits, Latin letters and slots that hold such are wanted. */
const STRAY = /[\p{Script=Han}，。；：、（）「」！？] +[\p{Script=Han}，。；：、（）「」！？]/u;
const CHINESE = [
  'dashboards/web/src/i18n/*.ts',
  'contracts/wording/*.ts',
  'notifications/**/*.ts',
  'reports/**/*.ts',
  'docs/runbooks/zh-TW/*.md',
];

describe('Chinese sentences', () => {
  it('have no space between two Chinese characters, in any catalogue, phrase, message, report or runbook', () => {
    const stray = globSync(CHINESE).flatMap((file) =>
      readFileSync(file, 'utf8')
        .split('\n')
        .filter((line) => STRAY.test(line))
        .map((line) => `${file}: ${line.trim()}`),
    );
    expect(stray).toEqual([]);
  });

  it('have none where one is put together of several', () => {
    const apart = { sessions: 60, mean: -0.00012, deviation: 0.01, sessionsPerYear: 250 };
    const led = { ...REPORT, route: 'new-recipe', benchmark: { ...REPORT.benchmark, annualisedReturn: 0.2 } };
    const reports = [REPORT, FIRST, led, { ...REPORT, dailyDifference: apart }, null];
    for (const report of reports) {
      const { changes, sure, wrong, look, next } = answer(sources({ report }), 'zh-TW');
      const lines = [...changes, ...sure, ...wrong, ...look, ...next].map(({ text }) => text);
      expect(lines.length).toBeGreaterThan(8);
      expect(lines.filter((line) => STRAY.test(line))).toEqual([]);
    }
  });
});
