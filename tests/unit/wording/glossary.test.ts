import { globSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

/** Everything that is read in Chinese: pages, recorded sentences, mails and Slack, reports, runbooks. */
const READ = [
  'dashboards/web/src/**/*.{ts,tsx}',
  'contracts/**/*.ts',
  'notifications/**/*.ts',
  'reports/**/*.ts',
  'docs/runbooks/zh-TW/*.md',
];
/** Words in which a dropped one stands as a part. */
const OTHER_WORDS = /過度配適|漲跌幅/gu;

interface Term {
  readonly chinese: string;
  readonly dropped: readonly string[];
}

/** The table at the end of docs/concepts.md. */
const terms: readonly Term[] = readFileSync('docs/concepts.md', 'utf8')
  .split('\n')
  .filter((line) => /^\| .*\p{Script=Han}/u.test(line) && !line.includes('English'))
  .map((line) => {
    const [, , chinese = '', dropped = ''] = line.split('|').map((cell) => cell.trim());
    return { chinese, dropped: dropped.split('、') };
  });
const texts = globSync(READ).map((file) => ({ file, text: readFileSync(file, 'utf8') }));

function linesWith(word: string): readonly string[] {
  return texts.flatMap(({ file, text }) =>
    text
      .split('\n')
      .filter((line) => line.replace(OTHER_WORDS, '').includes(word))
      .map((line) => `${file}: ${line.trim()}`),
  );
}

describe('the Chinese words of a desk', () => {
  it('are one for each thing, and none is both used and dropped', () => {
    expect(terms.length).toBeGreaterThan(15);
    const used = new Set(terms.map(({ chinese }) => chinese));
    expect(terms.flatMap(({ dropped }) => dropped).filter((word) => used.has(word))).toEqual([]);
  });

  it.each(terms)('say $chinese', ({ chinese }) => {
    expect(texts.some(({ text }) => text.includes(chinese))).toBe(true);
  });

  it.each([...new Set(terms.flatMap(({ dropped }) => dropped))])('do not say %s', (word) => {
    expect(linesWith(word)).toEqual([]);
  });
});
