import fc from 'fast-check';

export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly anyOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: unknown;
  readonly items?: Schema;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly pattern?: string;
}

interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly schema: Schema }[];
  readonly requestBody?: {
    readonly content: Readonly<
      Record<
        string,
        {
          readonly schema: Schema;
          readonly examples?: Readonly<Record<string, { readonly value: unknown }>>;
        }
      >
    >;
  };
  readonly responses: Readonly<Record<string, unknown>>;
}

export interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<'get' | 'post', Operation | undefined>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

interface Sent {
  readonly body: string | Uint8Array<ArrayBuffer>;
  readonly type: string;
  readonly query: { readonly name: string; readonly text: string };
}

export interface Request {
  readonly id: string;
  readonly method: 'get' | 'post';
  readonly path: string;
  readonly documented: ReadonlySet<string>;
  readonly bodies: readonly { readonly schema: Schema; readonly example: unknown }[];
  /** Requests around what the document allows: legal, nearly legal, and anything at all. */
  readonly arbitrary: (features: readonly string[]) => fc.Arbitrary<Sent>;
}

/** Every operation of a document, as a source of requests. */
export function requestsOf(document: Document): readonly Request[] {
  return Object.entries(document.paths).flatMap(([path, operations]) =>
    (['get', 'post'] as const).flatMap((method) => {
      const operation = operations[method];
      return operation === undefined ? [] : [requestOf(document, path, method, operation)];
    }),
  );
}

function requestOf(document: Document, path: string, method: 'get' | 'post', operation: Operation): Request {
  const json = operation.requestBody?.content['application/json'];
  const schemas = json === undefined ? [] : (json.schema.anyOf ?? [json.schema]);
  const examples = Object.values(json?.examples ?? {}).map(({ value }) => value);
  const bodies = schemas.map((schema, index) => ({ schema, example: examples[index] }));
  return {
    ...{ id: operation.operationId, method, path, bodies },
    documented: new Set(Object.keys(operation.responses)),
    arbitrary: (features) => {
      const legal = fc.oneof(
        ...(bodies.length === 0
          ? [fc.constant({})]
          : bodies.map(({ schema }) => valueOf(document, schema, features))),
      );
      const text = fc.oneof(
        { weight: 4, arbitrary: legal.map((value) => JSON.stringify(value)) },
        { weight: 2, arbitrary: fc.tuple(legal, fc.jsonValue(), fc.nat()).map(spoilt) },
        { weight: 1, arbitrary: fc.json() },
        { weight: 1, arbitrary: fc.string({ unit: 'binary' }) },
      );
      const raw = fc.uint8Array({ maxLength: 24 * 4 }).map((bytes) => new Uint8Array(bytes));
      const sent = fc.oneof(
        { weight: 5, arbitrary: fc.record({ body: text, type: fc.constant('application/json') }) },
        { weight: 2, arbitrary: fc.record({ body: raw, type: fc.constant('application/octet-stream') }) },
        {
          weight: 1,
          arbitrary: fc.record({ body: text, type: fc.constantFrom('text/plain', 'application/xml', 'x') }),
        },
      );
      return fc
        .tuple(sent, queryOf(document, operation, features))
        .map(([given, query]) => ({ ...given, query }));
    },
  };
}

/** A legal body with one field replaced, removed or added. */
function spoilt([value, other, at]: [unknown, unknown, number]): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(other);
  const names = Object.keys(value);
  const name = names[at % Math.max(1, names.length)] ?? 'x';
  const kept = Object.entries(value).filter(([key]) => at % 3 !== 1 || key !== name);
  const changed = { ...Object.fromEntries(kept), [at % 3 === 0 ? name : 'unexpected']: other };
  return JSON.stringify(changed);
}

function queryOf(
  document: Document,
  operation: Operation,
  features: readonly string[],
): fc.Arbitrary<Sent['query']> {
  const inQuery = (operation.parameters ?? []).filter((parameter) => parameter.in === 'query');
  const fields = Object.fromEntries(
    inQuery.map(({ name, schema }) => [
      name,
      fc.option(fc.oneof(valueOf(document, schema, features), fc.string()), { nil: undefined }),
    ]),
  );
  const name = fc.oneof(
    fc.constant('tw-alpha'),
    fc.string({ minLength: 1 }),
    fc.string({ minLength: 300, maxLength: 400 }),
  );
  return fc.tuple(fc.record(fields), name).map(([given, path]) => {
    const pairs = Object.entries(given).flatMap(([key, value]): [string, string][] =>
      value === undefined ? [] : [[key, typeof value === 'string' ? value : JSON.stringify(value)]],
    );
    return { name: path, text: pairs.length === 0 ? '' : `?${new URLSearchParams(pairs).toString()}` };
  });
}

const CELL = fc.oneof(
  fc.float({ noNaN: true }),
  fc.double(),
  fc.constant(null),
  fc.constantFrom(1e308, -0, 1e-45),
);

/** Values of a schema; names and rows are often those of the model that is served, so that requests get past the door. */
function valueOf(document: Document, schema: Schema, features: readonly string[]): fc.Arbitrary<unknown> {
  const { $ref: reference } = schema;
  if (reference !== undefined) {
    const name = reference.slice(reference.lastIndexOf('/') + 1);
    if (name === 'ModelName') return fc.constantFrom('tw-alpha', 'tw-alpha', 'us-alpha');
    return valueOf(document, document.components.schemas[name] ?? {}, features);
  }
  if (schema.anyOf !== undefined)
    return fc.oneof(...schema.anyOf.map((each) => valueOf(document, each, features)));
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  const type = Array.isArray(schema.type) ? 'cell' : schema.type;
  if (type === 'cell') return CELL;
  if (type === 'object' && schema.properties === undefined) return rowOf(features);
  if (type === 'object') return objectOf(document, schema, features);
  if (type === 'array') {
    const vector = Array.isArray(schema.items?.type);
    const items = valueOf(document, schema.items ?? {}, features);
    const legal = { minLength: features.length, maxLength: features.length };
    return vector ? fc.oneof(fc.array(items, legal), fc.array(items)) : fc.array(items, { maxLength: 5 });
  }
  if (type === 'integer')
    return fc.integer({ min: schema.minimum ?? 0, max: Math.min(schema.maximum ?? 9, 9) });
  if (type === 'boolean') return fc.boolean();
  if (type === 'number') return fc.double();
  return fc.oneof(fc.constantFrom('2024-01-05', '2024-01-05T06:00:00.000Z', '2330'), fc.string());
}

function rowOf(features: readonly string[]): fc.Arbitrary<unknown> {
  const whole = fc.record(Object.fromEntries(features.map((name) => [name, CELL])));
  return fc.oneof(whole, fc.dictionary(fc.oneof(fc.constantFrom(...features), fc.string()), fc.jsonValue()));
}

function objectOf(document: Document, schema: Schema, features: readonly string[]): fc.Arbitrary<unknown> {
  const entries = Object.entries(schema.properties ?? {});
  const fields = Object.fromEntries(entries.map(([name, each]) => [name, valueOf(document, each, features)]));
  return fc.record(fields, { requiredKeys: [...(schema.required ?? [])] });
}
