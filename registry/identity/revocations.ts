import { appendFile, mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { TokenRevoked } from './errors.ts';

/** One line per token that was called back: its issuer and its id. */
const LINE = /^\S{1,500} \S{1,200}$/u;

/** Kept in the data folder, so that what was called back stays so over a restart while the registry is away. */
export const revocationsFile = (dataDir: string): string => join(dataDir, 'revoked-tokens');

export interface RevocationsOptions {
  readonly file: string;
  /** Every token that the registry knows to be called back, as `issuer token-id`; may reject. */
  readonly read: () => Promise<readonly string[]>;
  /** Told why a list could not be read; what was known before still counts. */
  readonly onUnread: (reason: string) => void;
}

/**
 * Tokens that were called back, by the registry and by a file of this machine. What was once read counts until the process ends,
 * whatever is down; what the registry says is kept in the file as well.
 */
export class Revocations {
  readonly #options: RevocationsOptions;
  readonly #known = new Set<string>();

  constructor(options: RevocationsOptions) {
    this.#options = options;
  }

  has(issuer: string, tokenId: string): boolean {
    return this.#known.size > 0 && this.#known.has(`${issuer} ${tokenId}`);
  }

  /** Reads both lists. Never throws. */
  async refresh(): Promise<void> {
    const kept = await this.readKept();
    const { read, file, onUnread } = this.#options;
    try {
      const told = (await read()).filter((id) => LINE.test(id));
      for (const id of told) this.#known.add(id);
      // Against the file and not against what is known: what could not be kept once is tried again.
      const unkept = kept === null ? [] : told.filter((id) => !kept.has(id));
      if (unkept.length > 0) await appendLines(file, unkept);
    } catch (error) {
      onUnread(error instanceof Error ? error.message : String(error));
    }
  }

  /** For what is asked seldom and must not be missed: the file is read again first. Throws TokenRevoked. */
  async require(issuer: string, tokenId: string): Promise<void> {
    await this.readKept();
    if (this.has(issuer, tokenId)) throw revoked();
  }

  /** Reads the list of this machine alone, and gives it; null when it could not be read. Never throws. */
  async readKept(): Promise<ReadonlySet<string> | null> {
    try {
      const kept = new Set(await readRevocations(this.#options.file));
      for (const id of kept) this.#known.add(id);
      return kept;
    } catch (error) {
      this.#options.onUnread(error instanceof Error ? error.message : String(error));
      return null;
    }
  }
}

export const revoked = (): TokenRevoked =>
  new TokenRevoked('the token was called back', { remedy: 'Ask an admin for a new one.' });

/** What the file of this machine says; nothing when there is none. */
export async function readRevocations(file: string): Promise<readonly string[]> {
  try {
    return (await readFile(file, 'utf8')).split('\n').filter((line) => LINE.test(line));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}

/** Calls a token back on this machine, for its servers, whatever is down. */
export async function revokeHere(file: string, issuer: string, tokenId: string): Promise<void> {
  await appendLines(file, [`${issuer} ${tokenId}`]);
}

/** Begins on a line of its own: what a full disk has left of a line before must not swallow these. */
async function appendLines(file: string, lines: readonly string[]): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await appendFile(file, `\n${lines.join('\n')}\n`, { mode: 0o600, flush: true });
}
