import { spawn } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { PROJECT_ROOT } from '../../../config/config.ts';

/**
 * npm that "installs" a marker. FAKE_NPM: what it does instead (a text it prints before failing, `slow`, `cache` for a
 * cache that belongs to root). Appends a line to FAKE_LOG each time it runs.
 */
const NPM = `
const { appendFileSync, mkdirSync, writeFileSync } = require('node:fs');
appendFileSync(process.env.FAKE_LOG, 'npm ' + process.argv.slice(2).join(' ') + ' as ' + process.pid + '\\n');
const mode = process.env.FAKE_NPM ?? '';
mkdirSync('node_modules/half', { recursive: true });
if (mode === 'cache' && process.env.npm_config_cache === undefined) {
  console.error('npm error code EACCES\\nnpm error Your cache folder contains root-owned files: /home/me/.npm/_cacache');
  process.exit(243);
}
if (mode === 'slow') setTimeout(() => process.exit(0), 60_000);
else if (mode !== '' && mode !== 'cache') {
  console.error(mode);
  process.exit(1);
} else writeFileSync('node_modules/whole', 'x');
`;

/**
 * Python of version FAKE_VERSION. FAKE_VENV: \`no-ensurepip\` fails to make an environment with pip; \`no-venv\` any.
 * FAKE_PIP: \`none\`, or a text that installing prints before failing.
 */
const PYTHON = `#!/bin/sh
echo "python $*" >> "$FAKE_LOG"
case "$*" in
  *sys.version_info*) echo "\${FAKE_VERSION:-3.11}|$0" ;;
  *"-m pip --version"*) [ "$FAKE_PIP" = none ] && exit 1; echo "pip 23.0.1 from here" ;;
  *"-m venv"*)
    for last; do :; done
    if [ "$FAKE_VENV" = no-venv ]; then echo "No module named venv" >&2; exit 1; fi
    mkdir -p "$last/bin"; ln -s "$0" "$last/bin/python"
    case "$*" in *--without-pip*) exit 0 ;; esac
    if [ "$FAKE_VENV" = no-ensurepip ]; then echo "ensurepip is not available" >&2; exit 1; fi ;;
  *"pip"*"install"*)
    if [ -n "$FAKE_PIP" ] && [ "$FAKE_PIP" != none ]; then echo "$FAKE_PIP" >&2; exit 1; fi
    printf '#!/bin/sh\\necho "uv $*" >> "$FAKE_LOG"\\n' > .venv/bin/uv; chmod +x .venv/bin/uv ;;
esac
`;

export interface SetupRun {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  readonly milliseconds: number;
}

/** A clone with our set-up scripts and locks, whose npm and Python are fakes: every failure can be had at will. */
export class FakeClone {
  root: string;
  readonly #base: string;

  constructor() {
    this.#base = mkdtempSync(join(tmpdir(), 'contender bootstrap '));
    this.root = join(this.#base, 'a clone');
    for (const path of ['scripts/bootstrap.mjs', 'scripts/bootstrap', 'package.json', 'package-lock.json']) {
      this.#copy(path);
    }
    for (const name of ['requirements.lock', 'requirements-dev.lock', 'requirements-installer.lock']) {
      this.#copy(join('sidecar', name));
    }
    this.write('cli/main.ts', "console.log('ran', process.argv.slice(2).join(' '));\n");
    this.write('../npm-cli.js', NPM);
    this.write('../bin/python3', PYTHON);
    chmodSync(join(this.#base, 'bin', 'python3'), 0o755);
    for (const program of ['sh', 'mkdir', 'ln', 'chmod', 'cat', 'env', 'printf']) this.#link(program);
  }

  path(name: string): string {
    return join(this.root, name);
  }

  has(name: string): boolean {
    return existsSync(this.path(name));
  }

  write(name: string, text: string): void {
    mkdirSync(dirname(this.path(name)), { recursive: true });
    writeFileSync(this.path(name), text);
  }

  remove(name: string): void {
    rmSync(this.path(name), { recursive: true, force: true });
  }

  /** To another folder; an environment of Python does not survive that. */
  move(): void {
    const target = `${this.root} moved`;
    renameSync(this.root, target);
    this.root = target;
  }

  /** What the fakes were asked to do so far. */
  log(): string {
    return existsSync(this.#logFile) ? readFileSync(this.#logFile, 'utf8') : '';
  }

  /** Starts the set-up; `fakes` steers the fake programs. */
  start(
    fakes: Readonly<Record<string, string>> = {},
    args: readonly string[] = ['status'],
  ): { readonly pid: number; readonly ended: Promise<SetupRun> } {
    const started = performance.now();
    const child = spawn(process.execPath, [this.path('scripts/bootstrap.mjs'), ...args], {
      cwd: this.#base,
      env: {
        PATH: join(this.#base, 'bin'),
        HOME: this.#base,
        npm_execpath: join(this.#base, 'npm-cli.js'),
        FAKE_LOG: this.#logFile,
        ...fakes,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let out = '';
    let err = '';
    child.stdout.on('data', (chunk: Buffer) => {
      out += chunk.toString('utf8');
    });
    child.stderr.on('data', (chunk: Buffer) => {
      err += chunk.toString('utf8');
    });
    const ended = new Promise<SetupRun>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (code) => {
        resolve({ code: code ?? -1, out, err, milliseconds: performance.now() - started });
      });
    });
    return { pid: child.pid ?? 0, ended };
  }

  run(fakes: Readonly<Record<string, string>> = {}, args: readonly string[] = ['status']): Promise<SetupRun> {
    return this.start(fakes, args).ended;
  }

  delete(): void {
    rmSync(this.#base, { recursive: true, force: true });
  }

  get #logFile(): string {
    return join(this.#base, 'fakes.log');
  }

  #copy(path: string): void {
    mkdirSync(dirname(this.path(path)), { recursive: true });
    cpSync(join(PROJECT_ROOT, path), this.path(path), { recursive: true });
  }

  /** The fakes find the few programs they need, and nothing else of the machine: no real Python. */
  #link(program: string): void {
    const found = ['/bin', '/usr/bin']
      .map((folder) => join(folder, program))
      .find((path) => existsSync(path));
    if (found !== undefined) symlinkSync(found, join(this.#base, 'bin', program));
  }
}
