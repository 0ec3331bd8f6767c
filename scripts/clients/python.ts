import { callsOf } from './document.ts';
import type { Call, Document, Parameter, Schema } from './document.ts';

const snake = (name: string): string => name.replace(/[A-Z]/gu, (letter) => `_${letter.toLowerCase()}`);

/** A schema as a Python annotation; classes are named by quotes, since they may stand below. */
function typeOf(schema: Schema): string {
  if (schema.$ref !== undefined) return `"${schema.$ref.split('/').at(-1) ?? 'Any'}"`;
  if (schema.const !== undefined) return literal([schema.const]);
  if (schema.enum !== undefined) return literal(schema.enum);
  const members = schema.anyOf ?? schema.oneOf;
  if (members !== undefined) return union(members.map(typeOf));
  const types = typeof schema.type === 'string' ? [schema.type] : (schema.type ?? []);
  return types.length === 0 ? 'Any' : union(types.map((type) => plainType(type, schema)));
}

const literal = (values: readonly unknown[]): string =>
  `Literal[${values.map((value) => (value === true ? 'True' : value === false ? 'False' : JSON.stringify(value))).join(', ')}]`;

const union = (members: readonly string[]): string => {
  const distinct = [...new Set(members)];
  return distinct.length === 1 ? (distinct[0] ?? 'Any') : `Union[${distinct.join(', ')}]`;
};

function plainType(type: string, schema: Schema): string {
  switch (type) {
    case 'string':
      return 'str';
    case 'boolean':
      return 'bool';
    case 'null':
      return 'None';
    case 'integer':
      return 'int';
    case 'number':
      return 'float';
    case 'array':
      return `list[${schema.items === undefined || schema.items === false ? 'Any' : typeOf(schema.items)}]`;
    default:
      return 'dict[str, Any]';
  }
}

function definition(name: string, schema: Schema): string {
  const { properties, required = [] } = schema;
  if (properties === undefined) return `${name} = ${typeOf(schema).replaceAll('"', "'")}`;
  const fields = Object.entries(properties).map(
    ([field, inner]) =>
      `        ${JSON.stringify(field)}: ${required.includes(field) ? typeOf(inner) : `NotRequired[${typeOf(inner)}]`},`,
  );
  return `${name} = TypedDict(\n    "${name}",\n    {\n${fields.join('\n')}\n    },\n)`;
}

function methodOf(call: Call): string {
  const { id, summary, method, path, pathParameters, queryParameters, body, answer, keyed } = call;
  const required = (parameter: Parameter): string => `${snake(parameter.name)}: ${typeOf(parameter.schema)}`;
  const optional = ({ name, schema }: Parameter): string =>
    `${snake(name)}: Optional[${typeOf(schema)}] = None`;
  const named = [
    ...queryParameters.map(optional),
    ...(keyed ? ['idempotency_key: Optional[str] = None'] : []),
  ];
  const parameters = [
    'self',
    ...pathParameters.map(required),
    ...(body === null ? [] : [`body: ${typeOf(body)}`]),
    ...(named.length === 0 ? [] : ['*', ...named]),
  ];
  const values = (group: readonly Parameter[]): string =>
    `{${group.map(({ name }) => `"${name}": ${snake(name)}`).join(', ')}}`;
  const args = [
    `"${method}"`,
    `"${path}"`,
    values(pathParameters),
    values(queryParameters),
    body === null ? 'None' : 'body',
    keyed ? 'idempotency_key or str(uuid.uuid4())' : 'None',
  ];
  return `    def ${snake(id)}(${parameters.join(', ')}) -> ${typeOf(answer)}:
        """${summary}."""
        return self._call(${args.join(', ')})  # type: ignore[no-any-return]`;
}

/** The client as one module without dependencies. */
export function pythonClient(document: Document): string {
  const schemas = Object.entries(document.components.schemas).sort(([one], [other]) =>
    one < other ? -1 : 1,
  );
  // A name for a union or a plain value has to stand below what it names; records refer to each other by name.
  const records = schemas.filter(([, { properties }]) => properties !== undefined);
  const plain = schemas.filter(([, { properties }]) => properties === undefined);
  return `${HEAD}
${[...plain, ...records].map(([name, schema]) => definition(name, schema)).join('\n\n')}


${RUNTIME}
${callsOf(document).map(methodOf).join('\n\n')}
`;
}

const HEAD = `"""The client of the control API, made from its OpenAPI document by scripts/generate-clients.ts. Never edited by hand.

Needs Python 3.11 and nothing else:

    api = ControlApi("http://127.0.0.1:8080", token=os.environ["CONTENDER_TOKEN"])
    for model in api.list_models()["items"]:
        print(model["model"], model["epoch"])
"""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
import uuid
from typing import Any, Literal, NotRequired, Optional, TypedDict, Union
`;

const RUNTIME = `class ApiProblem(Exception):
    """The API refused or failed; \`\`problem["code"]\`\` is stable."""

    def __init__(self, problem: "Problem") -> None:
        super().__init__(problem["detail"])
        self.problem = problem


class ControlApi:
    """Everything the command line does with a running system."""

    def __init__(self, base_url: str, token: str, timeout_seconds: float = 30.0) -> None:
        self._base_url = base_url.rstrip("/")
        self._token = token
        self._timeout = timeout_seconds

    def _call(
        self,
        method: str,
        path: str,
        path_values: dict[str, Any],
        query: dict[str, Any],
        body: Any,
        idempotency_key: Optional[str],
    ) -> Any:
        for name, value in path_values.items():
            path = path.replace("{" + name + "}", urllib.parse.quote(str(value), safe=""))
        sent = {name: value for name, value in query.items() if value is not None}
        url = self._base_url + path + ("?" + urllib.parse.urlencode(sent) if sent else "")
        headers = {"authorization": f"Bearer {self._token}", "accept": "application/json"}
        data = None
        if body is not None:
            data = json.dumps(body).encode()
            headers["content-type"] = "application/json"
        if idempotency_key is not None:
            headers["idempotency-key"] = idempotency_key
        request = urllib.request.Request(url, data=data, headers=headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=self._timeout) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as refused:
            text = refused.read().decode("utf-8", "replace")
            try:
                problem = json.loads(text)
            except ValueError:
                problem = {"code": "NO_PROBLEM", "status": refused.code, "detail": text[:200] or refused.reason}
            raise ApiProblem(problem) from None
`;
