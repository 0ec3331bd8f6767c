import type { FastifyReply } from 'fastify';
import { scoreQuestion, type Prepared, type Provenance, type Question, type Scored } from './answering.ts';
import { ModelNotReady, UniverseUnavailable } from './errors.ts';
import type { Explanations } from './explanations.ts';
import type { LazyVersions } from './lazy-versions.ts';
import type { ServingMetrics } from './metrics.ts';
import type { ServableVersion } from './ports.ts';
import type { ScoringQueue } from './scoring-queue.ts';
import type { SwapFollower } from './swap-follower.ts';
import type { UniverseFeatures, UniverseSource } from './universe.ts';

/** What the routes that score need. */
export interface ScoringParts {
  readonly follower: SwapFollower;
  readonly queue: ScoringQueue;
  readonly lazy: LazyVersions;
  /** Null: started without market data. */
  readonly universe: UniverseSource | null;
  readonly metrics: ServingMetrics;
  readonly explanations: Explanations;
}

interface Asked {
  readonly model: string;
  readonly version?: number | undefined;
  readonly epoch?: number | undefined;
  readonly consumer?: string | undefined;
}

/** Scores what a body asks for and says so in the headers. */
export async function answerAsked<T extends Prepared>(
  parts: ScoringParts,
  reply: FastifyReply,
  asked: Asked,
  lane: 'realtime' | 'batch',
  prepare: Question<T>['prepare'],
): Promise<Scored<T>> {
  const { follower, queue, lazy, metrics } = parts;
  const { model: name, version = null, epoch = null, consumer = null } = asked;
  const model = follower.model(name);
  const { admitted } = reply.request;
  const wanted = { model, name, version, epoch, consumer };
  const scored = await scoreQuestion({ ...wanted, lane, admitted, queue, lazy, prepare });
  metrics.predictions.inc({ model: name }, scored.scores.length);
  tag(reply, scored.provenance);
  return scored;
}

/** Also as headers, for clients that log headers only. */
function tag(reply: FastifyReply, provenance: Provenance): void {
  void reply.headers(writtenOf(provenance).headers);
}

/** A provenance as it goes out with every answer; written once for as long as it stands. */
interface Written {
  readonly headers: Readonly<Record<string, string>>;
  /** A JSON object without its closing brace. */
  readonly openObject: string;
}

const written = new WeakMap<Provenance, Written>();

export function writtenOf(provenance: Provenance): Written {
  const known = written.get(provenance);
  if (known !== undefined) return known;
  const { model, version, epoch, versionHash, override } = provenance;
  const made = {
    headers: {
      'x-model-version': `${model}@${String(version)}`,
      'x-model-epoch': String(epoch),
      'x-model-hash': versionHash,
      ...(override === null ? {} : { 'x-model-override': override.id }),
    },
    openObject: JSON.stringify(provenance).slice(0, -1),
  };
  written.set(provenance, made);
  return made;
}

/** Features of a session by the code stored with the version. @throws UniverseUnavailable, ModelNotReady, and what extraction throws */
export async function readUniverse(
  { universe, follower }: ScoringParts,
  model: string,
  version: ServableVersion,
  moment: { readonly session: string; readonly asOf: string | null },
): Promise<UniverseFeatures> {
  if (universe === null) {
    throw new UniverseUnavailable('this server was started without market data', {
      remedy: 'Send features, or ask a server that has the market data folder of the spec.',
    });
  }
  const view = follower.model(model)?.view;
  if (view === undefined || view === null) {
    throw new ModelNotReady(`${model} has not been read yet`, {
      remedy: 'Repeat after the time in Retry-After.',
    });
  }
  const { featureCode, featureNames } = version;
  const source = { model, folder: view.dataFolder, market: view.market, featureCode, featureNames };
  return universe.read({ ...source, ...moment });
}

/** The values that were scored, by name; null is missing. */
export function namedFeatures(
  version: ServableVersion,
  { batch, rows }: Prepared,
): readonly Record<string, number | null>[] {
  const { featureNames } = version;
  return Array.from({ length: rows }, (_, row) =>
    Object.fromEntries(
      featureNames.map((name, column) => {
        const value = batch[row * featureNames.length + column] ?? Number.NaN;
        return [name, Number.isNaN(value) ? null : value];
      }),
    ),
  );
}
