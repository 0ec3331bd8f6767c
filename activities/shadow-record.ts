import { z } from 'zod';
import type { ComparisonState } from '../monitoring/comparison/running-comparison.ts';
import { canonicalJson } from '../contracts/canonical.ts';
import { SessionDate, Sha256, type ArtifactRef } from '../contracts/primitives.ts';
import { Verdict } from '../contracts/verdict.ts';
import type { ShadowBound } from '../evaluation/shadow-measures.ts';
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
  days: readonly ShadowDay[],
  session: string,
): Promise<PairedScores[]> {
  const earlier = days.filter((day) => day.session < session);
  const ordered = earlier.toSorted((a, b) => (a.session < b.session ? -1 : 1));
  const refs = ordered.flatMap(({ predictions }) => (predictions === null ? [] : [predictions]));
  return await Promise.all(refs.map((ref) => readPairedArtifact(bench, ref)));
}

/** Scores of another version in the order of these symbols; NaN where it gave none. */
export function alignScores(
  symbols: readonly string[],
  scores: { readonly symbols: readonly string[]; readonly predictions: Float64Array },
): number[] {
  const at = new Map(scores.symbols.map((symbol, row) => [symbol, row] as const));
  return symbols.map((symbol) => scores.predictions[at.get(symbol) ?? -1] ?? Number.NaN);
}

const StoredBounds = z.object({
  bounds: z.array(
    z.strictObject({
      bound: z.enum(['pairing', 'constant', 'rank-agreement', 'feature-skew', 'paper-loss']),
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
