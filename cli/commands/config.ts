import type { Command } from 'commander';
import { environmentName, redactedConfig } from '../../config/config.ts';
import { SETTING_NAMES, Settings } from '../../config/settings.ts';
import type { CliContext } from '../context.ts';
import { table } from '../output.ts';

export function register(program: Command, context: CliContext): void {
  const config = program.command('config').description('settings in force and where they come from');
  config
    .command('print')
    .description('every setting with its value; passwords and webhooks are hidden')
    .option('--explain', 'also the variable that sets it and the reason for its default')
    .addHelpText(
      'after',
      `
Examples:
  contender config print
  contender config print --explain
  CONTENDER_LOG_LEVEL=debug contender config print --json`,
    )
    .action((options: { explain?: boolean }) => {
      printConfig(context, options.explain === true);
    });
}

function printConfig(context: CliContext, explain: boolean): void {
  const shown = redactedConfig(context.config());
  context.output.result(shown, () => {
    const rows = Object.entries(shown).map(([name, value]) => [name, asText(value)]);
    return explain ? explained(shown) : table(['setting', 'value'], rows);
  });
}

function explained(shown: Readonly<Record<string, unknown>>): string {
  const paragraphs = SETTING_NAMES.map((name) => {
    const reason = Settings.shape[name].description ?? '';
    return `${name} = ${asText(shown[name])}\n  ${environmentName(name)}: ${reason}`;
  });
  return [`file = ${asText(shown['file'])}`, ...paragraphs].join('\n');
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
