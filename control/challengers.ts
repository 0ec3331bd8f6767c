import type { Challenger } from '../registry/challengers.ts';
import type { Registry } from '../registry/registry.ts';

/** A named challenger with how far its shadow is. */
export interface ListedChallenger extends Omit<Challenger, 'model'> {
  readonly measured: number;
  readonly newest: { readonly session: string; readonly reason: string } | null;
}

/** Newest first, those that have ended among them. Throws ModelUnknown. */
export async function listChallengers(
  registry: Registry,
  { model }: { readonly model: string },
): Promise<readonly ListedChallenger[]> {
  await registry.currentSpec({ model });
  const challengers = await registry.challengers({ model });
  return await Promise.all(
    challengers.map(async ({ model: _, ...challenger }) => {
      const days = await registry.challengerDays({ model, number: challenger.number });
      const newest = days.at(-1);
      return {
        ...challenger,
        measured: days.length,
        newest: newest === undefined ? null : { session: newest.session, reason: newest.reason },
      };
    }),
  );
}
