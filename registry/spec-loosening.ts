import { GATE_NAMES, gateMode, type GateMode } from '../contracts/gate-catalogue.ts';
import { ModelSpec } from '../contracts/spec.ts';
import { marketRules, tradingCosts } from '../market/rules.ts';

type Section = 'training' | 'quality' | 'gates' | 'shadow' | 'approval' | 'guard' | 'decay' | 'drill';

/** Whether a field is looser when its number rises, when it falls, whenever it goes from true to false, or when a list loses an item. */
type Looser =
  | 'shorter'
  | 'higher'
  | 'lower'
  | 'off'
  | 'any-change'
  | 'change-from-on'
  | 'change-from-ledger'
  | 'change-from-walk-forward'
  | 'change-from-random';

/**
 * Which way each safety field is loose. A field that is absent here is loose in no direction (replicates, block counts).
 * The type makes a new field of a section impossible to forget.
 */
const LOOSER: { readonly [S in Section]: { readonly [F in keyof ModelSpec[S]]: Looser | 'never' } } = {
  training: {
    // Whatever is tried, the gates judge it. What they judge it on is looser where fits have seen what came after.
    folds: 'change-from-walk-forward',
    // Trials that follow each other's returns are alike: their spread, which the deflated Sharpe ratio asks for, falls.
    search: 'change-from-random',
    ...{
      generation: 'never',
      objective: 'never',
      monotone: 'never',
      weightHalfLifeSessions: 'never',
      trials: 'never',
      draws: 'never',
    },
    ...{
      groups: 'never',
      testGroups: 'never',
      trainSessions: 'never',
      testSessions: 'never',
      minFolds: 'never',
    },
    ...{ maxFolds: 'never', embargoSessions: 'never', seed: 'never', maxMinutes: 'never' },
  },
  quality: {
    minSessionCoverage: 'lower',
    maxStaleSymbols: 'higher',
    maxLateBars: 'higher',
    maxGaps: 'higher',
    maxOutliers: 'higher',
    maxLimitHits: 'higher',
    maxDuplicates: 'higher',
    maxRestatements: 'higher',
    maxUnrecordedSplits: 'higher',
    maxDrift: 'higher',
    holds: 'shorter',
  },
  gates: {
    spaAlpha: 'higher',
    // Over one retrain alone, every further search has the whole level again.
    spaFamily: 'change-from-ledger',
    spaReplicates: 'lower',
    dsrMin: 'lower',
    pboMax: 'higher',
    // Another number of splits is another test, neither looser nor tighter by itself: somebody has to look at it.
    pboSplits: 'any-change',
    minSharpeImprovement: 'lower',
    nonInferiorityMargin: 'higher',
    nonInferiorityAlpha: 'higher',
    maxDrawdownTolerance: 'higher',
    rankIcMin: 'lower',
    minSessions: 'lower',
    minRefreshSessions: 'lower',
    minTrials: 'lower',
    uncertaintyReplicates: 'never',
    maxLatencyMs: 'higher',
    minCoverage: 'lower',
    maxModelMegabytes: 'higher',
    maxAnnualTurnover: 'higher',
    minCostCover: 'lower',
    maxPositionShare: 'higher',
    maxSectorShare: 'higher',
    maxRefusedTradeShare: 'higher',
    bookCapital: 'lower',
    maxParticipation: 'higher',
    // Compared gate by gate below: a mode that is not named is the default of its gate.
    modes: 'never',
    timeLimitSeconds: 'never',
    errorHoldSessions: 'never',
    // The longer the window, the likelier a fail is accepted.
    waiverSessions: 'higher',
    ledgerRescoreMax: 'lower',
    // Another method or level begins another stream with a full budget.
    errorBudget: 'change-from-on',
    errorBudgetLevel: 'any-change',
  },
  shadow: {
    sessions: 'lower',
    minPairing: 'lower',
    maxMissing: 'higher',
    maxLatencyMs: 'higher',
    minRankAgreement: 'lower',
    maxFeatureSkew: 'higher',
    maxFeatureMismatch: 'higher',
    maxTurnover: 'higher',
    maxSectorShare: 'higher',
    maxBetaDeviation: 'higher',
    maxRefusedTradeShare: 'higher',
    maxPaperLoss: 'higher',
    maxDrawdown: 'higher',
    maxGateAgeSessions: 'higher',
  },
  approval: {
    approvers: 'lower',
    fourEyes: 'off',
    expiresSessions: 'higher',
    remindSessions: 'never',
    // Who is named may sign without being a lead: two people name, and two people change.
    deputy: 'any-change',
    deputyAfterSessions: 'lower',
  },
  guard: {
    sessions: 'lower',
    autoRollback: 'off',
    // Lower makes the guard slower, higher makes it roll back models that are in order: both want a second look.
    falseRollbackRate: 'any-change',
    failedLimit: 'higher',
    inconclusiveLimit: 'higher',
    maxConsecutiveErrors: 'higher',
    maxAwayMinutes: 'higher',
    remindSessions: 'never',
    cooldownSessions: 'higher',
    maxRollbacksPerDay: 'never',
    fallbackSide: 'any-change',
  },
  decay: {
    // Fewer false alarms are bought with a slower alarm.
    falseAlarmsPerYear: 'lower',
    cooldownSessions: 'higher',
    action: 'any-change',
    safeVersion: 'any-change',
    // From null to a number or back, or to another one: whether that is shorter depends on shadow.sessions.
    shadowSessions: 'any-change',
    driftAction: 'never',
    driftSessions: 'never',
    falseDiscoveryRate: 'never',
    overdueSessions: 'higher',
  },
  drill: {
    schedule: 'off',
    cron: 'never',
    maxAgeDays: 'higher',
  },
};

/** Paths of the safety fields (`gates.dsrMin`) that are looser in `next` than in `stored`, sorted; `spec` when that cannot be read. */
export function loosenedFields(stored: ModelSpec, next: ModelSpec): readonly string[] {
  // A spec that an earlier release stored lacks the fields of this one: it meant their defaults.
  const { success, data: current } = ModelSpec.safeParse(stored);
  // Nobody can say that anything is as strict as it was: a second person looks at what mends it.
  if (!success) return ['spec'];
  const paths: string[] = [];
  for (const [section, fields] of Object.entries(LOOSER)) {
    const before = new Map<string, unknown>(Object.entries(current[section as Section]));
    const after = new Map<string, unknown>(Object.entries(next[section as Section]));
    for (const [field, looser] of Object.entries(fields)) {
      if (isLooser(looser, before.get(field), after.get(field))) paths.push(`${section}.${field}`);
    }
  }
  return [...paths, ...weakenedGates(current, next), ...cheaperCosts(current, next)].sort();
}

/** Costs that fall make every gate that looks at returns easier to pass: as `portfolio.costs`. */
function cheaperCosts(current: ModelSpec, next: ModelSpec): readonly string[] {
  const charged = ({ market, portfolio }: ModelSpec): number => {
    const { buyBps, sellBps } = tradingCosts(marketRules(market), portfolio.costs);
    return buyBps + sellBps;
  };
  return charged(next) < charged(current) ? ['portfolio.costs'] : [];
}

const STRENGTH: Readonly<Record<GateMode, number>> = { enforce: 2, 'dry-run': 1, off: 0 };

/** Gates that count for less than before, as `gates.modes.<gate>`. */
function weakenedGates(current: ModelSpec, next: ModelSpec): readonly string[] {
  return GATE_NAMES.filter(
    (gate) => STRENGTH[gateMode(gate, next.gates.modes)] < STRENGTH[gateMode(gate, current.gates.modes)],
  ).map((gate) => `gates.modes.${gate}`);
}

function isLooser(looser: Looser | 'never', before: unknown, after: unknown): boolean {
  switch (looser) {
    case 'never':
      return false;
    case 'shorter':
      return Array.isArray(before) && Array.isArray(after) && before.some((item) => !after.includes(item));
    // A spec of a release before the field says nothing about it: its default is no change.
    case 'any-change':
      return before !== undefined && before !== after;
    case 'change-from-ledger':
      return after !== 'ledger' && before !== after;
    case 'change-from-walk-forward':
      return before === 'walk_forward' && after !== before;
    case 'change-from-random':
      return before === 'random' && after !== before;
    case 'change-from-on':
      return before !== undefined && before !== 'off' && before !== after;
    case 'off':
      return before === true && after === false;
    case 'higher':
      return typeof before === 'number' && typeof after === 'number' && after > before;
    case 'lower':
      return typeof before === 'number' && typeof after === 'number' && after < before;
  }
}
