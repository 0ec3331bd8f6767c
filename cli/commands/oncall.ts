import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import { OnCallPerson } from '../../contracts/alert.ts';
import type { CliContext } from '../context.ts';
import { UsageError } from '../errors.ts';
import { requireActor } from '../identity.ts';
import { table } from '../output.ts';
import { positiveNumber } from '../positive-number.ts';
import { withRegistry } from '../registry.ts';

interface AddOptions {
  readonly from: string;
  readonly to: string;
  readonly email?: string;
  readonly phone?: string;
  readonly token?: string;
}

/** `oncall`: whom an escalation reaches. */
export function register(program: Command, context: CliContext): void {
  const oncall = program
    .command('oncall')
    .description('who is on call: whom an escalation reaches by mail and SMS');
  oncall
    .command('show')
    .description('who is on call now, and the shifts to come')
    .addHelpText(
      'after',
      `
Examples:
  contender oncall show
  contender oncall show --json`,
    )
    .action(() => show(context));
  oncall
    .command('add')
    .argument('<person>', 'name of the person')
    .description('put somebody on call')
    .requiredOption('--from <instant>', 'start, such as 2026-11-23T00:00:00Z')
    .requiredOption('--to <instant>', 'end')
    .option('--email <address>', 'where mails go')
    .option('--phone <number>', 'where SMS go, as +886912345678')
    .option('--token <token>', 'identity token of a quant lead or operator; default CONTENDER_TOKEN')
    .addHelpText(
      'after',
      `
Examples:
  contender oncall add olga --from 2026-11-23T00:00:00Z --to 2026-11-30T00:00:00Z --phone +886912345678
  contender oncall add kim --from 2026-11-30T00:00:00Z --to 2026-12-07T00:00:00Z --email kim@example.com --json`,
    )
    .action((person: string, options: AddOptions) => add(context, person, options));
  oncall
    .command('remove')
    .argument('<id>', 'number of the shift')
    .description('take a shift away')
    .option('--token <token>', 'identity token of a quant lead or operator; default CONTENDER_TOKEN')
    .addHelpText(
      'after',
      `
Examples:
  contender oncall remove 4
  contender oncall remove 4 --json`,
    )
    .action((id: string, options: { readonly token?: string }) => remove(context, id, options));
}

function instant(option: string, text: string): string {
  const ms = /^\d{4}-\d{2}-\d{2}/u.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(ms)) return new Date(ms).toISOString();
  throw new UsageError(`${option} is an instant, not ${text}`, {
    remedy: `For example ${option} 2026-11-23T00:00:00Z, or with an offset: 2026-11-23T08:00:00+08:00.`,
  });
}

async function show(context: CliContext): Promise<void> {
  const { now, shifts } = await withRegistry(context, async (registry) => ({
    now: await registry.onCall({ at: new Date().toISOString() }),
    shifts: await registry.listShifts(),
  }));
  context.output.result({ now, shifts }, () =>
    [
      now.length === 0
        ? 'Nobody is on call now: an escalation would go to the receivers of its channels.'
        : `On call now: ${now.map(({ subject }) => subject).join(', ')}`,
      ...(shifts.length === 0
        ? []
        : [
            '',
            table(
              ['id', 'person', 'from', 'to', 'mail', 'telephone'],
              shifts.map((shift) => [
                shift.id,
                shift.subject,
                shift.startsAt,
                shift.endsAt,
                shift.email ?? '-',
                shift.phone ?? '-',
              ]),
            ),
          ]),
    ].join('\n'),
  );
}

async function add(context: CliContext, subject: string, options: AddOptions): Promise<void> {
  const person = OnCallPerson.safeParse({
    subject,
    email: options.email ?? null,
    phone: options.phone ?? null,
  });
  if (!person.success || (options.email === undefined && options.phone === undefined)) {
    const why = person.success ? 'it needs --email or --phone' : (person.error.issues[0]?.message ?? '');
    throw new UsageError(`nobody can be reached like this: ${why}`, {
      remedy: 'For example --email olga@example.com --phone +886912345678.',
    });
  }
  const [startsAt, endsAt] = [instant('--from', options.from), instant('--to', options.to)];
  if (startsAt >= endsAt) {
    throw new UsageError('a shift starts before it ends', { remedy: 'Exchange --from and --to.' });
  }
  const actor = await requireActor(context, options.token);
  const shift = await withRegistry(context, (registry) =>
    registry.addShift({
      ...{ person: person.data, startsAt, endsAt, actor },
      idempotencyKey: `cli:${randomUUID()}`,
    }),
  );
  context.output.result(
    shift,
    () =>
      `${shift.subject} is on call from ${shift.startsAt} to ${shift.endsAt} (shift ${String(shift.id)}).`,
  );
}

async function remove(context: CliContext, id: string, options: { readonly token?: string }): Promise<void> {
  const number = positiveNumber('the shift', id);
  const actor = await requireActor(context, options.token);
  await withRegistry(context, (registry) => registry.removeShift({ id: number, actor }));
  context.output.result({ id: number, removed: true }, () => `Shift ${String(number)} is removed.`);
}
