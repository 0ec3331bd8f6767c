import { differences } from '../contracts/spec-difference.ts';
import { storedSpec } from '../contracts/stored-spec.ts';
import type { ModelSpec } from '../contracts/spec.ts';

/** A field in which a proposed spec differs from the one it was proposed against. `before`, `after`: JSON, `null` for an absent one. */
export interface ProposedChange {
  readonly path: string;
  readonly before: string;
  readonly after: string;
  /** It is what needs a second person; the others come along. */
  readonly loosened: boolean;
}

/** From what to what a proposal changes the spec, the loosened fields first, each part by path. */
export function proposedChanges(
  base: ModelSpec,
  { spec, loosened }: { readonly spec: ModelSpec; readonly loosened: readonly string[] },
): ProposedChange[] {
  // `portfolio.costs` names a part as a whole, whose fields may differ one by one.
  const isLoosened = (path: string): boolean =>
    loosened.some(
      (field) =>
        field === 'spec' || path === field || path.startsWith(`${field}.`) || field.startsWith(`${path}.`),
    );
  // Specs of earlier releases lack the fields of this one: they meant their defaults.
  return differences(storedSpec(base), storedSpec(spec))
    .map(({ path, before, after }) => ({
      ...{ path, before: JSON.stringify(before), after: JSON.stringify(after) },
      loosened: isLoosened(path),
    }))
    .toSorted((one, other) => Number(other.loosened) - Number(one.loosened));
}
