import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { OPS } from '../../integration/registry/world.ts';
import { Actor, type ActorRequest } from './actor.ts';
import { violations, type RecordedHistory, type Violation } from './invariants.ts';
import { cellName, holdPoint, releasePoint, somebodyWaits, type Cell } from './points.ts';
import { SERVERS, until, type Answer, type SwapFleet } from './swap-fleet.ts';

export interface CellResult {
  readonly cell: string;
  /** The state that was found right after the kill. */
  readonly atKill: 'old' | 'new';
  /** From the moment the killed process was up again to the last sign of the new state everywhere. */
  readonly convergedMs: number;
  readonly answers: number;
  readonly readings: number;
  readonly violations: readonly Violation[];
}

interface Reading {
  readonly model: string;
  readonly epoch: number;
  readonly championId: string | null;
  readonly previousId: string | null;
}

const WATCH_MS = 25;

/** Asks servers and registry all the time; what cannot be reached gives no answer, and that is no violation. */
class Witness {
  readonly answers: Answer[] = [];
  readonly readings: Reading[] = [];
  readonly #fleet: SwapFleet;
  readonly #model: string;
  readonly #loops: Promise<void>[];
  #watching = true;

  constructor(fleet: SwapFleet, model: string) {
    this.#fleet = fleet;
    this.#model = model;
    this.#loops = [
      ...SERVERS.map((server) =>
        this.#repeat(async () => {
          this.answers.push(await fleet.ask(server, model));
        }),
      ),
      this.#repeat(async () => {
        this.readings.push(await this.#read());
      }),
    ];
  }

  /** One statement, hence of one moment. */
  async #read(): Promise<Reading> {
    return withClient(this.#fleet.url, async (client) => {
      const { rows } = await client.query<Reading>(
        `select model, epoch::int, champion_id as "championId", previous_id as "previousId"
         from champions where model = $1`,
        [this.#model],
      );
      const [reading] = rows;
      if (reading === undefined) throw new Error(`${this.#model} has no row`);
      return reading;
    });
  }

  async #repeat(look: () => Promise<void>): Promise<void> {
    while (this.#watching) {
      await look().catch(() => undefined);
      await delay(WATCH_MS);
    }
  }

  async stop(): Promise<void> {
    this.#watching = false;
    await Promise.all(this.#loops);
  }
}

async function withClient<T>(url: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2000 });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/**
 * One command, one kill: brings a model to its last champion, gives the command, stops it at the point, kills the victim there,
 * starts it again, and waits until the command is done and every server answers with the new epoch. Then the registry and
 * everything that was seen are held against the invariants.
 */
export async function runCell(fleet: SwapFleet, cell: Cell): Promise<CellResult> {
  const { model, request, oldEpoch } = await prepare(fleet, cell);
  const witness = new Witness(fleet, model);
  const holder = new pg.Client({ connectionString: fleet.url });
  holder.on('error', () => undefined);
  await holder.connect();
  let actor: Actor | null = null;
  try {
    if (cell.point !== 'after-the-last-acknowledgement') await holdPoint(holder, cell.point, model);
    actor = new Actor(request, fleet.environment);
    const first = actor;
    await arrived(fleet, cell, model, oldEpoch, first);
    const { upAt, atKill } = await kill(
      fleet,
      cell,
      holder,
      first,
      model,
      oldEpoch,
      (again) => {
        actor = new Actor(again, fleet.environment);
        return actor;
      },
      request,
    );
    const last = (): Actor => actor ?? first;
    await until(`${cellName(cell)}: the command ends`, () => (last().reached('finished') ? true : null));
    const newEpoch = oldEpoch + 1;
    for (const server of SERVERS) {
      await until(`${cellName(cell)}: ${server} answers with epoch ${String(newEpoch)}`, async () =>
        (await fleet.ask(server, model)).epoch === newEpoch ? true : null,
      );
    }
    const convergedMs = performance.now() - upAt;
    await witness.stop();
    const acknowledged = [first, last()].flatMap(({ acknowledged: outcome }) =>
      outcome === null ? [] : [outcome],
    );
    const key =
      request.command === 'swap' ? request.promotion.idempotencyKey : request.rollback.idempotencyKey;
    const history: RecordedHistory = {
      acknowledged: acknowledged.map(({ epoch, versionId }) => ({ key, model, epoch, versionId })),
      answers: witness.answers,
      readings: witness.readings,
      deliveries: [],
    };
    return {
      ...{ cell: cellName(cell), atKill, convergedMs: Math.round(convergedMs) },
      ...{ answers: witness.answers.length, readings: witness.readings.length },
      violations: await withClient(fleet.url, (client) => violations(client, history)),
    };
  } finally {
    actor?.signal('SIGCONT');
    actor?.signal('SIGKILL');
    await witness.stop();
    await holder.end().catch(() => undefined);
  }
}

async function prepare(
  fleet: SwapFleet,
  cell: Cell,
): Promise<{ readonly model: string; readonly request: ActorRequest; readonly oldEpoch: number }> {
  const { world } = fleet;
  const model = await world.model();
  await world.champion(model, 1);
  const idempotencyKey = `chaos:${randomUUID()}`;
  let request: ActorRequest;
  let oldEpoch = 1;
  if (cell.command === 'swap') {
    const candidate = await world.candidate(model, 2);
    request = {
      command: 'swap',
      role: 'worker',
      promotion: {
        ...{ retrainId: candidate.retrainId, model, versionId: candidate.versionId, kind: 'promotion' },
        ...{
          expectedEpoch: candidate.epoch,
          businessAt: candidate.asOf,
          correlationId: 'chaos',
          idempotencyKey,
        },
        decisionEvidenceHash: await world.approved(candidate),
      },
    };
  } else {
    await world.champion(model, 2);
    oldEpoch = 2;
    request = {
      command: 'rollback',
      role: cell.victim === 'api' ? 'api' : 'worker',
      rollback: {
        ...{ model, toVersion: null, expectedEpoch: null, reason: 'chaos', actor: OPS, idempotencyKey },
        correlationId: 'chaos',
      },
    };
  }
  for (const server of SERVERS) {
    await until(`${server} answers for ${model}`, async () =>
      (await fleet.ask(server, model)).epoch === oldEpoch ? true : null,
    );
  }
  return { model, request, oldEpoch };
}

/** Resolves when the command stands at the point. */
async function arrived(
  fleet: SwapFleet,
  { point }: Cell,
  model: string,
  oldEpoch: number,
  actor: Actor,
): Promise<void> {
  await withClient(fleet.url, async (client) => {
    await until(`the command comes to ${point}`, async () => {
      // An actor that failed says so here, instead of after the patience of the wait.
      if (actor.reached('finished') && point !== 'after-the-last-acknowledgement')
        throw new Error('it ended without coming to the point');
      if (point !== 'after-the-last-acknowledgement')
        return (await somebodyWaits(client, point)) ? true : null;
      const { rows } = await client.query('select from server_epochs where model = $1 and epoch = $2', [
        model,
        oldEpoch + 1,
      ]);
      return rows.length === SERVERS.length ? true : null;
    });
  });
}

/** Kills the victim at the point, lets go of the point, and starts the victim again. */
async function kill(
  fleet: SwapFleet,
  { point, victim }: Cell,
  holder: pg.Client,
  actor: Actor,
  model: string,
  oldEpoch: number,
  startAgain: (request: ActorRequest) => Actor,
  request: ActorRequest,
): Promise<{ readonly upAt: number; readonly atKill: 'old' | 'new' }> {
  const release = async (): Promise<void> => {
    if (point !== 'after-the-last-acknowledgement') await releasePoint(holder, point).catch(() => undefined);
  };
  const stateNow = (): Promise<'old' | 'new'> =>
    until('the state after the kill', () =>
      withClient(fleet.url, async (client) => {
        const { rows } = await client.query<{ epoch: number }>(
          'select epoch::int from champions where model = $1',
          [model],
        );
        const epoch = rows[0]?.epoch;
        if (epoch === oldEpoch) return 'old';
        if (epoch === oldEpoch + 1) return 'new';
        throw new Error(`epoch ${String(epoch)} is neither old nor new`);
      }),
    );
  if (point === 'committed-but-not-told') {
    actor.signal('SIGSTOP');
    await release();
    await until('the commit', async () => ((await stateNow()) === 'new' ? true : null));
  }
  let upAt: number;
  if (victim === 'worker' || victim === 'api') {
    actor.signal('SIGKILL');
    const atKill = await stateNow();
    await release();
    const again = startAgain(request);
    await until('the actor is up again', () => (again.reached('ready') ? true : null));
    upAt = performance.now();
    return { upAt, atKill };
  }
  const restarted = fleet.killAndRestart(victim);
  const released = victim === 'postgres' ? Promise.resolve() : release();
  await Promise.all([restarted, released]);
  upAt = performance.now();
  const atKill = await stateNow();
  actor.signal('SIGCONT');
  return { upAt, atKill };
}
