import { z } from 'zod';

/** For operations without parameters of that kind. */
export const NO_PARAMS = z.strictObject({});
export const NO_QUERY = z.strictObject({});
export const NO_BODY = z.null().or(z.undefined());

/** Bytes as they are: application/octet-stream. */
export const BINARY_BODY = z.instanceof(Uint8Array);
