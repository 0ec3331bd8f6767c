import { join } from 'node:path';
import type { RetrainInput, RetrainResult } from '../../contracts/retrain.ts';
import { ModelSpec } from '../../contracts/spec.ts';
import { type DemoDesk, REQUESTER, retrainOf } from './desk.ts';
import { storeSpec } from './demo-spec.ts';

export interface UnitedStatesReport {
  readonly model: string;
  readonly first: RetrainResult;
  readonly second: RetrainResult;
}

/** Its models are called so, with a number from the second demo on. */
export const US_MODEL = 'us-largecap';

const FIRST_AS_OF = '2016-03-31T22:00:00.000Z';
const SECOND_AS_OF = '2017-03-31T22:00:00.000Z';
/** The first reign is not what this act is about: its guard is left an hour to its first session. */
const IDLE_PACE: RetrainInput['clock'] = {
  mode: 'replay',
  secondsPerSession: 3600,
  approvalSecondsPerSession: 120,
};
const PACE: RetrainInput['clock'] = { mode: 'replay', secondsPerSession: 1, approvalSecondsPerSession: 120 };

/**
 * Act (a): a real market. A first champion as of an earlier date, which the gates will most likely refuse, so that two
 * quant leads admit it on probation; then a retrain a year later against it, whatever the verdict.
 */
export async function actUnitedStates(desk: DemoDesk): Promise<UnitedStatesReport> {
  desk.say('Act (a): 88 large US companies, real prices 2012 to 2017 (MIT-licensed, shipped in data/).');
  const spec = await storeSpec(desk, US_MODEL, (model) =>
    ModelSpec.parse({
      model,
      market: 'XNYS',
      data: join(desk.context.config().root, 'data', 'us-stocknet88'),
      training: { trials: 12, draws: 'fixed', trainSessions: 500, testSessions: 63, maxFolds: 4 },
    }),
  );
  desk.say('');
  desk.say(`A first champion for ${spec.model}, as known on ${FIRST_AS_OF.slice(0, 10)}:`);
  const first = await desk.follow(
    await desk.start(
      retrainOf(spec.model, FIRST_AS_OF, IDLE_PACE, {
        requester: REQUESTER,
        allowProbation: true,
        reason: 'first champion',
      }),
    ),
  );
  desk.say('');
  desk.say(`A retrain against it, as known on ${SECOND_AS_OF.slice(0, 10)}:`);
  const second = await desk.follow(
    await desk.start(
      retrainOf(spec.model, SECOND_AS_OF, PACE, {
        requester: REQUESTER,
        allowProbation: false,
        reason: 'yearly retrain',
      }),
    ),
  );
  return { model: spec.model, first, second };
}
