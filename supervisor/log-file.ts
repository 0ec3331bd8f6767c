import { closeSync, mkdirSync, openSync, renameSync, statSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

/** Two files of this size a process: enough for days of work, no disk filled by a loop of errors. */
const MAX_BYTES = 16 * 1024 * 1024;
const TAIL_LINES = 20;

/**
 * The output of one child: appended to a file that is set aside as `<file>.1` when it is full, its last lines kept for
 * error messages. A full disk loses log lines, never the child.
 */
export class LogFile {
  readonly path: string;
  readonly #maxBytes: number;
  #descriptor: number;
  #bytes: number;
  #tail: string[] = [];
  #partial = '';

  constructor(path: string, maxBytes: number = MAX_BYTES) {
    this.path = path;
    this.#maxBytes = maxBytes;
    mkdirSync(dirname(path), { recursive: true });
    this.#descriptor = openSync(path, 'a', 0o600);
    this.#bytes = statSync(path).size;
  }

  write(chunk: Buffer): void {
    this.#remember(chunk.toString('utf8'));
    try {
      if (this.#bytes + chunk.length > this.#maxBytes) this.#rotate();
      this.#bytes += writeSync(this.#descriptor, chunk);
    } catch {
      // No room: the tail in memory still tells why a child failed.
    }
  }

  /** The last lines, oldest first. */
  tail(): readonly string[] {
    return this.#partial === '' ? this.#tail : [...this.#tail, this.#partial];
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  #remember(text: string): void {
    const lines = (this.#partial + text).split('\n');
    this.#partial = (lines.pop() ?? '').slice(-2000);
    this.#tail = [...this.#tail, ...lines.filter((line) => line.trim() !== '')].slice(-TAIL_LINES);
  }

  #rotate(): void {
    closeSync(this.#descriptor);
    renameSync(this.path, `${this.path}.1`);
    this.#descriptor = openSync(this.path, 'a', 0o600);
    this.#bytes = 0;
  }
}
