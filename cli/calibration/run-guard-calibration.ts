import { openComputePool } from '../../compute/pool.ts';
import { GatesSpec, LabelSpec, type ModelSpec } from '../../contracts/spec.ts';
import { GuardSpec, ShadowSpec } from '../../contracts/shadow-spec.ts';
import { marketRules } from '../../market/rules.ts';
import {
  firstStream,
  fittedThresholds,
  type GuardCalibration,
  NO_THRESHOLDS,
  summariseCalibration,
} from '../../monitoring/calibration/guard-calibration.ts';
import { CHAMPION_KINDS, type ChampionKind, DEFAULT_WORLD } from '../../monitoring/calibration/pair-world.ts';
import type { ReignOutcome, ReignPlan } from '../../monitoring/calibration/reign-simulation.ts';
import { comparisonSettings } from '../../monitoring/comparison/comparison-settings.ts';
import type { RunOptions } from './run-calibration.ts';

type GuardedParts = Pick<ModelSpec, 'label' | 'gates' | 'shadow' | 'guard'>;

const REIGN_SESSIONS = 250;
/** A year without a single change, three times over, of as many models as a desk runs. */
const QUIET_SESSIONS = 750;
const QUIET_MODELS = 20;
/** Bad champions of each kind; their delays need fewer than a small error rate does. */
const MOST_BAD = 1000;
const REIGNS_PER_PIECE = 50;

/** The plan of a spec, or of the defaults of a new one. */
export function reignPlan(
  spec: ModelSpec | null,
  { sessions, seed }: { readonly sessions: number | null; readonly seed: number },
): ReignPlan {
  const { label, gates, shadow, guard }: GuardedParts = spec ?? {
    label: LabelSpec.parse({}),
    gates: GatesSpec.parse({}),
    shadow: ShadowSpec.parse({}),
    guard: GuardSpec.parse({}),
  };
  const annualSessions =
    spec === null ? DEFAULT_WORLD.annualSessions : marketRules(spec.market).annualSessions;
  return {
    world: {
      ...DEFAULT_WORLD,
      annualSessions,
      horizonSessions: label.horizonSessions,
      entryDelaySessions: label.entryDelaySessions,
    },
    settings: comparisonSettings({ label }, annualSessions, { falseRollbackRate: guard.falseRollbackRate }),
    maxDrawdownTolerance: gates.maxDrawdownTolerance,
    minRankAgreement: shadow.minRankAgreement,
    shadowSessions: shadow.sessions,
    reignSessions: sessions ?? REIGN_SESSIONS,
    scoredSessions: guard.sessions,
    seed,
  };
}

/** The answer is a function of plan and count: neither the number of threads nor the order of their answers can move it. */
export async function calibrateGuard(
  plan: ReignPlan,
  shadows: number,
  { threads, signal, onProgress }: RunOptions,
): Promise<GuardCalibration> {
  const pool = openComputePool({ threads });
  const badCount = Math.min(shadows, MOST_BAD);
  const badKinds = CHAMPION_KINDS.filter((kind) => kind !== 'equal');
  const total = shadows + badKinds.length * badCount + QUIET_MODELS;
  let done = 0;
  const simulate = async (
    thePlan: ReignPlan,
    kind: ChampionKind,
    count: number,
    thresholds: readonly number[],
    first: number,
  ): Promise<readonly ReignOutcome[]> => {
    const pieces = Array.from({ length: Math.ceil(count / REIGNS_PER_PIECE) }, async (_, piece) => {
      const from = piece * REIGNS_PER_PIECE;
      const batch = {
        kind,
        from: first + from,
        count: Math.min(REIGNS_PER_PIECE, count - from),
        thresholds,
      };
      const outcomes = await pool.run('simulateReigns', { plan: thePlan, batch }, { signal });
      done += outcomes.length;
      onProgress(done, total);
      return outcomes;
    });
    return (await Promise.all(pieces)).flat();
  };
  try {
    onProgress(0, total);
    const nulls = await simulate(plan, 'equal', shadows, NO_THRESHOLDS, firstStream('equal'));
    const thresholds = fittedThresholds(nulls);
    const bad = new Map<ChampionKind, readonly ReignOutcome[]>();
    for (const kind of badKinds) {
      bad.set(kind, await simulate(plan, kind, badCount, thresholds, firstStream(kind)));
    }
    const quietPlan = { ...plan, reignSessions: QUIET_SESSIONS, scoredSessions: QUIET_SESSIONS };
    const quiet = await simulate(quietPlan, 'equal', QUIET_MODELS, NO_THRESHOLDS, firstStream('quiet'));
    return summariseCalibration(plan, nulls, bad, { sessions: QUIET_SESSIONS, outcomes: quiet });
  } finally {
    await pool.close();
  }
}
