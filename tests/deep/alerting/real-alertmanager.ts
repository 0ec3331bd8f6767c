import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../../e2e/small-world.ts';
import { choosePorts } from '../../../supervisor/ports.ts';

const PROGRAM = 'prometheus-alertmanager';

/** The Debian package `prometheus-alertmanager` has it; without it the test is left out, and says so as skipped. */
export const alertmanagerInstalled = ((): boolean => {
  try {
    execFileSync(PROGRAM, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

/** What a receiver was posted, as the webhook of Alertmanager says it. */
export interface Posted {
  readonly receiver: string;
  readonly groupLabels: Readonly<Record<string, string>>;
  readonly alerts: readonly { readonly status: string; readonly labels: Readonly<Record<string, string>> }[];
}

export interface GroupOfAlertmanager {
  readonly labels: Readonly<Record<string, string>>;
  readonly receiver: { readonly name: string };
  readonly alerts: readonly {
    readonly labels: Readonly<Record<string, string>>;
    readonly status: {
      readonly state: string;
      readonly silencedBy: readonly string[];
      readonly inhibitedBy: readonly string[];
    };
  }[];
}

/** Alertmanager on a free port with its state in a folder that is thrown away; every receiver is a webhook of this process. */
export class RealAlertmanager {
  readonly url: string;
  readonly posted: Posted[];
  readonly #stop: () => Promise<void>;

  private constructor(url: string, posted: Posted[], stop: () => Promise<void>) {
    this.url = url;
    this.posted = posted;
    this.#stop = stop;
  }

  static async start(config: {
    readonly receivers: readonly { readonly name: string }[];
    readonly [section: string]: unknown;
  }): Promise<RealAlertmanager> {
    const posted: Posted[] = [];
    const sink = createServer((request, response) => {
      let body = '';
      request.setEncoding('utf8');
      request.on('data', (chunk: string) => (body += chunk));
      request.on('end', () => {
        posted.push(JSON.parse(body) as Posted);
        response.end();
      });
    });
    await new Promise<void>((listening) => sink.listen(0, '127.0.0.1', listening));
    const folder = mkdtempSync(join(tmpdir(), 'contender-alertmanager-'));
    const receivers = config.receivers.map(({ name }) => ({
      name,
      webhook_configs: [{ url: `http://127.0.0.1:${String(portOf(sink))}/`, send_resolved: true }],
    }));
    // JSON is YAML.
    writeFileSync(join(folder, 'alertmanager.yml'), JSON.stringify({ ...config, receivers }));
    const { web = 0 } = await choosePorts([{ name: 'web', candidates: [] }]);
    const child = spawn(
      PROGRAM,
      [
        `--config.file=${join(folder, 'alertmanager.yml')}`,
        `--storage.path=${join(folder, 'data')}`,
        `--web.listen-address=127.0.0.1:${String(web)}`,
        '--cluster.listen-address=',
      ],
      { stdio: 'ignore' },
    );
    const url = `http://127.0.0.1:${String(web)}`;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    const stop = async (): Promise<void> => {
      child.kill('SIGTERM');
      await ended;
      sink.closeAllConnections();
      await new Promise((closed) => sink.close(closed));
      rmSync(folder, { recursive: true, force: true });
    };
    try {
      await until('Alertmanager', async () => (await fetch(`${url}/-/ready`)).ok, 60_000);
      return new RealAlertmanager(url, posted, stop);
    } catch (error) {
      await stop();
      throw error;
    }
  }

  async post(path: string, body: unknown): Promise<void> {
    const answer = await fetch(`${this.url}/api/v2/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${path}: ${String(answer.status)} ${await answer.text()}`);
  }

  async groups(): Promise<readonly GroupOfAlertmanager[]> {
    return (await (await fetch(`${this.url}/api/v2/alerts/groups`)).json()) as GroupOfAlertmanager[];
  }

  stop(): Promise<void> {
    return this.#stop();
  }
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the sink does not listen');
  return address.port;
}
