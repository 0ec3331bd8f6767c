import type { ColumnType, Generated } from 'kysely';
import type { ArtifactRef } from '../contracts/primitives.ts';
import type { Verdict } from '../contracts/verdict.ts';

/** The tables of challengers and shadows; `tables.ts` says how they are to be read. */
type Json<T> = ColumnType<T, string, string>;
type Stamp = Generated<string>;

export interface ChallengersTable {
  model: string;
  number: number;
  versionId: string;
  sessions: number;
  subject: string;
  reason: string;
  recordedAt: Stamp;
}

export interface ChallengerEndsTable {
  model: string;
  number: number;
  verdict: Verdict;
  subject: string;
  reason: string;
  recordedAt: Stamp;
}

export interface ChallengerDaysTable {
  model: string;
  number: number;
  session: string;
  championId: string;
  rows: number;
  pairedRows: number;
  verdict: 'continue' | 'fail';
  reason: string;
  predictions: Json<ArtifactRef> | null;
  numbers: Json<Record<string, unknown>>;
  recordedAt: Stamp;
}

/** A challenger that a retrain took over instead of making a version. */
export interface AdoptionsTable {
  run: number;
  model: string;
  number: number;
  versionId: string;
  sourceRun: number;
  gateEvidence: string;
  recordedAt: Stamp;
}

/** A session of a retrain's shadow. */
export interface ShadowDaysTable {
  run: number;
  session: string;
  versionId: string;
  championId: string | null;
  rows: number;
  pairedRows: number;
  verdict: 'continue' | 'fail';
  reason: string;
  predictions: Json<ArtifactRef> | null;
  numbers: Json<Record<string, unknown>>;
  recordedAt: Stamp;
}
