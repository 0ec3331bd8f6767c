import { accessSync, constants, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AlreadyRunning, DataFolderUnusable } from './errors.ts';
import { commandLine, isRunning } from './process-table.ts';

export interface FolderLock {
  release(): void;
}

/**
 * One supervisor a data folder. The lock names its holder; one whose process is gone, or whose id meanwhile belongs to
 * another program, is taken over.
 *
 * @throws AlreadyRunning naming the process that holds it
 * @throws DataFolderUnusable when the folder cannot be made or written
 */
export function lockFolder(dataDir: string): FolderLock {
  try {
    mkdirSync(dataDir, { recursive: true });
    accessSync(dataDir, constants.W_OK | constants.X_OK);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new DataFolderUnusable(`The data folder ${dataDir} cannot be used: ${reason}`, {
      cause,
      remedy:
        'Move away what is in its place, make it yours (chown), or choose another with CONTENDER_DATA_DIR.',
    });
  }
  const file = join(dataDir, 'up.lock');
  // Twice: once to find a stale lock, once after it was removed.
  if (!tryWrite(file)) {
    const holder = liveHolder(file);
    if (holder !== undefined) throw alreadyRunning(dataDir, holder);
    rmSync(file, { force: true });
    if (!tryWrite(file)) throw alreadyRunning(dataDir, liveHolder(file) ?? 0);
  }
  return {
    release: () => {
      rmSync(file, { force: true });
    },
  };
}

function tryWrite(file: string): boolean {
  try {
    writeFileSync(file, `${String(process.pid)}\n${commandLine(process.pid)}\n`, { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

function liveHolder(file: string): number | undefined {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
  const [pidLine, command = ''] = text.split('\n');
  const pid = Number(pidLine);
  const known = Number.isSafeInteger(pid) && pid > 0 && isRunning(pid) && commandLine(pid) === command;
  return known ? pid : undefined;
}

function alreadyRunning(dataDir: string, pid: number): AlreadyRunning {
  return new AlreadyRunning(`Contender is already running in ${dataDir}, as process ${String(pid)}`, {
    remedy: `Use it as it is, or stop it first with Ctrl-C in its terminal, or: kill ${String(pid)}`,
    details: { pid, dataDir },
  });
}
