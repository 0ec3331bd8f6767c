import { ApplicationFailure } from '@temporalio/workflow';
import type { RetrainInput } from '../contracts/retrain.ts';

const MODEL = /^[a-z][a-z0-9-]{1,47}$/u;

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Refuses what is no input of a retrain, before anything is read from it: an error that is not a failure of the workflow
 * would be a task that Temporal tries for ever. The schema itself stays out of the bundle; commands and API have checked it.
 */
export function requireRetrainInput(input: unknown): asserts input is RetrainInput {
  const wrong = wrongField(input);
  if (wrong === null) return;
  throw ApplicationFailure.create({
    message: `the input of the retrain does not fit: ${wrong}`,
    type: 'CONTRACT_VIOLATION',
    nonRetryable: true,
    details: [{ kind: 'refused' }],
  });
}

function wrongField(input: unknown): string | null {
  if (!isObject(input)) return 'it is no object';
  const { model, asOf, trigger, requester, clock, emergency, allowProbation, reason, correlationId } = input;
  if (typeof model !== 'string' || !MODEL.test(model)) return 'model';
  if (typeof asOf !== 'string' || Number.isNaN(Date.parse(asOf))) return 'asOf';
  if (typeof trigger !== 'string') return 'trigger';
  if (!isObject(requester) || typeof requester['subject'] !== 'string' || !Array.isArray(requester['roles']))
    return 'requester';
  if (!isObject(clock) || (clock['mode'] !== 'live' && clock['mode'] !== 'replay')) return 'clock';
  if (typeof emergency !== 'boolean') return 'emergency';
  if (typeof allowProbation !== 'boolean') return 'allowProbation';
  if (typeof reason !== 'string') return 'reason';
  if (typeof correlationId !== 'string') return 'correlationId';
  return null;
}
