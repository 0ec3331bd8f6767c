import { endianness } from 'node:os';
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import {
  MAX_REQUEST_ROWS,
  ScoreBinaryQuery,
  type ScoreAnswer,
  type ScoreMatrix,
  type ScoreSession,
} from '../contracts/serving.ts';
import type { Prepared, Scored } from './answering.ts';
import { confidencesOf } from './confidence.ts';
import { InvalidRequest } from './errors.ts';
import { admitUniverse, batchFromBytes, batchFromVectors } from './feature-rows.ts';
import { parseBody, parseScoreRequest } from './http-contract.ts';
import { answerAsked, namedFeatures, readUniverse, type ScoringParts } from './http-questions.ts';
import { giveBack, readRawBody } from './raw-body.ts';

type Answer = z.input<typeof ScoreAnswer>;
const RAW = 'application/octet-stream';

/** A whole universe at once: by session, by a matrix in JSON, or by raw float32. */
export function addScore(
  app: FastifyInstance,
  parts: ScoringParts & { readonly maxBodyBytes: number },
): void {
  app.addContentTypeParser(RAW, (request: FastifyRequest, payload: IncomingMessage) =>
    readRawBody(request, payload, parts.maxBodyBytes),
  );
  app.post('/api/v1/score', async (request, reply) => {
    if (Buffer.isBuffer(request.body)) {
      const query = parseBody<ScoreBinaryQuery>(ScoreBinaryQuery, request.query);
      try {
        return await scoreBytes(parts, reply, query, request.body);
      } finally {
        giveBack(request.body);
      }
    }
    const body = parseScoreRequest(request.body);
    return 'features' in body ? scoreMatrix(parts, reply, body) : scoreSession(parts, reply, body);
  });
}

async function scoreSession(
  parts: ScoringParts,
  reply: FastifyReply,
  body: z.infer<typeof ScoreSession>,
): Promise<Answer> {
  const { model, session, asOf } = body;
  const scored = await answerAsked(parts, reply, body, body.lane, async (version) => {
    const read = await readUniverse(parts, model, version, { session, asOf: asOf ?? null });
    const admitted = admitUniverse(version, read.features, read.symbols);
    return { ...admitted, rows: admitted.symbols.length, asOf: read.asOf };
  });
  const { version, prepared } = scored;
  const features = body.include_features ? { features: [...namedFeatures(version, prepared)] } : {};
  const symbols = [...prepared.symbols];
  const skipped = [...prepared.skipped];
  return { ...universeAnswer(scored), session, asOf: prepared.asOf, symbols, skipped, ...features };
}

async function scoreMatrix(
  parts: ScoringParts,
  reply: FastifyReply,
  body: z.infer<typeof ScoreMatrix>,
): Promise<Answer | Buffer> {
  const { features, symbols } = body;
  if (symbols !== undefined && symbols.length !== features.length) {
    throw new InvalidRequest(
      `symbols: ${String(symbols.length)} for ${String(features.length)} rows of features`,
      { remedy: 'Send one symbol per row, or none.', details: { field: 'symbols' } },
    );
  }
  const scored = await answerAsked(parts, reply, body, body.lane, (version) => ({
    batch: batchFromVectors(version, features),
    rows: features.length,
  }));
  if (body.answer !== 'json') return rawAnswer(reply, body.answer, scored.scores);
  return { ...universeAnswer(scored), ...(symbols === undefined ? {} : { symbols }) };
}

async function scoreBytes(
  parts: ScoringParts,
  reply: FastifyReply,
  query: ScoreBinaryQuery,
  bytes: Buffer,
): Promise<Answer | Buffer> {
  const scored = await answerAsked(parts, reply, query, query.lane, (version) => {
    const batch = batchFromBytes(version, bytes);
    const rows = batch.length / version.featureNames.length;
    if (rows > MAX_REQUEST_ROWS) {
      throw new InvalidRequest(`${String(rows)} rows, at most ${String(MAX_REQUEST_ROWS)} in one request`, {
        remedy: 'Send the rows in several requests.',
        details: { field: 'body', rows, most: MAX_REQUEST_ROWS },
      });
    }
    return { batch, rows };
  });
  return query.answer === 'json' ? universeAnswer(scored) : rawAnswer(reply, query.answer, scored.scores);
}

function universeAnswer({ provenance, version, scores }: Scored<Prepared>): Answer {
  const { confidence, confidenceBasis } = confidencesOf(scores, version, true);
  return { ...provenance, predictions: [...scores], confidence: [...confidence], confidenceBasis };
}

/** Little-endian, one number per row in their order; who answered stands in the headers. */
function rawAnswer(reply: FastifyReply, kind: 'float32' | 'float64', scores: Float64Array): Buffer {
  void reply.type(RAW);
  const values = kind === 'float64' ? scores : Float32Array.from(scores);
  const bytes = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  if (endianness() === 'LE') return bytes;
  return kind === 'float64' ? bytes.swap64() : bytes.swap32();
}
