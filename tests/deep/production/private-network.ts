import { type ChildProcessByStdio, execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { inheritedEnvironment } from '../../../config/config.ts';
import { openRelay, type Relay, type Route } from './relay.ts';

const PREFIX = '10.93.0';
const HOLDER = join(import.meta.dirname, 'fixture-namespace.ts');
/** Where a server on a machine listens: nothing else there wants the port. */
export const SERVER_PORT = 8090;

type Holder = ChildProcessByStdio<Writable, Readable, null>;

/**
 * What stands in the way of networks of our own; null: nothing. They are for root. In a user namespace the root of the file system
 * belongs to nobody, where the compiler of the workers' bundle refuses to keep its cache.
 */
export function obstacleToNamespaces(): string | null {
  if (process.platform !== 'linux') return 'only Linux has them';
  if (process.getuid?.() !== 0) return 'only root may have them';
  for (const program of ['unshare', 'nsenter', 'ip']) {
    if (spawnSync(program, ['-V']).error !== undefined) return `${program} is not installed`;
  }
  const pair = 'ip link add probe type veth peer name eborp';
  const bridge = 'ip link add egdirb type bridge';
  const tried = spawnSync('unshare', ['--net', 'sh', '-c', `${pair} && ${bridge}`]);
  return tried.status === 0 ? null : `the kernel refuses them (${tried.stderr.toString().trim()})`;
}

/** A machine of the network: what runs on it reaches the others, and the services, over one cable. */
export class Machine {
  readonly address: string;
  /** A socket in the file system that leads to the server on it from the machine itself, also while the cable is out. */
  readonly door: string;
  readonly #enter: readonly string[];
  readonly #cable: (state: 'up' | 'down') => void;

  constructor(given: {
    readonly address: string;
    readonly door: string;
    readonly enter: readonly string[];
    readonly cable: (state: 'up' | 'down') => void;
  }) {
    this.address = given.address;
    this.door = given.door;
    this.#enter = given.enter;
    this.#cable = given.cable;
  }

  /** The command that runs a command on this machine. */
  command(program: string, args: readonly string[]): readonly [string, readonly string[]] {
    return ['nsenter', [...this.#enter, program, ...args]];
  }

  /** From now on nothing arrives and nothing leaves, and nobody is told so. */
  pullCable(): void {
    this.#cable('down');
  }

  plugIn(): void {
    this.#cable('up');
  }
}

/**
 * Machines on one bridge, each a network namespace with a cable of its own, and services of this host that answer on the
 * bridge. The namespaces have no names: they end with the last process in them, so that nothing is left of a killed test.
 */
export class PrivateNetwork {
  /** Where the services answer, by name. */
  readonly services: Readonly<Record<string, { readonly host: string; readonly port: number }>>;
  readonly #folder: string;
  readonly #bridge: Holder;
  readonly #inside: Relay;
  readonly #holders: Holder[];
  #machines = 0;

  private constructor(given: {
    readonly folder: string;
    readonly bridge: Holder;
    readonly inside: Relay;
    readonly services: PrivateNetwork['services'];
  }) {
    this.#folder = given.folder;
    this.#bridge = given.bridge;
    this.#inside = given.inside;
    this.services = given.services;
    this.#holders = [given.bridge];
  }

  /** `services`: ports of this host by name. */
  static async open(services: Readonly<Record<string, number>>): Promise<PrivateNetwork> {
    const folder = mkdtempSync(join(tmpdir(), 'contender-net-'));
    const named = Object.entries(services).map(([name, port], at) => ({
      ...{ name, port, path: join(folder, name), bridged: 15_000 + at },
    }));
    const inside = await openRelay(
      named.map(({ path, port }) => ({ from: { path }, to: { host: '127.0.0.1', port } })),
    );
    const routes = named.map(({ path, bridged }) => ({ from: { port: bridged }, to: { path } }));
    const bridge = await hold(['unshare', '--net'], routes);
    const network = new PrivateNetwork({
      ...{ folder, bridge, inside },
      services: Object.fromEntries(
        named.map(({ name, bridged }) => [name, { host: `${PREFIX}.1`, port: bridged }]),
      ),
    });
    network.#ip(bridge, 'link', 'add', 'bridge', 'type', 'bridge');
    network.#ip(bridge, 'address', 'add', `${PREFIX}.1/24`, 'dev', 'bridge');
    network.#ip(bridge, 'link', 'set', 'bridge', 'up');
    return network;
  }

  async machine(): Promise<Machine> {
    this.#machines += 1;
    const address = `${PREFIX}.${String(1 + this.#machines)}`;
    const cable = `cable${String(this.#machines)}`;
    const door = join(this.#folder, cable);
    const holder = await hold(
      ['nsenter', ...this.#entering(this.#bridge), 'unshare', '--net'],
      [{ from: { path: door }, to: { host: address, port: SERVER_PORT } }],
    );
    this.#holders.push(holder);
    const peer = ['peer', 'name', 'eth0', 'netns', String(holder.pid)];
    this.#ip(this.#bridge, 'link', 'add', cable, 'type', 'veth', ...peer);
    this.#ip(this.#bridge, 'link', 'set', cable, 'master', 'bridge');
    this.#ip(this.#bridge, 'link', 'set', cable, 'up');
    this.#ip(holder, 'link', 'set', 'lo', 'up');
    this.#ip(holder, 'address', 'add', `${address}/24`, 'dev', 'eth0');
    this.#ip(holder, 'link', 'set', 'eth0', 'up');
    return new Machine({
      ...{ address, door, enter: this.#entering(holder) },
      cable: (state) => {
        this.#ip(this.#bridge, 'link', 'set', cable, state);
      },
    });
  }

  /** What still runs on the machines keeps their namespaces, without a way out. */
  close(): void {
    for (const holder of this.#holders) holder.stdin.end();
    this.#inside.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #entering(holder: Holder): readonly string[] {
    return ['--target', String(holder.pid), '--net'];
  }

  #ip(where: Holder, ...args: readonly string[]): void {
    execFileSync('nsenter', [...this.#entering(where), 'ip', ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  }
}

async function hold([program = '', ...args]: readonly string[], routes: readonly Route[]): Promise<Holder> {
  const holder = spawn(program, [...args, process.execPath, HOLDER, JSON.stringify(routes)], {
    env: inheritedEnvironment(),
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  holder.stdin.on('error', () => undefined);
  await new Promise<void>((resolve, reject) => {
    holder.once('error', reject);
    holder.once('exit', (code) => {
      reject(new Error(`the holder of a namespace ended with ${String(code)}`));
    });
    holder.stdout.once('data', () => {
      resolve();
    });
  });
  return holder;
}
