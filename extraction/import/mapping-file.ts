import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse as parseYaml } from 'yaml';
import { ImportMapping } from '../../contracts/import-mapping.ts';
import { ImportMappingInvalid, ImportSourceInvalid } from '../errors.ts';
import { mayBeCarried } from '../folder-schema.ts';

const SHIPPED = join(import.meta.dirname, 'mappings');

/** Reads a mapping from a YAML or JSON file. @throws ImportMappingInvalid naming every field */
export async function readMapping(path: string): Promise<ImportMapping> {
  let value: unknown;
  try {
    value = parseYaml(await readFile(path, 'utf8'));
  } catch (cause) {
    throw new ImportMappingInvalid(`${path} cannot be read as YAML or JSON`, {
      cause,
      remedy: 'Name the mapping file of the source; docs/market-data.md shows one.',
      details: { path },
    });
  }
  const parsed = ImportMapping.safeParse(value);
  if (parsed.success) {
    refuseTakenNames(path, parsed.data);
    return parsed.data;
  }
  const issues = parsed.error.issues.map((issue) => {
    const unknown =
      issue.code === 'unrecognized_keys' ? `unknown field ${issue.keys.join(', ')}` : issue.message;
    return `${issue.path.length === 0 ? 'mapping' : issue.path.map(String).join('.')}: ${unknown}`;
  });
  throw new ImportMappingInvalid(`${path}: ${issues.join('; ')}`, {
    remedy: 'docs/market-data.md lists the fields.',
    details: { path, issues },
  });
}

/** The folder could not be opened: a carried column would stand in for what the engine derives under its name. */
function refuseTakenNames(path: string, { prices, fundamentals }: ImportMapping): void {
  const carried = [...Object.keys(prices.carry), ...Object.keys(fundamentals?.carry ?? {})];
  const taken = carried.filter((name) => !mayBeCarried(name));
  if (taken.length === 0) return;
  throw new ImportMappingInvalid(`${path}: ${taken.join(', ')} cannot be the name of a carried column`, {
    remedy: 'Give it another name: this one is what the engine calls something that it derives.',
    details: { path, taken },
  });
}

/** The mapping of a source that Contender knows. @throws ImportSourceInvalid */
export async function shippedMapping(name: string): Promise<ImportMapping> {
  const names = (await readdir(SHIPPED)).map((file) => file.replace(/\.yaml$/u, '')).sort();
  if (!names.includes(name)) {
    throw new ImportSourceInvalid(`there is no source ${name}`, {
      remedy: `Use one of ${names.join(', ')}, or --mapping with a file of your own.`,
      details: { name },
    });
  }
  return readMapping(join(SHIPPED, `${name}.yaml`));
}
