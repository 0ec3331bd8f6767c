import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { ContenderError } from '../contracts/error.ts';
import { UsageError } from './errors.ts';

/** A prediction server said no to a break-glass command. */
export class ServerRefused extends ContenderError {
  readonly code = 'SERVER_REFUSED';
  readonly kind = 'refused';
}

/** A prediction server gave no answer to a break-glass command. */
export class ServerUnreachable extends ContenderError {
  readonly code = 'SERVER_UNREACHABLE';
  readonly kind = 'unreachable';
}

export interface BreakGlassCommand {
  readonly servers: readonly string[];
  readonly tokenFile: string;
  readonly model: string;
  readonly version: number | null;
  readonly reason: string;
  readonly seconds: number;
  /** True: take the override away again. */
  readonly lift: boolean;
}

const Answer = z.object({
  server: z.string(),
  version: z.int(),
  fromVersion: z.int(),
  epoch: z.int(),
  expiresAt: z.string(),
});
const Refusal = z.object({ code: z.string(), detail: z.string(), remedy: z.string() });

export interface ServerOverride {
  readonly url: string;
  readonly server: string;
  readonly version: number;
  readonly fromVersion: number;
  readonly epoch: number;
  readonly expiresAt: string;
}

export interface BreakGlassResult {
  readonly model: string;
  readonly lifted: boolean;
  readonly servers: readonly ServerOverride[];
  /** Servers that did not do it, with the reason. */
  readonly failed: readonly { readonly url: string; readonly code: string; readonly reason: string }[];
}

/** Loading an earlier champion takes seconds at most; a server that says nothing for longer is not there. */
const PATIENCE_MS = 15_000;

/**
 * Sets, or lifts, a local override on each server, with nothing between this process and them.
 *
 * @throws UsageError when the token cannot be read; ServerRefused or ServerUnreachable when no server did it
 */
export async function rollbackAtServers(command: BreakGlassCommand): Promise<BreakGlassResult> {
  const token = await readToken(command.tokenFile);
  const answers = await Promise.allSettled(command.servers.map((url) => tell(url, token, command)));
  const servers: ServerOverride[] = [];
  const failed: { url: string; code: string; reason: string }[] = [];
  let first: unknown = null;
  for (const [index, answer] of answers.entries()) {
    const url = command.servers[index] ?? '';
    if (answer.status === 'fulfilled') {
      servers.push(answer.value);
      continue;
    }
    const error: unknown = answer.reason;
    first ??= error;
    const code = error instanceof ContenderError ? error.code : 'UNEXPECTED';
    failed.push({ url, code, reason: error instanceof Error ? error.message : String(error) });
  }
  if (servers.length === 0) throw first;
  return { model: command.model, lifted: command.lift, servers, failed };
}

async function tell(
  server: string,
  token: string,
  { model, version, reason, seconds, lift }: BreakGlassCommand,
): Promise<ServerOverride> {
  const url = server.replace(/\/+$/u, '');
  const path = lift ? '/api/v1/break-glass/lift' : '/api/v1/break-glass';
  // Each server has overrides of its own, hence a command of its own.
  const body = lift ? { model, reason } : { id: randomUUID(), model, version, reason, seconds };
  let status: number;
  let answer: unknown;
  try {
    const response = await fetch(`${url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    ({ status } = response);
    answer = await response.json();
  } catch (cause) {
    throw new ServerUnreachable(`${url} gives no answer`, {
      cause,
      remedy: 'Look whether the server runs, and ask on its own machine: it listens there alone.',
      details: { url },
    });
  }
  const done = Answer.safeParse(answer);
  if (status === 200 && done.success) return { url, ...done.data };
  const refusal = Refusal.safeParse(answer);
  const said = refusal.success
    ? refusal.data
    : { code: `HTTP ${String(status)}`, detail: 'no message', remedy: '' };
  throw new ServerRefused(`${url} refuses: ${said.code}, ${said.detail}`, {
    remedy: said.remedy,
    details: { url, code: said.code, status },
  });
}

async function readToken(file: string): Promise<string> {
  try {
    const text = (await readFile(file, 'utf8')).trim();
    if (text !== '') return text;
  } catch (cause) {
    throw new UsageError(`The token file ${file} cannot be read`, {
      cause,
      remedy: 'Name the file that holds the break-glass token.',
    });
  }
  throw new UsageError(`The token file ${file} is empty`, {
    remedy:
      'Make a token: npm run contender -- token break-glass --subject NAME --role operator --model MODEL',
  });
}
