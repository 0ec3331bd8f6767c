import { isDeepStrictEqual } from 'node:util';
import type { RetrainResult } from '../../../contracts/retrain.ts';
import { query } from '../../e2e/registry-state.ts';
import { type Retrain, until } from '../../e2e/small-world.ts';
import { type FinalState, finalState } from '../final-state.ts';
import { type RecordedHistory, type Violation, violations } from '../swap/invariants.ts';
import { plant, type Planted } from './plants.ts';
import { type RetrainFleet, UNDISTURBED, withClient } from './retrain-fleet.ts';
import { Witness } from './witness.ts';

/** Eight kills with what each of them makes Temporal wait for, on a busy machine. */
const PATIENCE_MS = 30 * 60_000;

export interface CellResult {
  readonly cell: string;
  /** What stood, and what did not, when the fault came. */
  readonly atFault: string;
  /** Of the whole retrain, fault and recovery included. */
  readonly seconds: number;
  /** From the moment the killed process was up again to the end of the retrain. */
  readonly recoverySeconds: number;
  readonly answers: number;
  readonly readings: number;
  /** Parts of the final state that are not those of the undisturbed run. */
  readonly differences: readonly string[];
  readonly violations: readonly Violation[];
}

/** What a fault reports of itself. */
export interface Disturbance {
  readonly atFault: string;
  /** `performance.now()` when everything was there again. */
  readonly overAt: number;
  /** Messages that a receiver outside took. */
  readonly deliveries: RecordedHistory['deliveries'];
}

export const overNow = (atFault: string): Disturbance => ({
  atFault,
  overAt: performance.now(),
  deliveries: [],
});

export interface Subject {
  readonly model: string;
  /** Starts the retrain; a lead signs when asked. */
  readonly start: () => Promise<Retrain>;
}

/** What was expected of an end and is not so; empty when all is well. */
export type JudgeEnd = (state: FinalState, expected: FinalState) => readonly string[];

/** Parts of a final state that differ, each with both values. */
export function differencesOf(found: FinalState, expected: FinalState): string[] {
  return (Object.keys(expected) as (keyof FinalState)[])
    .filter((part) => !isDeepStrictEqual(found[part], expected[part]))
    .map(
      (part) =>
        `${part}: ${JSON.stringify(found[part]).slice(0, 600)} instead of ${JSON.stringify(expected[part]).slice(0, 600)}`,
    );
}

/** One retrain that a fault disturbs, led to its end and held against the undisturbed run and against I1-I8. */
export async function judgedRetrain(
  fleet: RetrainFleet,
  cell: string,
  disturb: (subject: Subject) => Promise<Disturbance>,
  {
    planted = null,
    judge = differencesOf,
  }: { readonly planted?: Planted | null; readonly judge?: JudgeEnd } = {},
): Promise<CellResult> {
  const { world } = fleet;
  const model = await fleet.newModel();
  const witness = new Witness(fleet, model);
  const started = performance.now();
  const ended: { result: Promise<RetrainResult> | null } = { result: null };
  try {
    const { atFault, overAt, deliveries } = await disturb({
      model,
      start: async () => {
        const retrain = await fleet.startRetrain(model);
        ended.result = world.result(retrain, 'approve', PATIENCE_MS);
        // Waited for below; a failure before that must not end the process.
        ended.result.catch(() => undefined);
        return retrain;
      },
    });
    if (ended.result === null) throw new Error(`${cell}: no retrain was started`);
    const result = await ended.result;
    const { epoch, versionId, retrainId } = result;
    const over = performance.now();
    if (epoch !== null) {
      await until('end of the guard', async () => {
        await world.endGuard(model, epoch);
        return true;
      });
      await until('an answer of the champion', () =>
        Promise.resolve(witness.answers.some((answer) => answer.epoch === epoch)),
      );
    }
    await witness.stop();
    const history: RecordedHistory = {
      acknowledged:
        epoch === null || versionId === null
          ? []
          : [{ key: `promote:${retrainId}:${versionId}`, model, epoch, versionId }],
      answers: witness.answers,
      readings: witness.readings,
      deliveries,
    };
    const state = await until('the final state', () => finalState(world, model, result, UNDISTURBED));
    return {
      ...{ cell, atFault, seconds: (over - started) / 1000, recoverySeconds: (over - overAt) / 1000 },
      ...{ answers: witness.answers.length, readings: witness.readings.length },
      differences: judge(state, fleet.expected.state),
      violations: await withClient(world, (client) =>
        planted === null
          ? violations(client, history)
          : plant(client, model, planted, history, (changed) => violations(client, changed, 'as-it-stands')),
      ),
    };
  } finally {
    await witness.stop();
  }
}

/**
 * A retrain that a fault must end without a promotion. `expected` says by which codes it may end.
 *
 * Only the record counts: the workflow of a retrain that broke has no result.
 */
export async function refusedRetrain(
  fleet: RetrainFleet,
  cell: string,
  expected: readonly string[],
  disturb: (subject: Subject) => Promise<Disturbance>,
): Promise<CellResult> {
  const { world } = fleet;
  const model = await fleet.newModel();
  const witness = new Witness(fleet, model);
  const started = performance.now();
  try {
    const { atFault, overAt, deliveries } = await disturb({
      model,
      start: async () => {
        const retrain = await fleet.startRetrain(model);
        // Its end is looked for in the registry.
        world.result(retrain, 'approve', PATIENCE_MS).catch(() => undefined);
        return retrain;
      },
    });
    const [record = {}] = await until('the end of the retrain', async () => {
      const rows = await query(
        world,
        `select r.status, r.code, (select count(*)::int from reigns g where g.model = r.model) as reigns,
           (select champion_id from champions c where c.model = r.model) as champion
         from retrains r where r.model = $1 and r.finished_at is not null`,
        [model],
      );
      return rows.length > 0 && rows;
    });
    const over = performance.now();
    await witness.stop();
    const { status, code, reigns, champion } = record;
    const asExpected =
      (status === 'refused' || status === 'failed') &&
      expected.some((known) => known === code) &&
      reigns === 0 &&
      champion === null;
    return {
      ...{ cell, atFault: `${atFault}; ended as ${String(status)}, ${String(code)}` },
      ...{ seconds: (over - started) / 1000, recoverySeconds: (over - overAt) / 1000 },
      ...{ answers: witness.answers.length, readings: witness.readings.length },
      differences: asExpected ? [] : [`ended as ${JSON.stringify(record)}`],
      violations: await withClient(world, (client) =>
        violations(client, {
          acknowledged: [],
          ...{ answers: witness.answers, readings: witness.readings, deliveries },
        }),
      ),
    };
  } finally {
    await witness.stop();
  }
}
