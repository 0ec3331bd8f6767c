import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';

const FOLDER = join(import.meta.dirname, '..', '..', '..', 'docs', 'runbooks');
const CHINESE = join(FOLDER, 'zh-TW');

const namesIn = (folder: string): readonly string[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.md'))
    .sort();
const names = namesIn(FOLDER);

/** Commands, settings and metrics, in order of the alphabet: what stands between back quotes. */
const commandsOf = (text: string): readonly string[] =>
  [...text.matchAll(/```\w*\n([\s\S]*?)```|`([^`]+)`/gu)]
    .map(([, block, span]) => block ?? span ?? '')
    .sort();

const headingsOf = (text: string): readonly string[] => text.match(/^## .+$/gmu) ?? [];
const numbersOf = (text: string): readonly string[] =>
  text.replaceAll(/`[^`]*`|\([^)]*\)/gu, '').match(/\d[\d.]*\d|\d/gu) ?? [];
const linksOf = (text: string): readonly string[] =>
  [...text.matchAll(/\]\(([^)#]+)(?:#[^)]*)?\)/gu)].map(([, target = '']) => target);

describe('runbooks in Chinese', () => {
  it('are there for every runbook, and for nothing else', () => {
    expect(names.length).toBeGreaterThan(25);
    expect(namesIn(CHINESE)).toEqual(names);
  });

  describe.each(names)('%s', (name) => {
    const english = readFileSync(join(FOLDER, name), 'utf8');
    const chinese = readFileSync(join(CHINESE, name), 'utf8');

    it('gives the same commands', () => {
      expect(commandsOf(chinese)).toEqual(commandsOf(english));
    });

    it('has the same parts under the same headings as the others', () => {
      expect(headingsOf(chinese)).toHaveLength(headingsOf(english).length);
      expect(headingsOf(chinese)).toEqual([
        ...['## 警示內容', '## 代表什麼', '## 先看這裡', '## 處理方式', '## 何時是誤報'],
      ]);
      for (const part of chinese.split(/^## .+$/gmu)) expect(part.trim()).not.toBe('');
    });

    it('keeps its numbers, and leads where the other leads', () => {
      for (const number of numbersOf(english)) expect(chinese).toContain(number);
      expect(linksOf(chinese).map((target) => target.replace(/^\.\.\//u, ''))).toEqual(linksOf(english));
      for (const target of linksOf(chinese))
        expect(existsSync(join(dirname(join(CHINESE, name)), target))).toBe(true);
    });

    it('is Chinese throughout', () => {
      const words = chinese.replaceAll(
        /```[\s\S]*?```|`[^`]*`|\([^)]*\)|^# .*$|docs\/\S+\.md|_[^_]+_/gmu,
        '',
      );
      const known = /Temporal|Prometheus|Postgres|Slack|Webhook|Rank IC|5xx/gu;
      expect(words.replaceAll(known, '')).not.toMatch(/[A-Za-z]{2}/u);
    });
  });
});
