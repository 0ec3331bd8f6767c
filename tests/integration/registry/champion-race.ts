import { randomUUID } from 'node:crypto';
import { ContenderError } from '../../../contracts/error.ts';
import type { Registry } from '../../../registry/registry.ts';
import type { ChampionInput, ChampionOutput } from './champion-model.ts';
import type { Operation } from './linearizability.ts';
import { RegistryWorld } from './world.ts';
import type { Candidate } from './world.ts';

export type ChampionHistory = readonly Operation<ChampionInput, ChampionOutput>[];

const OF_CODE: Readonly<Record<string, 'moved' | 'already-champion' | 'no-previous'>> = {
  EPOCH_MOVED: 'moved',
  ALREADY_CHAMPION: 'already-champion',
  NO_PREVIOUS_CHAMPION: 'no-previous',
};

/**
 * Rounds of one model: a candidate is made ready, then every client gives one command at the same time, a promotion under
 * a key of its own or one of three kinds of rollback, and reads. The history holds what each asked and heard.
 */
export async function raceForChampion(
  clients: readonly Registry[],
  rounds: number,
): Promise<{ readonly model: string; readonly history: ChampionHistory }> {
  const [first] = clients;
  if (first === undefined) throw new Error('nobody races');
  const world = new RegistryWorld(first);
  const model = await world.model();
  const history: Operation<ChampionInput, ChampionOutput>[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    const candidate = await world.candidate(model, round);
    const decision = await world.approved(candidate);
    await Promise.all(
      clients.map(async (registry, client) => {
        const ask = inputOf(client + round, candidate);
        history.push(await record(client, ask, () => give(registry, ask, candidate, decision)));
        const read = { kind: 'read' } as const;
        if (client % 4 === 0) {
          history.push(await record(client, read, () => give(registry, read, candidate, decision)));
        }
      }),
    );
    const won = history.some(
      ({ input, output }) =>
        input.kind === 'promote' && input.version === candidate.number && output.kind === 'swapped',
    );
    await world.finish(candidate, won ? 'promoted' : 'failed');
  }
  return { model, history };
}

function inputOf(turn: number, { number, epoch }: Candidate): ChampionInput {
  if (turn % 2 === 0) return { kind: 'promote', version: number, expectedEpoch: epoch };
  const kinds: readonly ChampionInput[] = [
    { kind: 'rollback', to: null, expectedEpoch: null },
    { kind: 'rollback', to: null, expectedEpoch: epoch },
    { kind: 'rollback', to: null, expectedEpoch: epoch + 1 },
  ];
  return kinds[turn % kinds.length] ?? { kind: 'read' };
}

async function give(
  registry: Registry,
  input: ChampionInput,
  candidate: Candidate,
  decision: string,
): Promise<ChampionOutput> {
  const world = new RegistryWorld(registry);
  if (input.kind === 'read') {
    const { epoch, champion, rollbackTarget } = await registry.champion({ model: candidate.model });
    return { kind: 'seen', epoch, champion: champion?.number ?? null, previous: rollbackTarget };
  }
  const { epoch, toVersion } =
    input.kind === 'promote'
      ? await world.promote(candidate, decision, { idempotencyKey: randomUUID() })
      : await world.rollback(candidate.model, { toVersion: input.to, expectedEpoch: input.expectedEpoch });
  return { kind: 'swapped', epoch, version: toVersion };
}

async function record(
  client: number,
  input: ChampionInput,
  ask: () => Promise<ChampionOutput>,
): Promise<Operation<ChampionInput, ChampionOutput>> {
  const invoked = performance.now();
  const output = await ask().catch(refusal);
  return { client, invoked, returned: performance.now(), input, output };
}

function refusal(error: unknown): ChampionOutput {
  const kind = error instanceof ContenderError ? OF_CODE[error.code] : undefined;
  if (kind === undefined || !(error instanceof ContenderError)) throw error;
  return kind === 'moved' ? { kind, epoch: Number(error.details['currentEpoch']) } : { kind };
}

/** Epochs that more than one command claims to have opened. */
export function doubleWins(history: ChampionHistory): readonly number[] {
  const opened = history.flatMap(({ output }) => (output.kind === 'swapped' ? [output.epoch] : []));
  return opened.filter((epoch, index) => opened.indexOf(epoch) !== index);
}
