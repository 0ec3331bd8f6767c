import { z } from 'zod';
import { hiddenCharacter } from './api/text.ts';
import { AskedSession, Instant, ModelName, SessionDate } from './primitives.ts';

/**
 * Bodies of the prediction servers. The values of a row are checked against the version that answers (serving/feature-rows.ts),
 * which alone knows its features; here they are only described.
 */

/** Rows of one request. */
export const MAX_REQUEST_ROWS = 20_000;
/** Items of one batch of single predictions. */
export const MAX_BATCH_ITEMS = 100;

const cell = { type: ['number', 'null'] };
const namedRow = z.unknown().meta({
  type: 'object',
  additionalProperties: cell,
  description:
    'every feature of the version by name: a finite number, or null where the version allows it missing',
});
const vector = z.unknown().meta({
  type: 'array',
  items: cell,
  description: 'the features in the order of the version (GET /api/v1/models/{name})',
});

const Symbol = z
  .string()
  .min(1)
  .max(32)
  .refine((text) => hiddenCharacter(text) === null, 'holds a character that hides or reorders text')
  .describe('as in the market data');
/** The name under which a consumer pins a version (contender pin). */
const Consumer = z.string().regex(/^[a-z][a-z0-9-]{1,47}$/u, 'lower-case letters, digits, hyphens');
const asked = {
  model: ModelName,
  version: z
    .int()
    .min(1)
    .max(2_147_483_647)
    .optional()
    .describe('by number; left out: the champion. Another version than the warm ones is loaded on first use'),
  epoch: z
    .int()
    .min(0)
    .max(Number.MAX_SAFE_INTEGER)
    .optional()
    .describe('the epoch that the caller counts on; 409 when this server answers with another one'),
  consumer: Consumer.optional().describe(
    'who asks: one with a pin is answered by its version, one with a fallback by that when the champion cannot answer',
  ),
};
const asOf = Instant.optional().describe('nothing known later is used; left out: the moment of the request');
/** Rows of one request that can be explained: a row of a large model takes about 10 ms of a process behind the server. */
export const MAX_EXPLAINED_ROWS = 100;
const explain = z
  .boolean()
  .default(false)
  .describe('have the scores taken apart by feature; the answer says where to fetch the result');
const include_features = z.boolean().default(false).describe('give the values that were scored, by name');

export const PredictByName = z
  .strictObject({ ...asked, rows: z.array(namedRow).min(1).max(MAX_REQUEST_ROWS), include_features, explain })
  .meta({
    id: 'PredictByName',
    examples: [{ model: 'tw-alpha', rows: [{ momentum_20: 0.4, reversal_5: -1.2, age_sessions: null }] }],
  });
export const PredictByPosition = z
  .strictObject({
    ...asked,
    features: z.array(vector).min(1).max(MAX_REQUEST_ROWS),
    include_features,
    explain,
  })
  .meta({ id: 'PredictByPosition', examples: [{ model: 'tw-alpha', features: [[0.4, -1.2, 0.1]] }] });
export const PredictBySymbol = z
  .strictObject({ ...asked, symbol: Symbol, session: AskedSession, asOf, include_features, explain })
  .meta({
    id: 'PredictBySymbol',
    examples: [{ model: 'tw-alpha', symbol: '2330', session: '2024-01-05', include_features: true }],
  });
/** Body of POST /api/v1/predict. */
export type PredictRequest =
  z.infer<typeof PredictByName> | z.infer<typeof PredictByPosition> | z.infer<typeof PredictBySymbol>;

const BatchItem = z
  .union([
    z.strictObject({ row: namedRow }),
    z.strictObject({ features: vector }),
    z.strictObject({ symbol: Symbol, session: AskedSession }),
  ])
  .meta({ id: 'BatchItem' });
/** Body of POST /api/v1/batch_predict. */
export const BatchPredictRequest = z
  .strictObject({
    ...asked,
    asOf,
    items: z.array(BatchItem).min(1).max(MAX_BATCH_ITEMS),
    include_features,
    explain,
  })
  .meta({
    id: 'BatchPredictRequest',
    examples: [
      {
        model: 'tw-alpha',
        items: [{ features: [0.4, -1.2, 0.1] }, { symbol: '2330', session: '2024-01-05' }],
      },
    ],
  });
export type BatchPredictRequest = z.infer<typeof BatchPredictRequest>;

const lane = z
  .enum(['realtime', 'batch'])
  .default('realtime')
  .describe('batch lets single rows and real-time universes pass');
const answer = z
  .enum(['json', 'float32', 'float64'])
  .default('json')
  .describe(
    'predictions as JSON, or as raw little-endian numbers (float64 keeps every bit, float32 is half as long)',
  );

export const ScoreSession = z
  .strictObject({ ...asked, session: AskedSession, asOf, lane, include_features })
  .meta({ id: 'ScoreSession', examples: [{ model: 'tw-alpha', session: '2024-01-05' }] });
export const ScoreMatrix = z
  .strictObject({
    ...asked,
    symbols: z.array(Symbol).max(MAX_REQUEST_ROWS).optional().describe('given back with the predictions'),
    features: z.array(vector).min(1).max(MAX_REQUEST_ROWS),
    lane,
    answer,
  })
  .meta({
    id: 'ScoreMatrix',
    examples: [
      {
        model: 'tw-alpha',
        symbols: ['2330', '2317'],
        features: [
          [0.4, -1.2],
          [0.1, 0.3],
        ],
      },
    ],
  });
/** Body of POST /api/v1/score as JSON. */
export type ScoreRequest = z.infer<typeof ScoreSession> | z.infer<typeof ScoreMatrix>;

const fromText = (most: number): z.ZodType<number | undefined, string | undefined> =>
  z
    .string()
    .regex(/^\d{1,15}$/u, 'a whole number')
    .transform(Number)
    .refine((value) => value <= most)
    .optional();
/** Query of POST /api/v1/score with a body of raw float32. */
export const ScoreBinaryQuery = z.strictObject({
  model: ModelName,
  version: fromText(2_147_483_647),
  epoch: fromText(Number.MAX_SAFE_INTEGER),
  consumer: Consumer.optional(),
  lane,
  answer: answer.default('float64'),
});
export type ScoreBinaryQuery = z.infer<typeof ScoreBinaryQuery>;

/** Body of POST /api/v1/models/reload. */
export const ReloadRequest = z
  .strictObject({ model: ModelName.optional().describe('left out: every model of this server') })
  .meta({ id: 'ReloadRequest', examples: [{ model: 'tw-alpha' }] });

export const Confidence = z
  .enum(['HIGH', 'MEDIUM', 'LOW'])
  .describe('distance of the score to the decision it leads to, in shares of the universe')
  .meta({ id: 'Confidence' });
export type Confidence = z.infer<typeof Confidence>;

const provenance = {
  model: ModelName,
  version: z.int().describe("the version's number"),
  versionHash: z.string().describe("SHA-256 of the version's identity"),
  epoch: z.int().describe('epoch of the reign that answered, or under which another version was asked for'),
  freshUntil: Instant.describe("until when this is known to be the champion's answer"),
  stale: z.boolean().describe('true once that instant has passed without a word from the registry'),
  override: z
    .object({ id: z.string(), by: z.string(), reason: z.string(), expiresAt: z.string() })
    .nullable()
    .describe("a person's signed word that another version answers here; null: none"),
  side: z
    .object({ action: z.enum(['serve', 'reduce-only', 'halt']), reason: z.string(), epoch: z.int() })
    .describe('what the caller is to do with the predictions: trade on them, only reduce positions, or halt'),
  answeredAs: z
    .enum(['champion', 'version', 'pin', 'fallback'])
    .describe(
      'why this version: it is the champion, the request or the pin of the consumer names it, or the champion could not answer',
    ),
};
const featureValues = z.record(z.string(), z.number().nullable());
const scored = {
  predictions: z.array(z.number()),
  confidence: z.array(Confidence).describe('one per prediction'),
  confidenceBasis: z
    .enum(['training', 'universe', 'none'])
    .describe(
      'what the distance is measured in: recorded scores of the version, this universe, or nothing (always LOW)',
    ),
};
export const PredictAnswer = z
  .object({
    ...provenance,
    ...scored,
    features: z.array(featureValues).optional(),
    explanation: z
      .object({ id: z.uuid(), href: z.string() })
      .optional()
      .describe('with explain: where to fetch it, from this server'),
  })
  .meta({ id: 'PredictAnswer' });
export const ScoreAnswer = z
  .object({
    ...provenance,
    ...scored,
    session: SessionDate.optional(),
    asOf: Instant.optional(),
    symbols: z.array(z.string()).optional(),
    skipped: z
      .array(z.object({ symbol: z.string(), reason: z.string() }))
      .optional()
      .describe('symbols with a gap that the version has never seen'),
    features: z.array(featureValues).optional(),
  })
  .meta({ id: 'ScoreAnswer' });
export const ReloadAnswer = z
  .object({ models: z.array(z.object({ model: ModelName, epoch: z.int().nullable() })) })
  .meta({ id: 'ReloadAnswer' });

const LoadedState = z
  .object({
    version: z.int(),
    versionHash: z.string(),
    state: z.enum(['loaded', 'loading', 'failed', 'absent']),
    reason: z.string(),
  })
  .meta({ id: 'LoadedState' });
const ModelHealth = z
  .object({
    model: ModelName,
    state: z.enum(['serving', 'refusing', 'loading', 'no-champion']),
    ...z.object(provenance).omit({ model: true }).partial().shape,
  })
  .meta({ id: 'ModelHealth' });
export const ServedModelAnswer = z
  .object({
    ...ModelHealth.shape,
    registryEpoch: z.int().nullable(),
    onStale: z.enum(['serve', 'refuse']).nullable(),
    features: z.array(z.object({ name: z.string(), missingAllowed: z.boolean() })),
    champion: LoadedState.nullable(),
    previous: z.array(LoadedState),
    challenger: LoadedState.nullable(),
    pinned: z.array(LoadedState).describe('versions of consumers that are kept warm'),
  })
  .meta({ id: 'ServedModel' });
export const ModelsAnswer = z.object({ models: z.array(ServedModelAnswer) }).meta({ id: 'Models' });
export const HealthAnswer = z
  .object({
    status: z.enum(['ready', 'starting', 'draining', 'stale', 'broken']),
    server: z.string(),
    models: z.array(ModelHealth),
  })
  .meta({ id: 'Health' });
const ErrorFacts = z.object({
  code: z.string().describe('stable; see the reference of error codes'),
  message: z.string(),
  remedy: z.string(),
  details: z.record(z.string(), z.unknown()),
});

const Contribution = z.object({
  feature: z.string(),
  value: z.number().nullable().describe('null: missing'),
  contribution: z.number().describe('in units of the score'),
});
/** Answer of GET /api/v1/explanations/{id}. */
export const ExplanationAnswer = z
  .object({
    id: z.uuid(),
    model: ModelName,
    version: z.int(),
    versionHash: z.string(),
    epoch: z.int(),
    status: z.enum(['waiting', 'running', 'done', 'failed']),
    rows: z
      .array(
        z.object({
          prediction: z.number(),
          base: z.number().describe('mean score over the training rows'),
          top: z
            .array(Contribution)
            .describe('the largest contributions (Shapley values), the largest first'),
          others: z
            .number()
            .describe('all other contributions; base, top and others add up to the prediction'),
        }),
      )
      .optional()
      .describe('once done, in the order of the request'),
    error: ErrorFacts.optional().describe('once failed'),
  })
  .meta({ id: 'Explanation' });
