import { createHash } from 'node:crypto';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SetupFailure } from './failure.mjs';

const NAME = '.contender-stamp.json';

/** SHA-256 over the contents of files of the clone, in the order given. */
export function hashFiles(root, names) {
  const hash = createHash('sha256');
  for (const name of names) {
    const file = join(root, name);
    if (!existsSync(file)) {
      throw new SetupFailure(
        `The file ${name} is missing from the clone.`,
        `Restore it with: git checkout -- ${name}`,
      );
    }
    const content = readFileSync(file);
    hash.update(`${name}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex');
}

/** What was installed last into the folder; empty when that was never finished, or the folder has been moved. */
export function readStamp(folder) {
  try {
    const stamp = JSON.parse(readFileSync(join(folder, NAME), 'utf8'));
    const here =
      stamp.folder === folder && stamp.platform === process.platform && stamp.arch === process.arch;
    return here ? stamp.contents : {};
  } catch {
    return {};
  }
}

/** Written last, in one piece: a folder with a stamp is complete. */
export function writeStamp(folder, contents) {
  const { platform, arch } = process;
  const file = join(folder, NAME);
  writeFileSync(`${file}.new`, `${JSON.stringify({ folder, platform, arch, contents }, undefined, 2)}\n`);
  renameSync(`${file}.new`, file);
}
