import type { Command } from 'commander';
import type { ModelScope } from '../../contracts/identity.ts';
import type { AlertEpisode } from '../../registry/alerts/ledger.ts';
import type { CliContext } from '../context.ts';
import { durationSeconds } from '../duration.ts';
import { table } from '../output.ts';
import { positiveNumber } from '../positive-number.ts';
import { withRegistry } from '../registry.ts';
import { registerAlertChecks } from './alerts-check.ts';
import { registerAlertPeople } from './alerts-people.ts';

/** Whoever reads the registry itself may see all of it. */
const EVERYTHING: ModelScope = { all: true, models: [], markets: [] };

interface ListOptions {
  readonly model?: string;
  readonly rule?: string;
  readonly all?: true;
  readonly limit: string;
}

/** `alerts`: what fires, who was told, what people did about it. */
export function register(program: Command, context: CliContext): void {
  const alerts = program
    .command('alerts')
    .description('what fires, who was told, and what people did about it');
  alerts
    .command('list')
    .description('alerts that fire, newest first')
    .option('--model <model>', 'of this model only')
    .option('--rule <rule>', 'of this rule only, such as decay-alarm')
    .option('--all', 'those that are over as well')
    .option('--limit <count>', 'how many', '50')
    .addHelpText(
      'after',
      `
Examples:
  contender alerts list
  contender alerts list --model tw-alpha --all --json`,
    )
    .action((options: ListOptions) => list(context, options));
  alerts
    .command('history')
    .argument('[id]', 'number of an alert; default all')
    .description('messages about alerts and what became of them in each channel, newest first')
    .option('--limit <count>', 'how many', '50')
    .addHelpText(
      'after',
      `
Examples:
  contender alerts history 17
  contender alerts history --limit 200 --json`,
    )
    .action((id: string | undefined, options: { readonly limit: string }) => history(context, id, options));
  alerts
    .command('quality')
    .description('per rule: how many alerts were true, false or ignored')
    .option('--since <duration>', 'how far back', '90d')
    .addHelpText(
      'after',
      `
Examples:
  contender alerts quality
  contender alerts quality --since 365d --json

An alert is judged with: contender alerts judge 17 false --reason WHY`,
    )
    .action((options: { readonly since: string }) => quality(context, options));
  registerAlertPeople(alerts, context);
  registerAlertChecks(alerts, context);
}

const minutes = (instant: string | null): string =>
  instant === null ? '-' : `${instant.slice(0, 10)} ${instant.slice(11, 16)}Z`;

function stateOf({ endedAt, endedBy, acknowledgedBy, suppressedBy }: AlertEpisode): string {
  if (endedAt !== null) return endedBy === 'silent' ? 'over (fell silent)' : 'over';
  if (suppressedBy.length > 0) return suppressedBy.join(', ');
  return acknowledgedBy === null ? 'fires' : `acknowledged by ${acknowledgedBy}`;
}

async function list(context: CliContext, options: ListOptions): Promise<void> {
  const alerts = await withRegistry(context, (registry) =>
    registry.listAlerts({
      model: options.model ?? null,
      rule: options.rule ?? null,
      firingOnly: options.all !== true,
      limit: positiveNumber('--limit', options.limit, 10_000),
    }),
  );
  context.output.result({ alerts }, () =>
    alerts.length === 0
      ? 'Nothing fires.'
      : table(
          ['id', 'severity', 'rule', 'model', 'since', 'state', 'summary'],
          alerts.map((alert) => [
            alert.id,
            alert.severity,
            alert.rule,
            alert.model ?? '-',
            minutes(alert.startedAt),
            stateOf(alert),
            alert.summary.slice(0, 80),
          ]),
        ),
  );
}

async function history(
  context: CliContext,
  id: string | undefined,
  options: { readonly limit: string },
): Promise<void> {
  const deliveries = await withRegistry(context, (registry) =>
    registry.alertDeliveries({
      episodeId: id === undefined ? null : positiveNumber('the alert', id),
      limit: positiveNumber('--limit', options.limit, 10_000),
    }),
  );
  context.output.result({ deliveries }, () =>
    deliveries.length === 0
      ? 'Nobody was told.'
      : table(
          [
            'message',
            'decided',
            'severity',
            'fires',
            'over',
            'held back',
            'step',
            'channel',
            'state',
            'tries',
            'unknown',
            'sent',
          ],
          deliveries.map((delivery) => [
            delivery.notificationId,
            minutes(delivery.decidedAt),
            delivery.severity,
            delivery.firing,
            delivery.resolved,
            delivery.suppressed,
            delivery.step,
            delivery.channel,
            delivery.state,
            delivery.attempts,
            delivery.unknownOutcomes,
            minutes(delivery.sentAt),
          ]),
        ),
  );
}

async function quality(context: CliContext, options: { readonly since: string }): Promise<void> {
  const since = new Date(Date.now() - durationSeconds('--since', options.since) * 1000).toISOString();
  const rules = await withRegistry(context, (registry) =>
    registry.alertQuality({ since, scope: EVERYTHING }),
  );
  context.output.result({ since, rules }, () =>
    rules.length === 0
      ? `No alert since ${minutes(since)}.`
      : table(
          ['rule', 'alerts', 'told', 'true', 'false', 'ignored', 'precision', 'minutes to acknowledge'],
          rules.map((rule) => [
            rule.rule,
            rule.alerts,
            rule.notified,
            rule.judgedTrue,
            rule.judgedFalse,
            rule.ignored,
            rule.precision === null ? '-' : rule.precision.toFixed(2),
            rule.medianSecondsToAcknowledge === null
              ? '-'
              : (rule.medianSecondsToAcknowledge / 60).toFixed(1),
          ]),
        ),
  );
}
