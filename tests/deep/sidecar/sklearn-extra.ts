import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export const ROOT = join(import.meta.dirname, '../../..');
const EXTRA = join(ROOT, '.contender', 'sklearn');
export const PYTHON = join(EXTRA, 'bin', 'python');
const INSTALL_MS = 900_000;

/** False where the packages cannot be had: the tests are left out then, and say so. */
export function installed(): boolean {
  const mark = join(EXTRA, 'installed');
  const lock = join(ROOT, 'sidecar', 'requirements-sklearn.lock');
  const wanted = readFileSync(lock, 'utf8');
  if (existsSync(mark) && readFileSync(mark, 'utf8') === wanted) return true;
  try {
    execFileSync('python3', ['-m', 'venv', EXTRA], { stdio: 'ignore' });
    const pip = [
      '-m',
      'pip',
      'install',
      '--quiet',
      '--disable-pip-version-check',
      '--require-hashes',
      '-r',
      lock,
    ];
    execFileSync(PYTHON, pip, { stdio: 'ignore', timeout: INSTALL_MS });
    writeFileSync(mark, wanted);
    return true;
  } catch {
    console.warn('Left out: scikit-learn cannot be installed here (sidecar/requirements-sklearn.lock).');
    return false;
  }
}
