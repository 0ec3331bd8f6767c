import { z } from 'zod';
import { Instant, SessionDate, type ArtifactRef } from '../../contracts/primitives.ts';
import type { Workbench } from '../workbench.ts';

/** The rows that a score run scores, in order of symbol, features in the order of the version; NaN where unknown. */
export interface ScoreUniverse {
  readonly session: string;
  readonly asOf: string;
  readonly symbols: readonly string[];
  readonly featureNames: readonly string[];
  readonly features: Float32Array;
}

const Header = z.strictObject({
  schema: z.literal(1),
  session: SessionDate,
  asOf: Instant,
  symbols: z.array(z.string()),
  featureNames: z.array(z.string()).min(1),
});

const NEWLINE = 10;

/** Keeps a universe: one line of JSON, then the features as little-endian float32, row by row. */
export function storeUniverse(
  { artifacts }: Pick<Workbench, 'artifacts'>,
  { features, ...facts }: ScoreUniverse,
): Promise<ArtifactRef> {
  const header = Buffer.from(`${JSON.stringify({ schema: 1, ...facts })}\n`);
  const values = Buffer.from(features.buffer, features.byteOffset, features.byteLength);
  return artifacts.put(Buffer.concat([header, values]), 'application/octet-stream');
}

export async function readUniverse(
  { artifacts }: Pick<Workbench, 'artifacts'>,
  ref: ArtifactRef,
): Promise<ScoreUniverse> {
  const bytes = Buffer.from(await artifacts.get(ref));
  const end = bytes.indexOf(NEWLINE);
  const { schema: _, ...facts } = Header.parse(JSON.parse(bytes.subarray(0, end).toString('utf8')));
  const values = Uint8Array.from(bytes.subarray(end + 1));
  return { ...facts, features: new Float32Array(values.buffer) };
}
