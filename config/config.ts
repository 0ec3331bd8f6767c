import { existsSync, readFileSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { parse as parseYaml } from 'yaml';
import { ConfigInvalid, ConfigUnreadable } from './errors.ts';
import { EMBEDDED, OFF, PATH_SETTINGS, SECRET_SETTINGS, SETTING_NAMES, Settings } from './settings.ts';
import type { SettingName } from './settings.ts';

/** What the configuration is made from. Nothing else in the project reads the environment. */
export interface ConfigSources {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** The project folder: relative paths start there. */
  readonly root: string;
}

export interface Config extends Settings {
  readonly root: string;
  /** The settings file in force, or `none`. */
  readonly file: string;
}

const PREFIX = 'CONTENDER_';
/** Names that steer something other than a setting: the file itself, and the hooks of the test suite. */
const FILE_VARIABLE = 'CONTENDER_CONFIG';
const NOT_SETTINGS = [FILE_VARIABLE, 'CONTENDER_TEMPORAL_NAMESPACES', 'CONTENDER_TOKEN'];
const TEST_PREFIX = 'CONTENDER_TEST_';
/** What every other program of an installation reads; ours alone wins. */
const OTLP_VARIABLE = 'OTEL_EXPORTER_OTLP_ENDPOINT';
/** Lists by their defaults, so that a new one needs no second entry. */
const LISTS: readonly string[] = Object.entries(Settings.parse({})).flatMap(([name, value]) =>
  Array.isArray(value) ? [name] : [],
);

/** The folder that holds package.json: one above this file. */
export const PROJECT_ROOT = dirname(import.meta.dirname);

/** `serverPorts` -> `CONTENDER_SERVER_PORTS`. */
export function environmentName(setting: string): string {
  return PREFIX + setting.replace(/[A-Z]/gu, (letter) => `_${letter}`).toUpperCase();
}

/** The sources of this process. */
export function processSources(): ConfigSources {
  return { environment: process.env, root: PROJECT_ROOT };
}

/**
 * Reads the settings file and the environment, the environment last.
 *
 * @throws ConfigInvalid naming every unknown or malformed setting at once
 * @throws ConfigUnreadable when the file that CONTENDER_CONFIG names cannot be read
 */
export function loadConfig(sources: ConfigSources = processSources()): Config {
  const fromEnvironment = readEnvironment(sources.environment);
  const file = findFile(sources, fromEnvironment['dataDir']);
  const fromFile = file === 'none' ? {} : readSettingsFile(file);
  const parsed = Settings.safeParse({ ...fromFile, ...fromEnvironment });
  if (!parsed.success) throw invalid(parsed.error.issues, file);
  const settings = parsed.data;
  const paths = Object.fromEntries(
    PATH_SETTINGS.map((name) => [name, absolute(sources.root, settings, name)]),
  );
  return { ...settings, ...paths, root: sources.root, file };
}

/** The default folders follow the data folder when only that one is moved. */
function absolute(root: string, settings: Settings, name: (typeof PATH_SETTINGS)[number]): string {
  const value = settings[name];
  if (isAbsolute(value)) return value;
  const inDataFolder = name !== 'dataDir' && value.startsWith('.contender/');
  return inDataFolder
    ? resolve(root, settings.dataDir, value.slice('.contender/'.length))
    : resolve(root, value);
}

function readEnvironment(environment: ConfigSources['environment']): Record<string, unknown> {
  const settings = new Map(SETTING_NAMES.map((name) => [environmentName(name), name]));
  const secretFiles = new Map(SECRET_SETTINGS.map((name) => [`${environmentName(name)}_FILE`, name]));
  const values: Record<string, unknown> = {};
  const unknown: string[] = [];
  for (const [variable, text] of Object.entries(environment)) {
    if (!variable.startsWith(PREFIX) || variable.startsWith(TEST_PREFIX) || NOT_SETTINGS.includes(variable))
      continue;
    const secret = secretFiles.get(variable);
    if (secret !== undefined) {
      if (text !== undefined && text !== '') values[secret] = readSecret(environment, secret, variable, text);
      continue;
    }
    const name = settings.get(variable);
    if (name === undefined) unknown.push(variable);
    else if (text !== undefined && text !== '') values[name] = fromText(name, text);
  }
  const endpoint = environment[OTLP_VARIABLE];
  if (endpoint !== undefined && endpoint !== '') values['otlpEndpoint'] ??= endpoint;
  if (unknown.length === 0) return values;
  throw new ConfigInvalid(`Unknown environment variable ${unknown.sort().join(', ')}`, {
    remedy: `Remove or correct it; the settings are listed by: npm run contender -- config print.`,
    details: { unknown },
  });
}

/** A secret from a file, as orchestrators mount them: its value then stands in no environment and no listing of processes. */
function readSecret(
  environment: ConfigSources['environment'],
  name: SettingName,
  variable: string,
  file: string,
): string {
  const plain = environment[environmentName(name)];
  if (plain !== undefined && plain !== '') {
    throw new ConfigInvalid(`${environmentName(name)} and ${variable} are both set`, {
      remedy: 'Keep one of them.',
    });
  }
  try {
    return readFileSync(file, 'utf8').replace(/\r?\n$/u, '');
  } catch (cause) {
    throw new ConfigUnreadable(`The file ${file} that ${variable} names cannot be read`, {
      cause,
      remedy: `Create it, readable by this user, or unset ${variable}.`,
    });
  }
}

/** Text of the environment in the shape the contract wants; what is not a number stays text and is refused there. */
function fromText(name: SettingName, text: string): unknown {
  const number = (part: string): string | number => (/^-?\d+$/u.test(part) ? Number(part) : part);
  if (LISTS.includes(name)) {
    const parts = text.split(',').map((part) => part.trim());
    return name === 'serverPorts' ? parts.map(number) : parts;
  }
  return Settings.shape[name].safeParse(text).success ? text : number(text);
}

function findFile({ environment, root }: ConfigSources, dataDir: unknown): string {
  const named = environment[FILE_VARIABLE];
  if (named !== undefined && named !== '') return resolve(root, named);
  const folder = resolve(root, typeof dataDir === 'string' ? dataDir : '.contender');
  const usual = ['config.yaml', 'config.json']
    .map((name) => join(folder, name))
    .find((path) => existsSync(path));
  return usual ?? 'none';
}

function readSettingsFile(file: string): Record<string, unknown> {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw new ConfigUnreadable(`The settings file ${file} cannot be read`, {
      cause,
      remedy: `Create it, or unset ${FILE_VARIABLE}.`,
    });
  }
  let value: unknown;
  try {
    value = parseYaml(text) ?? {};
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ConfigInvalid(`The settings file ${file} is not YAML: ${reason}`, {
      cause,
      remedy: 'Correct it.',
    });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new ConfigInvalid(`The settings file ${file} does not hold fields with values`, {
      remedy: 'Write one "name: value" a line.',
    });
  }
  return value as Record<string, unknown>;
}

interface Issue {
  readonly code: string;
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

function invalid(issues: readonly Issue[], file: string): ConfigInvalid {
  const lines = issues.map((issue) => {
    const keys = 'keys' in issue && Array.isArray(issue.keys) ? issue.keys.join(', ') : '';
    if (issue.code === 'unrecognized_keys') return `unknown setting ${keys}`;
    const name = issue.path.map(String).join('.');
    const variable = environmentName(String(issue.path[0] ?? ''));
    return `${name} (${variable}): ${issue.message}`;
  });
  const where = file === 'none' ? 'the environment' : `${file} or the environment`;
  return new ConfigInvalid(`Settings in ${where} are wrong: ${lines.join('; ')}`, {
    remedy: 'Correct them; every setting with its default is listed by: npm run contender -- config print.',
    details: { issues: lines },
  });
}

/** The configuration as it may be shown: no password, no webhook. */
export function redactedConfig(config: Config): Record<string, unknown> {
  const shown: Record<string, unknown> = { ...config };
  for (const name of SECRET_SETTINGS) shown[name] = redact(name, config[name]);
  return shown;
}

function redact(name: (typeof SECRET_SETTINGS)[number], value: string): string {
  if (value === OFF || value === EMBEDDED) return value;
  // The whole path of a webhook is its secret.
  if (name === 's3SecretAccessKey' || name === 'slackSigningSecret' || name === 'oidcClientSecret')
    return '[redacted]';
  if (name === 'slackWebhookUrl') return `${new URL(value).origin}/[redacted]`;
  return redactUrl(value);
}

/** A URL without its password; the query goes too, since some drivers accept a password there. */
export function redactUrl(value: string): string {
  const url = new URL(value);
  if (url.password !== '') url.password = 'redacted';
  const hidden = url.search === '' ? '' : '?[redacted]';
  url.search = '';
  return url.href + hidden;
}

/** The settings as the variables that give a child process the same configuration. */
export function configEnvironment(config: Config): Record<string, string> {
  const entries = SETTING_NAMES.map((name): [string, string] => [
    environmentName(name),
    asText(config[name]),
  ]);
  return Object.fromEntries(entries.filter(([, text]) => text !== ''));
}

function asText(value: Settings[SettingName]): string {
  return Array.isArray(value) ? value.join(',') : String(value);
}

/** Variables of this process that any child may see: where programs, homes, temporary files and locales are. */
const INHERITED =
  /^(?:PATH|HOME|USER|LOGNAME|TMPDIR|TZ|LANG|LC_\w+|TERM|NO_COLOR|FORCE_COLOR|SSL_CERT_\w+)$/u;

/** What OpenTelemetry's exporters read by themselves: headers with a key, certificates, attributes of the installation. */
const OTEL =
  /^OTEL_(?:EXPORTER_OTLP_(?:TRACES_)?(?:HEADERS|CERTIFICATE|CLIENT_\w+|COMPRESSION)|RESOURCE_ATTRIBUTES)$/u;

/** For our own processes alone: the headers hold secrets. */
export function tracingEnvironment(sources: ConfigSources = processSources()): Record<string, string> {
  return chosen(sources, OTEL);
}

export function inheritedEnvironment(sources: ConfigSources = processSources()): Record<string, string> {
  return chosen(sources, INHERITED);
}

function chosen({ environment }: ConfigSources, names: RegExp): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).flatMap(([name, value]) =>
      value !== undefined && names.test(name) ? [[name, value]] : [],
    ),
  );
}
