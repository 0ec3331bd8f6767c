/** The parts of an OpenAPI document that the clients are made from. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema | false;
  readonly prefixItems?: readonly Schema[];
  readonly description?: string;
}

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required: boolean;
  readonly schema: Schema;
  readonly description?: string;
}

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: { readonly 'application/json'?: { readonly schema: Schema } } };
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly schema: Schema }>> }>
  >;
}

export interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

/** One operation as a client calls it. */
export interface Call {
  readonly id: string;
  readonly summary: string;
  readonly method: string;
  readonly path: string;
  readonly pathParameters: readonly Parameter[];
  readonly queryParameters: readonly Parameter[];
  readonly body: Schema | null;
  readonly answer: Schema;
  /** It takes an Idempotency-Key. */
  readonly keyed: boolean;
}

export function callsOf(document: Document): readonly Call[] {
  return Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations).flatMap(([method, operation]) => {
      const { operationId, summary, parameters = [], requestBody, responses } = operation;
      const body = requestBody?.content['application/json']?.schema ?? null;
      // A client speaks JSON; a file is sent by whatever sends files.
      if (requestBody !== undefined && body === null) return [];
      const answer = responses['200']?.content?.['application/json']?.schema;
      if (answer === undefined) throw new Error(`${operationId} has no answer`);
      return {
        id: operationId,
        summary,
        method: method.toUpperCase(),
        path,
        pathParameters: parameters.filter((parameter) => parameter.in === 'path'),
        queryParameters: parameters.filter((parameter) => parameter.in === 'query'),
        body,
        answer,
        keyed: parameters.some(({ name }) => name === 'Idempotency-Key'),
      };
    }),
  );
}
