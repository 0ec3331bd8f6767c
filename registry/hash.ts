import { createHash } from 'node:crypto';
import { canonicalJson } from '../contracts/canonical.ts';

/** SHA-256 of a text's UTF-8 bytes, lower-case hex. */
export const hashText = (text: string): string => createHash('sha256').update(text, 'utf8').digest('hex');

/** SHA-256 of the canonical JSON of a value: the identity of specs, evidence, versions and requests. */
export const hashValue = (value: unknown): string => hashText(canonicalJson(value));
