import type { SequentialModel } from './linearizability.ts';

/** What clients ask of a model's champion; versions by number. */
export type ChampionInput =
  | { readonly kind: 'promote'; readonly version: number; readonly expectedEpoch: number }
  | { readonly kind: 'rollback'; readonly to: number | null; readonly expectedEpoch: number | null }
  | { readonly kind: 'read' };

export type ChampionOutput =
  | { readonly kind: 'swapped'; readonly epoch: number; readonly version: number }
  | { readonly kind: 'moved'; readonly epoch: number }
  | { readonly kind: 'already-champion' }
  | { readonly kind: 'no-previous' }
  | {
      readonly kind: 'seen';
      readonly epoch: number;
      readonly champion: number | null;
      readonly previous: number | null;
    };

interface Reign {
  readonly version: number;
  readonly previous: number | null;
}
interface ChampionState {
  readonly reigns: readonly Reign[];
  readonly key: string;
}

/** Promotions, rollbacks and reads of one model, one at a time: written from design, not from the SQL. */
export const championModel: SequentialModel<ChampionState, ChampionInput, ChampionOutput> = {
  initial: { reigns: [], key: '' },
  key: ({ key }) => key,
  step(state, input, output) {
    const { reigns } = state;
    const epoch = reigns.length;
    const now = reigns.at(-1);
    if (input.kind === 'read') {
      const truth =
        output.kind === 'seen' &&
        output.epoch === epoch &&
        output.champion === (now?.version ?? null) &&
        output.previous === (now?.previous ?? null);
      return truth ? state : null;
    }
    if (input.kind === 'rollback' && now === undefined) return output.kind === 'no-previous' ? state : null;
    if (input.expectedEpoch !== null && input.expectedEpoch !== epoch) {
      return output.kind === 'moved' && output.epoch === epoch ? state : null;
    }
    const target = input.kind === 'promote' ? input.version : (input.to ?? now?.previous ?? null);
    if (target === null) return output.kind === 'no-previous' ? state : null;
    if (target === now?.version) return output.kind === 'already-champion' ? state : null;
    if (output.kind !== 'swapped' || output.epoch !== epoch + 1 || output.version !== target) return null;
    const previous =
      input.kind === 'promote'
        ? (now?.version ?? null)
        : (reigns.findLast(({ version }) => version === target)?.previous ?? null);
    return {
      reigns: [...reigns, { version: target, previous }],
      key: `${state.key};${String(target)},${String(previous)}`,
    };
  },
};
