import { z } from 'zod';
import { Market } from './primitives.ts';

/**
 * How the files of a data source become a market data folder: which columns mean what, in which zone, and when a row was
 * known. What a source does not say is derived by a rule that stands here by name, never guessed.
 */

const Column = z.string().min(1).max(200).describe('name of a column of the source');
const FileName = z
  .string()
  .min(1)
  .max(300)
  .regex(/\.(?:csv|parquet)$/u, 'a .csv or .parquet file')
  .describe('file inside the folder of the source');
const CarriedName = z.string().regex(/^[a-z][a-z0-9_]*$/u, 'lower-case letters, digits and underscores');

export const KnowledgeRule = z
  .discriminatedUnion('rule', [
    z.strictObject({
      rule: z.literal('after-close'),
      minutes: z.int().min(0).max(10080).describe('minutes after the close of the row’s session'),
    }),
    z.strictObject({
      rule: z.literal('sessions-later'),
      sessions: z.int().min(1).max(60),
      minutes: z.int().min(0).max(10080).describe('minutes after the close of that later session'),
    }),
    z.strictObject({
      rule: z.literal('column'),
      column: Column.describe('instant with its zone, or a local time of the mapping’s zone'),
    }),
  ])
  .meta({ id: 'KnowledgeRule' });
export type KnowledgeRule = z.infer<typeof KnowledgeRule>;

const PricesMapping = z.strictObject({
  file: FileName,
  columns: z.strictObject({
    symbol: Column,
    date: Column,
    open: Column,
    high: Column,
    low: Column,
    close: Column,
    volume: Column,
  }),
  seq: Column.nullable()
    .default(null)
    .describe('orders versions of one bar; null: the source has one row per symbol and date'),
  carry: z
    .record(CarriedName, Column)
    .default({})
    .describe(
      'numeric columns that are carried along, by their new name; foreign flow is foreign_net_shares',
    ),
  withoutClose: z
    .enum(['refuse', 'skip'])
    .default('refuse')
    .describe('skip: a row without a close is a day without a trade and makes no bar'),
});

const AdjustmentMapping = z
  .strictObject({
    prices: z
      .enum(['raw', 'backward'])
      .default('raw')
      .describe(
        'backward: the vendor adjusted old prices for later splits; features of price levels are refused on the folder',
      ),
    factor: z
      .strictObject({
        column: Column.describe('cumulative factor: close times factor is adjusted, anchored anywhere'),
        noise: z
          .number()
          .gt(0)
          .max(0.1)
          .default(1e-5)
          .describe('smallest step of the factor that is an action; below it is rounding'),
        splitFrom: z
          .number()
          .gt(1)
          .nullable()
          .default(1.25)
          .describe(
            'a step that lowers prices by this ratio or more moved the share count, and volume with it; null: every step is a dividend',
          ),
      })
      .nullable()
      .default(null)
      .describe('actions are derived from its steps, known at the close of the ex session'),
  })
  .prefault({});

const MembershipMapping = z
  .discriminatedUnion('rule', [
    z.strictObject({ rule: z.literal('first-bar') }).describe('a symbol is a member from its first bar on'),
    z
      .strictObject({
        rule: z.literal('lists'),
        file: FileName,
        columns: z.strictObject({ date: Column, symbol: Column }),
      })
      .describe('whole lists by date, known at the close before'),
    z
      .strictObject({
        rule: z.literal('events'),
        file: FileName,
        columns: z.strictObject({ symbol: Column, effective_date: Column, action: Column, known: Column }),
      })
      .describe('add and drop, known at the instant of the column `known`'),
  ])
  .default({ rule: 'first-bar' });

export const ImportMapping = z
  .strictObject({
    schema: z.literal(1),
    market: Market,
    source: z.string().max(500).default('unknown'),
    licence: z.string().max(500).default('not stated'),
    timeZone: z
      .string()
      .max(60)
      .nullable()
      .default(null)
      .describe(
        'zone of local times and of dates that are written as instants; null: only zoned instants are read',
      ),
    dateFormat: z
      .string()
      .max(40)
      .nullable()
      .default(null)
      .describe('strptime format of dates, as %Y%m%d; null: YYYY-MM-DD, or an instant'),
    sessions: z
      .enum(['shipped', 'bars'])
      .default('shipped')
      .describe(
        'shipped: a bar on a day that the calendar of the market lacks is refused; bars: every day with bars is one',
      ),
    prices: PricesMapping,
    knowledge: KnowledgeRule,
    adjustment: AdjustmentMapping,
    corporateActions: z
      .strictObject({
        file: FileName,
        columns: z.strictObject({
          symbol: Column,
          ex_date: Column,
          kind: Column,
          ratio: Column,
          amount: Column,
          known: Column,
        }),
      })
      .nullable()
      .default(null)
      .describe('for sources with raw prices; prev_close is taken from the bars'),
    fundamentals: z
      .strictObject({
        file: FileName,
        columns: z.strictObject({
          symbol: Column,
          period_end: Column,
          eps: Column,
          revenue: Column,
          book_value: Column,
          known: Column,
        }),
        carry: z.record(CarriedName, Column).default({}),
      })
      .nullable()
      .default(null),
    membership: MembershipMapping,
    symbols: z
      .strictObject({
        file: FileName.nullable().default(null),
        symbol: Column.default('symbol'),
        texts: z
          .partialRecord(z.enum(['name', 'sector', 'industry', 'company', 'market', 'isin']), Column)
          .default({})
          .describe('texts that stand beside a symbol, by their new name'),
        silentSessions: z
          .int()
          .min(1)
          .max(1000)
          .nullable()
          .default(null)
          .describe(
            'a symbol without a bar for longer than this up to the end counts as delisted; null: none does',
          ),
      })
      .prefault({}),
  })
  .refine((mapping) => mapping.adjustment.factor === null || mapping.corporateActions === null, {
    message: 'actions come from a factor or from a file, not from both',
    path: ['corporateActions'],
  })
  .meta({ id: 'ImportMapping' });
export type ImportMapping = z.infer<typeof ImportMapping>;
