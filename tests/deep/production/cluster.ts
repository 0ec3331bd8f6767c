import { readFileSync } from 'node:fs';
import { request, type RequestOptions } from 'node:http';
import { json } from 'node:stream/consumers';
import { type Retrain, type SmallWorld, until } from '../../e2e/small-world.ts';
import { OwnProcess, type Place, thisMachine } from './own-processes.ts';
import { type Machine, PrivateNetwork, SERVER_PORT } from './private-network.ts';

/** PENDING_ACTIVITY_STATE_STARTED of Temporal's API. */
const STARTED = 2;
const ASK_TIMEOUT_MS = 10_000;

export interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Processes with settings of their own, each on a machine of a private network where this user may have one. */
export class Cluster {
  readonly #world: SmallWorld;
  readonly #network: PrivateNetwork | null;
  readonly #machines = new Map<string, Machine>();
  readonly #processes = new Map<string, OwnProcess>();

  private constructor(world: SmallWorld, network: PrivateNetwork | null) {
    this.#world = world;
    this.#network = network;
  }

  /** `networked`: each process on a machine of its own. */
  static async open(world: SmallWorld, networked: boolean): Promise<Cluster> {
    if (!networked) return new Cluster(world, null);
    const temporal = Number(world.running.temporalAddress.split(':')[1]);
    const postgres = Number(new URL(world.running.databaseUrl).port);
    return new Cluster(world, await PrivateNetwork.open({ postgres, temporal }));
  }

  /** Starts a process; one that was there before under the name is started again on the same machine. */
  async start(name: string, ...args: readonly string[]): Promise<void> {
    const machine = this.#machines.get(name) ?? (await this.#network?.machine());
    if (machine !== undefined) this.#machines.set(name, machine);
    this.#processes.set(name, new OwnProcess(this.#world, name, args, this.#placeOf(machine)));
  }

  /** A prediction server under its own name. */
  async serve(name: string): Promise<void> {
    const port = this.#network === null ? 0 : SERVER_PORT;
    await this.start(name, 'serve', '--name', name, '--port', String(port), '--json');
  }

  #placeOf(machine: Machine | undefined): Place {
    const here = thisMachine(this.#world);
    if (machine === undefined || this.#network === null) return here;
    const { postgres, temporal } = this.#network.services;
    if (postgres === undefined || temporal === undefined) throw new Error('the network lacks its services');
    const database = new URL(here.databaseUrl);
    database.hostname = postgres.host;
    database.port = String(postgres.port);
    return {
      listenAddress: machine.address,
      databaseUrl: database.href,
      temporalAddress: `${temporal.host}:${String(temporal.port)}`,
      command: (program, args) => machine.command(program, args),
    };
  }

  process(name: string): OwnProcess {
    const found = this.#processes.get(name);
    if (found === undefined) throw new Error(`${name} was not started`);
    return found;
  }

  machine(name: string): Machine {
    const found = this.#machines.get(name);
    if (found === undefined) throw new Error(`${name} is on no machine of its own`);
    return found;
  }

  processes(): readonly OwnProcess[] {
    return [...this.#processes.values()];
  }

  /** The last words of each. */
  said(): string {
    return this.processes()
      .map(({ name, output }) => `${name}: ${output.slice(-1500)}`)
      .join('\n');
  }

  /** Whose worker has the activity of a retrain now; null while nobody has. */
  async holderOf(retrain: Retrain, activity: string): Promise<string | null> {
    const { raw } = await retrain.describe();
    const held = (raw.pendingActivities ?? []).find(
      ({ activityType, state }) => activityType?.name === activity && Number(state) === STARTED,
    );
    const pid = Number(/^\d+/u.exec(held?.lastWorkerIdentity ?? '')?.[0]);
    return this.processes().find((process) => process.pid === groupOf(pid))?.name ?? null;
  }

  /** Asks a server, from its own machine: also while that is cut off from everybody else. */
  async ask(name: string, path: string, question: Readonly<Record<string, unknown>>): Promise<Answer> {
    const machine = this.#machines.get(name);
    const target: RequestOptions =
      machine === undefined
        ? await this.#listening(name)
        : { socketPath: machine.door, host: machine.address };
    return new Promise((resolve, reject) => {
      const asked = request(
        {
          ...{ ...target, path, method: 'POST', agent: false },
          headers: { 'content-type': 'application/json' },
          signal: AbortSignal.timeout(ASK_TIMEOUT_MS),
        },
        (response) => {
          json(response).then((body) => {
            resolve({ status: response.statusCode ?? 0, body: body as Answer['body'] });
          }, reject);
        },
      );
      asked.on('error', reject);
      asked.end(JSON.stringify(question));
    });
  }

  async #listening(name: string): Promise<RequestOptions> {
    const url = await until(`${name} listens`, () =>
      Promise.resolve(/"url":\s*"(http:[^"]+)"/u.exec(this.process(name).output)?.[1] ?? null),
    );
    const { hostname, port } = new URL(url);
    return { host: hostname, port };
  }

  close(): void {
    for (const process of this.#processes.values()) process.kill();
    this.#network?.close();
  }
}

/** The process group of a process; null when it is gone. */
function groupOf(pid: number): number | null {
  try {
    return Number(
      readFileSync(`/proc/${String(pid)}/stat`, 'utf8')
        .split(') ')[1]
        ?.split(' ')[2],
    );
  } catch {
    return null;
  }
}
