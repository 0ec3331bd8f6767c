import { describe, expect, it } from 'vitest';
import { Departures } from '../../../serving/departures.ts';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('answers that leave together', () => {
  it('leave at the end of the turn, in order, each once', async () => {
    const departures = new Departures();
    const left: number[] = [];
    for (const at of [1, 2, 3]) departures.add(() => left.push(at));
    await Promise.resolve();
    expect(left).toEqual([]);
    await turn();
    expect(left).toEqual([1, 2, 3]);
    departures.add(() => left.push(4));
    await turn();
    await turn();
    expect(left).toEqual([1, 2, 3, 4]);
  });

  it('leave at once when there are as many as may wait, and what comes after them at its own end', async () => {
    const departures = new Departures(2);
    const left: number[] = [];
    for (const at of [1, 2, 3]) departures.add(() => left.push(at));
    expect(left).toEqual([1, 2]);
    await turn();
    expect(left).toEqual([1, 2, 3]);
  });

  it('leave although one of them cannot, and the failure is not swallowed', () => {
    const departures = new Departures(3);
    const left: number[] = [];
    departures.add(() => left.push(1));
    departures.add(() => {
      throw new Error('torn');
    });
    expect(() => {
      departures.add(() => left.push(3));
    }).toThrow('torn');
    expect(left).toEqual([1, 3]);
  });

  it('wait for the next turn when they come from one that is leaving', async () => {
    const departures = new Departures();
    const left: string[] = [];
    departures.add(() => {
      departures.add(() => left.push('second'));
      left.push('first');
    });
    await turn();
    await turn();
    expect(left).toEqual(['first', 'second']);
  });
});
