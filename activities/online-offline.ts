import { z } from 'zod';
import { type ArtifactRef, SessionDate } from '../contracts/primitives.ts';
import type { ModelSpec } from '../contracts/spec.ts';
import type { OnlineOffline } from '../evaluation/shadow-bounds.ts';
import type { SessionFeatures } from '../extraction/session.ts';
import type { VersionRecord } from '../registry/versions.ts';
import { compareFeatures } from '../serving/feature-comparison.ts';
import { sessionFeatures } from './session-scoring.ts';
import type { Workbench } from './workbench.ts';

const Header = z.strictObject({
  schema: z.literal(1),
  session: SessionDate,
  symbols: z.array(z.string()),
  featureNames: z.array(z.string()),
});

type FeatureRows = Pick<SessionFeatures, 'symbols' | 'featureNames' | 'features'>;

const NEWLINE = 0x0a;

/** Keeps the features of a session as they were when it was decided: one line of JSON, then float32, little-endian. */
export function storeFeatures(
  { artifacts }: Pick<Workbench, 'artifacts'>,
  session: string,
  { symbols, featureNames, features }: FeatureRows,
): Promise<ArtifactRef> {
  const head = Buffer.from(`${JSON.stringify({ schema: 1, session, symbols, featureNames })}\n`);
  const cells = Buffer.alloc(features.length * 4);
  features.forEach((value, at) => cells.writeFloatLE(value, at * 4));
  return artifacts.put(Buffer.concat([head, cells]), 'application/octet-stream');
}

export async function readFeatures(
  { artifacts }: Pick<Workbench, 'artifacts'>,
  ref: ArtifactRef,
): Promise<FeatureRows & { readonly session: string }> {
  const bytes = Buffer.from(await artifacts.get(ref));
  const end = bytes.indexOf(NEWLINE);
  const { session, symbols, featureNames } = Header.parse(JSON.parse(bytes.toString('utf8', 0, end)));
  const cells = bytes.subarray(end + 1);
  const features = Float32Array.from({ length: cells.length / 4 }, (_, at) => cells.readFloatLE(at * 4));
  return { session, symbols, featureNames, features };
}

/**
 * Online against offline: what the challenger was given when a session was decided, beside what the extraction gives for
 * that session now, as a snapshot that is trained on would. Bit for bit the same unless knowledge was written into the past.
 */
export async function compareWithStored(
  bench: Pick<Workbench, 'artifacts'>,
  spec: ModelSpec,
  version: VersionRecord,
  stored: ArtifactRef,
  asOf: string,
): Promise<OnlineOffline> {
  const before = await readFeatures(bench, stored);
  const now = await sessionFeatures(bench, spec, version, before.session, asOf);
  const width = before.featureNames.length;
  const { cells, differing } = compareFeatures({ ...before, asOf }, { ...now, asOf }, width);
  return { session: before.session, cells, differing };
}
