import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { decodeJwt } from 'jose';
import { ContenderError } from '../../contracts/error.ts';
import { Role } from '../../contracts/primitives.ts';
import { issueBreakGlassToken } from '../../registry/identity/break-glass-token.ts';
import { RoleMissing } from '../../registry/errors.ts';
import { revocationsFile, revokeHere } from '../../registry/identity/revocations.ts';
import { DEFAULT_TTL_SECONDS, ISSUER, issueToken } from '../../registry/identity/tokens.ts';
import { SystemNotRunning } from '../../config/errors.ts';
import { OFF } from '../../config/settings.ts';
import type { CliContext } from '../context.ts';
import { durationSeconds } from '../duration.ts';
import { RevokedHereOnly, UsageError } from '../errors.ts';
import { requireActor } from '../identity.ts';
import { withRegistry } from '../registry.ts';

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
  token
    .command('revoke')
    .argument('[id]', 'id of the token (jti), as its maker was told with --json')
    .description('call a token back, a break-glass token as well; works while the registry is away')
    .option('--token-file <file>', 'file with the token itself, instead of its id')
    .option(
      '--issuer <name>',
      'who made it: this installation, or the address of the identity provider',
      ISSUER,
    )
    .requiredOption('--reason <text>', 'why; becomes part of the record')
    .option('--token <token>', 'identity token of an admin; default CONTENDER_TOKEN')
    .addHelpText(
      'after',
      `
Examples:
  contender token revoke --token-file break-glass.token --reason "left in a ticket"
  contender token revoke 7b0f9a4e-3c1d-4c8e-9a55-0d2f4c7e1b90 --reason "laptop stolen" --json

The servers of this machine refuse it from their next break-glass command on, and as a bearer token within twenty seconds. The
registry tells all others. While it is away, exit code 3 says that this machine alone knows.`,
    )
    .action((id: string | undefined, options: RevokeOptions) => revoke(context, id, options));
}

interface RevokeOptions {
  readonly tokenFile?: string;
  readonly issuer: string;
  readonly reason: string;
  readonly token?: string;
}

/** On this machine first, where it works whatever is down; then in the registry, which tells every other machine. */
async function revoke(context: CliContext, id: string | undefined, options: RevokeOptions): Promise<void> {
  const { issuer, tokenId } = await whichToken(id, options);
  const actor = await requireActor(context, options.token);
  if (!actor.roles.includes('admin')) {
    throw new RoleMissing(`${actor.subject} may not call tokens back`, {
      remedy: 'Use a token with the role admin.',
    });
  }
  await revokeHere(revocationsFile(context.config().dataDir), issuer, tokenId);
  const { reason } = options;
  try {
    await withRegistry(context, (registry) =>
      registry.revokeToken({ issuer, tokenId, reason, revokedBy: actor.subject }),
    );
  } catch (cause) {
    if (!(cause instanceof ContenderError) || cause.kind === 'bug') throw cause;
    throw new RevokedHereOnly(`token ${tokenId} is refused by the servers of this machine, and by no other`, {
      cause,
      remedy: 'Repeat it once the registry is back, and on every other machine with servers until then.',
      details: { issuer, tokenId },
    });
  }
  context.output.result(
    { issuer, tokenId, revokedBy: actor.subject },
    () => `Token ${tokenId} opens nothing any more: here at once, elsewhere within twenty seconds.`,
  );
}

async function whichToken(
  id: string | undefined,
  { tokenFile, issuer }: RevokeOptions,
): Promise<{ readonly issuer: string; readonly tokenId: string }> {
  if ((id === undefined) === (tokenFile === undefined)) {
    throw new UsageError('name one token', {
      remedy: 'Give its id (jti), or --token-file with the token itself.',
    });
  }
  if (tokenFile === undefined) {
    if (/^\S{1,200}$/u.test(id ?? '')) return { issuer, tokenId: id ?? '' };
    throw new UsageError(`${id ?? ''} is not the id of a token`, {
      remedy: 'It is the claim jti of the token.',
    });
  }
  try {
    const { iss = issuer, jti } = decodeJwt((await readFile(tokenFile, 'utf8')).trim());
    if (jti !== undefined) return { issuer: iss, tokenId: jti };
  } catch (cause) {
    throw new UsageError(`${tokenFile} holds no token`, { cause, remedy: 'Give its id instead.' });
  }
  throw new UsageError(`the token in ${tokenFile} has no id`, { remedy: 'It cannot be called back.' });
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
