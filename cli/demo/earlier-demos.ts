import { WorkflowNotFoundError } from '@temporalio/client';
import { guardId } from '../../contracts/ids.ts';
import type { DemoDesk } from './desk.ts';

/** What is asked of the desk; a test gives no more. */
export interface EarlierDemos {
  readonly registry: Pick<DemoDesk['registry'], 'listModels' | 'champion'>;
  readonly client: { readonly workflow: Pick<DemoDesk['client']['workflow'], 'getHandle'> };
}

/**
 * Ends the guards that earlier demos have left on their replay clocks: the sessions they would go on scoring to the end of
 * the simulated market take the machine from the demo that is watched. The reigns stay as they are; only a guard in the
 * replay namespace is ever reached, and of a model that a demo has named.
 *
 * The guard of the reign before comes first: a demo ends with a rollback, whose reign gets its guard from that one as soon
 * as it wakes. Terminated, not cancelled: it must be over before the next is looked for, and has nothing to clean up.
 */
export async function restEarlierDemos(desk: EarlierDemos, bases: readonly string[]): Promise<void> {
  for (const model of await desk.registry.listModels()) {
    if (!bases.some((base) => isOfDemo(model, base))) continue;
    const { epoch } = await desk.registry.champion({ model });
    for (const reign of [epoch - 1, epoch].filter((number) => number > 0)) {
      try {
        await desk.client.workflow.getHandle(guardId(model, reign)).terminate('a later demo began');
      } catch (error) {
        if (!(error instanceof WorkflowNotFoundError)) throw error;
      }
    }
  }
}

/** `base` itself, or `base-2` and so on: the names that demos give their models. */
export function isOfDemo(model: string, base: string): boolean {
  return model === base || (model.startsWith(`${base}-`) && /^\d+$/u.test(model.slice(base.length + 1)));
}
