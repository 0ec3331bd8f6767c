import { describe, expect, it } from 'vitest';
import { chineseMoney, filled, readPhrase } from '../../../contracts/wording/phrase.ts';
import { PHRASES, told } from '../../../contracts/wording/told.ts';

/** A value for each kind of slot, different in each place of a sentence. */
function sample(kind: string, at: number): string {
  switch (kind) {
    case 'number':
      return `${String(at + 1)}7.${String(at + 1)}3`;
    case 'money':
      return `${String(at + 2)}50 million`;
    case 'list':
      return `one${String(at)} 0.1, two${String(at)} 0.2`;
    default:
      return `w${String(at)}x`;
  }
}

const samples = PHRASES.map((phrase) => {
  const { parts, chinese } = readPhrase(phrase);
  const values = new Map<string, string>();
  const english = parts
    .map((part, at) => {
      if (part.kind === 'literal') return part.text;
      if (part.kind === 'plural') return 's';
      values.set(part.name, sample(part.kind, at));
      return sample(part.kind, at);
    })
    .join('');
  const moneys = new Set(parts.flatMap((part) => (part.kind === 'money' ? [part.name] : [])));
  const lists = new Set(parts.flatMap((part) => (part.kind === 'list' ? [part.name] : [])));
  const expected = filled(chinese, (name) => {
    const value = values.get(name) ?? '';
    if (moneys.has(name)) return chineseMoney(value);
    return lists.has(name) ? value.split(', ').join('、') : value;
  });
  return [phrase[0], english, expected] as const;
});

const slots = (text: string): string[] =>
  [...text.matchAll(/\{[#$?*]?(\w+)\}/gu)].map(([, name = '']) => name).sort();

describe('sentences of the record in Chinese', () => {
  it.each(PHRASES)('has every slot of the English once: %s', (english, chinese) => {
    expect(slots(chinese)).toEqual(slots(english));
  });

  it.each(PHRASES)('has the numbers that stand in the English itself: %s', (english, chinese) => {
    const bare = english.replaceAll(/\{[^}]*\}/gu, '');
    for (const number of bare.match(/\d+/gu) ?? []) expect(chinese).toContain(number);
  });

  it.each(samples)('tells it, and no other sentence in its place: %s', (_, english, expected) => {
    expect(told(english, 'zh-TW')).toEqual({ text: expected, language: 'zh-TW' });
  });

  it('has each sentence once', () => {
    const english = PHRASES.map(([text]) => text);
    expect(english.filter((text, at) => english.indexOf(text) !== at)).toEqual([]);
  });

  it('is Chinese: no Chinese sentence keeps an English word but names, codes and units', () => {
    const kept =
      /UTC|ISO|SHA|Slack|Temporal|Prometheus|Rank IC|\bIC\b|HAC|SPA|StepM|PBO|SHAP|Beta|DSR|MB|\bbp\b|\blogit\b|p99|YYYY-MM-DD|guard|[a-z]+\.[a-zA-Z]+|autoRollback|npm run contender -- doctor|`[^`]*`|quant-lead|\b[a-z]\b/gu;
    for (const [, chinese] of PHRASES) {
      expect(chinese.replaceAll(/\{\w+\}/gu, '').replaceAll(kept, ''), chinese).not.toMatch(/[A-Za-z]{2}/u);
    }
  });

  it('takes several sentences apart, and reasons within reasons', () => {
    expect(
      told(
        'judge: coverage: 90.1 % of 1,200 member rows have a bar, < 98.0 %; the universe is empty',
        'zh-TW',
      ).text,
    ).toBe('評審：涵蓋率：成分股 1,200 列中有行情者占 90.1 %，< 98.0 %；標的池為空');
    expect(told('all rows have the same score (2 of 3 failed sessions in a row)', 'zh-TW').text).toBe(
      '所有資料列的分數相同（連續 2 / 3 個交易日不通過）',
    );
    expect(
      told('A quant lead must look at the champion today. Already started: none: the alarm stands', 'zh-TW')
        .text,
    ).toBe('量化主管今天必須檢視現行版本。已自動採取：無：警報持續中');
  });

  it('leaves what it does not know in English and says so', () => {
    for (const text of ['Looks good to me; ship it', '回測正常', '', 'no bound was crossed, I think']) {
      expect(told(text, 'zh-TW')).toEqual({ text, language: 'en' });
    }
  });

  it('ends a name with its sentence: a remedy behind a refusal is a sentence of its own', () => {
    expect(
      told(
        'swap: the approval expired at 2026-11-22 06:30:30.449+00. Start another retrain and decide in time.',
        'zh-TW',
      ).text,
    ).toBe('換版：核准已於 2026-11-22 06:30:30.449+00 逾期。請重新開始一次訓練並及時決定。');
  });

  it('changes nothing for a reader of English', () => {
    expect(told('no bound was crossed', 'en')).toEqual({ text: 'no bound was crossed', language: 'en' });
  });

  it('counts money as Taiwan does', () => {
    expect(
      ['950,000', '22 million', '220 million', '1.5 billion', '22 billion', '1,230 billion'].map(
        chineseMoney,
      ),
    ).toEqual(['950,000', '2,200 萬', '2.2 億', '15 億', '220 億', '12,300 億']);
  });

  it('reads a sentence made to be taken apart in many ways without going back and forth', () => {
    const unending = `${'a by b of c is d in row e; '.repeat(140)}x: (`;
    // A matcher that goes back would not end.
    expect(told(unending, 'zh-TW').language).toBe('en');
  });
});
