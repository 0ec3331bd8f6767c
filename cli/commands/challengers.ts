import type { Command } from 'commander';
import { randomUUID } from 'node:crypto';
import { listChallengers } from '../../control/challengers.ts';
import type { Challenger } from '../../registry/challengers.ts';
import type { CliContext } from '../context.ts';
import { UsageError } from '../errors.ts';
import { requireActor } from '../identity.ts';
import { table } from '../output.ts';
import { withRegistry } from '../registry.ts';

interface ChallengerOptions {
  readonly reason?: string;
  readonly token?: string;
}

export function register(program: Command, context: CliContext): void {
  program
    .command('challengers')
    .argument('<model>', 'name of the model')
    .argument('[change]', 'add or end; without one, lists them')
    .argument('[version]', 'number of the version')
    .description(
      'versions that are scored beside the champion, at most two besides the one of an open retrain',
    )
    .option('--reason <text>', 'why; becomes part of the audit')
    .option(
      '--token <token>',
      'identity token of a quant lead, researcher or operator; default CONTENDER_TOKEN',
    )
    .addHelpText(
      'after',
      `
A challenger is scored on the sessions that follow, beside the champion and on the same rows, until its shadow has as many
sessions as the spec says, a bound is crossed, or another champion reigns. One that passed may be asked for: the gates of its
retrain and its own shadow are then what quant leads sign (contender retrain MODEL --challenger VERSION).

Examples:
  contender challengers tw-alpha
  contender challengers tw-alpha add 4 --reason "the deeper trees, judged in May"
  contender challengers tw-alpha end 4 --reason "enough seen" --json
  contender retrain tw-alpha --challenger 4 --reason "passed its shadow"`,
    )
    .action(
      (model: string, change: string | undefined, version: string | undefined, options: ChallengerOptions) =>
        change === undefined ? list(context, model) : set(context, model, change, version, options),
    );
}

async function list(context: CliContext, model: string): Promise<void> {
  const listed = await withRegistry(context, (registry) => listChallengers(registry, { model }));
  context.output.result(listed, () =>
    listed.length === 0
      ? `${model} has no challenger beside those of its retrains. Add one: contender challengers ${model} add VERSION --reason WHY`
      : table(
          ['version', 'sessions', 'newest', 'ended as', 'why'],
          listed.map((row) => [
            row.version,
            `${String(row.measured)} of ${String(row.sessions)}`,
            row.newest?.session ?? '-',
            row.end?.verdict ?? 'open',
            row.end?.reason ?? row.newest?.reason ?? row.reason,
          ]),
        ),
  );
}

async function set(
  context: CliContext,
  model: string,
  change: string,
  version: string | undefined,
  { reason, token }: ChallengerOptions,
): Promise<void> {
  if (change !== 'add' && change !== 'end') {
    throw new UsageError(`${change} is no change of challengers`, { remedy: 'add or end.' });
  }
  if (version === undefined || !/^[1-9]\d{0,8}$/u.test(version)) {
    throw new UsageError(`${change} takes the number of a version`, {
      remedy: `List them: contender versions ${model}`,
    });
  }
  if (reason === undefined) throw new UsageError(`${change} needs --reason`, { remedy: 'Say why.' });
  const actor = await requireActor(context, token);
  const command = { model, version: Number(version), actor, reason, idempotencyKey: `cli:${randomUUID()}` };
  const challenger = await withRegistry(context, (registry) =>
    change === 'add'
      ? registry.addChallenger(command)
      : registry.endChallenger({ ...command, verdict: 'inconclusive' }),
  );
  context.output.result(challenger, () => challengerText(challenger));
}

const challengerText = ({ model, version, sessions, end }: Challenger): string =>
  end === null
    ? `${model} version ${String(version)} is scored beside the champion for ${String(sessions)} sessions`
    : `${model} version ${String(version)} ended as ${end.verdict}: ${end.reason}`;
