import { Readable } from 'node:stream';
import { NamespaceNotFoundError } from '@temporalio/common';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { exitCodeOf, reportError } from '../../../cli/errors.ts';
import { COMMANDS } from '../../../cli/commands.ts';
import { createCliContext } from '../../../cli/context.ts';
import { Output, table } from '../../../cli/output.ts';
import { createProgram, runCli } from '../../../cli/program.ts';
import { ContenderError } from '../../../contracts/error.ts';
import type { ErrorKind } from '../../../contracts/error.ts';

class Sink {
  text = '';
  readonly isTTY = false;
  write(text: string): boolean {
    this.text += text;
    return true;
  }
}

function streams() {
  return { stdin: Readable.from([]), stdout: new Sink(), stderr: new Sink() };
}

async function run(args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const { stdin, stdout, stderr } = streams();
  const code = await runCli(args, {
    streams: { stdin, stdout, stderr },
    interrupted: new AbortController().signal,
    sources: { environment, root: '/nowhere' },
    showStacks: false,
  });
  return { code, out: stdout.text, err: stderr.text };
}

function everyCommand(): readonly Command[] {
  const context = createCliContext({
    json: false,
    streams: streams(),
    interrupted: new AbortController().signal,
    sources: { environment: {}, root: '/nowhere' },
  });
  const leaves = (command: Command): readonly Command[] =>
    command.commands.length === 0 ? [command] : command.commands.flatMap(leaves);
  return leaves(createProgram(context)).filter((command) => command.name() !== 'help');
}

describe('the command line', () => {
  it('ends with 0 for help, which lists every command', async () => {
    const { code, out } = await run(['--help']);
    expect(code).toBe(0);
    expect(COMMANDS.length).toBeGreaterThan(0);
    expect(out).toContain('config');
    expect(out).toContain('Exit codes');
  });

  it('ends with 130 and says so when it is interrupted, whatever then fails; no bug is reported', async () => {
    const { stdin, stdout, stderr } = streams();
    const code = await runCli(
      ['gates', 'calibrate', '--shadow', '--shadows', '50', '--threads', '1', '--json'],
      {
        streams: { stdin, stdout, stderr },
        interrupted: AbortSignal.abort('SIGINT'),
        sources: { environment: {}, root: '/nowhere' },
        showStacks: false,
      },
    );
    expect(code).toBe(130);
    expect(JSON.parse(stdout.text)).toMatchObject({ error: { code: 'INTERRUPTED' } });
  });

  it('prints the settings without needing a running system', async () => {
    const { code, out } = await run(['config', 'print', '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ databaseUrl: 'embedded', logLevel: 'info' });
  });

  it.each([[[]], [['nonsense']], [['config']], [['config', 'print', '--nonsense']]])(
    'ends with 2 and one remedy for %j',
    async (args) => {
      const { code, out, err } = await run(args);
      expect(code).toBe(2);
      expect(out).toBe('');
      expect(err).toContain('[USAGE]');
      expect(err).toContain('--help');
    },
  );

  it('reports wrong usage as JSON when JSON was asked for, on standard output alone', async () => {
    const { code, out, err } = await run(['config', 'print', '--nonsense', '--json']);
    expect(code).toBe(2);
    expect(JSON.parse(out)).toMatchObject({ error: { code: 'USAGE', kind: 'usage' } });
    expect(err).toBe('');
  });

  it.each([
    ['turns the writing', 'because \u202E', 'U\\+202E'],
    ['is half a character', 'because \uD800', 'surrogate'],
    ['is longer than what is kept', 'x'.repeat(2001), '2000'],
    ['is empty', '', '3 letters'],
    ['is of blanks', ' \t \n ', '3 letters'],
    ['says nothing', ' ok ', '3 letters'],
  ])('ends with 2 for a reason that %s, whichever command it is for', async (_, reason, said) => {
    for (const command of [
      ['rollback', 'tw-alpha'],
      ['freeze', 'tw-alpha'],
      ['pin', 'tw-alpha', '1', '--consumer', 'x'],
    ]) {
      const { code, err } = await run([...command, '--reason', reason]);
      expect([command, code, err]).toEqual([
        command,
        2,
        expect.stringMatching(new RegExp(`--reason.*${said}`, 'u')),
      ]);
    }
  });

  it('ends with 2 for a wrong setting', async () => {
    const { code, err } = await run(['config', 'print'], { CONTENDER_LOG_LEVEL: 'loud' });
    expect(code).toBe(2);
    expect(err).toContain('[CONFIG_INVALID]');
  });

  it.each(everyCommand().map((command) => [command.name(), command] as const))(
    'has a description and an example in the help of %s',
    (_, command) => {
      expect(command.description()).not.toBe('');
      let help = '';
      command.configureOutput({
        writeOut: (text) => {
          help += text;
        },
      });
      command.outputHelp();
      expect(help).toMatch(/Examples?:\n +(?:contender|npm run) /u);
    },
  );
});

class Broken extends ContenderError {
  readonly code = 'BROKEN';
  readonly kind: ErrorKind;
  constructor(kind: ErrorKind) {
    super('it broke', { remedy: 'Mend it.' });
    this.kind = kind;
  }
}

describe('errors at the edge', () => {
  it.each([
    ['refused', 1],
    ['usage', 2],
    ['unreachable', 3],
    ['bug', 4],
  ] as const)('give the kind %s the exit code %i', (kind, code) => {
    expect(exitCodeOf(reportError(new Broken(kind)))).toBe(code);
  });

  it.each([
    [
      'a refused connection',
      Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }),
      'PART_UNREACHABLE',
    ],
    [
      'the same for two addresses',
      new AggregateError([Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })]),
      'PART_UNREACHABLE',
    ],
    [
      'an unavailable Temporal as cause',
      new Error('Failed', { cause: Object.assign(new Error('14'), { code: 14 }) }),
      'PART_UNREACHABLE',
    ],
    [
      'a database that starts up',
      Object.assign(new Error('starting'), { code: '57P03' }),
      'PART_UNREACHABLE',
    ],
    ['a full disk', Object.assign(new Error('write'), { code: 'ENOSPC' }), 'DISK_UNWRITABLE'],
  ])('call %s unreachable', (_, error, code) => {
    expect(reportError(error)).toMatchObject({ code, kind: 'unreachable' });
  });

  it('name the namespace that Temporal does not have, as something to be reached', () => {
    const reported = reportError(new NamespaceNotFoundError('replay'));
    expect(reported).toMatchObject({ code: 'TEMPORAL_NAMESPACE_MISSING', kind: 'unreachable' });
    expect([reported.message, reported.remedy].join(' ')).toMatch(/replay.*namespace create.*replay/u);
    expect(exitCodeOf(reported)).toBe(3);
  });

  it.each([[new TypeError('x is not a function')], ['text'], [undefined]])('call %j a bug', (error) => {
    expect(reportError(error)).toMatchObject({ code: 'UNEXPECTED', kind: 'bug' });
  });

  it('are one sentence with the code and the remedy for people', () => {
    const err = new Sink();
    new Output({ json: false, out: new Sink(), err }).error(new Broken('refused'), { stack: false });
    expect(err.text).toBe('it broke [BROKEN]\n  Mend it.\n');
  });
});

describe('output', () => {
  it('keeps lines for people off standard output when JSON was asked for', () => {
    const out = new Sink();
    const err = new Sink();
    const output = new Output({ json: true, out, err });
    output.line('for people');
    output.result({ a: 1 }, () => 'text');
    expect(JSON.parse(out.text)).toEqual({ a: 1 });
    expect(err.text).toBe('for people\n');
  });

  it('aligns columns, numbers to the right', () => {
    const rows = [
      ['alpha', 7],
      ['b', 1200],
    ];
    expect(table(['name', 'rows'], rows)).toBe('name   rows\nalpha     7\nb      1200');
  });
});
