import type { SmallWorld } from './small-world.ts';

export interface Served {
  readonly epoch: number;
  readonly version: number;
}

/** Who answers for the model on one server; null when nobody does. */
export async function servedBy(world: SmallWorld, server: string, model: string): Promise<Served | null> {
  const { champion } = await world.registry.champion({ model });
  const names = champion?.manifest.identity.featureNames ?? [];
  const response = await fetch(`${world.running.serverUrls[server] ?? ''}/api/v1/predict`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model, rows: [Object.fromEntries(names.map((name) => [name, 0.1]))] }),
  }).catch(() => null);
  if (response?.status !== 200) return null;
  return (await response.json()) as Served;
}
