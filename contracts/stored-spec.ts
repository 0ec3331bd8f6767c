import { ContenderError } from './error.ts';
import { ModelSpec } from './spec.ts';

/** A stored spec is none of this release: it was written past the command, or by a release that allowed what this one does not. */
export class StoredSpecInvalid extends ContenderError {
  readonly code = 'STORED_SPEC_INVALID';
  readonly kind = 'refused';
}

/**
 * A spec as it is stored, with the fields that came since: what an earlier release did not know meant the default.
 *
 * @throws StoredSpecInvalid naming every field at fault
 */
export function storedSpec(stored: unknown): ModelSpec {
  const { success, data, error } = ModelSpec.safeParse(stored);
  if (success) return data;
  const issues = error.issues.map(({ path, message }) => `${path.map(String).join('.')}: ${message}`);
  throw new StoredSpecInvalid(`the stored spec cannot be read: ${issues.join('; ')}`, {
    remedy: 'Put a corrected one in force with contender apply; what waits for it goes on by itself.',
    details: { issues },
  });
}
