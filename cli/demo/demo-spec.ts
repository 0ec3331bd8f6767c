import type { Actor } from '../../contracts/primitives.ts';
import type { ModelSpec } from '../../contracts/spec.ts';
import type { DemoDesk } from './desk.ts';

/** Writes the specs of the demo; neither asks for a retrain nor decides about one. */
const AUTHOR: Actor = { subject: 'sam', roles: ['researcher'] };

/** Stores a spec under a name that no earlier demo has used, so that every demo begins with an empty ledger. */
export async function storeSpec(
  desk: DemoDesk,
  base: string,
  specOf: (model: string) => ModelSpec,
): Promise<ModelSpec> {
  const taken = new Set(await desk.registry.listModels());
  let model = base;
  for (let run = 2; taken.has(model); run += 1) model = `${base}-${String(run)}`;
  const spec = specOf(model);
  await desk.registry.applySpec({ spec, actor: AUTHOR, secondPerson: null, reason: 'demo' });
  return spec;
}
