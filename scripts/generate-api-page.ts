/**
 * Writes the table of commands and operations into docs/api.md.
 *
 *   node scripts/generate-api-page.ts           writes it
 *   node scripts/generate-api-page.ts --check   fails when the committed page has another
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { format, resolveConfig } from 'prettier';
import { createCliContext } from '../cli/context.ts';
import { createProgram } from '../cli/program.ts';
import { leafCommands, twinTable } from '../cli/twins.ts';

const PAGE = join(import.meta.dirname, '..', 'docs', 'api.md');
const BEGIN = '<!-- twins:begin -->';
const END = '<!-- twins:end -->';

/** The page with the table as it should be. */
export async function assembleApiPage(page: string): Promise<string> {
  const [before = '', rest = ''] = page.split(BEGIN);
  const [, after = ''] = rest.split(END);
  const ignore = { write: () => true };
  const program = createProgram(
    createCliContext({
      json: false,
      streams: { stdin: Readable.from([]), stdout: ignore, stderr: ignore },
      interrupted: new AbortController().signal,
    }),
  );
  const text = `${before}${BEGIN}\n\n${twinTable(leafCommands(program))}\n\n${END}${after}`;
  return format(text, { ...(await resolveConfig(PAGE)), parser: 'markdown' });
}

if (import.meta.main) {
  const committed = readFileSync(PAGE, 'utf8');
  const page = await assembleApiPage(committed);
  if (!process.argv.includes('--check')) {
    writeFileSync(PAGE, page);
  } else if (committed !== page) {
    console.error('docs/api.md is not up to date: run node scripts/generate-api-page.ts');
    process.exitCode = 1;
  }
}
