import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import { matcherText, parseMatcher } from '../../alerting/matcher.ts';
import type { RecordedSilence } from '../../registry/alerts/people.ts';
import type { CliContext } from '../context.ts';
import { durationSeconds } from '../duration.ts';
import { UsageError } from '../errors.ts';
import { requireActor } from '../identity.ts';
import { table } from '../output.ts';
import { positiveNumber } from '../positive-number.ts';
import { withRegistry } from '../registry.ts';

interface SignedOptions {
  readonly reason: string;
  readonly token?: string;
}

const TOKEN = [
  '--token <token>',
  'identity token of a quant lead or operator; default CONTENDER_TOKEN',
] as const;

/** `alerts ack|judge|silence|unsilence|silences`. */
export function registerAlertPeople(alerts: Command, context: CliContext): void {
  alerts
    .command('ack')
    .argument('<ids...>', 'numbers of the alerts')
    .description('say that you look after alerts: they are neither escalated nor repeated')
    .option('--reason <text>', 'what you do about it', '')
    .option(...TOKEN)
    .addHelpText(
      'after',
      `
Examples:
  contender alerts ack 17
  contender alerts ack 17 18 --reason "looking at the feed" --json`,
    )
    .action((ids: string[], options: SignedOptions) => acknowledge(context, ids, options));
  alerts
    .command('judge')
    .argument('<id>', 'number of the alert')
    .argument('<judgement>', 'true: there was something to act on; false: there was not')
    .description('judge an alert, for the ledger of alert quality')
    .requiredOption('--reason <text>', 'why')
    .option(...TOKEN)
    .addHelpText(
      'after',
      `
Examples:
  contender alerts judge 17 false --reason "a holiday in the reference"
  contender alerts judge 18 true --reason "the factor had decayed" --json`,
    )
    .action((id: string, judgement: string, options: SignedOptions) =>
      judge(context, id, judgement, options),
    );
  alerts
    .command('silence')
    .argument('<matchers...>', 'labels that must match: model=tw-alpha alertname=~"drift.*"')
    .description('keep alerts quiet for a while; they stay in the history')
    .requiredOption('--for <duration>', 'how long: 30m, 2h, 3d')
    .requiredOption('--reason <text>', 'why; shown to everybody who wonders')
    .option(...TOKEN)
    .addHelpText(
      'after',
      `
Examples:
  contender alerts silence model=tw-alpha --for 2h --reason "the feed is being moved"
  contender alerts silence 'alertname=~"drift.*"' severity=WARNING --for 3d --reason "known" --json`,
    )
    .action((matchers: string[], options: SignedOptions & { readonly for: string }) =>
      silence(context, matchers, options),
    );
  alerts
    .command('unsilence')
    .argument('<id>', 'number of the silence')
    .description('end a silence before its time')
    .option(...TOKEN)
    .addHelpText(
      'after',
      `
Examples:
  contender alerts unsilence 3
  contender alerts unsilence 3 --json`,
    )
    .action((id: string, options: { readonly token?: string }) => unsilence(context, id, options));
  alerts
    .command('silences')
    .description('silences in force or to come')
    .option('--all', 'all there ever were')
    .addHelpText(
      'after',
      `
Examples:
  contender alerts silences
  contender alerts silences --all --json`,
    )
    .action((options: { readonly all?: true }) => silences(context, options));
}

async function acknowledge(
  context: CliContext,
  ids: readonly string[],
  options: SignedOptions,
): Promise<void> {
  const numbers = ids.map((id) => positiveNumber('the alert', id));
  const actor = await requireActor(context, options.token);
  const acknowledged = await withRegistry(context, async (registry) => {
    const done = [];
    for (const id of numbers)
      done.push(await registry.acknowledgeAlert({ id, actor, reason: options.reason }));
    return done;
  });
  context.output.result({ acknowledged }, () =>
    acknowledged
      .map(
        ({ id, subject, recordedAt }) =>
          `Alert ${String(id)} is acknowledged by ${subject} since ${recordedAt}.`,
      )
      .join('\n'),
  );
}

async function judge(
  context: CliContext,
  id: string,
  judgement: string,
  options: SignedOptions,
): Promise<void> {
  if (judgement !== 'true' && judgement !== 'false') {
    throw new UsageError(`a judgement is true or false, not ${judgement}`, {
      remedy: 'For example: contender alerts judge 17 false --reason "a holiday in the reference"',
    });
  }
  const number = positiveNumber('the alert', id);
  const actor = await requireActor(context, options.token);
  await withRegistry(context, (registry) =>
    registry.judgeAlert({
      ...{ id: number, judgement, actor, reason: options.reason },
      idempotencyKey: `cli:${randomUUID()}`,
    }),
  );
  context.output.result({ id: number, judgement, subject: actor.subject }, () => {
    const word = judgement === 'true' ? 'was right' : 'was a false alarm';
    return `Alert ${String(number)} ${word}, says ${actor.subject}.`;
  });
}

async function silence(
  context: CliContext,
  texts: readonly string[],
  options: SignedOptions & { readonly for: string },
): Promise<void> {
  const matchers = texts.map(parseMatcher);
  if (matchers.every(({ operator, value }) => operator === '=~' && ['.*', ''].includes(value))) {
    throw new UsageError('this silence would keep every alert quiet', {
      remedy: 'Name at least one label with a value: model=tw-alpha.',
    });
  }
  const seconds = durationSeconds('--for', options.for);
  const actor = await requireActor(context, options.token);
  const startsAt = new Date();
  const recorded = await withRegistry(context, (registry) =>
    registry.createSilence({
      matchers,
      startsAt: startsAt.toISOString(),
      endsAt: new Date(startsAt.getTime() + seconds * 1000).toISOString(),
      actor,
      reason: options.reason,
      idempotencyKey: `cli:${randomUUID()}`,
    }),
  );
  context.output.result(recorded, () => `Silence ${String(recorded.id)}: ${silenceText(recorded)}`);
}

const silenceText = ({ matchers, endsAt, subject, reason }: RecordedSilence): string =>
  `${matchers.map(matcherText).join(' and ')} is quiet until ${endsAt} (${subject}: ${reason}).`;

async function unsilence(
  context: CliContext,
  id: string,
  options: { readonly token?: string },
): Promise<void> {
  const number = positiveNumber('the silence', id);
  const actor = await requireActor(context, options.token);
  const ended = await withRegistry(context, (registry) => registry.expireSilence({ id: number, actor }));
  context.output.result(ended, () =>
    ended.expiredAt === null
      ? `Silence ${String(number)} was over since ${ended.endsAt}.`
      : `Silence ${String(number)} ended at ${ended.expiredAt}.`,
  );
}

async function silences(context: CliContext, options: { readonly all?: true }): Promise<void> {
  const recorded = await withRegistry(context, (registry) =>
    registry.listSilences({ all: options.all === true, limit: 1000 }),
  );
  context.output.result({ silences: recorded }, () =>
    recorded.length === 0
      ? 'Nothing is silenced.'
      : table(
          ['id', 'matches', 'until', 'by', 'reason', 'in force'],
          recorded.map((entry) => [
            entry.id,
            entry.matchers.map(matcherText).join(' '),
            entry.expiredAt ?? entry.endsAt,
            entry.subject,
            entry.reason.slice(0, 60),
            entry.active ? 'yes' : 'no',
          ]),
        ),
  );
}
