import type { Command } from 'commander';
import { Role } from '../../contracts/primitives.ts';
import { issueBreakGlassToken } from '../../registry/identity/break-glass-token.ts';
import { DEFAULT_TTL_SECONDS, issueToken } from '../../registry/identity/tokens.ts';
import { SystemNotRunning } from '../../config/errors.ts';
import { OFF } from '../../config/settings.ts';
import type { CliContext } from '../context.ts';
import { durationSeconds } from '../duration.ts';

interface CreateOptions {
  readonly subject: string;
  readonly role: readonly string[];
  readonly ttl?: string;
  readonly link: boolean;
}

export function register(program: Command, context: CliContext): void {
  const token = program.command('token').description('signed tokens that say who acts');
  token
    .command('create')
    .description('make a token; it is shown once and kept nowhere')
    .requiredOption('--subject <name>', 'whom it speaks for')
    .requiredOption(
      '--role <role...>',
      `one or more of ${Role.options.join(', ')}; ROLE@MODEL or ROLE@MARKET limits it`,
    )
    .option('--ttl <duration>', 'how long it lives, as 90s, 30m, 8h or 7d (default 8h, at most 30d)')
    .option('--link', 'an address that signs a browser in, instead of the token alone', false)
    .addHelpText(
      'after',
      `
Examples:
  contender token create --subject lee --role quant-lead
  contender token create --subject lee --role viewer quant-lead@tw-alpha operator@XTAI
  contender token create --subject ops --role operator admin --ttl 1h --json
  contender token create --subject lee --role quant-lead --link
  export CONTENDER_TOKEN=$(contender token create --subject lee --role quant-lead)

Whoever can read the signing key of this installation can make tokens; it is readable by its owner alone.`,
    )
    .action((options: CreateOptions) => create(context, options));
  token
    .command('break-glass')
    .description('make a token that lets a prediction server go back by itself when the registry is away')
    .requiredOption('--subject <name>', 'whom it speaks for')
    .requiredOption('--role <role...>', 'one or more of quant-lead, operator, admin')
    .requiredOption('--model <name...>', 'models whose answers it may override')
    .option('--ttl <duration>', 'how long it lives, as 8h or 7d (at most 31d)', '7d')
    .addHelpText(
      'after',
      `
Examples:
  contender token break-glass --subject olga --role operator --model tw-alpha > break-glass.token
  contender token break-glass --subject olga --role admin --model tw-alpha us-alpha --ttl 31d --json

It opens nothing but the servers' break-glass endpoint. Keep it where the people on call find it when nothing else runs.`,
    )
    .action((options: BreakGlassOptions) => createBreakGlass(context, options));
}

interface BreakGlassOptions {
  readonly subject: string;
  readonly role: readonly string[];
  readonly model: readonly string[];
  readonly ttl: string;
}

async function createBreakGlass(context: CliContext, options: BreakGlassOptions): Promise<void> {
  const issued = await issueBreakGlassToken({
    signingKeyFile: context.config().tokenSigningKeyFile,
    subject: options.subject,
    roles: options.role,
    models: options.model,
    ttlSeconds: durationSeconds('--ttl', options.ttl),
    now: new Date(),
  });
  context.output.result(issued, () => issued.token);
}

/** What stands behind the # never leaves the browser, hence in no log. */
function signInLink(context: CliContext, token: string): string {
  const { apiPublicUrl } = context.config();
  const base = apiPublicUrl === OFF ? context.endpoints().apiUrl : apiPublicUrl.replace(/\/+$/u, '');
  if (base === '') {
    throw new SystemNotRunning('no control API is running that an address could lead to', {
      remedy: 'Start it (npm run contender -- up), set apiPublicUrl, or make the token without --link.',
    });
  }
  return `${base}/sign-in#token=${token}`;
}

async function create(context: CliContext, options: CreateOptions): Promise<void> {
  const issued = await issueToken({
    signingKeyFile: context.config().tokenSigningKeyFile,
    subject: options.subject,
    roles: options.role,
    ttlSeconds: options.ttl === undefined ? DEFAULT_TTL_SECONDS : durationSeconds('--ttl', options.ttl),
    now: new Date(),
  });
  // Only when it is asked for: a token is made without a running system.
  const signInUrl = options.link ? signInLink(context, issued.token) : null;
  context.output.result({ ...issued, signInUrl }, () => signInUrl ?? issued.token);
}
