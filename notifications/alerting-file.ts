import { readFile } from 'node:fs/promises';
import { parse as parseYaml } from 'yaml';
import { parseAlertingFile } from '../alerting/config-check.ts';
import type { AlertingFile } from '../alerting/config.ts';
import { defaultAlerting } from '../alerting/default-config.ts';
import { AlertConfigInvalid } from '../alerting/errors.ts';

/** What is in force without a file. */
export const defaultAlertingFile = (builtIn: readonly string[]): AlertingFile =>
  parseAlertingFile(defaultAlerting(builtIn), builtIn, 'the default alerting');

/**
 * The alerting file, or the default when there is none.
 *
 * @throws AlertConfigInvalid for what cannot be read or does not fit, with every fault named
 */
export async function readAlertingFile(path: string, builtIn: readonly string[]): Promise<AlertingFile> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT')
      return defaultAlertingFile(builtIn);
    throw new AlertConfigInvalid(`the alerting file ${path} cannot be read`, {
      cause,
      remedy: 'Let the user of the control worker read it.',
    });
  }
  let value: unknown;
  try {
    value = parseYaml(text);
  } catch (cause) {
    const reason = cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause);
    throw new AlertConfigInvalid(`the alerting file ${path} is not YAML: ${reason}`, {
      cause,
      remedy: 'Correct it, then look with: contender alerts check FILE',
    });
  }
  return parseAlertingFile(value, builtIn, path);
}
