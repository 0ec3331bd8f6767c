/**
 * Assembles the reference page of error codes from the fragments that each area keeps.
 *
 *   node scripts/generate-error-page.ts           writes docs/errors.md
 *   node scripts/generate-error-page.ts --check   fails when the committed page is not that
 */
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';

const ROOT = join(import.meta.dirname, '..');
const FRAGMENTS = join(ROOT, 'docs', 'errors');
const PAGE = join(ROOT, 'docs', 'errors.md');

const INTRODUCTION = `# Error codes

Every error and refusal has a stable code. It stands in the JSON answer of the command line and of the servers, in the
failure that the Temporal UI shows, in the log line and in the notification. The message beside it says what was found
this time; this page says what the code means and what to do.

| kind | meaning | exit code of the command line |
| --- | --- | --- |
| refused | a rule said no, nothing changed | 1 |
| usage | the call itself is wrong | 2 |
| unreachable | a part or a resource is missing; trying again may help | 3 |
| bug | a defect of Contender | 4 |

This page is assembled from \`docs/errors/\`; a test compares it with the codes in the sources, both ways.
`;

/** The page as it should be: the introduction, then each fragment in the order of its file name, one level deeper. */
export async function assembleErrorPage(): Promise<string> {
  const names = readdirSync(FRAGMENTS)
    .filter((name) => name.endsWith('.md'))
    .sort();
  const sections = names.map((name) =>
    readFileSync(join(FRAGMENTS, name), 'utf8')
      .trim()
      .replace(/^#+ (?:Error codes: )?(\w)/mu, (_heading, letter: string) => `## ${letter.toUpperCase()}`),
  );
  const config = await resolveConfig(PAGE);
  return format([INTRODUCTION, ...sections].join('\n\n'), { ...config, parser: 'markdown' });
}

if (import.meta.main) {
  const page = await assembleErrorPage();
  const committed = existsSync(PAGE) ? readFileSync(PAGE, 'utf8') : '';
  if (!process.argv.includes('--check')) {
    writeFileSync(PAGE, page);
  } else if (committed !== page) {
    console.error('docs/errors.md is not up to date: run node scripts/generate-error-page.ts');
    process.exitCode = 1;
  }
}
