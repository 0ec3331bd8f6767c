import { execFileSync } from 'node:child_process';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { PROJECT_ROOT } from '../../../../config/config.ts';
import type { ChildSpec } from '../../../../supervisor/child.ts';
import { embeddedPostgres } from '../../../../supervisor/postgres.ts';
import type { ProcessSurroundings } from '../../../../supervisor/supervisor.ts';
import { httpSink, type HttpSink } from '../../../integration/notifications/http-sink.ts';
import { smtpSink, type SmtpSink } from '../../../integration/notifications/smtp-sink.ts';
import { RetrainFleet } from '../retrain-fleet.ts';
import { SmallDisk } from './small-disk.ts';
import { TcpProxy } from './tcp-proxy.ts';

/** Enough for everything that a few dozen small retrains store. */
const DISK_MEGABYTES = 1024;
const CLOCKS = ['control', 'compute'] as const;
export type Clock = (typeof CLOCKS)[number];
type Line = 'database' | 'temporal' | 'slack' | 'mail';

interface Surroundings {
  readonly lines: Readonly<Record<Line, TcpProxy>>;
  readonly slack: HttpSink;
  readonly mail: SmtpSink;
  /** Null where mounting is not allowed. */
  readonly disks: { readonly artifacts: SmallDisk; readonly postgres: SmallDisk } | null;
  readonly clockFolder: string;
}

/**
 * The whole system with everything between its parts in our hands: lines to Postgres, Temporal, Slack and mail that can be
 * slow, cut or reset, disks that can be filled, clocks that can be turned.
 */
export class FaultyFleet {
  readonly fleet: RetrainFleet;
  readonly surroundings: Surroundings;
  readonly #release: () => Promise<void>;

  private constructor(fleet: RetrainFleet, surroundings: Surroundings, release: () => Promise<void>) {
    this.fleet = fleet;
    this.surroundings = surroundings;
    this.#release = release;
  }

  static async start(): Promise<FaultyFleet> {
    const dataDir = mkdtempSync(join(tmpdir(), 'contender-faults-'));
    const clockFolder = mkdtempSync(join(tmpdir(), 'contender-clocks-'));
    const [slack, mail] = [await httpSink(), await smtpSink()];
    const [database, temporal] = [await TcpProxy.listen(), await TcpProxy.listen()];
    const [slackLine, mailLine] = [await TcpProxy.listen(), await TcpProxy.listen()];
    slackLine.leadTo(portOf(slack.url));
    mailLine.leadTo(portOf(mail.url));
    const disks = await smallDisks(dataDir);
    const surroundings: Surroundings = {
      lines: { database, temporal, slack: slackLine, mail: mailLine },
      ...{ slack, mail, disks, clockFolder },
    };
    const release = async (): Promise<void> => {
      for (const line of [database, temporal, slackLine, mailLine]) await line.close();
      await slack.close();
      await mail.close();
      disks?.artifacts.unmount();
      disks?.postgres.unmount();
      for (const folder of [dataDir, clockFolder]) rmSync(folder, { recursive: true, force: true });
    };
    try {
      const fleet = await RetrainFleet.start({
        dataDir,
        settings: {
          CONTENDER_SLACK_WEBHOOK_URL: withPort(slack.url, slackLine.port),
          CONTENDER_SMTP_URL: withPort(mail.url, mailLine.port),
          CONTENDER_MAIL_TO: 'lead@example.org',
        },
        surround: (found) => throughLines(found, database, temporal),
        adapt: (spec) => withTurnedClock(spec, clockFolder),
      });
      return new FaultyFleet(fleet, surroundings, release);
    } catch (error) {
      await release();
      throw error;
    }
  }

  async stop(): Promise<void> {
    // The folder holds mounted file systems: it goes with them.
    await this.fleet.stop({ keep: true });
    await this.#release();
  }

  /** How far the clock of a process is off from now on, milliseconds. */
  turnClock(name: Clock, offsetMs: number): void {
    writeFileSync(clockFile(this.surroundings.clockFolder, name), String(offsetMs));
  }
}

const clockFile = (folder: string, name: string): string => join(folder, name);
const portOf = (url: string): number => Number(new URL(url).port);

function withPort(url: string, port: number): string {
  const changed = new URL(url);
  changed.port = String(port);
  return changed.href;
}

function throughLines(
  surroundings: ProcessSurroundings,
  database: TcpProxy,
  temporal: TcpProxy,
): ProcessSurroundings {
  const { endpoints } = surroundings;
  database.leadTo(portOf(endpoints.databaseUrl));
  temporal.leadTo(portOf(`http://${endpoints.temporalAddress}`));
  return {
    ...surroundings,
    endpoints: {
      ...endpoints,
      databaseUrl: withPort(endpoints.databaseUrl, database.port),
      temporalAddress: `127.0.0.1:${String(temporal.port)}`,
    },
  };
}

function withTurnedClock(spec: ChildSpec, folder: string): ChildSpec {
  if (!CLOCKS.some((name) => name === spec.name)) return spec;
  const hook = pathToFileURL(join(import.meta.dirname, 'fixture-clock-jump.ts'));
  hook.searchParams.set('file', clockFile(folder, spec.name));
  return { ...spec, args: [`--import=${hook.href}`, ...spec.args] };
}

/** Postgres makes its cluster by renaming a folder, which a mounted one cannot be: it is moved there. */
async function smallDisks(dataDir: string): Promise<Surroundings['disks']> {
  const artifacts = SmallDisk.mount(join(dataDir, 'artifacts'), DISK_MEGABYTES);
  if (artifacts === null) return null;
  await embeddedPostgres({ root: PROJECT_ROOT, dataDir, port: 0, durable: true });
  const [cluster, made] = [join(dataDir, 'postgres'), join(dataDir, 'postgres-made')];
  renameSync(cluster, made);
  const postgres = SmallDisk.mount(cluster, DISK_MEGABYTES);
  if (postgres === null) throw new Error('one file system could be mounted and a second could not');
  execFileSync('cp', ['-a', `${made}/.`, cluster]);
  rmSync(made, { recursive: true });
  return { artifacts, postgres };
}
