import type { Command } from 'commander';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { parse as parseYaml } from 'yaml';
import { parseAlertingFile } from '../../alerting/config-check.ts';
import type { AlertingFile } from '../../alerting/config.ts';
import { defaultAlerting } from '../../alerting/default-config.ts';
import { formatDuration } from '../../alerting/duration.ts';
import { AlertConfigInvalid } from '../../alerting/errors.ts';
import { labelText } from '../../alerting/labels.ts';
import type { Labels } from '../../alerting/labels.ts';
import { allRoutes, groupLabels, matchingRoutes, routeTree } from '../../alerting/route-tree.ts';
import { OFF } from '../../config/settings.ts';
import { NotificationSeverity } from '../../contracts/alert.ts';
import type { CliContext } from '../context.ts';
import { raiseTestAlert } from '../../control/test-alert.ts';
import { UsageError } from '../errors.ts';
import { table } from '../output.ts';
import { withRegistry } from '../registry.ts';

interface TestOptions {
  readonly severity: string;
  readonly model?: string;
  readonly dryRun?: true;
  readonly file?: string;
}

/** `alerts check|test`. */
export function registerAlertChecks(alerts: Command, context: CliContext): void {
  alerts
    .command('check')
    .argument('[file]', 'an alerting file; default the one in force')
    .description('say what is wrong with an alerting file, or show its routes')
    .addHelpText(
      'after',
      `
Examples:
  contender alerts check
  contender alerts check alerts.yaml --json`,
    )
    .action((file: string | undefined) => check(context, file));
  alerts
    .command('test')
    .argument('[labels...]', 'further labels of the alert: feature=momentum_20')
    .description('raise an alert of the rule test-alert, or with --dry-run only say who would hear of it')
    .option('--severity <severity>', NotificationSeverity.options.join(', '), 'INFO')
    .option('--model <model>', 'of this model; default of the system')
    .option('--dry-run', 'raise nothing')
    .option('--file <file>', 'with --dry-run: by this alerting file instead of the one in force')
    .addHelpText(
      'after',
      `
Examples:
  contender alerts test --severity CRITICAL
  contender alerts test --severity ERROR --model tw-alpha alertname=decay-alarm --dry-run --json`,
    )
    .action((labels: string[], options: TestOptions) => test(context, labels, options));
}

/** The alerting file that is named, or the one in force. Throws AlertConfigInvalid. */
function readFile(context: CliContext, named: string | undefined): { file: AlertingFile; source: string } {
  const config = context.config();
  const configured = [
    ...(config.slackWebhookUrl === OFF ? [] : ['slack']),
    ...(config.smtpUrl === OFF ? [] : ['email']),
  ];
  const builtIn = configured.length === 0 ? ['log'] : configured;
  const path = named ?? config.alertsFile;
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    const missing = cause instanceof Error && 'code' in cause && cause.code === 'ENOENT';
    if (named === undefined && missing) {
      const source = 'the default (there is no alerting file)';
      return { file: parseAlertingFile(defaultAlerting(builtIn), builtIn, source), source };
    }
    throw new AlertConfigInvalid(`the alerting file ${path} cannot be read`, {
      cause,
      remedy: 'Name a file that exists and that you may read.',
    });
  }
  let value: unknown;
  try {
    value = parseYaml(text);
  } catch (cause) {
    const reason = cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause);
    throw new AlertConfigInvalid(`${path} is not YAML: ${reason}`, { cause, remedy: 'Correct it.' });
  }
  return { file: parseAlertingFile(value, builtIn, path), source: path };
}

/** Makes every channel as the control worker would. Throws AlertConfigInvalid. */
async function checkChannels(context: CliContext, file: AlertingFile, source: string): Promise<void> {
  if (Object.keys(file.channels).length === 0) return;
  // The clients of mail and Slack take their time to load; no other command needs them.
  const { channelFaults } = await import('../../notifications/file-channels.ts');
  const { smtpUrl, mailFrom: from } = context.config();
  const problems = channelFaults(file, smtpUrl === OFF ? null : { smtpUrl, from });
  if (problems.length === 0) return;
  throw new AlertConfigInvalid(`${source} is wrong: ${problems.join('; ')}`, {
    remedy: 'Correct it, then look with: contender alerts check FILE',
    details: { problems },
  });
}

async function check(context: CliContext, named: string | undefined): Promise<void> {
  const { file, source } = readFile(context, named);
  await checkChannels(context, file, source);
  const routes = allRoutes(routeTree(file.route)).map((route) => ({
    route: route.id,
    matchers: route.matchers.map(({ name, operator, value }) => `${name}${operator}${JSON.stringify(value)}`),
    receiver: route.receiver,
    groupBy: route.groupBy,
    groupWait: formatDuration(route.groupWaitMs),
    groupInterval: formatDuration(route.groupIntervalMs),
    repeatInterval: formatDuration(route.repeatIntervalMs),
    escalation: route.escalation,
  }));
  context.output.result({ source, routes }, () =>
    [
      `In order: ${source}`,
      '',
      table(
        ['route', 'matches', 'receiver', 'group by', 'wait', 'interval', 'repeat', 'escalation'],
        routes.map((route) => [
          route.route,
          route.matchers.join(' ') || 'everything',
          route.receiver,
          route.groupBy.join(' ') || 'all together',
          route.groupWait,
          route.groupInterval,
          route.repeatInterval,
          route.escalation || '-',
        ]),
      ),
    ].join('\n'),
  );
}

function parseLabels(texts: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    texts.map((text) => {
      const [, name, value] = /^([a-zA-Z_]\w*)=(.+)$/su.exec(text) ?? [];
      if (name !== undefined && value !== undefined) return [name, value];
      throw new UsageError(`a label is name=value, not ${text}`, {
        remedy: 'For example feature=momentum_20.',
      });
    }),
  );
}

async function test(context: CliContext, texts: readonly string[], options: TestOptions): Promise<void> {
  const severity = NotificationSeverity.safeParse(options.severity);
  if (!severity.success) {
    throw new UsageError(
      `--severity is one of ${NotificationSeverity.options.join(', ')}, not ${options.severity}`,
      {
        remedy: 'For example --severity CRITICAL.',
      },
    );
  }
  const given = parseLabels(texts);
  const labels: Labels = {
    alertname: 'test-alert',
    severity: severity.data,
    ...(options.model === undefined ? {} : { model: options.model }),
    ...given,
  };
  const { file } = readFile(context, options.dryRun === true ? options.file : undefined);
  const routes = matchingRoutes(routeTree(file.route), labels).map((route) => ({
    route: route.id,
    receiver: route.receiver,
    channels: file.receivers.find(({ name }) => name === route.receiver)?.channels ?? [],
    group: labelText(groupLabels(route, labels)),
    groupWait: formatDuration(route.groupWaitMs),
  }));
  if (options.dryRun !== true) {
    for (const name of ['alertname', 'severity', 'model']) {
      if (name in given) {
        throw new UsageError(`${name} is set by the test itself`, {
          remedy: 'Use --severity and --model, or --dry-run for alerts of other rules.',
        });
      }
    }
    const now = new Date().toISOString();
    const key = randomUUID();
    const asked = { severity: severity.data, model: options.model ?? null, labels: given, key, at: now };
    await withRegistry(context, (registry) => raiseTestAlert(registry, asked));
  }
  context.output.result({ raised: options.dryRun !== true, labels, routes }, () =>
    [
      options.dryRun === true
        ? `${labelText(labels)} would go to:`
        : `Raised ${labelText(labels)}. It goes to:`,
      ...routes.map(
        ({ route, receiver, channels, group, groupWait }) =>
          `  route ${route}: receiver ${receiver} (${channels.join(', ')}), group ${group}, after ${groupWait}`,
      ),
      ...(options.dryRun === true ? [] : ['See what became of it with: contender alerts history']),
    ].join('\n'),
  );
}
