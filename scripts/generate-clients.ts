/**
 * The OpenAPI document of the control API and the clients made from it.
 *
 *   node scripts/generate-clients.ts           writes clients/
 *   node scripts/generate-clients.ts --check   fails when what is committed is not that
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { openApiDocument } from '../api/openapi.ts';
import type { Document } from './clients/document.ts';
import { pythonClient } from './clients/python.ts';
import { typescriptClient } from './clients/typescript.ts';

const ROOT = join(import.meta.dirname, '..');

export async function generatedClients(): Promise<Readonly<Record<string, string>>> {
  const openApi = openApiDocument();
  const document = openApi as unknown as Document;
  return {
    'clients/openapi.json': await formatted('clients/openapi.json', JSON.stringify(openApi)),
    'clients/typescript/control-api.ts': await formatted(
      'clients/typescript/control-api.ts',
      typescriptClient(document),
    ),
    'clients/python/contender_client.py': pythonClient(document),
  };
}

async function formatted(file: string, text: string): Promise<string> {
  const config = await resolveConfig(join(ROOT, file));
  return format(text, { ...config, filepath: file });
}

if (import.meta.main) {
  for (const [file, text] of Object.entries(await generatedClients())) {
    const path = join(ROOT, file);
    if (!process.argv.includes('--check')) {
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
    } else if (!existsSync(path) || readFileSync(path, 'utf8') !== text) {
      console.error(`${file} is not up to date: run node scripts/generate-clients.ts`);
      process.exitCode = 1;
    }
  }
}
