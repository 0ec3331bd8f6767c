import { loadavg } from 'node:os';
import pg from 'pg';
import { openRegistry } from '../registry/registry.ts';
import { setup } from '../tests/global-setup.ts';
import { championModel } from '../tests/integration/registry/champion-model.ts';
import { doubleWins, raceForChampion } from '../tests/integration/registry/champion-race.ts';
import { linearize } from '../tests/integration/registry/linearizability.ts';
import { readForTears } from '../tests/integration/registry/torn-reads.ts';
import { testDatabase } from '../tests/postgres.ts';

/**
 * Promotions and rollbacks raced by 8 clients over 50 models, 200 commands each, while others read every model:
 * `node bench/registry-race.ts [--models 50] [--rounds 25] [--reads 1000000]`. Each model's history goes through the
 * checker. Ends with 1 at a double win, a torn reading, or a history without an order.
 */
const argument = (name: string, usual: number): number => {
  const at = process.argv.indexOf(name);
  return at < 0 ? usual : Number(process.argv[at + 1]);
};
const MODELS = argument('--models', 50);
const ROUNDS = argument('--rounds', 25);
const READS = argument('--reads', 1_000_000);
const CLIENTS = 8;
/** Models that are raced at the same time. */
const LANES = 4;
const READERS = 2;

const teardown = await setup();
const database = await testDatabase();
const clients = Array.from({ length: CLIENTS }, (_, index) =>
  openRegistry({ url: database.url, applicationName: `racer-${String(index)}`, maxConnections: LANES }),
);
const started = performance.now();
let racing = true;
let reads = 0;
let torn = 0;

async function readAll(): Promise<void> {
  const reader = new pg.Client({ connectionString: database.url });
  await reader.connect();
  while (racing || reads < READS) {
    const reading = await readForTears(reader);
    reads += reading.reads;
    torn += reading.torn.length;
  }
  await reader.end();
}

try {
  const reading = Promise.all(Array.from({ length: READERS }, readAll));
  let left = MODELS;
  let [commands, wins, doubles, unordered] = [0, 0, 0, 0];
  const lane = async (): Promise<void> => {
    while (left > 0) {
      left -= 1;
      const { history } = await raceForChampion(clients, ROUNDS);
      commands += history.filter(({ input }) => input.kind !== 'read').length;
      wins += history.filter(({ output }) => output.kind === 'swapped').length;
      doubles += doubleWins(history).length;
      if (!linearize(championModel, history).linearizable) unordered += 1;
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  racing = false;
  await reading;
  const seconds = (performance.now() - started) / 1000;
  const result = { commands, models: MODELS, clients: CLIENTS, wins, doubles, reads, torn, unordered };
  process.stdout.write(`${JSON.stringify({ ...result, seconds, load: loadavg()[0] }, undefined, 2)}\n`);
  process.exitCode = doubles + torn + unordered === 0 ? 0 : 1;
} finally {
  racing = false;
  await Promise.all(clients.map((client) => client.close()));
  await database.drop();
  await teardown();
}
