import { z } from 'zod';
import type { ComparisonState } from '../monitoring/comparison/running-comparison.ts';
import { canonicalJson } from '../contracts/canonical.ts';
import { ArtifactRef, SessionDate, Sha256 } from '../contracts/primitives.ts';
import { Verdict } from '../contracts/verdict.ts';
import type { LostPair, PairedRows } from '../evaluation/paired-rows.ts';
import { SHADOW_BOUNDS, type ShadowBound } from '../evaluation/shadow-bounds.ts';
import type { ShadowDay } from '../registry/results.ts';
import type { Workbench } from './workbench.ts';

/** Predictions of both versions on the rows of one session; NaN where one gave none. */
export interface PairedScores {
  readonly session: string;
  readonly symbols: readonly string[];
  readonly challenger: readonly number[];
  /** Null before the first champion. */
  readonly champion: readonly number[] | null;
}

const Scores = z.array(z.number().nullable());
const StoredPair = z.strictObject({
  schema: z.literal(1),
  session: SessionDate,
  symbols: z.array(z.string()),
  challenger: Scores,
  champion: Scores.nullable(),
});

/** JSON has no NaN: a missing score is null in the store. */
const toStored = (values: readonly number[]): (number | null)[] =>
  values.map((value) => (Number.isFinite(value) ? value : null));
const fromStored = (values: readonly (number | null)[]): number[] =>
  values.map((value) => value ?? Number.NaN);

export function storePaired(
  { artifacts }: Pick<Workbench, 'artifacts'>,
  paired: PairedScores,
): Promise<ArtifactRef> {
  const { session, symbols, challenger, champion } = paired;
  const stored = {
    schema: 1,
    session,
    symbols: [...symbols],
    challenger: toStored(challenger),
    champion: champion === null ? null : toStored(champion),
  };
  return artifacts.put(Buffer.from(canonicalJson(stored)), 'application/json');
}

export async function readPairedArtifact(
  { artifacts }: Pick<Workbench, 'artifacts'>,
  ref: ArtifactRef,
): Promise<PairedScores> {
  const text = Buffer.from(await artifacts.get(ref)).toString('utf8');
  const { session, symbols, challenger, champion } = StoredPair.parse(JSON.parse(text));
  return {
    session,
    symbols,
    challenger: fromStored(challenger),
    champion: champion === null ? null : fromStored(champion),
  };
}

/** The stored sessions before `session`, in order. */
export async function readPaired(
  bench: Workbench,
  days: readonly Pick<ShadowDay, 'session' | 'predictions'>[],
  session: string,
): Promise<PairedScores[]> {
  const earlier = days.filter((day) => day.session < session);
  const ordered = earlier.toSorted((a, b) => (a.session < b.session ? -1 : 1));
  const refs = ordered.flatMap(({ predictions }) => (predictions === null ? [] : [predictions]));
  return await Promise.all(refs.map((ref) => readPairedArtifact(bench, ref)));
}

/** The pairs of a session in the form that is stored. */
export const pairedScores = (
  session: string,
  { symbols, challenger, champion }: Pick<PairedRows, 'symbols' | 'challenger' | 'champion'>,
): PairedScores => ({
  session,
  symbols,
  challenger: [...challenger],
  champion: champion === null ? null : [...champion],
});

const StoredBounds = z.object({
  bounds: z.array(
    z.strictObject({
      bound: z.enum(SHADOW_BOUNDS),
      number: z.number().nullable(),
      threshold: z.number().nullable(),
      verdict: Verdict,
      reason: z.string(),
    }),
  ),
});

export function storableBounds(bounds: readonly ShadowBound[]): ShadowBound[] {
  return bounds.map((bound) => ({
    ...bound,
    number: bound.number !== null && Number.isFinite(bound.number) ? bound.number : null,
  }));
}

const StoredPin = z.object({ calendar: Sha256.nullable().default(null) });

/** Hash of the calendar that named the session; null for a day that was stored before calendars were pinned. */
export const readCalendarPin = (numbers: unknown): string | null => StoredPin.parse(numbers).calendar;

const StoredComparison = z.object({
  comparison: z
    .custom<ComparisonState>((value) => value instanceof Object && 'opponents' in value)
    .nullable()
    .default(null),
});

/** State of the running comparison after a shadow session; null for a day stored before there was one. */
export const readComparison = (numbers: unknown): ComparisonState | null =>
  StoredComparison.parse(numbers).comparison;

export const readBounds = (numbers: unknown): readonly ShadowBound[] => StoredBounds.parse(numbers).bounds;

const StoredLosses = z.object({
  lost: z.array(z.strictObject({ symbol: z.string(), reason: z.string() })).default([]),
});

/** Rows of the session that are no pair, each with its reason. */
export const readLost = (numbers: unknown): readonly LostPair[] => StoredLosses.parse(numbers).lost;

const StoredFeatures = z.object({ features: ArtifactRef.nullable().default(null) });

/** Where the challenger's features of the session lie; null when it could not be scored, or the day is an older one. */
export const readFeaturesRef = (numbers: unknown): ArtifactRef | null =>
  StoredFeatures.parse(numbers).features;
