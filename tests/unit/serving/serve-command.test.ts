import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { runCli } from '../../../cli/program.ts';

class Sink {
  text = '';
  write(text: string): boolean {
    this.text += text;
    return true;
  }
}

describe('contender serve', () => {
  it.each([
    ['a port that is none', ['--name', 'server-a', '--port', '70000']],
    ['a port that is text', ['--name', 'server-a', '--port', '80a']],
    ['a name with a path in it', ['--name', '../x', '--port', '0']],
    ['no name', ['--port', '0']],
    ['no port', ['--name', 'server-a']],
    ['a model name that is none', ['--name', 'server-a', '--port', '0', '--models', 'tw-alpha,B!']],
    ['no scoring thread', ['--name', 'server-a', '--port', '0', '--scorer-threads', '0']],
  ])('refuses %s before anything is started, with code 2', async (_, args) => {
    const stdout = new Sink();
    const code = await runCli(['--json', 'serve', ...args], {
      streams: { stdin: Readable.from([]), stdout, stderr: new Sink() },
      interrupted: new AbortController().signal,
      sources: { environment: {}, root: '/nowhere' },
      showStacks: false,
    });
    expect(code).toBe(2);
    expect(JSON.parse(stdout.text)).toMatchObject({ error: { code: 'USAGE' } });
  });
});
