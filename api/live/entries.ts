import type { ModelScope } from '../../contracts/identity.ts';
import type { AlertEpisode } from '../../registry/alerts/ledger.ts';
import type { ModelOverview } from '../../registry/overview.ts';

/** One thing that the live view shows, under a key that stays the same. */
export interface Entry {
  /** `model:tw-alpha`, `alert:17`. */
  readonly key: string;
  /** Null: of no model, hence everybody's. */
  readonly model: string | null;
  readonly market: string;
  /** JSON text: made once for everybody, and compared to see what changed. */
  readonly json: string;
}

/** What one reading of the registry shows. */
export function entriesOf(
  models: readonly ModelOverview[],
  alerts: readonly AlertEpisode[],
): ReadonlyMap<string, Entry> {
  const markets = new Map(models.map(({ model, market }) => [model, market]));
  const entries = [
    ...models.map((value) => ({ key: `model:${value.model}`, model: value.model, value })),
    ...alerts.map((value) => ({ key: `alert:${String(value.id)}`, model: value.model, value })),
  ];
  return new Map(
    entries.map(({ key, model, value }) => [
      key,
      {
        key,
        model,
        market: (model === null ? undefined : markets.get(model)) ?? '',
        json: JSON.stringify(value),
      },
    ]),
  );
}

export function isVisible({ model, market }: Pick<Entry, 'model' | 'market'>, scope: ModelScope): boolean {
  return scope.all || model === null || scope.models.includes(model) || scope.markets.includes(market);
}

/** Keys that differ between two readings. */
export function changedKeys(
  before: ReadonlyMap<string, Entry>,
  after: ReadonlyMap<string, Entry>,
): readonly string[] {
  const changed = [...after.values()].filter(({ key, json }) => before.get(key)?.json !== json);
  const removed = [...before.keys()].filter((key) => !after.has(key));
  return [...changed.map(({ key }) => key), ...removed];
}
