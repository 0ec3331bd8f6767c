import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parse as parseYaml } from 'yaml';
import { ContenderError, ContractViolation } from '../contracts/error.ts';
import { ModelSpec } from '../contracts/spec.ts';

/** The spec file does not exist, cannot be read, or is not YAML. */
export class SpecUnreadable extends ContenderError {
  readonly code = 'SPEC_UNREADABLE';
  readonly kind = 'usage';
}

/**
 * A model spec from a YAML or JSON file. The data folder is made absolute against the folder of the file, so that workers
 * find it wherever they run.
 *
 * @throws SpecUnreadable, ContractViolation naming every unknown or malformed field
 */
export function readSpecFile(file: string): ModelSpec {
  const path = resolve(file);
  let value: unknown;
  try {
    value = parseYaml(readFileSync(path, 'utf8'));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new SpecUnreadable(`${file}: ${reason}`, {
      cause,
      remedy: 'Give the path of a YAML file with a model spec.',
    });
  }
  const parsed = ModelSpec.safeParse(value);
  if (!parsed.success) {
    const lines = parsed.error.issues.map((issue) => {
      const at = issue.path.map(String).join('.');
      const keys = 'keys' in issue && Array.isArray(issue.keys) ? issue.keys.join(', ') : '';
      if (issue.code === 'unrecognized_keys') return `${at === '' ? '' : `${at}: `}unknown field ${keys}`;
      return `${at === '' ? 'spec' : at}: ${issue.message}`;
    });
    throw new ContractViolation(`${file}: ${lines.join('; ')}`, {
      remedy: 'Every field with its default and unit is in docs/model-spec.md.',
      details: { issues: lines },
    });
  }
  return { ...parsed.data, data: resolve(dirname(path), parsed.data.data) };
}
