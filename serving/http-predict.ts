import type { FastifyInstance, FastifyReply } from 'fastify';
import { BatchPredictRequest, MAX_EXPLAINED_ROWS, type PredictRequest } from '../contracts/serving.ts';
import type { Prepared, Scored } from './answering.ts';
import { confidencesOf } from './confidence.ts';
import { FeatureGap, InvalidRequest, NotExplainable, SymbolUnknown } from './errors.ts';
import { batchFromNamedRows, batchFromVectors, gapIn, putNamedRow, putVector } from './feature-rows.ts';
import { parseBody, parsePredictRequest } from './http-contract.ts';
import { EXPLANATIONS_PATH } from './http-explain.ts';
import { answerAsked, namedFeatures, readUniverse, writtenOf, type ScoringParts } from './http-questions.ts';
import type { ServableVersion } from './ports.ts';
import type { UniverseFeatures } from './universe.ts';

/** Each session of a batch is an extraction of its own. */
const MOST_SESSIONS = 4;

/** Predictions of single symbols: by features, or by symbol and session through extraction. */
export function addPredict(app: FastifyInstance, parts: ScoringParts): void {
  app.post('/api/v1/predict', async (request, reply) => {
    const body = parsePredictRequest(request.body);
    admitExplaining(parts, body, 'rows' in body ? body.rows : 'features' in body ? body.features : []);
    const scored = await answerAsked(parts, reply, body, 'batch', (version) => {
      requireExplainable(version, body);
      return prepareRows(parts, version, body);
    });
    return sendPrediction(parts, reply, scored, body);
  });
  app.post('/api/v1/batch_predict', async (request, reply) => {
    const body = parseBody<BatchPredictRequest>(BatchPredictRequest, request.body);
    admitExplaining(parts, body, body.items);
    const scored = await answerAsked(parts, reply, body, 'realtime', (version) => {
      requireExplainable(version, body);
      return prepareItems(parts, version, body);
    });
    return sendPrediction(parts, reply, scored, body);
  });
}

interface Wanted {
  readonly include_features: boolean;
  readonly explain: boolean;
}

/** What cannot be explained is refused before it is scored. @throws InvalidRequest, ExplainerUnavailable, QueueFull */
function admitExplaining(
  { explanations }: ScoringParts,
  { explain }: Wanted,
  rows: readonly unknown[],
): void {
  if (!explain) return;
  if (rows.length > MAX_EXPLAINED_ROWS) {
    throw new InvalidRequest(
      `explain: ${String(rows.length)} rows, at most ${String(MAX_EXPLAINED_ROWS)} can be explained at a time`,
      {
        remedy: 'Ask for the explanation of fewer rows, in several requests.',
        details: { field: 'explain' },
      },
    );
  }
  explanations.admit();
}

/** @throws NotExplainable */
function requireExplainable({ nativeModel, number }: ServableVersion, { explain }: Wanted): void {
  if (explain && nativeModel === null) throw new NotExplainable(number);
}

/** What PredictAnswer describes (contracts/serving.ts), written by hand: only numbers and four words differ between answers. */
function sendPrediction(
  { explanations }: ScoringParts,
  reply: FastifyReply,
  { provenance, version, scores, prepared }: Scored<Prepared>,
  wanted: Wanted,
): string {
  const { confidence, confidenceBasis } = confidencesOf(scores, version, false);
  const features = wanted.include_features
    ? `,"features":${JSON.stringify(namedFeatures(version, prepared))}`
    : '';
  const { batch, rows } = prepared;
  const id = wanted.explain ? explanations.open({ version, batch, rows, scores }, provenance) : '';
  const explanation = id === '' ? '' : `,"explanation":{"id":"${id}","href":"${EXPLANATIONS_PATH}/${id}"}`;
  void reply.type('application/json; charset=utf-8');
  return `${writtenOf(provenance).openObject},"predictions":[${scores.join(',')}],"confidence":["${confidence.join('","')}"],"confidenceBasis":"${confidenceBasis}"${features}${explanation}}`;
}

function prepareRows(
  parts: ScoringParts,
  version: ServableVersion,
  body: PredictRequest,
): Prepared | Promise<Prepared> {
  if ('rows' in body) return { batch: batchFromNamedRows(version, body.rows), rows: body.rows.length };
  if ('features' in body) {
    return { batch: batchFromVectors(version, body.features), rows: body.features.length };
  }
  const { model, symbol, session, asOf } = body;
  return prepareItems(parts, version, { model, asOf, items: [{ symbol, session }] });
}

/** One row per item, in their order. */
async function prepareItems(
  parts: ScoringParts,
  version: ServableVersion,
  { model, asOf, items }: Pick<BatchPredictRequest, 'model' | 'asOf' | 'items'>,
): Promise<Prepared> {
  const sessions = new Set(items.flatMap((item) => ('session' in item ? [item.session] : [])));
  if (sessions.size > MOST_SESSIONS) {
    throw new InvalidRequest(
      `items name ${String(sessions.size)} sessions, at most ${String(MOST_SESSIONS)}`,
      { remedy: 'Send one request per session.', details: { field: 'items' } },
    );
  }
  const universes = new Map<string, UniverseFeatures>();
  for (const session of sessions) {
    universes.set(session, await readUniverse(parts, model, version, { session, asOf: asOf ?? null }));
  }
  const batch = new Float32Array(items.length * version.featureNames.length);
  for (const [index, item] of items.entries()) {
    const field = `items[${String(index)}]`;
    if ('row' in item) putNamedRow(version, item.row, `${field}.row`, batch, index);
    else if ('features' in item) putVector(version, item.features, `${field}.features`, batch, index);
    else {
      const row = rowOfSymbol(version, universes.get(item.session), item.symbol, item.session);
      batch.set(row, index * version.featureNames.length);
    }
  }
  return { batch, rows: items.length };
}

/** @throws SymbolUnknown, FeatureGap */
function rowOfSymbol(
  version: ServableVersion,
  universe: UniverseFeatures | undefined,
  symbol: string,
  session: string,
): Float32Array {
  const at = universe?.symbols.indexOf(symbol) ?? -1;
  if (universe === undefined || at < 0) {
    throw new SymbolUnknown(`${symbol} is not in the universe of ${session}`, {
      remedy: 'POST /api/v1/score lists the symbols of a session.',
      details: { symbol, session },
    });
  }
  const width = version.featureNames.length;
  const row = universe.features.subarray(at * width, (at + 1) * width);
  const gap = gapIn(version, row);
  if (gap === null) return row;
  throw new FeatureGap(`${symbol} in ${session}: ${gap}`, {
    remedy: 'The symbol cannot be scored by this version in this session.',
    details: { symbol, session },
  });
}
