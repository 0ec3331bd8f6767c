import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Folders whose sources decide what a gate says. */
const JUDGING = ['contracts', 'evaluation', 'gates', 'market', 'stats'] as const;

const ROOT = join(import.meta.dirname, '..');

let known: Promise<string> | undefined;

/** SHA-256 over names and bytes of the sources that judge; read once per process. */
export function judgingCodeVersion(): Promise<string> {
  known ??= hashSources();
  return known;
}

async function hashSources(): Promise<string> {
  const names: string[] = [];
  for (const folder of JUDGING) {
    const found = await readdir(join(ROOT, folder), { recursive: true });
    names.push(...found.filter((name) => name.endsWith('.ts')).map((name) => join(folder, name)));
  }
  const hash = createHash('sha256');
  for (const name of names.sort()) {
    const bytes = await readFile(join(ROOT, name));
    hash.update(`${name.replaceAll('\\', '/')} ${String(bytes.length)}\n`).update(bytes);
  }
  return hash.digest('hex');
}
