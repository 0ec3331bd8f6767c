import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { Instant, Sha256 } from '../contracts/primitives.ts';
import { MarketPartBroken } from './errors.ts';
import { MARKET_TABLES } from './folder-schema.ts';

/** Where appended rows lie inside a market data folder: `parts/000001`, `parts/000002`, and so on. */
export const PARTS_FOLDER = 'parts';

/** What an append says about itself, in `part.json`. */
export const PartManifest = z
  .strictObject({
    schema: z.literal(1),
    number: z.int().min(1),
    /** Newest knowledge_ts of the folder before the part; every row of the part became known later. */
    knownBefore: Instant,
    files: z.array(
      z.strictObject({
        file: z.string(),
        table: z.enum(MARKET_TABLES),
        rows: z.int().min(1),
        sha256: Sha256,
      }),
    ),
  })
  .meta({ id: 'PartManifest' });
export type PartManifest = z.infer<typeof PartManifest>;

export interface FolderPart {
  /** Path inside the folder: `parts/000001`. */
  readonly place: string;
  readonly manifest: PartManifest;
}

const PART_NAME = /^\d{6}$/u;

export const partName = (number: number): string => String(number).padStart(6, '0');

/**
 * The parts of a folder in the order in which they were appended; drafts that an interrupted append left are no parts.
 *
 * @throws MarketPartBroken when a part is missing from the row, or does not say what it holds
 */
export async function findParts(folder: string): Promise<readonly FolderPart[]> {
  const names = await readdir(join(folder, PARTS_FOLDER)).catch(() => []);
  const numbered = names.filter((name) => !name.startsWith('.')).sort();
  const parts: FolderPart[] = [];
  for (const [at, name] of numbered.entries()) {
    const place = `${PARTS_FOLDER}/${name}`;
    if (!PART_NAME.test(name)) throw broken(folder, place, 'it is not a part that an append wrote');
    if (name !== partName(at + 1)) {
      throw broken(folder, `${PARTS_FOLDER}/${partName(at + 1)}`, 'it is gone, and later parts are there');
    }
    parts.push({ place, manifest: await readPart(folder, place, at + 1) });
  }
  return parts;
}

async function readPart(folder: string, place: string, number: number): Promise<PartManifest> {
  let manifest: PartManifest;
  try {
    manifest = PartManifest.parse(JSON.parse(await readFile(join(folder, place, 'part.json'), 'utf8')));
  } catch (cause) {
    throw broken(folder, place, 'its part.json does not say what the part holds', cause);
  }
  if (manifest.number !== number) throw broken(folder, place, 'its part.json belongs to another part');
  return manifest;
}

/** The refusal of a part that is not as it was appended. */
export function broken(folder: string, place: string, reason: string, cause?: unknown): MarketPartBroken {
  return new MarketPartBroken(`${place} of ${folder} cannot be used: ${reason}`, {
    remedy: 'Restore the part from a backup: what it held was known, and snapshots may have been made of it.',
    details: { folder, file: place, row: null },
    ...(cause === undefined ? {} : { cause }),
  });
}
