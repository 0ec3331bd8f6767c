import { ApplicationFailure } from '@temporalio/workflow';
import { describe, expect, it } from 'vitest';
import { RetrainInput } from '../../../contracts/retrain.ts';
import { requireRetrainInput } from '../../../workflows/retrain-input.ts';

const INPUT = RetrainInput.parse({
  model: 'tw-alpha',
  asOf: '2026-01-05T05:30:00.000Z',
  trigger: 'manual',
  requester: { subject: 'rita', roles: ['researcher'] },
  clock: { mode: 'live' },
  emergency: false,
  allowProbation: false,
  reason: 'monthly',
  correlationId: 'retrain:tw-alpha/1',
});

function refusalOf(input: unknown): ApplicationFailure {
  try {
    requireRetrainInput(input);
  } catch (error) {
    if (error instanceof ApplicationFailure) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

describe('what a retrain is started with', () => {
  it('is accepted when it fits the contract', () => {
    expect(() => {
      requireRetrainInput(INPUT);
    }).not.toThrow();
  });

  it.for([null, undefined, 7, 'tw-alpha', [], {}])('is refused for good when it is %j', (input) => {
    expect(refusalOf(input)).toMatchObject({ type: 'CONTRACT_VIOLATION', nonRetryable: true });
  });

  it.for(Object.keys(INPUT))('is refused by the name of %s when that is missing', (field) => {
    const { [field as keyof RetrainInput]: _, ...rest } = INPUT;
    expect(refusalOf(rest).message).toContain(field);
  });
});
