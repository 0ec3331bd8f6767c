import { describe, expect, it } from 'vitest';
import { faultOf } from '../../chaos/options.ts';

describe('the options of the chaos tables', () => {
  it.each([
    [''],
    ['--help'],
    ['--cells retrain/train,fault/disk-full --repeats 3 --seed 7 --worlds 2 --singly'],
    ['--plant I3 --fresh --any-commit --results chaos/mine.json'],
  ])('are taken as they are documented: %s', (words) => {
    expect(faultOf(words.split(' ').filter((word) => word !== ''))).toBeNull();
  });

  it.each([
    ['--frobnicate', '--frobnicate is no option'],
    ['retrain', 'retrain is no option'],
    ['--cells', '--cells does not take nothing'],
    ['--cells --fresh', '--cells does not take "--fresh"'],
    ['--repeats 0', '--repeats does not take "0"'],
    ['--seed x', '--seed does not take "x"'],
    ['--plant I9', '--plant does not take "I9"'],
  ])('are refused before anything runs: %s', (words, fault) => {
    expect(faultOf(words.split(' '))).toBe(fault);
  });
});
