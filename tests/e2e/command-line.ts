import { Readable } from 'node:stream';
import { runCli } from '../../cli/program.ts';
import { PROJECT_ROOT } from '../../config/config.ts';

export interface CommandAnswer {
  readonly exitCode: number;
  /** What `--json` printed. */
  readonly answer: unknown;
}

class Sink {
  text = '';
  readonly isTTY = false;
  write(text: string): boolean {
    this.text += text;
    return true;
  }
}

/** Runs one command of the command line against the system of that data folder. */
export async function contender(dataDir: string, ...args: readonly string[]): Promise<CommandAnswer> {
  const stdout = new Sink();
  const exitCode = await runCli([...args, '--json'], {
    streams: { stdin: Readable.from([]), stdout, stderr: new Sink() },
    interrupted: new AbortController().signal,
    sources: { environment: { CONTENDER_DATA_DIR: dataDir }, root: PROJECT_ROOT },
    showStacks: false,
  });
  return { exitCode, answer: JSON.parse(stdout.text) };
}

/** A signed identity token, as an operator of the system hands it out. */
export async function tokenFor(dataDir: string, subject: string, role: string): Promise<string> {
  const { answer } = await contender(dataDir, 'token', 'create', '--subject', subject, '--role', role);
  if (
    typeof answer === 'object' &&
    answer !== null &&
    'token' in answer &&
    typeof answer.token === 'string'
  ) {
    return answer.token;
  }
  throw new Error(`no token: ${JSON.stringify(answer)}`);
}
