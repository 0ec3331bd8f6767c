import { accessSync, chmodSync, constants, existsSync, lstatSync, readFileSync, statSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { dirname, join } from 'node:path';
import { DatabaseFolderUnusable } from './errors.ts';

/** Postgres refuses to run as root; root therefore lends it an ordinary account. */
export interface UnixUser {
  readonly uid: number;
  readonly gid: number;
}

/** The account Postgres runs as: undefined means this process's own. */
export function postgresUser(): UnixUser | undefined {
  if (process.getuid?.() !== 0) return undefined;
  // The account must be listed: Postgres looks its own name up.
  const user = ['nobody', 'postgres'].map(findAccount).find((found) => found !== undefined);
  if (user !== undefined) return user;
  throw new DatabaseFolderUnusable(
    'Postgres cannot run as root, and there is no account "nobody" to run it as',
    {
      remedy: 'Run Contender as an ordinary user.',
    },
  );
}

function findAccount(name: string): UnixUser | undefined {
  if (!existsSync('/etc/passwd')) return undefined;
  const line = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith(`${name}:`));
  const [, , uid, gid] = (line ?? '').split(':');
  return uid === undefined || gid === undefined ? undefined : { uid: Number(uid), gid: Number(gid) };
}

/** Whether any account may pass through every folder above `path` and read `path` itself. */
export function isReachableByOthers(path: string): boolean {
  const others = (file: string, bits: number): boolean => (statSync(file).mode & bits) === bits;
  if (!others(path, lstatSync(path).isDirectory() ? 0o1 : 0o4)) return false;
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    if (!others(folder, 0o1)) return false;
    if (folder === dirname(folder)) return true;
  }
}

/**
 * A folder that the lent account can reach, for a clone that lies where only root may look. Outside of the temporary
 * folder, because it holds the database: it has to outlive a reboot.
 */
export function reachableFolder(dataDir: string): string {
  const key = createHash('sha256').update(dataDir).digest('hex').slice(0, 16);
  const parent = ['/var/lib', '/var/tmp'].find(isUsable) ?? '/tmp';
  return join(parent, `contender-${key}`);
}

function isUsable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    return isReachableByOthers(folder);
  } catch {
    return false;
  }
}

/** Lets other accounts pass through a folder of ours, without letting them list it. */
export function openForPassage(folder: string): void {
  chmodSync(folder, (statSync(folder).mode & 0o777) | 0o011);
}
