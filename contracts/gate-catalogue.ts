import type { GateName } from './verdict.ts';

/**
 * Every gate there is: its question, when it came, who may waive it, and what it is computed with. Free of zod, because
 * workflows read it.
 */

/** What a gate looks at: the statistics of the recipe, what trading it means, or whether the artifact works. */
export type GateFamily = 'statistical' | 'business' | 'operational';

/** `enforce`: must pass. `dry-run`: judged and reported, does not count. `off`: not judged. */
export type GateMode = 'enforce' | 'dry-run' | 'off';

/** What is computed together, as one activity with a time limit and a retry rule of its own. */
export type GateUnit =
  'operational' | 'business' | 'skill' | 'superiority' | 'deflated-sharpe' | 'overfitting';

export interface GateEntry {
  readonly family: GateFamily;
  readonly unit: GateUnit;
  /** Release that brought the gate. */
  readonly since: string;
  /** False: nobody may accept its fail, because without it neither data nor artifact can be trusted. */
  readonly waivable: boolean;
  /** False: it cannot be set to dry-run or off either. */
  readonly canBeSwitchedOff: boolean;
  /** True: it counts from its first release on, because without it what it is asked of would pass by default. */
  readonly enforcedAtOnce: boolean;
  readonly question: string;
}

const FIRST = '0.1.0';

/**
 * The newest release whose gates count by default. A gate that came later starts in dry-run: its numbers are seen on real
 * retrains before it can refuse one. A release that raises this line says so in the changelog.
 */
export const ESTABLISHED_SINCE = FIRST;

const entry = (
  family: GateFamily,
  unit: GateUnit,
  since: string,
  question: string,
  changes: Partial<Pick<GateEntry, 'waivable' | 'canBeSwitchedOff' | 'enforcedAtOnce'>> = {},
): GateEntry => ({
  family,
  unit,
  since,
  question,
  waivable: true,
  canBeSwitchedOff: true,
  enforcedAtOnce: false,
  ...changes,
});

const NEVER = { waivable: false, canBeSwitchedOff: false } as const;
const NEXT = '0.2.0';

/** In reading order: from the data to the decision, cheap before dear. */
export const GATE_CATALOGUE: Readonly<Record<GateName, GateEntry>> = {
  leak: entry('operational', 'operational', FIRST, 'Does any feature value come from the future?', NEVER),
  coverage: entry('operational', 'operational', FIRST, 'Does nearly every member row have a bar?'),
  // The step `validate` refuses a broken schema by itself; the verdict makes it part of the evidence.
  schema: entry('operational', 'operational', NEXT, 'Are the rows what their manifest says?', {
    waivable: false,
  }),
  parity: entry(
    'operational',
    'operational',
    FIRST,
    'Does serving give the scores of training, bit for bit?',
    NEVER,
  ),
  latency: entry('operational', 'operational', FIRST, 'Is one universe scored in time?'),
  resources: entry('operational', 'operational', NEXT, 'Does the model fit into a server beside two others?'),
  'final-fit': entry(
    'operational',
    'operational',
    FIRST,
    'Does the final fit rank names as the judged folds did?',
  ),
  'rank-ic': entry('statistical', 'skill', FIRST, 'Do predictions order later returns at all?'),
  spa: entry(
    'statistical',
    'superiority',
    FIRST,
    'Is the best of all recipes better than the benchmark by more than the luck of choosing it?',
  ),
  stepm: entry('statistical', 'superiority', FIRST, 'Is the promoted recipe itself among those that are?'),
  dsr: entry(
    'statistical',
    'deflated-sharpe',
    FIRST,
    'Does its Sharpe ratio survive the number of recipes ever tried?',
  ),
  pbo: entry(
    'statistical',
    'overfitting',
    FIRST,
    'How often does the winner of one half of the sessions fall behind in the other?',
  ),
  'sharpe-improvement': entry(
    'statistical',
    'superiority',
    FIRST,
    "Is it better than the champion's recipe by enough to act on?",
  ),
  'non-inferiority': entry(
    'statistical',
    'skill',
    FIRST,
    'Is a refresh no worse than the champion as it answers today?',
  ),
  drawdown: entry('business', 'skill', FIRST, "Is the worst fall near the champion's?"),
  turnover: entry('business', 'business', NEXT, 'Does it trade no more than its hold explains?'),
  'cost-cover': entry(
    'business',
    'business',
    NEXT,
    'How many times over does the gross return pay the costs?',
  ),
  'position-concentration': entry('business', 'business', NEXT, 'Does no single name carry the book?'),
  'sector-concentration': entry('business', 'business', NEXT, 'Does no single sector carry the book?'),
  feasibility: entry(
    'business',
    'business',
    NEXT,
    'Could its trades have been made, whatever their size: no halt, no price limit, no ban?',
  ),
  recovery: entry(
    'statistical',
    'skill',
    NEXT,
    'Does the recipe work on the sessions since the champion decayed?',
    // Beside a champion that has decayed anything looks no worse: an emergency without this would pass by default.
    { enforcedAtOnce: true },
  ),
  capacity: entry(
    'business',
    'business',
    NEXT,
    'Is the size of its trades small beside what the names trade in a session, for a book of the stated size?',
  ),
};

export const GATE_NAMES = Object.keys(GATE_CATALOGUE) as readonly GateName[];

/** Gates that no quant lead can waive: without them the artifact or the data cannot be trusted at all. */
export const UNWAIVABLE_GATES: readonly GateName[] = GATE_NAMES.filter(
  (gate) => !GATE_CATALOGUE[gate].waivable,
);

/** True when the gate came after the releases whose gates count by default. */
export function isNewGate(gate: GateName): boolean {
  const { since, enforcedAtOnce } = GATE_CATALOGUE[gate];
  return !enforcedAtOnce && compareReleases(since, ESTABLISHED_SINCE) > 0;
}

/** What the spec says of the gate; else dry-run for a new one, enforce for the others. */
export function gateMode(gate: GateName, modes: Readonly<Partial<Record<GateName, GateMode>>>): GateMode {
  return modes[gate] ?? (isNewGate(gate) ? 'dry-run' : 'enforce');
}

function compareReleases(a: string, b: string): number {
  const [left, right] = [a.split('.').map(Number), b.split('.').map(Number)];
  for (let place = 0; place < 3; place += 1) {
    const difference = (left[place] ?? 0) - (right[place] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** How a unit is run. Its time limit is in the spec: it grows with the trials, which the spec says. */
export interface UnitRule {
  /** Attempts before the unit is `error`; each may take the whole time limit. */
  readonly attempts: number;
  /** Pause before the second attempt; doubles from there, up to `maximumPauseSeconds`. */
  readonly firstPauseSeconds: number;
  readonly maximumPauseSeconds: number;
}

/**
 * What reads little may be asked often: it fails only while a store is away. What computes for minutes is tried twice, as a
 * second failure is rarely the machine's.
 */
export const UNIT_RULES: Readonly<Record<GateUnit, UnitRule>> = {
  operational: { attempts: 5, firstPauseSeconds: 1, maximumPauseSeconds: 10 },
  business: { attempts: 5, firstPauseSeconds: 1, maximumPauseSeconds: 10 },
  skill: { attempts: 4, firstPauseSeconds: 1, maximumPauseSeconds: 10 },
  superiority: { attempts: 2, firstPauseSeconds: 2, maximumPauseSeconds: 10 },
  'deflated-sharpe': { attempts: 3, firstPauseSeconds: 2, maximumPauseSeconds: 10 },
  overfitting: { attempts: 2, firstPauseSeconds: 2, maximumPauseSeconds: 10 },
};

export const GATE_UNITS = Object.keys(UNIT_RULES) as readonly GateUnit[];

/** Different people who have to waive a failed gate before it counts as waived. */
export const PEOPLE_PER_WAIVER = 2;
