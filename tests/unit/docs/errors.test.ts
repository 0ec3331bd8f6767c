import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { RetrainOutcome } from '../../../contracts/retrain.ts';
import { assembleErrorPage } from '../../../scripts/generate-error-page.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');

/** Folders that hold no source of ours. */
const SKIPPED = new Set(['node_modules', 'tests', 'docs', 'data', 'generated', 'bench']);

function sources(extension: string, folder = ROOT): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) {
      return entry.name.startsWith('.') || SKIPPED.has(entry.name) ? [] : sources(extension, path);
    }
    return entry.isFile() && entry.name.endsWith(extension) ? [path] : [];
  });
}

const matches = (path: string, pattern: RegExp): string[] =>
  [...readFileSync(path, 'utf8').matchAll(pattern)].flatMap((match) => match[1] ?? []);

/** Codes of error classes, and codes that are given to a failure directly. */
const declaredCodes = (): string[] =>
  sources('.ts').flatMap((path) => [
    ...matches(path, /\bcode(?:: string)? = '([A-Z][A-Z0-9_]+)'/gu),
    ...matches(path, /\bcode: '([A-Z][A-Z0-9_]+)'/gu),
    // Failures of workflows and activities carry their code as type.
    ...matches(path, /\b(?:refusal|undecided|unreachable)\(\s*'([A-Z][A-Z0-9_]+)'/gu),
    ...matches(
      path,
      /\bApplicationFailure\.nonRetryable\([\s\S]{0,300}?,\s*'([A-Za-z][A-Za-z0-9_]+)',?\s*\)/gu,
    ),
    ...matches(path, /\brefuseUnless\([^;]*?,\s*'([A-Z][A-Z0-9_]+)'\)/gu),
    ...matches(path, /\bApplicationFailure\.create\(\{[^;]*?\btype: '([A-Za-z][A-Za-z0-9_]+)'/gu),
  ]);

/** A retrain that ended by itself carries its outcome as code; the others carry the code of what ended them. */
const outcomeCodes = (): string[] =>
  RetrainOutcome.exclude(['failed', 'cancelled', 'superseded']).options.map((outcome) =>
    outcome.toUpperCase(),
  );

/** Failure types of the sidecar: subclasses of its root, and types named where a failure is raised. */
const sidecarTypes = (): string[] =>
  sources('.py', join(ROOT, 'sidecar')).flatMap((path) =>
    path.includes('tests')
      ? []
      : [...matches(path, /^class (\w+)\(TrainingFailure\)/gmu), ...matches(path, /\btype="([A-Z]\w+)"/gu)],
  );

const allCodes = (): string[] => [...declaredCodes(), ...outcomeCodes(), ...sidecarTypes()];

const documentedRows = (): string[] =>
  matches(join(ROOT, 'docs', 'errors.md'), /^\|\s*`([A-Za-z][A-Za-z0-9_]*)`\s*\|/gmu);

describe('the reference page of error codes', () => {
  const documented = documentedRows();

  it('has every code that the sources can give', () => {
    const missing = [...new Set(allCodes())].filter((code) => !documented.includes(code));
    expect(missing.sort()).toEqual([]);
  });

  it('has no code that the sources cannot give', () => {
    const existing = new Set(allCodes());
    expect(documented.filter((code) => !existing.has(code)).sort()).toEqual([]);
  });

  it('explains each code once, with a meaning and a remedy', () => {
    expect(documented.filter((code, index) => documented.indexOf(code) !== index)).toEqual([]);
    const page = readFileSync(join(ROOT, 'docs', 'errors.md'), 'utf8');
    const rows = page.split('\n').filter((line) => /^\|\s*`/u.test(line));
    for (const row of rows) {
      const cells = row.split(/(?<!\\)\|/u).map((cell) => cell.trim());
      expect(cells, row).toHaveLength(5);
      expect(
        cells.slice(2, 4).every((cell) => cell.length > 5),
        row,
      ).toBe(true);
    }
  });

  it('is the page that the fragments make', async () => {
    expect(readFileSync(join(ROOT, 'docs', 'errors.md'), 'utf8')).toBe(await assembleErrorPage());
  });

  it('finds the codes it is meant to find', () => {
    expect(declaredCodes()).toEqual(
      expect.arrayContaining(['CONTRACT_VIOLATION', 'NOTIFICATION_UNRENDERABLE']),
    );
    expect(sidecarTypes()).toEqual(expect.arrayContaining(['NonFiniteValues', 'ConstantLabel']));
  });
});
