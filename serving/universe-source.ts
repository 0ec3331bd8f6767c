import { extractSession } from '../extraction/session.ts';
import { QueueFull, UnknownFeature } from './errors.ts';
import type { ServingClock, ServingRegistry } from './ports.ts';
import { compareFeatures } from './feature-comparison.ts';
import type { FeatureComparison, UniverseFeatures, UniverseRequest, UniverseSource } from './universe.ts';

export interface UniverseSourceOptions {
  readonly registry: Pick<ServingRegistry, 'readArtifact'>;
  readonly clock: ServingClock;
  /** How long the features of a session asked for "now" are given again. Data arrives daily; seconds cost nothing. */
  readonly lifetimeMs?: number;
}

const LIFETIME_MS = 30_000;
const KEPT_SESSIONS = 8;
/** Extractions at one time, and requests that may wait for their turn. */
const EXTRACTIONS = 1;
const WAITING = 16;
/** DuckDB beside the scoring thread and the event loop: one thread, and a bound on memory. */
const ENGINE = { threads: 1, memoryLimitMb: 1024 } as const;

interface Kept {
  readonly features: Promise<UniverseFeatures>;
  readonly untilMs: number;
}

/**
 * Features at request time by the extraction code itself. Requests for the same session share one extraction, which is kept
 * for its lifetime; a failed one is not kept. When it is extracted again, both are compared: what was answered with, beside
 * what the training code gives for that session now.
 */
export function createUniverseSource(options: UniverseSourceOptions): UniverseSource {
  const { clock, lifetimeMs = LIFETIME_MS } = options;
  const kept = new Map<string, Kept>();
  const turns = new Turns();
  const watchers: ((comparison: FeatureComparison) => void)[] = [];
  const compare = async (
    request: UniverseRequest,
    before: Kept,
    now: Promise<UniverseFeatures>,
  ): Promise<void> => {
    const compared = compareFeatures(await before.features, await now, request.featureNames.length);
    for (const told of watchers) told({ model: request.model, ...compared });
  };
  return {
    watch(onCompared) {
      watchers.push(onCompared);
    },
    read(request) {
      const key = JSON.stringify(request);
      const known = kept.get(key);
      if (known !== undefined && clock.monotonicMs() < known.untilMs) return known.features;
      kept.delete(key);
      const asOf = request.asOf ?? new Date(clock.wallMs()).toISOString();
      const features = turns.run(() => extract(options.registry, request, asOf));
      kept.set(key, { features, untilMs: clock.monotonicMs() + lifetimeMs });
      // An extraction that failed answers its own request with the error; there is nothing to compare.
      if (known !== undefined) compare(request, known, features).catch(() => undefined);
      features.catch(() => {
        if (kept.get(key)?.features === features) kept.delete(key);
      });
      for (const [oldest] of kept) {
        if (kept.size <= KEPT_SESSIONS) break;
        kept.delete(oldest);
      }
      return features;
    },
  };
}

async function extract(
  registry: Pick<ServingRegistry, 'readArtifact'>,
  request: UniverseRequest,
  asOf: string,
): Promise<UniverseFeatures> {
  const { folder, market, session, featureNames } = request;
  const sql = new TextDecoder('utf-8', { fatal: true }).decode(
    await registry.readArtifact(request.featureCode),
  );
  const read = await extractSession({ folder, market, features: { sql }, session, asOf, limits: ENGINE });
  return { symbols: read.symbols, features: selectColumns(read, featureNames), asOf };
}

/** A recipe may use a subset of the set, in an order of its own. */
function selectColumns(
  read: {
    readonly symbols: readonly string[];
    readonly featureNames: readonly string[];
    readonly features: Float32Array;
  },
  wanted: readonly string[],
): Float32Array {
  const width = read.featureNames.length;
  const positions = wanted.map((name) => {
    const position = read.featureNames.indexOf(name);
    if (position < 0) throw new UnknownFeature(`the stored feature set does not give ${name}`);
    return position;
  });
  const selected = new Float32Array(read.symbols.length * wanted.length);
  for (let row = 0; row < read.symbols.length; row += 1) {
    for (const [column, position] of positions.entries()) {
      selected[row * wanted.length + column] = read.features[row * width + position] ?? Number.NaN;
    }
  }
  return selected;
}

/** One after the other, with a bounded number waiting. */
class Turns {
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  async run<T>(task: () => Promise<T>): Promise<T> {
    if (this.#running >= EXTRACTIONS) {
      if (this.#waiting.length >= WAITING) {
        throw new QueueFull(`${String(WAITING)} universes are waiting to be extracted`, {
          remedy: 'Repeat after the time in Retry-After.',
        });
      }
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else {
      this.#running += 1;
    }
    try {
      return await task();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#running -= 1;
      else next();
    }
  }
}
