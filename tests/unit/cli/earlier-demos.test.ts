import { WorkflowNotFoundError } from '@temporalio/client';
import { describe, expect, it } from 'vitest';
import { type EarlierDemos, isOfDemo, restEarlierDemos } from '../../../cli/demo/earlier-demos.ts';

describe('names of demos', () => {
  it.each([
    ['tw-simulated', true],
    ['tw-simulated-2', true],
    ['tw-simulated-31', true],
    ['tw-simulated-live', false],
    ['tw-simulated2', false],
    ['my-tw-simulated', false],
    ['tw-simulated-', false],
  ])('%s: %s', (model, expected) => {
    expect(isOfDemo(model, 'tw-simulated')).toBe(expected);
  });
});

describe('what earlier demos have left', () => {
  it('ends the guards of the last two reigns of each, the older first, of no other model, and passes over one that has ended', async () => {
    const epochs: Record<string, number> = {
      'tw-simulated': 3,
      'tw-simulated-2': 1,
      'us-largecap': 0,
      mine: 5,
    };
    const ended: string[] = [];
    const earlier = {
      registry: {
        listModels: () => Promise.resolve(Object.keys(epochs)),
        champion: ({ model }: { model: string }) => Promise.resolve({ epoch: epochs[model] }),
      },
      client: {
        workflow: {
          getHandle: (id: string) => ({
            terminate: () => {
              ended.push(id);
              return id.includes('simulated-2')
                ? Promise.reject(new WorkflowNotFoundError('ended', id, undefined))
                : Promise.resolve();
            },
          }),
        },
      },
    };
    await restEarlierDemos(earlier as unknown as EarlierDemos, ['us-largecap', 'tw-simulated']);
    expect(ended).toEqual(['guard:tw-simulated:2', 'guard:tw-simulated:3', 'guard:tw-simulated-2:1']);
  });
});
