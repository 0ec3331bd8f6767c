import type { DataFinding } from './session-data.ts';

/** Why a rank IC may have fallen, in the order in which the causes are ruled out. */
export const CAUSES = [
  'data-fault',
  'parity-break',
  'bug',
  'feature-drift',
  'regime',
  'crowding',
  'true-decay',
] as const;
export type Cause = (typeof CAUSES)[number];

export interface CauseFinding {
  readonly cause: Cause;
  /** `unknown`: what it takes to tell was not there. */
  readonly found: 'yes' | 'no' | 'unknown';
  readonly evidence: string;
}

export interface Diagnosis {
  /** The first cause that was found, in the order of `CAUSES`; `true-decay` when nothing else explains the fall. */
  readonly cause: Cause;
  readonly findings: readonly CauseFinding[];
  /** A retrain answers it. A fault of data or software is mended, not trained upon. */
  readonly retrainHelps: boolean;
}

export interface DiagnosisInput {
  /** Data findings of the sessions since the onset. */
  readonly data: readonly DataFinding[];
  /** Rows of the version's parity set whose score in the serving runtime differs; null: it could not be read. */
  readonly parityMismatches: number | null;
  /** Largest difference between the scores of today and those kept when the session was first scored; null: none kept. */
  readonly rescoredDifference: number | null;
  /** Share of rows without a score, and whether all scores are equal. */
  readonly predictions: { readonly missing: number; readonly constant: boolean };
  /** Sources that score differ from those under which the reign began; null: unknown. */
  readonly codeChanged: boolean | null;
  /** Share of features drifted on the sessions since the onset; null without a reference. */
  readonly driftedShare: number | null;
  /** Regime now and in the reference; null: unknown. */
  readonly regime: { readonly now: string; readonly usual: readonly string[] } | null;
  /** Turnover a session of the paper book now, and what the backtest had; null: unknown. */
  readonly turnover: { readonly now: number; readonly backtest: number } | null;
  /** Mean IC of the previous champion on the sessions since the onset; null: there is none. */
  readonly previousIc: number | null;
}

/** A champion that serves NaN in more rows than this is broken, whatever its IC. */
const MISSING_SCORES = 0.1;
/** The share of features a false discovery rate of .1 does not explain by itself. */
const DRIFTED_SHARE = 0.25;
/** A book that turns over so much more than in the backtest chases signals that are gone when it arrives. */
const TURNOVER_RATIO = 1.5;

/** Rules the causes out one by one, each with what was looked at. */
export function diagnoseDecay(input: DiagnosisInput): Diagnosis {
  const findings: CauseFinding[] = [
    dataFault(input),
    parityBreak(input),
    bug(input),
    featureDrift(input),
    regime(input),
    crowding(input),
  ];
  const first = findings.find(({ found }) => found === 'yes');
  findings.push(trueDecay(input, first ?? null));
  const cause = first?.cause ?? 'true-decay';
  return { cause, findings, retrainHelps: !['data-fault', 'parity-break', 'bug'].includes(cause) };
}

const answer = (cause: Cause, found: boolean | null, evidence: string): CauseFinding => ({
  cause,
  found: found === null ? 'unknown' : found ? 'yes' : 'no',
  evidence,
});

function dataFault({ data }: DiagnosisInput): CauseFinding {
  if (data.length === 0) return answer('data-fault', false, 'rows, features and labels are as usual');
  const shown = data.slice(0, 3).map(({ text }) => text);
  const rest = data.length > 3 ? `; ${String(data.length - 3)} more` : '';
  return answer('data-fault', true, `${shown.join('; ')}${rest}`);
}

function parityBreak({ parityMismatches, rescoredDifference }: DiagnosisInput): CauseFinding {
  if (parityMismatches === null) return answer('parity-break', null, 'the parity set could not be read');
  const again =
    rescoredDifference === null
      ? 'no earlier scores to compare with'
      : `scored again the session differs by ${rescoredDifference.toExponential(1)} at most`;
  const broken = parityMismatches > 0 || (rescoredDifference ?? 0) > 0;
  return answer(
    'parity-break',
    broken,
    `${String(parityMismatches)} rows of the parity set differ; ${again}`,
  );
}

function bug({ predictions, codeChanged }: DiagnosisInput): CauseFinding {
  const { missing, constant } = predictions;
  if (constant) return answer('bug', true, 'all scores are equal');
  if (missing > MISSING_SCORES) {
    return answer('bug', true, `${(100 * missing).toFixed(0)} % of the rows have no score`);
  }
  if (codeChanged === null)
    return answer('bug', null, 'scores look whole; the sources of the reign are unknown');
  // Changed sources alone explain nothing; with a parity set that agrees they are told, not blamed.
  const sources = codeChanged
    ? 'the sources have changed since the reign began'
    : 'the sources are those of the reign';
  return answer('bug', false, `scores are whole; ${sources}`);
}

function featureDrift({ driftedShare }: DiagnosisInput): CauseFinding {
  if (driftedShare === null) return answer('feature-drift', null, 'the version has no reference statistics');
  return answer(
    'feature-drift',
    driftedShare >= DRIFTED_SHARE,
    `${(100 * driftedShare).toFixed(0)} % of the features drifted, ${(100 * DRIFTED_SHARE).toFixed(0)} % are asked for`,
  );
}

function regime({ regime: known }: DiagnosisInput): CauseFinding {
  if (known === null) return answer('regime', null, 'the market is too young to tell its regime');
  const strange = !known.usual.includes(known.now);
  const before = known.usual.length === 0 ? 'none' : known.usual.join(', ');
  return answer('regime', strange, `the market is ${known.now}; since the reign began it was ${before}`);
}

function crowding({ turnover }: DiagnosisInput): CauseFinding {
  if (turnover === null || turnover.backtest <= 0)
    return answer('crowding', null, 'the turnover of the backtest is unknown');
  const ratio = turnover.now / turnover.backtest;
  return answer('crowding', ratio >= TURNOVER_RATIO, `turnover is ${ratio.toFixed(2)} times the backtest's`);
}

function trueDecay({ previousIc }: DiagnosisInput, other: CauseFinding | null): CauseFinding {
  const previous =
    previousIc === null
      ? 'no previous champion to compare with'
      : `the previous champion has a mean rank IC of ${previousIc.toFixed(4)} on the same sessions`;
  return answer(
    'true-decay',
    other === null,
    other === null ? `nothing else explains it; ${previous}` : previous,
  );
}
