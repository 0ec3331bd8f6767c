import { Command, CommanderError } from 'commander';
import { hiddenCharacter, LONGEST_REASON, SHORTEST_REASON } from '../contracts/api/text.ts';
import { ContenderError } from '../contracts/error.ts';
import { COMMANDS } from './commands.ts';
import { createCliContext } from './context.ts';
import type { CliContext, CliContextOptions } from './context.ts';
import { exitCodeOf, Interrupted, INTERRUPTED_EXIT_CODE, UsageError } from './errors.ts';
import { recordRefusal } from './refusals.ts';

/** The whole command line, not yet run. */
export function createProgram(context: CliContext): Command {
  const program = new Command('contender')
    .description('The retraining control plane for trading models.')
    .option('--json', 'print the result as one JSON document')
    .version('0.1.0')
    .configureHelp({ showGlobalOptions: true })
    .showHelpAfterError('(add --help for the arguments and examples)')
    .addHelpText(
      'after',
      '\nExit codes: 0 done, 1 refused by a rule, 2 wrong usage, 3 a part cannot be reached, 4 a bug, 130 interrupted.',
    );
  for (const register of COMMANDS) register(program, context);
  program.hook('preAction', (_program, action) => {
    context.attempt.command = nameOf(action);
    const { reason } = action.opts<{ readonly reason?: unknown }>();
    if (action.getOptionValueSource('reason') === 'cli') requireReason(reason);
  });
  for (const command of allCommands(program)) quiet(command, context);
  return program;
}

/** What becomes part of a record is held to what the API takes, whichever command writes it. Throws UsageError. */
function requireReason(reason: unknown): void {
  if (typeof reason !== 'string') return;
  if (reason.trim().length < SHORTEST_REASON) {
    throw new UsageError(`--reason says why, in ${String(SHORTEST_REASON)} letters at least`);
  }
  const hidden = hiddenCharacter(reason);
  if (hidden !== null) {
    throw new UsageError(`--reason holds ${hidden}, which hides or reorders what others will read`, {
      remedy: 'Write it without.',
    });
  }
  if (reason.length <= LONGEST_REASON) return;
  throw new UsageError(
    `--reason has ${String(reason.length)} characters, at most ${String(LONGEST_REASON)} are kept`,
    {
      remedy: 'Say it shortly, and where the rest is written.',
    },
  );
}

/** `token create`, without the program's own name. */
function nameOf(command: Command): string {
  const { parent } = command;
  return parent === null || parent.parent === null ? command.name() : `${nameOf(parent)} ${command.name()}`;
}

function allCommands(command: Command): readonly Command[] {
  return [command, ...command.commands.flatMap((child) => allCommands(child))];
}

/** Wrong usage is reported by runCli like any other error, not printed and ended here. */
function quiet(command: Command, context: CliContext): void {
  const { stdout } = context.streams;
  command.exitOverride().configureOutput({
    writeOut: (text) => stdout.write(text),
    writeErr: () => undefined,
    outputError: () => undefined,
  });
}

export type RunCliOptions = Omit<CliContextOptions, 'json'> & { readonly showStacks: boolean };

/** Runs one command line and returns its exit code. Never throws. */
export async function runCli(args: readonly string[], options: RunCliOptions): Promise<number> {
  const { showStacks, ...rest } = options;
  // Read before parsing, so that a wrong command line is reported in the form asked for.
  const json = args.includes('--json');
  const context = createCliContext({ ...rest, json });
  try {
    const program = createProgram(context);
    if (args.length === 0)
      throw new UsageError('Which command?', { remedy: 'npm run contender -- --help lists them.' });
    await program.parseAsync([...args], { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    const thrown = error instanceof CommanderError ? wrongUsage(error) : error;
    if (rest.interrupted.aborted) {
      context.output.error(interruption(thrown), { stack: showStacks });
      return INTERRUPTED_EXIT_CODE;
    }
    const reported = context.output.error(thrown, { stack: showStacks });
    await recordRefusal(context, reported);
    return exitCodeOf(reported);
  }
}

/** Whatever fails once everything is being ended fails because of that; a start says so in its own words. */
function interruption(error: unknown): unknown {
  if (error instanceof ContenderError && error.code === 'START_INTERRUPTED') return error;
  return new Interrupted('Interrupted; what was under way was ended in order', {
    cause: error,
    remedy: 'Start it again: what it had recorded is kept.',
  });
}

function wrongUsage(error: CommanderError): UsageError {
  const message = error.message === '(outputHelp)' ? 'error: which subcommand?' : error.message;
  return new UsageError(message.replace(/^error: /u, '').split('\n')[0] ?? '', {
    cause: error,
    remedy: 'Add --help for the arguments and examples.',
  });
}
