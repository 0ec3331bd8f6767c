import type { ModelOverview } from './schemas.ts';

type Shown = Pick<ModelOverview, 'epoch' | 'lastResult'>;

/** Whether the track of a model is another after a change of its live view: it grows by sessions and by swaps, by nothing else. */
function tracksDiffer(before: Shown | undefined, after: Shown | undefined): boolean {
  if (before === undefined || after === undefined) return true;
  const results = [before, after].map(({ lastResult }) => JSON.stringify(lastResult));
  return before.epoch !== after.epoch || results[0] !== results[1];
}

/**
 * Which readings about a model are stale after its live view changed. A track may be long: it is read again when there is
 * more of it, not whenever a server renews its lease.
 */
export function staleAfter(
  before: unknown,
  after: unknown,
): (query: { readonly queryKey: readonly unknown[] }) => boolean {
  const track = tracksDiffer(before as Shown | undefined, after as Shown | undefined);
  return ({ queryKey }) => track || queryKey[2] !== 'track';
}
