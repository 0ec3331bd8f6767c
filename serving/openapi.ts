import { z } from 'zod';
import { Problem } from '../contracts/api/problem.ts';
import {
  BatchPredictRequest,
  ExplanationAnswer,
  HealthAnswer,
  ModelsAnswer,
  PredictAnswer,
  PredictByName,
  PredictByPosition,
  PredictBySymbol,
  ReloadAnswer,
  ReloadRequest,
  ScoreAnswer,
  ScoreBinaryQuery,
  ScoreMatrix,
  ScoreSession,
  ServedModelAnswer,
} from '../contracts/serving.ts';
import { BreakGlassAnswer, BreakGlassLift, BreakGlassSet } from './break-glass-routes.ts';
import { EXAMPLES, PATH_EXAMPLES } from './openapi-examples.ts';

interface Operation {
  readonly method: 'get' | 'post';
  readonly path: string;
  readonly id: string;
  readonly summary: string;
  readonly bodies: readonly z.ZodType[];
  /** Also takes and gives raw little-endian numbers. */
  readonly raw: boolean;
  /** Null: text of the Prometheus exposition format. */
  readonly answer: z.ZodType | null;
  /** Statuses of refusals, beside those that every operation may give. */
  readonly refusals: readonly number[];
}

const SCORING = [404, 409, 413, 429, 503];
const OPERATIONS: readonly Operation[] = [
  {
    ...{ method: 'post', path: '/api/v1/predict', id: 'predict', raw: false, refusals: SCORING },
    summary: 'Scores rows given by name or by position, or one symbol of a session',
    bodies: [PredictByName, PredictByPosition, PredictBySymbol],
    answer: PredictAnswer,
  },
  {
    ...{ method: 'post', path: '/api/v1/batch_predict', id: 'batchPredict', raw: false, refusals: SCORING },
    summary: 'Scores up to 100 rows and symbols by one version',
    bodies: [BatchPredictRequest],
    answer: PredictAnswer,
  },
  {
    ...{ method: 'post', path: '/api/v1/score', id: 'score', raw: true, refusals: SCORING },
    summary: 'Scores a whole universe: by session, as a matrix, or as raw float32',
    bodies: [ScoreSession, ScoreMatrix],
    answer: ScoreAnswer,
  },
  {
    ...{ method: 'get', path: '/api/v1/explanations/{id}', id: 'explanation', raw: false, refusals: [404] },
    summary: 'Contributions of features to predictions that were asked for with explain',
    bodies: [],
    answer: ExplanationAnswer,
  },
  {
    ...{ method: 'get', path: '/api/v1/models', id: 'models', raw: false, refusals: [] },
    summary: 'What every model of this server answers with, and what it holds in memory',
    bodies: [],
    answer: ModelsAnswer,
  },
  {
    ...{ method: 'get', path: '/api/v1/models/{name}', id: 'model', raw: false, refusals: [404] },
    summary: 'The same of one model',
    bodies: [],
    answer: ServedModelAnswer,
  },
  {
    ...{ method: 'post', path: '/api/v1/models/reload', id: 'reload', raw: false, refusals: [403, 404] },
    summary: 'Reads the registry at once instead of at the next poll',
    bodies: [ReloadRequest],
    answer: ReloadAnswer,
  },
  ...['/api/v1/health', '/health'].map((path): Operation => ({
    ...{ method: 'get', path, id: path === '/health' ? 'probe' : 'health', raw: false, refusals: [503] },
    summary: '200 when every champion is warm; 503 with the reason otherwise',
    bodies: [],
    answer: HealthAnswer,
  })),
  ...['/api/v1/metrics', '/metrics'].map((path): Operation => ({
    ...{ method: 'get', path, id: path === '/metrics' ? 'scrape' : 'metrics', raw: false, refusals: [] },
    summary: 'Metrics in the text format of Prometheus',
    bodies: [],
    answer: null,
  })),
  {
    ...{
      method: 'post',
      path: '/api/v1/break-glass',
      id: 'breakGlass',
      raw: false,
      refusals: [403, 404, 409, 503],
    },
    summary: 'Answers with another version on this server alone, by a break-glass token',
    bodies: [BreakGlassSet],
    answer: BreakGlassAnswer,
  },
  {
    ...{ method: 'post', path: '/api/v1/break-glass/lift', id: 'liftBreakGlass', raw: false },
    refusals: [403, 404, 409, 503],
    summary: 'Ends the override of a model',
    bodies: [BreakGlassLift],
    answer: BreakGlassAnswer,
  },
];

const REFUSALS: Readonly<Record<number, string>> = {
  400: 'The request is wrong; the field is named',
  401: 'No token, or one that does not hold',
  403: "The token's roles do not allow this",
  404: 'No such model, version or symbol',
  409: 'Refused: another epoch, a session that has not closed, a gap',
  413: 'The body is above the limit',
  414: 'A part of the path is too long',
  415: 'The body is of another type than the endpoint takes',
  429: 'More is waiting than the server holds, or this client asks too often; see Retry-After',
  503: 'Not ready, or cut off from the registry for too long',
};

type Json = Record<string, unknown>;

/** The OpenAPI 3.1 document of a server, made from the contracts that its routes parse with. */
export function openApiDocument(options: { readonly authenticated: boolean }): Json {
  const schemas: Json = {};
  const paths: Record<string, Json> = {};
  for (const operation of OPERATIONS) {
    (paths[operation.path] ??= {})[operation.method] = describeOperation(operation, schemas);
  }
  const bearer = { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' };
  return {
    openapi: '3.1.0',
    info: {
      title: 'Contender prediction server',
      version: '1',
      description: 'Predictions of the champion of each model. How it behaves and fails: docs/serving.md.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    ...(options.authenticated ? { security: [{ bearer: [] }] } : {}),
    paths,
    components: { schemas, securitySchemes: { bearer } },
  };
}

function describeOperation(operation: Operation, schemas: Json): Json {
  const { id, summary, bodies, raw, answer, refusals, path } = operation;
  const named = Object.entries(PATH_EXAMPLES)
    .filter(([name]) => path.includes(`{${name}}`))
    .map(([name, example]) => ({
      ...{ name, in: 'path', required: true, schema: { type: 'string' }, example },
    }));
  const parameters = raw ? rawParameters(schemas) : named;
  const content = bodyContent(bodies, raw, schemas);
  const refused = [
    400,
    ...(bodies.length > 0 ? [413, 415] : []),
    ...(path.includes('{') ? [414] : []),
    ...(path.startsWith('/api/') ? [401, 429] : []),
    ...refusals,
  ];
  const errors = Object.fromEntries(
    [...new Set(refused)]
      .sort()
      .map((status) => [
        String(status),
        status === 503 && answer === HealthAnswer
          ? jsonAnswer(REFUSALS[status] ?? '', answer, schemas)
          : problemAnswer(REFUSALS[status] ?? '', schemas),
      ]),
  );
  return {
    operationId: id,
    summary,
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(bodies.length > 0 ? { requestBody: { required: id !== 'reload', content } } : {}),
    responses: { '200': successAnswer(operation, schemas), ...errors },
  };
}

function bodyContent(bodies: readonly z.ZodType[], raw: boolean, schemas: Json): Json {
  const references = bodies.map((body) => reference(body, 'input', schemas));
  const examples = Object.fromEntries(
    bodies.map((body) => [body.meta()?.id ?? '', { value: exampleOf(body) }]),
  );
  const schema = references.length === 1 ? references[0] : { anyOf: references };
  const binary = {
    schema: { type: 'string', format: 'binary', description: 'rows of little-endian float32' },
  };
  return {
    'application/json': { schema, examples },
    ...(raw ? { 'application/octet-stream': binary } : {}),
  };
}

function exampleOf(body: z.ZodType): unknown {
  const examples: unknown = body.meta()?.['examples'];
  return Array.isArray(examples) ? (examples as readonly unknown[])[0] : undefined;
}

function successAnswer({ answer, raw, id }: Operation, schemas: Json): Json {
  const headers = { 'X-Process-Time': { description: 'seconds', schema: { type: 'string' } } };
  if (answer === null) {
    return { description: 'Metrics', headers, content: { 'text/plain': { schema: { type: 'string' } } } };
  }
  const json = jsonAnswer('Answered', answer, schemas, EXAMPLES[id]);
  const binary = { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } };
  return { ...json, headers, content: { ...(json['content'] as Json), ...(raw ? binary : {}) } };
}

function jsonAnswer(description: string, answer: z.ZodType, schemas: Json, example?: unknown): Json {
  const schema = reference(answer, 'output', schemas);
  const media = { schema, ...(example === undefined ? {} : { example }) };
  return { description, content: { 'application/json': media } };
}

function problemAnswer(description: string, schemas: Json): Json {
  const schema = reference(Problem, 'output', schemas);
  return { description, content: { 'application/problem+json': { schema } } };
}

/** Only for raw bodies: JSON says the same in its body. */
function rawParameters(schemas: Json): readonly Json[] {
  const { properties } = hoisted(ScoreBinaryQuery, 'input', schemas) as { readonly properties: Json };
  return Object.entries(properties).map(([name, schema]) => ({
    ...{ name, in: 'query', required: false, schema },
    description: 'with a raw body only; model is required then',
  }));
}

function reference(schema: z.ZodType, io: 'input' | 'output', schemas: Json): Json {
  const id = schema.meta()?.id ?? '';
  if (!Object.hasOwn(schemas, id)) {
    const own = hoisted(schema, io, schemas);
    // A schema that is also used inside of itself or another comes out among the hoisted already.
    if (!Object.hasOwn(schemas, id)) schemas[id] = own;
  }
  return { $ref: `#/components/schemas/${id}` };
}

/** As OpenAPI wants it: what a schema refers to stands beside it, not inside it. */
function hoisted(schema: z.ZodType, io: 'input' | 'output', schemas: Json): Json {
  const text = JSON.stringify(z.toJSONSchema(schema, { io })).replaceAll(
    '"#/$defs/',
    '"#/components/schemas/',
  );
  const { $defs = {}, $schema: _dialect, id: _id, ...own } = JSON.parse(text) as Json & { $defs?: Json };
  for (const [name, definition] of Object.entries($defs)) {
    const { id: _own, ...rest } = definition as Json;
    schemas[name] ??= rest;
  }
  return own;
}
