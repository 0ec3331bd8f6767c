import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Folders whose sources decide what a gate says. */
const JUDGING = ['contracts', 'evaluation', 'gates', 'market', 'stats'] as const;

const ROOT = join(import.meta.dirname, '..');

let known: Promise<string> | undefined;

/**
 * SHA-256 over names and bytes of the sources that judge; read once per process. An attempt that failed is not kept: sources
 * that are being replaced at this very moment are read by the next call.
 */
export function judgingCodeVersion(root = ROOT): Promise<string> {
  known ??= hashSources(root).catch((error: unknown) => {
    known = undefined;
    throw error;
  });
  return known;
}

async function hashSources(root: string): Promise<string> {
  const names: string[] = [];
  for (const folder of JUDGING) {
    const found = await readdir(join(root, folder), { recursive: true });
    names.push(...found.filter((name) => name.endsWith('.ts')).map((name) => join(folder, name)));
  }
  const hash = createHash('sha256');
  for (const name of names.sort()) {
    const bytes = await readFile(join(root, name));
    hash.update(`${name.replaceAll('\\', '/')} ${String(bytes.length)}\n`).update(bytes);
  }
  return hash.digest('hex');
}
