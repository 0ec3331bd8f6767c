import { Readable } from 'node:stream';
import type { Command } from 'commander';
import { createCliContext } from '../../cli/context.ts';
import { createProgram } from '../../cli/program.ts';
import { environmentName } from '../../config/config.ts';
import { ConfigInvalid } from '../../config/errors.ts';
import { loadConfig } from '../../config/config.ts';
import { SECRET_SETTINGS, type SettingName } from '../../config/settings.ts';
import type { Compose, Service } from './compose.ts';
import type { Findings } from './compose-rules.ts';

/** The sidecar's own settings (sidecar/README.md); it refuses nothing that it does not know. */
const SIDECAR_SETTINGS = [
  ...['CONTENDER_ARTIFACTS_DIR', 'CONTENDER_ARTIFACTS_URL', 'CONTENDER_S3_ACCESS_KEY_ID'],
  ...['CONTENDER_S3_SECRET_ACCESS_KEY_FILE', 'CONTENDER_TEMPORAL_ADDRESS', 'CONTENDER_TEMPORAL_NAMESPACES'],
  ...[
    'CONTENDER_LOG_LEVEL',
    'CONTENDER_METRICS_PORT',
    'CONTENDER_LISTEN_ADDRESS',
    'CONTENDER_TRAINING_THREADS',
  ],
  ...['CONTENDER_TRAINING_CONCURRENCY', 'CONTENDER_TRAINING_MEMORY_MB', 'CONTENDER_OTLP_ENDPOINT'],
];

/** Every process of ours is started by a command that exists, with settings that are understood. */
export function processRules({ services }: Compose, root: string): Findings {
  return Object.entries(services).flatMap(([name, service]) => {
    const findings = service.image.startsWith('contender:')
      ? [...commandRules(service), ...settingRules(service, root)]
      : service.image.startsWith('contender-sidecar:')
        ? sidecarRules(service)
        : [];
    return findings.map((finding) => `services.${name}: ${finding}`);
  });
}

function commandRules({ command }: Service): Findings {
  const silent = { write: () => true };
  const program = createProgram(
    createCliContext({
      json: false,
      streams: { stdin: Readable.from([]), stdout: silent, stderr: silent },
      interrupted: new AbortController().signal,
    }),
  );
  const [name = '', ...rest] = command;
  const found = program.commands.find((one) => one.name() === name);
  if (found === undefined) return [`contender has no command ${name === '' ? '(none given)' : name}`];
  return argumentRules(found, rest);
}

function argumentRules(command: Command, given: readonly string[]): Findings {
  const findings: string[] = [];
  const { operands, unknown } = command.parseOptions([...given]);
  if (unknown.length > 0) findings.push(`contender ${command.name()} does not know ${unknown.join(' ')}`);
  for (const option of command.options) {
    if (option.mandatory && command.getOptionValue(option.attributeName()) === undefined)
      findings.push(`contender ${command.name()} needs ${option.flags}`);
  }
  command.registeredArguments.forEach((argument, at) => {
    const value = operands[at];
    if (value === undefined) {
      if (argument.required) findings.push(`contender ${command.name()} needs ${argument.name()}`);
    } else if (argument.argChoices !== undefined && !argument.argChoices.includes(value)) {
      findings.push(`contender ${command.name()} ${value}: one of ${argument.argChoices.join(', ')}`);
    }
  });
  return findings;
}

/** Stand-ins for what the mounted files will hold, so that the rest can be held against the settings' contract. */
const FROM_FILES: Readonly<Partial<Record<SettingName, string>>> = {
  databaseUrl: 'postgres://contender@postgres/contender',
  s3SecretAccessKey: 'mounted',
};

function settingRules({ environment }: Service, root: string): Findings {
  const own = Object.entries(environment).filter(([name]) => name.startsWith('CONTENDER_'));
  const files = new Map(SECRET_SETTINGS.map((name) => [`${environmentName(name)}_FILE`, name]));
  const settled = own.map(([variable, value]): [string, string] => {
    const secret = files.get(variable);
    return secret === undefined ? [variable, value] : [environmentName(secret), FROM_FILES[secret] ?? 'off'];
  });
  try {
    loadConfig({
      environment: { ...Object.fromEntries(settled), CONTENDER_DATA_DIR: '/var/lib/contender' },
      root,
    });
    return [];
  } catch (error) {
    if (error instanceof ConfigInvalid) return [error.message];
    throw error;
  }
}

const sidecarRules = ({ environment }: Service): Findings =>
  Object.keys(environment)
    .filter((name) => !SIDECAR_SETTINGS.includes(name))
    .map((name) => `the sidecar has no setting ${name}`);
