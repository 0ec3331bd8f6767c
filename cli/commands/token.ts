import type { Command } from 'commander';
import { Role } from '../../contracts/primitives.ts';
import { DEFAULT_TTL_SECONDS, issueToken } from '../../registry/identity/tokens.ts';
import type { CliContext } from '../context.ts';
import { UsageError } from '../errors.ts';

interface CreateOptions {
  readonly subject: string;
  readonly role: readonly string[];
  readonly ttl?: string;
}

const UNIT_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

export function register(program: Command, context: CliContext): void {
  const token = program.command('token').description('signed tokens that say who acts');
  token
    .command('create')
    .description('make a token; it is shown once and kept nowhere')
    .requiredOption('--subject <name>', 'whom it speaks for')
    .requiredOption('--role <role...>', `one or more of ${Role.options.join(', ')}`)
    .option('--ttl <duration>', 'how long it lives, as 90s, 30m, 8h or 7d (default 8h, at most 30d)')
    .addHelpText(
      'after',
      `
Examples:
  contender token create --subject lee --role quant-lead
  contender token create --subject ops --role operator admin --ttl 1h --json
  export CONTENDER_TOKEN=$(contender token create --subject lee --role quant-lead)

Whoever can read the signing key of this installation can make tokens; it is readable by its owner alone.`,
    )
    .action((options: CreateOptions) => create(context, options));
}

async function create(context: CliContext, options: CreateOptions): Promise<void> {
  const issued = await issueToken({
    signingKeyFile: context.config().tokenSigningKeyFile,
    subject: options.subject,
    roles: options.role,
    ttlSeconds: options.ttl === undefined ? DEFAULT_TTL_SECONDS : seconds(options.ttl),
    now: new Date(),
  });
  context.output.result(issued, () => issued.token);
}

function seconds(text: string): number {
  const [, amount, unit = ''] = /^(\d{1,7})([smhd])$/u.exec(text) ?? [];
  const size = UNIT_SECONDS[unit];
  if (amount === undefined || size === undefined) {
    throw new UsageError(`--ttl is a number with s, m, h or d, not ${text}`, {
      remedy: 'For example --ttl 8h.',
    });
  }
  return Number(amount) * size;
}
