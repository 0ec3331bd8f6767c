import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { Actor, Instant, ModelName, Sha256 } from '../contracts/primitives.ts';
import { BreakGlassJournalBroken } from './errors.ts';

const OverrideEnd = z.strictObject({
  how: z.enum(['rolled-back', 'superseded', 'lifted', 'replaced', 'expired', 'restarted']),
  by: z.string(),
  reason: z.string(),
  at: Instant,
});
export type OverrideEnd = z.infer<typeof OverrideEnd>;

const OverrideRecord = z.strictObject({
  id: z.uuid(),
  model: ModelName,
  server: z.string(),
  version: z.int().min(1),
  versionId: Sha256,
  fromVersion: z.int().min(1),
  fromVersionId: Sha256,
  epoch: z.int().min(1),
  actor: Actor,
  tokenId: z.string(),
  reason: z.string(),
  setAt: Instant,
  expiresAt: Instant,
  /** Null while it is in force, or nobody has looked since it expired. */
  ended: OverrideEnd.nullable(),
  /** Why the registry would not carry it out; null before it was asked. Not asked twice. */
  refused: z.string().nullable(),
});
/** A local override from its command until the audit of the registry holds both of its ends. */
export type OverrideRecord = z.infer<typeof OverrideRecord>;

const JournalFile = z.strictObject({ schema: z.literal(1), overrides: z.array(OverrideRecord) });

/**
 * The overrides that the registry does not know of yet, in a file of the server: on the disk before they take effect, so that
 * a server killed in the outage still has them to tell. Rewritten as a whole by rename, so it is the old file or the new one.
 */
export class BreakGlassJournal {
  readonly #folder: string;
  readonly #file: string;
  #records: readonly OverrideRecord[] = [];

  constructor(folder: string, server: string) {
    this.#folder = folder;
    this.#file = join(folder, `${server}.json`);
  }

  get records(): readonly OverrideRecord[] {
    return this.#records;
  }

  /** @throws BreakGlassJournalBroken */
  async load(): Promise<void> {
    let text: string;
    try {
      text = await readFile(this.#file, 'utf8');
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return;
      throw error;
    }
    try {
      this.#records = JournalFile.parse(JSON.parse(text)).overrides;
    } catch (cause) {
      throw new BreakGlassJournalBroken(`${this.#file} is not the journal that a server wrote`, {
        cause,
        remedy:
          'Keep a copy for the audit, then move the file away; overrides that it held are not in the registry.',
        details: { file: this.#file },
      });
    }
  }

  /** Adds a record, or replaces the one of the same id. Returns when it is on the disk. */
  async put(record: OverrideRecord): Promise<void> {
    const others = this.#records.filter(({ id }) => id !== record.id);
    await this.#write([...others, record]);
  }

  /** Forgets a record whose two ends are in the audit. */
  async remove(id: string): Promise<void> {
    await this.#write(this.#records.filter((record) => record.id !== id));
  }

  async #write(records: readonly OverrideRecord[]): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const draft = `${this.#file}.draft`;
    const file = await open(draft, 'w', 0o600);
    try {
      await file.writeFile(JSON.stringify({ schema: 1, overrides: records }, undefined, 1));
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(draft, this.#file);
    const folder = await open(this.#folder, 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
    this.#records = records;
  }
}
