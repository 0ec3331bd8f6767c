import fc from 'fast-check';
import type { Document, Parameter, Schema } from '../../../scripts/clients/document.ts';

/** A request as the document describes one, or as it certainly does not. */
export interface Fuzzed {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** Strings that have broken somebody before. */
const NASTY = [
  '',
  ' ',
  '\u0000',
  '\uD800',
  '\u202Eabc',
  '😀'.repeat(50),
  "'; drop table models; --",
  '${7*7}',
  '../../../etc/passwd',
  '%00%ff',
  '-1',
  '1e999',
  'NaN',
  '9'.repeat(400),
  'null',
  'true',
  '[]',
  'x'.repeat(3000),
];
const nasty = fc.constantFrom(...NASTY);
const anything = fc.oneof(
  nasty,
  fc.string({ unit: 'binary' }),
  fc.jsonValue({ maxDepth: 3 }),
  fc.double(),
  fc.bigInt().map(Number),
);

/** Values of a schema, most of them good; `bad` is the share in a hundred of values that are anything at all. */
export function valuesOf(schema: Schema, document: Document, bad: number, depth = 0): fc.Arbitrary<unknown> {
  const good = goodValues(schema, document, bad, depth);
  return bad === 0
    ? good
    : fc.oneof({ weight: 100 - bad, arbitrary: good }, { weight: bad, arbitrary: anything });
}

function goodValues(schema: Schema, document: Document, bad: number, depth: number): fc.Arbitrary<unknown> {
  const inner = (next: Schema): fc.Arbitrary<unknown> => valuesOf(next, document, bad, depth + 1);
  if (depth > 6) return fc.constant(null);
  if (schema.$ref !== undefined) {
    const named = document.components.schemas[schema.$ref.split('/').at(-1) ?? ''];
    return named === undefined ? anything : inner(named);
  }
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  const members = schema.anyOf ?? schema.oneOf;
  if (members !== undefined) return fc.oneof(...members.map(inner));
  const types = typeof schema.type === 'string' ? [schema.type] : (schema.type ?? []);
  return types.length === 0 ? anything : fc.oneof(...types.map((type) => plainValues(type, schema, inner)));
}

interface Bounds {
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly pattern?: string;
  readonly format?: string;
}

function plainValues(
  type: string,
  schema: Schema & Bounds,
  inner: (next: Schema) => fc.Arbitrary<unknown>,
): fc.Arbitrary<unknown> {
  switch (type) {
    case 'boolean':
      return fc.boolean();
    case 'null':
      return fc.constant(null);
    case 'integer': {
      const min = Math.max(schema.minimum ?? -(2 ** 31), -(2 ** 31));
      return fc.integer({ min, max: Math.max(min, Math.min(schema.maximum ?? 2 ** 31, 2 ** 31)) });
    }
    case 'number':
      return numbers(schema);
    case 'string':
      return strings(schema);
    case 'array': {
      const items =
        schema.items === undefined || schema.items === false ? fc.constant(null) : inner(schema.items);
      return fc.array(items, {
        minLength: schema.minItems ?? 0,
        maxLength: Math.min(schema.maxItems ?? 4, 4),
      });
    }
    default: {
      const fields = Object.entries(schema.properties ?? {}).map(
        ([name, field]) => [name, inner(field)] as const,
      );
      return fc.record(Object.fromEntries(fields), { requiredKeys: [...(schema.required ?? [])] });
    }
  }
}

function numbers({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: Bounds): fc.Arbitrary<number> {
  const min = minimum ?? exclusiveMinimum ?? -1e9;
  return fc.double({ min, max: Math.max(min, maximum ?? exclusiveMaximum ?? 1e9), noNaN: true });
}

function strings({ pattern, format, minLength = 0, maxLength = 60 }: Bounds): fc.Arbitrary<string> {
  if (format === 'date-time') {
    return fc
      .date({ min: new Date('2000-01-01'), max: new Date('2035-01-01'), noInvalidDate: true })
      .map((at) => at.toISOString());
  }
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern, 'u'));
  return fc.string({ minLength, maxLength: Math.max(minLength, Math.min(maxLength, 60)) });
}

/** Requests of one operation: `known` are values that exist, so that some requests get past the first look-up. */
export function requestsOf(
  operation: {
    readonly path: string;
    readonly parameters: readonly Parameter[];
    readonly body: Schema | null;
  },
  document: Document,
  known: Readonly<Record<string, readonly string[]>>,
  bad: number,
): fc.Arbitrary<Fuzzed> {
  const value = ({ name, schema }: Parameter): fc.Arbitrary<string> => {
    const made = valuesOf(schema, document, bad).map((each) =>
      typeof each === 'string' ? each : JSON.stringify(each),
    );
    const there = known[name] ?? [];
    return there.length === 0 ? made : fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...there) }, made);
  };
  const group = (place: Parameter['in']): fc.Arbitrary<Record<string, string>> => {
    const parameters = operation.parameters.filter((parameter) => parameter.in === place);
    const fields = Object.fromEntries(parameters.map((parameter) => [parameter.name, value(parameter)]));
    const requiredKeys = parameters.filter(({ required }) => required).map(({ name }) => name);
    return fc.record(fields, { requiredKeys: requiredKeys });
  };
  const body = operation.body === null ? fc.constant(undefined) : valuesOf(operation.body, document, bad);
  return fc
    .tuple(group('path'), group('query'), group('header'), body)
    .map(([path, query, headers, sent]) => {
      const filled = operation.path.replace(/\{(\w+)\}/gu, (_all, name: string) => encode(path[name] ?? ''));
      const search = Object.entries(query).map(([name, text]) => `${name}=${encode(text)}`);
      return {
        path: search.length === 0 ? filled : `${filled}?${search.join('&')}`,
        headers: Object.fromEntries(
          Object.entries(headers).map(([name, text]) => [name, text.replace(/[^\x21-\x7e]/gu, '?')]),
        ),
        body: sent,
      };
    });
}

/** As encodeURIComponent; what has no encoding is sent as the bytes it would wrongly have. */
function encode(text: string): string {
  return text.isWellFormed() ? encodeURIComponent(text) : '%ED%A0%80';
}
