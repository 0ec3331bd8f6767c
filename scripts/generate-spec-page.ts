/**
 * Writes the reference of the model spec from its contract: every field with its default, range, unit and reason.
 *
 *   node scripts/generate-spec-page.ts           writes docs/model-spec.md
 *   node scripts/generate-spec-page.ts --check   fails when the committed page is not that
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { z } from 'zod';
import { ModelSpec } from '../contracts/spec.ts';

const PAGE = join(import.meta.dirname, '..', 'docs', 'model-spec.md');

const INTRODUCTION = `# Model spec

What a quant lead writes: one YAML file per model, stored as a numbered spec by \`npm run contender -- apply -f FILE\`.
Every field but \`model\`, \`market\` and \`data\` has a default; unknown fields are refused by name. A spec that loosens a
gate, the shadow, the approval or the guard against the one in force needs a second person, and the difference is part
of the evidence that an approval signs.

\`\`\`yaml
model: tw-alpha
market: XTAI
data: ./data/tw
label: { horizonSessions: 5, entryDelaySessions: 1 }
training: { trials: 20, trainSessions: 750, testSessions: 63 }
\`\`\`

This page is generated from \`contracts/spec.ts\`.
`;

interface JsonField {
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly default?: unknown;
  readonly description?: string;
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly properties?: Readonly<Record<string, JsonField>>;
}

/** The page as it should be. */
export async function specPage(): Promise<string> {
  const schema = z.toJSONSchema(ModelSpec, { io: 'input', reused: 'inline' }) as {
    readonly $defs?: Readonly<Record<string, JsonField>>;
  } & JsonField;
  const resolve = (
    field: JsonField & { readonly $ref?: string; readonly allOf?: readonly JsonField[] },
  ): JsonField => {
    const name = (field.$ref ?? (field.allOf?.[0] as { $ref?: string } | undefined)?.$ref)?.split('/').at(-1);
    return name === undefined ? field : { ...schema.$defs?.[name], ...field };
  };
  const top: string[] = [];
  const sections: string[] = [];
  for (const [name, raw] of Object.entries(resolve(schema).properties ?? {})) {
    const field = resolve(raw);
    if (field.properties === undefined) top.push(row(name, field));
    else {
      const rows = Object.entries(field.properties).map(([inner, value]) => row(inner, resolve(value)));
      sections.push(`## \`${name}\`\n\n${HEAD}\n${rows.join('\n')}`);
    }
  }
  const config = await resolveConfig(PAGE);
  const text = [INTRODUCTION, `## Top level\n\n${HEAD}\n${top.join('\n')}`, ...sections].join('\n\n');
  return format(text, { ...config, parser: 'markdown' });
}

const HEAD = '| field | default | allowed | meaning |\n| --- | --- | --- | --- |';

function row(name: string, field: JsonField): string {
  const fallback = field.default === undefined ? 'none: required' : `\`${JSON.stringify(field.default)}\``;
  return `| \`${name}\` | ${fallback} | ${allowed(field)} | ${(field.description ?? '').replaceAll('|', '/')} |`;
}

function allowed(field: JsonField): string {
  if (field.enum !== undefined) return field.enum.map((value) => `\`${String(value)}\``).join(', ');
  if (field.pattern !== undefined) return `text, \`${field.pattern.replaceAll('|', '\\|')}\``;
  const type = typeof field.type === 'string' ? field.type : 'value';
  const low = field.minimum ?? field.exclusiveMinimum;
  const high = field.maximum ?? field.exclusiveMaximum;
  if (low === undefined && high === undefined) return type;
  const above = field.exclusiveMinimum === undefined ? '' : 'above ';
  return `${type}, ${above}${String(low ?? '')} to ${field.exclusiveMaximum === undefined ? '' : 'below '}${String(high ?? '')}`;
}

if (import.meta.main) {
  const page = await specPage();
  const committed = existsSync(PAGE) ? readFileSync(PAGE, 'utf8') : '';
  if (!process.argv.includes('--check')) writeFileSync(PAGE, page);
  else if (committed !== page) {
    console.error('docs/model-spec.md is not up to date: run node scripts/generate-spec-page.ts');
    process.exitCode = 1;
  }
}
