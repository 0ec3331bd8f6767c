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
    await this.readKept();
    const { read, file, onUnread } = this.#options;
    try {
      const unheard = (await read()).filter((id) => LINE.test(id) && !this.#known.has(id));
      for (const id of unheard) this.#known.add(id);
      if (unheard.length > 0) await appendLines(file, unheard);
    } catch (error) {
      onUnread(error instanceof Error ? error.message : String(error));
    }
  }

  /** For what is asked seldom and must not be missed: the file is read again first. Throws TokenRevoked. */
  async require(issuer: string, tokenId: string): Promise<void> {
    await this.readKept();
    if (this.has(issuer, tokenId)) throw revoked();
  }

  /** Reads the list of this machine alone. Never throws. */
  async readKept(): Promise<void> {
    try {
      for (const id of await readRevocations(this.#options.file)) this.#known.add(id);
    } catch (error) {
      this.#options.onUnread(error instanceof Error ? error.message : String(error));
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

async function appendLines(file: string, lines: readonly string[]): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await appendFile(file, lines.map((line) => `${line}\n`).join(''), { mode: 0o600, flush: true });
}
