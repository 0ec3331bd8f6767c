import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { createCliContext } from '../../../cli/context.ts';
import { createProgram } from '../../../cli/program.ts';
import { composeMessage } from '../../../notifications/templates/compose.ts';
import { sampleEvent, sampleKinds } from '../notifications/sample-events.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const PREFIX = 'npm run contender -- ';

const sink = { write: () => true };
const program = createProgram(
  createCliContext({
    json: false,
    streams: { stdin: Readable.from([]), stdout: sink, stderr: sink },
    interrupted: new AbortController().signal,
  }),
);

/** Words as a shell splits them, as far as the documentation needs it: quotes, and no comment. */
function shellWords(line: string): string[] {
  return [...line.replace(/\s#.*$/u, '').matchAll(/"([^"]*)"|'([^']*)'|(\S+)/gu)].map(
    (match) => match[1] ?? match[2] ?? match[3] ?? '',
  );
}

/** What is wrong with a command line, or null: an unknown command or option, too few or too many arguments. */
function problemOf(line: string): string | null {
  const words = shellWords(line);
  let command: Command = program;
  while (words[0] !== undefined) {
    const next = command.commands.find((child) => child.name() === words[0]);
    if (next === undefined) break;
    command = next;
    words.shift();
  }
  if (command === program)
    return words[0] === undefined || words[0].startsWith('--') ? null : `no command ${words[0]}`;
  // `restore` does something by itself beside having commands below it; it has options of its own.
  if (command.commands.length > 0 && command.options.length === 0)
    return `${command.name()} wants to know which of its commands`;
  const known = [...command.options, ...program.options];
  const positional: string[] = [];
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    if (!word.startsWith('-')) {
      positional.push(word);
      continue;
    }
    const option = known.find(({ long, short }) => long === word || short === word);
    if (option === undefined && word !== '--help') return `${command.name()} has no option ${word}`;
    if (option?.required === true) words.shift();
  }
  const needed = command.registeredArguments.filter(({ required }) => required).length;
  const takesMore = command.registeredArguments.at(-1)?.variadic === true;
  const possible = takesMore ? Infinity : command.registeredArguments.length;
  if (positional.length >= needed && positional.length <= possible) return null;
  return `${command.name()} takes ${String(needed)} to ${String(possible)} arguments, not ${positional.join(' ')}`;
}

/** Every command line of a page, in code blocks and in the text. */
function commandLines(path: string): string[] {
  const text = readFileSync(join(ROOT, path), 'utf8');
  return [...text.matchAll(/npm run contender -- ([^`\n|]+)/gu)].map((match) => match[1] ?? '');
}

const pages = ['README.md', ...readdirSync(join(ROOT, 'docs'), { recursive: true }).map(String)]
  .filter((name) => name.endsWith('.md'))
  .map((name) => (name === 'README.md' ? name : join('docs', name)));

describe('command lines that people are told to type', () => {
  it.each(pages)('exist as %s writes them', (page) => {
    const problems = commandLines(page).flatMap((line) => {
      const problem = problemOf(line);
      return problem === null ? [] : [`${line}: ${problem}`];
    });
    expect(problems).toEqual([]);
  });

  it.each(sampleKinds)('exist as a message about %s writes them', (kind) => {
    const { actions } = composeMessage(sampleEvent(kind));
    const problems = actions.map(({ command }) => problemOf(command.slice(PREFIX.length)));
    expect(problems).toEqual(actions.map(() => null));
  });

  it('are found, and a wrong one is noticed', () => {
    expect(commandLines('README.md').length).toBeGreaterThan(3);
    expect(problemOf('rollback tw-alpha --reason "drawdown"')).toBeNull();
    expect(problemOf('rolback tw-alpha')).toContain('no command');
    expect(problemOf('rollback tw-alpha --because x')).toContain('no option');
    expect(problemOf('rollback')).toContain('takes 1 to 1 arguments');
  });
});
