import { cpSync, mkdtempSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PROJECT_ROOT } from '../../../config/config.ts';

const LEFT_OUT = ['.git', '.contender', 'tests', 'docs', 'bench', 'coverage', 'tmp'];
const LINKED = ['node_modules', '.venv'];

/** A copy of the sources, which the caller removes; what is installed is shared with this one. */
export function copyOfSources(): string {
  const folder = mkdtempSync(join(tmpdir(), 'contender-release-'));
  for (const name of readdirSync(PROJECT_ROOT)) {
    if (LINKED.includes(name)) symlinkSync(join(PROJECT_ROOT, name), join(folder, name));
    else if (!LEFT_OUT.includes(name))
      cpSync(join(PROJECT_ROOT, name), join(folder, name), { recursive: true });
  }
  return folder;
}

/** Replaces what must be there once. */
export function edit(folder: string, path: string, before: RegExp, after: string): void {
  const file = join(folder, path);
  const text = readFileSync(file, 'utf8');
  if (text.match(before) === null) throw new Error(`${path} has no ${String(before)}`);
  writeFileSync(file, text.replace(before, after));
}
