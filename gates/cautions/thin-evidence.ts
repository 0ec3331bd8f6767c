import type { Caution } from '../../contracts/caution.ts';
import { hacMean } from '../../stats/hac.ts';
import { normalQuantile } from '../../stats/normal.ts';
import { finiteSeries, mean, standardDeviation } from '../../stats/series.ts';
import type { Series } from '../../stats/series.ts';
import type { JudgeInput } from '../judge-input.ts';
import { hacLag } from '../paired-panel.ts';
import { counted, figure, percent } from '../wording.ts';
import { look } from './look.ts';
import type { CautionGround } from './look.ts';

/**
 * Share of the sessions in one regime above which a test has seen no other. Bear markets filled about three tenths of the
 * sessions of the last century (Lunde and Timmermann 2004, Journal of Business & Economic Statistics 22, table 2): a test with a tenth
 * outside its usual regime has seen a third of the usual strain.
 */
const MOST_IN_ONE_REGIME = 0.9;

/**
 * Independent observations under which a good forecaster cannot be told from none: a daily rank IC spreads by about 0.1
 * over a hundred names, so that a hundred of them leave an error of 0.01, half of a mean of 0.02.
 */
const FEWEST_OBSERVATIONS = 100;

/**
 * Independent observations of a comparison under which its error is itself unknown by a quarter: the deviation of a
 * normal sample of n has a relative error of 1 / sqrt(2 (n - 1)).
 */
const FEWEST_PAIRED = 10;

/** How many of the best sessions are taken away. */
const BEST_SESSIONS = 5;
/** Beyond this multiple of what normal returns of the same mean and spread would give, the best sessions stand out. */
const TIMES_USUAL = 1.5;
/** A smaller share than this is never worth a word. */
const LEAST_SHARE = 0.25;
/** Blom (1958): the expected i-th of n normal order statistics is about the quantile of (i - 3/8) / (n + 1/4). */
const BLOM_OFFSET = 0.375;

/** A name that brings a quarter of the gain brings more than the largest weight that a book may give it by default. */
const MOST_OF_ONE_NAME = 0.25;

/** Evidence that rests on less than it seems. */
export function thinEvidence(ground: CautionGround): Caution[] {
  const { input } = ground;
  return [
    oneRegime(input),
    fewObservations(input),
    ...(input.route === 'refresh' ? [fewPaired(input)] : []),
    fewSessions(input),
    fewNames(input),
  ];
}

function oneRegime({ breakdown }: JudgeInput): Caution {
  return look('one-regime', () => {
    if (breakdown === null) return 'the regimes of the test were not measured';
    const seen = breakdown.regimes.map(({ name, sessions }) => ({ name, sessions }));
    const all = seen.reduce((sum, { sessions }) => sum + sessions, 0);
    const [largest] = seen.toSorted((a, b) => b.sessions - a.sessions);
    if (largest === undefined || all === 0) return 'no session of the test has a known regime';
    const number = largest.sessions / all;
    return {
      number,
      bound: MOST_IN_ONE_REGIME,
      beyond: 'above',
      reason: `${percent(number, 1, MOST_IN_ONE_REGIME)} of the ${counted(all, 'session')} of the test lay in one regime of the market, ${largest.name}`,
      details: { regime: largest.name, sessions: all, seen },
    };
  });
}

/**
 * The smaller of what the autocorrelation leaves (variance over squared HAC error: the effective sample size) and what labels
 * that do not overlap would be.
 */
function fewObservations({ rankIc }: JudgeInput): Caution {
  return look('few-observations', () => {
    if (rankIc === null) return 'no rank IC was measured';
    const values = finiteSeries(rankIc.values, 'rank IC');
    const lag = hacLag(values.length, rankIc.overlapSessions);
    const { standardError } = hacMean(values, { lag, smallSample: true, name: 'rank IC' });
    const effective = Math.min(values.length, (standardDeviation(values, 1) / standardError) ** 2);
    const apart = values.length / rankIc.overlapSessions;
    const number = Math.min(effective, apart);
    return {
      number,
      bound: FEWEST_OBSERVATIONS,
      beyond: 'below',
      reason: `${counted(values.length, 'session')} with labels of ${counted(rankIc.overlapSessions, 'session')} are worth about ${figure(number, 0, FEWEST_OBSERVATIONS)} independent observations`,
      details: { sessions: values.length, overlap: rankIc.overlapSessions, effective, apart },
    };
  });
}

function fewPaired({ artifactComparison, holdSessions }: JudgeInput): Caution {
  return look('few-paired-observations', () => {
    if (artifactComparison === null) return 'the champion was not scored beside it';
    const sessions = artifactComparison.sessions.length;
    const number = sessions / holdSessions;
    return {
      number,
      bound: FEWEST_PAIRED,
      beyond: 'below',
      reason: `the comparison with the champion rests on ${counted(sessions, 'session')}, about ${figure(number, 1, FEWEST_PAIRED)} holds of ${counted(holdSessions, 'session')} that do not overlap`,
      details: { sessions, hold: holdSessions },
    };
  });
}

/** What it earned beyond the benchmark; of a refresh and a first champion what it earned itself. */
function gainOf({ route, trials, benchmark }: JudgeInput): Float64Array | null {
  const own = trials.netReturns[trials.candidate];
  if (own === undefined) return null;
  if (route !== 'new-recipe') return finiteSeries(own, 'candidate');
  const other = finiteSeries(benchmark.netReturns, benchmark.name);
  return finiteSeries(own, 'candidate').map((value, row) => value - (other[row] ?? Number.NaN));
}

function fewSessions(input: JudgeInput): Caution {
  return look('few-sessions-carry', () => {
    const gain = gainOf(input);
    if (gain === null || gain.length <= 4 * BEST_SESSIONS)
      return 'there are too few sessions to leave some out';
    const total = gain.reduce((sum, value) => sum + value, 0);
    if (!(total > 0)) return 'there is no gain that sessions could carry';
    const best = Array.from(gain).sort((a, b) => b - a);
    const number = best.slice(0, BEST_SESSIONS).reduce((sum, value) => sum + value, 0) / total;
    const usual = usualShare(gain, total);
    const bound = Math.min(1, Math.max(LEAST_SHARE, TIMES_USUAL * usual));
    return {
      number,
      bound,
      beyond: 'above',
      reason: `the best ${String(BEST_SESSIONS)} of ${counted(gain.length, 'session')} brought ${percent(number, 0, bound)} of the gain; ordinary returns of the same mean and spread would bring ${percent(usual, 0)}`,
      details: { best: BEST_SESSIONS, sessions: gain.length, usual },
    };
  });
}

/** Share of the gain that the best sessions of normal returns would bring. */
function usualShare(gain: Series, total: number): number {
  const [centre, spread, count] = [mean(gain), standardDeviation(gain, 1), gain.length];
  let expected = 0;
  for (let place = 0; place < BEST_SESSIONS; place += 1) {
    expected += centre + spread * normalQuantile((count - place - BLOM_OFFSET) / (count + 0.25));
  }
  return expected / total;
}

function fewNames({ business }: JudgeInput): Caution {
  return look('few-names-carry', () => {
    const attribution = business?.attribution ?? null;
    if (attribution === null) return 'what each name brought was not measured';
    const { total, names, largest } = attribution;
    if (!(total > 0)) return 'there is no gain that names could carry';
    const number = largest.contribution / total;
    return {
      number,
      bound: MOST_OF_ONE_NAME,
      beyond: 'above',
      reason: `${largest.name} alone brought ${percent(number, 0, MOST_OF_ONE_NAME)} of what ${counted(names, 'name')} earned before costs`,
      details: { name: largest.name, names },
    };
  });
}
