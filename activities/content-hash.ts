import { createHash } from 'node:crypto';
import { canonicalJson } from '../contracts/canonical.ts';

/** SHA-256 of the canonical JSON of a value, in lower-case hex. */
export function contentHash(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex');
}
