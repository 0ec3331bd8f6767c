import { callsOf } from './document.ts';
import type { Call, Document, Schema } from './document.ts';

/** A schema as a TypeScript type. */
function typeOf(schema: Schema): string {
  if (schema.$ref !== undefined) return schema.$ref.split('/').at(-1) ?? 'unknown';
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
  const members = schema.anyOf ?? schema.oneOf;
  if (members !== undefined) return members.map((member) => `(${typeOf(member)})`).join(' | ');
  if (schema.allOf !== undefined) return schema.allOf.map((member) => `(${typeOf(member)})`).join(' & ');
  const types = typeof schema.type === 'string' ? [schema.type] : (schema.type ?? []);
  return types.length === 0 ? 'unknown' : types.map((type) => plainType(type, schema)).join(' | ');
}

function plainType(type: string, schema: Schema): string {
  switch (type) {
    case 'string':
    case 'boolean':
    case 'null':
      return type;
    case 'integer':
    case 'number':
      return 'number';
    case 'array':
      return schema.items === undefined || schema.items === false
        ? 'readonly unknown[]'
        : `readonly (${typeOf(schema.items)})[]`;
    default:
      return objectType(schema);
  }
}

function objectType({ properties, required = [], additionalProperties }: Schema): string {
  const rest =
    typeof additionalProperties === 'object' && Object.keys(additionalProperties).length > 0
      ? `{ readonly [key: string]: ${typeOf(additionalProperties)} }`
      : '{ readonly [key: string]: unknown }';
  if (properties === undefined) return rest;
  const fields = Object.entries(properties).map(([name, field]) => {
    const comment = field.description === undefined ? '' : `/** ${field.description} */\n`;
    const optional = required.includes(name) ? '' : '?';
    return `${comment}readonly ${JSON.stringify(name)}${optional}: ${typeOf(field)};`;
  });
  const own = `{\n${fields.join('\n')}\n}`;
  return additionalProperties === undefined || additionalProperties === false ? own : `${own} & ${rest}`;
}

function requestOf({ pathParameters, queryParameters, body }: Call): string {
  const group = (parameters: Call['pathParameters']): string =>
    `{ ${parameters.map(({ name, required, schema }) => `readonly ${name}${required ? '' : '?'}: ${typeOf(schema)}`).join('; ')} }`;
  const parts = [
    ...(pathParameters.length === 0 ? [] : [`readonly path: ${group(pathParameters)}`]),
    ...(queryParameters.length === 0
      ? []
      : [
          `readonly query${queryParameters.some(({ required }) => required) ? '' : '?'}: ${group(queryParameters)}`,
        ]),
    ...(body === null ? [] : [`readonly body: ${typeOf(body)}`]),
  ];
  return parts.length === 0 ? '' : `request: { ${parts.join('; ')} }, `;
}

function methodOf(call: Call): string {
  const { id, summary, method, path, keyed } = call;
  const request = requestOf(call);
  const onlyOptional = call.pathParameters.length === 0 && call.body === null;
  const parameter = onlyOptional && request !== '' ? request.replace(/, $/u, ' = {}, ') : request;
  return `/** ${summary}. */
  ${id}(${parameter}options: CallOptions = {}): Promise<${typeOf(call.answer)}> {
    return this.#call('${method}', '${path}', ${request === '' ? '{}' : 'request'}, options, ${String(keyed)});
  }`;
}

/** The client as source text, before formatting. */
export function typescriptClient(document: Document): string {
  const types = Object.entries(document.components.schemas)
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, schema]) => {
      const comment = schema.description === undefined ? '' : `/** ${schema.description} */\n`;
      return `${comment}export type ${name} = ${typeOf(schema)};`;
    });
  return `/**
 * The client of the control API, made from its OpenAPI document by scripts/generate-clients.ts. Never edited by hand.
 */

${types.join('\n\n')}

${RUNTIME}
export class ControlApi {
  readonly #options: ControlApiOptions;

  constructor(options: ControlApiOptions) {
    this.#options = options;
  }

${callsOf(document).map(methodOf).join('\n\n')}

  async #call<Result>(
    method: string,
    path: string,
    request: Request,
    options: CallOptions,
    keyed: boolean,
  ): Promise<Result> {
    const { baseUrl, token, csrfToken, fetch: ask = fetch } = this.#options;
    const headers = new Headers({ accept: 'application/json' });
    const bearer = token?.() ?? null;
    const csrf = csrfToken?.() ?? null;
    if (bearer !== null) headers.set('authorization', \`Bearer \${bearer}\`);
    if (csrf !== null && method !== 'GET') headers.set('x-csrf-token', csrf);
    if (keyed) headers.set('idempotency-key', options.idempotencyKey ?? crypto.randomUUID());
    if (options.ifMatch !== undefined) headers.set('if-match', options.ifMatch);
    const body = request.body === undefined ? null : JSON.stringify(request.body);
    if (body !== null) headers.set('content-type', 'application/json');
    const answer = await ask(baseUrl + pathOf(path, request), {
      method,
      headers,
      body,
      credentials: 'same-origin',
      signal: options.signal ?? null,
    });
    if (!answer.ok) throw new ApiProblem(await problemOf(answer));
    const etag = answer.headers.get('etag');
    if (etag !== null) options.onEtag?.(etag);
    return (await answer.json()) as Result;
  }
}
`;
}

const RUNTIME = `export interface ControlApiOptions {
  /** Such as http://127.0.0.1:8080; empty in a page that the API itself has served. */
  readonly baseUrl: string;
  /** Identity token of each request; null: the cookie of a session. */
  readonly token?: () => string | null;
  /** Of the session, as \`whoAmI\` gives it; sent with everything that changes something. */
  readonly csrfToken?: () => string | null;
  /** Asks, and sees every answer, in place of the platform's own. */
  readonly fetch?: typeof fetch;
}

export interface CallOptions {
  readonly signal?: AbortSignal;
  /** The same key is the same request; absent: a new one. Keep it when you repeat what may have arrived. */
  readonly idempotencyKey?: string;
  /** ETag of what was read: refuse when it has changed since. */
  readonly ifMatch?: string;
  readonly onEtag?: (etag: string) => void;
}

/** The API refused or failed; \`problem.code\` is stable. */
export class ApiProblem extends Error {
  readonly problem: Problem;

  constructor(problem: Problem) {
    super(problem.detail);
    this.name = 'ApiProblem';
    this.problem = problem;
  }
}

interface Request {
  readonly path?: Readonly<Record<string, unknown>>;
  readonly query?: Readonly<Record<string, unknown>>;
  readonly body?: unknown;
}

function pathOf(template: string, { path = {}, query = {} }: Request): string {
  const filled = template.replace(/\\{(\\w+)\\}/gu, (_all, name: string) => encodeURIComponent(String(path[name])));
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null) search.set(name, String(value));
  }
  const text = search.toString();
  return text === '' ? filled : \`\${filled}?\${text}\`;
}

/** What came instead of an answer; a proxy in between speaks no problem+json. */
async function problemOf(answer: Response): Promise<Problem> {
  const type = answer.headers.get('content-type') ?? '';
  if (type.startsWith('application/problem+json')) return (await answer.json()) as Problem;
  return {
    type: 'about:blank',
    title: answer.statusText,
    status: answer.status,
    detail: \`the control API answered \${String(answer.status)}\`,
    instance: '',
    code: 'NO_PROBLEM',
    remedy: '',
    issues: [],
    details: {},
  };
}
`;
