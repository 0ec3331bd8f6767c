import { z } from 'zod';
import { Problem } from '../contracts/api/problem.ts';
import type { Access, Route } from './route.ts';
import { BASE, ROUTES } from './routes/all.ts';
import { BINARY_BODY } from './routes/nothing.ts';

type Json = Record<string, unknown>;

const REFUSALS: Readonly<Record<number, string>> = {
  400: 'A field does not fit; each is named in `issues`',
  401: 'Nobody is signed in, or what they signed in with does not count any more',
  403: 'Your roles, four eyes, or the page that sent it do not allow this',
  404: 'There is no such thing, or you have no role on it',
  409: 'A rule refused; nothing changed',
  412: 'It is not as it was when you read it (If-Match)',
  413: 'The body is above the limit',
  414: 'A part of the path is too long',
  415: 'The body is of another type than the operation takes',
  429: 'Too often; see Retry-After',
  503: 'A part behind the API does not answer; nothing changed',
};
/** Every operation may give these. */
const ALWAYS = [400, 429, 503];
const TAGS: Readonly<Record<string, string>> = {
  identity: 'Who acts',
  models: 'Champions, rollbacks, sides and freezes',
  specs: 'What a model is made of, and who agreed to it',
  retrains: 'The eight steps, their evidence, and the people in them',
  versions: 'What was made, tried and earned',
  alerts: 'What needs somebody',
  audit: 'Who did what, and who tried what they may not',
  schedules: 'When retrains start by themselves',
  markets: 'Sessions and hours',
  system: 'The API itself',
};

/** The OpenAPI 3.1 document, made from the contracts that the operations parse with. */
export function openApiDocument(): Json {
  const components = new Components();
  const paths: Record<string, Json> = {};
  // Answers first: a schema that differs as input is the one that gets another name.
  const answers = new Map(ROUTES.map((route) => [route.id, components.reference(route.answer, 'output')]));
  const problem = components.reference(Problem, 'output');
  for (const route of ROUTES) {
    (paths[`${BASE}${route.path}`] ??= {})[route.method] = operationOf(route, {
      components,
      answer: answers.get(route.id) ?? {},
      problem,
    });
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'Contender control API',
      version: '1',
      description:
        'Everything the command line does with a running system. Roles: docs/identity.md. How it behaves and fails: docs/api.md.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    paths,
    components: {
      schemas: components.schemas,
      securitySchemes: {
        bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
        session: { type: 'apiKey', in: 'cookie', name: 'contender-session' },
      },
    },
  };
}

function operationOf(
  route: Route,
  {
    components,
    answer,
    problem,
  }: { readonly components: Components; readonly answer: Json; readonly problem: Json },
): Json {
  const { id, method, tag, summary, access, refusals, repeatable } = route;
  const reads = method === 'get';
  const parameters = [
    ...parametersOf(route.params, 'path', components),
    ...parametersOf(route.query, 'query', components),
    ...(repeatable ? [IDEMPOTENCY_KEY] : []),
    ...(reads ? [IF_NONE_MATCH] : []),
    ...(method === 'put' ? [IF_MATCH] : []),
  ];
  const body = bodyOf(route, components);
  const statuses = [
    ...ALWAYS,
    ...(access.kind === 'open' ? (method === 'post' ? [401, 403] : []) : reads ? [401] : [401, 403]),
    ...('roles' in access ? [403] : []),
    ...(body === null ? [] : [413, 415]),
    ...(route.path.includes('{') ? [414] : []),
    ...(method === 'put' ? [412] : []),
    ...(repeatable ? [409] : []),
    ...refusals,
  ];
  const errors = Object.fromEntries(
    [...new Set(statuses)]
      .sort()
      .map((status) => [
        String(status),
        { description: REFUSALS[status] ?? '', content: { 'application/problem+json': { schema: problem } } },
      ]),
  );
  const headers = reads
    ? { ETag: { description: 'changes when the answer does', schema: { type: 'string' } } }
    : {};
  return {
    operationId: id,
    tags: [tag],
    summary,
    ...rolesOf(access),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(body === null
      ? {}
      : {
          requestBody: {
            required: true,
            content: route.body === BINARY_BODY ? { [OCTETS]: {} } : { 'application/json': { schema: body } },
          },
        }),
    responses: {
      '200': { description: 'Done', headers, content: { 'application/json': { schema: answer } } },
      ...(reads ? { '304': { description: 'As it was (If-None-Match)' } } : {}),
      ...errors,
    },
  };
}

function rolesOf(access: Access): Json {
  if (access.kind === 'open') return { security: [], 'x-roles': ['anybody'], 'x-roles-on': 'everything' };
  const security = [{ bearer: [] }, { session: [] }];
  if (access.kind === 'signed-in') return { security, 'x-roles': ['signed-in'], 'x-roles-on': 'everything' };
  return { security, 'x-roles': access.roles, 'x-roles-on': access.on };
}

const IDEMPOTENCY_KEY = {
  ...{ name: 'Idempotency-Key', in: 'header', required: true },
  description: 'the same key is the same request: repeated, it answers as before and changes nothing',
  schema: { type: 'string', minLength: 8, maxLength: 200, pattern: '^[\\x21-\\x7e]+$' },
};
const IF_NONE_MATCH = {
  ...{ name: 'If-None-Match', in: 'header', required: false, schema: { type: 'string', maxLength: 200 } },
  description: 'an ETag: answer 304 when nothing has changed',
};
const IF_MATCH = {
  ...{ name: 'If-Match', in: 'header', required: false, schema: { type: 'string', maxLength: 200 } },
  description: 'the ETag that the GET of this path gave: refuse when it has changed since',
};

function parametersOf(schema: z.ZodType, place: 'path' | 'query', components: Components): readonly Json[] {
  const { properties = {}, required = [] } = components.inline(schema, 'input') as {
    readonly properties?: Record<string, Json>;
    readonly required?: readonly string[];
  };
  return Object.entries(properties).map(([name, { description, ...inner }]) => ({
    ...{ name, in: place, required: place === 'path' || required.includes(name), schema: inner },
    ...(description === undefined ? {} : { description }),
  }));
}

function bodyOf({ body, method }: Route, components: Components): Json | null {
  if (body === BINARY_BODY) return {};
  if (method === 'get' || !(body instanceof z.ZodObject)) return null;
  return components.reference(body, 'input');
}

const OCTETS = 'application/octet-stream';
const JSON_VALUE = 'JsonValue';

/** The schemas of the document. One that reads otherwise as input than as output stands in it twice. */
class Components {
  readonly schemas: Record<string, Json> = {};

  reference(schema: z.ZodType, io: 'input' | 'output'): Json {
    const own = this.inline(schema, io);
    const id = schema.meta()?.id;
    if (id === undefined) return own;
    return { $ref: `#/components/schemas/${this.#add(id, own)}` };
  }

  /** The schema itself, with what it refers to among the components. */
  inline(schema: z.ZodType, io: 'input' | 'output'): Json {
    const document = z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as Json;
    const definitions = Object.entries((document['$defs'] ?? {}) as Record<string, Json>);
    const names = this.#namesOf(definitions);
    for (const [name, definition] of definitions)
      this.schemas[names.get(name) ?? name] ??= clean(definition, names);
    return clean(document, names);
  }

  /** A definition that differs from the component of its name, or refers to one that does, is another component. */
  #namesOf(definitions: readonly (readonly [string, Json])[]): ReadonlyMap<string, string> {
    // What zod calls any JSON has no name of its own.
    const names = new Map(definitions.map(([name]) => [name, name.startsWith('__') ? JSON_VALUE : name]));
    for (let settled = false; !settled;) {
      settled = true;
      for (const [name, definition] of definitions) {
        if (names.get(name) !== name) continue;
        const there = this.schemas[name];
        if (there === undefined || same(there, clean(definition, names))) continue;
        names.set(name, `${name}Input`);
        settled = false;
      }
    }
    return names;
  }

  #add(id: string, own: Json): string {
    const there = this.schemas[id];
    const name = there === undefined || same(there, own) ? id : `${id}Input`;
    this.schemas[name] ??= own;
    return name;
  }
}

const same = (one: Json, other: Json): boolean => JSON.stringify(one) === JSON.stringify(other);

function clean(schema: Json, names: ReadonlyMap<string, string>): Json {
  const { $schema: _dialect, $defs: _hoisted, id: _id, ...own } = schema;
  const text = JSON.stringify(own).replace(
    /"\$ref":"#\/\$defs\/(\w+)"/gu,
    (_all, name: string) => `"$ref":"#/components/schemas/${names.get(name) ?? name}"`,
  );
  return JSON.parse(text) as Json;
}
