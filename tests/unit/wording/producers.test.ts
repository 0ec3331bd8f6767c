import { globSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { told } from '../../../contracts/wording/told.ts';
import { sentencesOf, waysOf } from './sentences-of-source.ts';
import type { SourceSentence } from './sentences-of-source.ts';
import { OTHERS, PARTS, VALUES } from './values-of-parts.ts';

/** Every source that writes a sentence which people read on a page, in a report or in a message. */
const PRODUCERS = [
  'gates/*.ts',
  'gates/cautions/*.ts',
  'gates/plots/gate-page.ts',
  'evaluation/shadow-*.ts',
  'evaluation/{power-card,paired-rows,broken-predictions}.ts',
  'monitoring/*.ts',
  'monitoring/comparison/*.ts',
  'activities/{watch,watch-decay,reign-measure,reign-decay,reign-scoring,reign,alerting,approval,challengers}.ts',
  'activities/{trial-pairing,trial-choice,shadow-scoring}.ts',
  'workflows/{guard-champion,watch-session,retrain-model,approval-desk,gate-desk,objections,failure}.ts',
  'workflows/{run-shadow,swap-in,search-trials,judge-candidate}.ts',
  'extraction/validate.ts',
  'stats/series.ts',
  'registry/swaps.ts',
  'api/slack/{slack,answers,acknowledge}.ts',
];

/** Sources beside them whose sentences only the command line shows, which is in English. */
const COMMAND_LINE = [
  'gates/{explain,evaluate-returns,returns-table,recompute,stored-input,errors,wording}.ts',
  'monitoring/{ic-table,ic-marks,ic-summary,errors}.ts',
  'monitoring/comparison/{comparison-settings,running-comparison}.ts',
];

const commands = new Set(globSync(COMMAND_LINE));
const sentences = globSync(PRODUCERS)
  .filter((file) => !commands.has(file))
  .sort()
  .flatMap((file) => sentencesOf(file, Object.keys(VALUES[file] ?? {})));

const numbersOf = (text: string): readonly string[] => text.match(/\d[\d.,]*\d|\d/gu) ?? [];

function toldWhole(text: string): boolean {
  const bare = text.replace(/^[;,.] /u, '').replace(/[;,:] ?$/u, '');
  const { language, text: chinese } = told(bare, 'zh-TW');
  // Amounts are counted in other units.
  return (
    language === 'zh-TW' &&
    (bare.includes('million') || numbersOf(bare).every((one) => chinese.includes(one)))
  );
}

/** Choices among the given values with which no way to fill the other places is Chinese with every number. */
function untold(sentence: SourceSentence): readonly string[] {
  return waysOf(sentence, VALUES[sentence.file] ?? {})
    .filter((ways) => !ways.some(toldWhole))
    .map(([first = '']) => `${sentence.where} ${sentence.source} (${first})`);
}

describe('every source that writes reasons', () => {
  it('writes none without Chinese, and none whose Chinese lacks a number', () => {
    const missing = sentences
      .filter(({ source }) => !PARTS.includes(source))
      .filter(({ file, source }) => !OTHERS.some((other) => other.test(`${file} ${source}`)))
      .flatMap(untold);
    expect(missing.join('\n')).toBe('');
  });

  it('is looked through: what the lists of parts and values name is there', () => {
    const sources = new Set(sentences.map(({ source }) => source));
    expect(PARTS.filter((part) => !sources.has(part))).toEqual([]);
    const expressions = new Set(
      sentences.flatMap(({ file, expressions: own }) => own.map((one) => `${file} ${one}`)),
    );
    const named = Object.entries(VALUES).flatMap(([file, values]) =>
      Object.keys(values).map((one) => `${file} ${one}`),
    );
    expect(named.filter((one) => !expressions.has(one))).toEqual([]);
    expect(sentences.length).toBeGreaterThan(250);
  });

  it('would be caught writing a sentence that nobody has put into Chinese', () => {
    const planted: SourceSentence = {
      ...{ file: 'gates/capacity.ts', where: 'planted', source: '`turns ${figure(x, 1)} cartwheels a year`' },
      ...{ texts: ['turns ', ' cartwheels a year'], expressions: ['figure(x, 1)'] },
    };
    expect(untold(planted)).toHaveLength(1);
  });
});
