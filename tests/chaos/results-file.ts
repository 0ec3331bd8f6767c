import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { PROJECT_ROOT } from '../../config/config.ts';

/** One run of one cell as it is kept. */
export interface Recorded {
  readonly cell: string;
  readonly repeat: number;
  /** Load of the machine over the last minute when it ended. */
  readonly load: number;
  /** Wall time, ISO. */
  readonly at: string;
  /** What the clone was at. */
  readonly commit: string;
}

interface Results<Entry extends Recorded> {
  readonly seed: number;
  readonly cells: Entry[];
}

export interface ResultsOptions {
  readonly commit: string;
  readonly seed: number;
  /** Forgets what is there. */
  readonly fresh: boolean;
  /** What was found on another commit counts as done too. */
  readonly anyCommit: boolean;
  /** Hears why something begins anew. */
  readonly said: (line: string) => void;
}

export function headCommit(): string {
  return execFileSync('git', ['rev-parse', 'HEAD'], { cwd: PROJECT_ROOT, encoding: 'utf8' }).trim();
}

/** Results of a matrix in one file, written after every cell, so that it can be gone on with. Other commits' stay in it. */
export class ResultsFile<Entry extends Recorded> {
  readonly path: string;
  readonly seed: number;
  readonly commit: string;
  readonly #results: Results<Entry>;
  readonly #anyCommit: boolean;

  constructor(path: string, options: ResultsOptions) {
    this.path = path;
    this.seed = options.seed;
    this.commit = options.commit;
    this.#anyCommit = options.anyCommit;
    this.#results = this.#known(options) ?? { seed: options.seed, cells: [] };
  }

  /** Those that count. */
  get cells(): readonly Entry[] {
    return this.#results.cells.filter(({ commit }) => this.#anyCommit || commit === this.commit);
  }

  has(cell: string, repeat: number): boolean {
    return this.cells.some((done) => done.cell === cell && done.repeat === repeat);
  }

  add(entry: Entry): void {
    this.#results.cells.push(entry);
    mkdirSync(dirname(this.path), { recursive: true });
    writeFileSync(`${this.path}.unfinished`, `${JSON.stringify(this.#results, undefined, 2)}\n`);
    renameSync(`${this.path}.unfinished`, this.path);
  }

  #known({ fresh, said }: ResultsOptions): Results<Entry> | null {
    if (fresh || !existsSync(this.path)) return null;
    const known = JSON.parse(readFileSync(this.path, 'utf8')) as Results<Entry>;
    if (known.seed === this.seed) return known;
    said(`${this.path} is of seed ${String(known.seed)}; beginning anew`);
    return null;
  }
}
