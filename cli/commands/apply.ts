import type { Command } from 'commander';
import { sessionsFrom } from '../../control/market-clock.ts';
import { putSchedules } from '../../control/put-schedules.ts';
import { readCalendarInForce } from '../../extraction/calendar-in-force.ts';
import type { SpecProposal } from '../../registry/spec-proposals.ts';
import { calendarNotice, REVIEW_REMEDY } from '../calendar-notices.ts';
import type { CliContext } from '../context.ts';
import { UsageError } from '../errors.ts';
import { actorFromToken, localActor } from '../identity.ts';
import { decayOutlooks } from '../decay-outlooks.ts';
import { withRegistry } from '../registry.ts';
import { readSpecFile } from '../spec-file.ts';
import { connectTemporal } from '../temporal.ts';

interface ApplyOptions {
  readonly file: string;
  readonly token?: string;
  readonly secondToken?: string;
  readonly reason?: string;
  readonly schedule: boolean;
  readonly propose?: boolean;
}

export function register(program: Command, context: CliContext): void {
  program
    .command('apply')
    .description('store a model spec under its next number, and put its schedules in force')
    .requiredOption('-f, --file <path>', 'YAML file with the spec')
    .option('--reason <text>', 'why; required when the spec loosens a gate, shadow, approval or guard')
    .option('--token <token>', 'identity token of the author; default CONTENDER_TOKEN, else your user name')
    .option('--second-token <token>', 'identity token of the second person that a loosened spec needs')
    .option(
      '--propose',
      'where it loosens something, keep it until a second person agrees: contender proposals',
    )
    .option('--no-schedule', 'leave the schedules as they are')
    .addHelpText(
      'after',
      `
Examples:
  contender apply -f specs/tw-alpha.yaml
  contender apply -f specs/tw-alpha.yaml --reason "PBO at 0.25 for a quarter" --second-token "$LEE"
  contender apply -f specs/tw-alpha.yaml --reason "PBO at 0.25 for a quarter" --propose --token "$ANA"
  contender apply -f specs/us-demo.yaml --no-schedule --json`,
    )
    .action((options: ApplyOptions) => apply(context, options));
}

async function apply(context: CliContext, options: ApplyOptions): Promise<void> {
  const spec = readSpecFile(options.file);
  const about = { model: spec.model, market: spec.market };
  const actor = (await actorFromToken(context, options.token, about)) ?? localActor();
  const secondPerson = await actorFromToken(context, options.secondToken, about, 'given');
  const reason = options.reason ?? '';
  if (options.propose === true && secondPerson !== null) {
    throw new UsageError('--propose waits for a second person, and --second-token brings one', {
      remedy: 'Give one of the two.',
    });
  }
  const outcome = await withRegistry(context, async (registry) =>
    options.propose === true
      ? registry.applyOrProposeSpec({
          ...{ spec, actor, reason, expectedNumber: null },
          deadline: async (market, sessions) => {
            const { calendar } = await readCalendarInForce(context.config().calendarDir, market);
            return sessionsFrom(calendar, new Date(), sessions);
          },
        })
      : {
          kind: 'applied' as const,
          applied: await registry.applySpec({ spec, actor, secondPerson, reason }),
        },
  );
  if (outcome.kind === 'proposed') {
    const { proposal } = outcome;
    context.output.result({ proposal }, () => proposedText(proposal));
    return;
  }
  const { applied } = outcome;
  if (options.schedule) {
    const link = await connectTemporal(context);
    try {
      await putSchedules(link.live, spec);
    } finally {
      await link.close();
    }
  }
  const outlooks = await decayOutlooks(context, spec);
  const notice = await calendarNotice(context.config().calendarDir, spec.market);
  if (notice !== '') context.output.line(`Warning: ${notice}\n  ${REVIEW_REMEDY}`);
  context.output.result({ ...applied, decay: outlooks }, () => {
    const what = applied.changed ? 'is in force' : 'was in force already';
    const loosened = applied.loosened.length === 0 ? '' : `\nLoosened: ${applied.loosened.join(', ')}`;
    const decay = outlooks.map(({ basis, text }) => `\n${text} (${basis})`).join('');
    return `Spec ${String(applied.number)} of ${applied.model} ${what}.${loosened}${decay}`;
  });
}

function proposedText({ id, model, loosened, expiresAt, deputy }: SpecProposal): string {
  const also = deputy === null ? '' : `, or ${deputy.subject} as deputy from ${deputy.from} on`;
  return `Proposal ${String(id)} for ${model} loosens ${loosened.join(', ')}: the spec in force stays.
Until ${expiresAt} a second quant lead may agree${also}: contender proposals agree ${String(id)} --reason WHY`;
}
