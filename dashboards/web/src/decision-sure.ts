import type { AnswerLine, AnswerSources, Wording } from './answer-line.ts';
import { gateNames, listed, plain, warning } from './answer-line.ts';
import type { EvidenceRecord, GateVerdict, StoredGateReport } from './api/schemas.ts';
import { cautionLines } from './cautions.ts';
import type { Format } from './formats.ts';
import { gateBound, gateNumber } from './gate-numbers.ts';
import { reportFacts, shadowPower, verdictsOf } from './report.ts';

/** Of a refresh the comparison of the two fits comes first: it is what is decided; the recipe is the same for both. */
export function sure(
  { detail, evidence, view }: AnswerSources,
  stored: StoredGateReport,
  wording: Wording,
): readonly AnswerLine[] {
  const { t } = wording;
  const { market } = view.spec;
  const waived = new Set(detail.waivers.map(({ gate }) => gate));
  const people = [...new Set(detail.waivers.map(({ subject }) => subject))].join(t('list.and'));
  const verdicts = verdictsOf(stored);
  const counted = verdicts.filter(({ enforced }) => enforced);
  const passed = counted.filter(({ verdict }) => verdict === 'pass');
  const missed = counted.filter(({ verdict }) => verdict !== 'pass');
  const accepted = missed.filter(({ gate }) => waived.has(gate));
  const open = missed.filter(({ gate }) => !waived.has(gate));
  return [
    ...fits(stored, verdicts, wording),
    passed.length === counted.length
      ? plain(t('short.all-gates', { count: counted.length }))
      : warning(t('short.some-gates', { passed: passed.length, count: counted.length })),
    ...(open.length === 0 ? [] : [warning(t('short.missed', { gates: listed(open, wording) }))]),
    ...(accepted.length === 0
      ? []
      : [warning(t('short.waived', { gates: listed(accepted, wording), people }))]),
    ...nearest(stored, passed, wording),
    ...tested(stored, wording),
    ...afterImpact(stored, market, wording),
    ...luck(reportFacts(stored).trialsCounted, verdicts, wording),
    ...counts(stored, verdicts, evidence, wording),
  ];
}

/** The check that passed and would be the first to fail by chance, by the distances that the server reckoned. */
function nearest(
  { closeness }: StoredGateReport,
  passed: readonly GateVerdict[],
  { t, format }: Wording,
): readonly AnswerLine[] {
  if (passed.length === 0) return [];
  const [closest] = closeness
    .filter(({ gate }) => passed.some((verdict) => verdict.gate === gate))
    .toSorted((a, b) => a.distance - b.distance);
  const verdict = passed.find(({ gate }) => gate === closest?.gate);
  if (closest === undefined || verdict === undefined) return [plain(t('short.nearest.none'))];
  return [
    plain(
      t(closest.atLeast ? 'short.nearest.least' : 'short.nearest', {
        gate: gateNames([verdict], t),
        number: gateNumber(verdict.gate, verdict.number, format),
        bound: gateBound(verdict, format),
        distance: format.number(closest.distance, 1),
      }),
    ),
  ];
}

/** The new fit of a refresh beside the one that answers today. */
function fits(
  stored: StoredGateReport,
  verdicts: readonly GateVerdict[],
  { t, format }: Wording,
): readonly AnswerLine[] {
  const compared = verdicts.find(({ gate }) => gate === 'non-inferiority');
  if (reportFacts(stored).route !== 'refresh' || typeof compared?.details['difference'] !== 'number')
    return [];
  return [
    plain(
      t('short.no-worse', {
        difference: format.signed(compared.details['difference'], 2),
        least: format.signed(compared.number, 2),
        allowed: format.signed(compared.threshold, 2),
        count: Number(compared.details['sessions'] ?? 0),
      }),
    ),
  ];
}

/** What the recipe earned out of sample. */
function tested(stored: StoredGateReport, { t, format }: Wording): readonly AnswerLine[] {
  const { sessions, candidate, benchmark, route } = reportFacts(stored);
  if (candidate.sharpe === null) return [];
  const id = { refresh: 'short.tested.shared', 'new-recipe': 'short.tested.beside' } as const;
  // Less than what it replaces is what a reader has to see first.
  const say =
    route === 'new-recipe' && (candidate.annualReturn ?? 0) < (benchmark.annualReturn ?? -Infinity)
      ? warning
      : plain;
  return [
    say(
      t(route === 'refresh' || route === 'new-recipe' ? id[route] : 'short.tested', {
        count: sessions.count ?? 0,
        first: sessions.first,
        last: sessions.last,
        sharpe: format.number(candidate.sharpe, 2),
        return: format.percent(candidate.annualReturn, 1),
        other: format.number(benchmark.sharpe, 2),
        otherReturn: format.percent(benchmark.annualReturn, 1),
      }),
    ),
  ];
}

/** Less than this share of the return left after impact is another book than the one that was tested. */
const MOST_EATEN = 0.5;

/** Every return is before market impact: what the gate of capacity says is left of it at the size of the book, beside it. */
function afterImpact(
  stored: StoredGateReport,
  market: string,
  { t, format }: Wording,
): readonly AnswerLine[] {
  const { candidate } = reportFacts(stored);
  if (candidate.sharpe === null) return [];
  if (stored.judgedSize === null) return [warning(t('short.impact.none'))];
  const { capital, annualisedReturn, annualisedSharpe, unknownShare } = stored.judgedSize;
  const eaten = annualisedReturn < MOST_EATEN * (candidate.annualReturn ?? 0);
  return [
    (eaten ? warning : plain)(
      t(unknownShare >= LEAST_UNKNOWN ? 'short.impact.part' : 'short.impact', {
        capital: format.money(capital, market),
        after: format.percent(annualisedReturn, 1),
        sharpe: format.number(annualisedSharpe, 2),
        unknown: format.percent(unknownShare, 1),
      }),
    ),
  ];
}

/** Below this a share is none when it is written. */
const LEAST_UNKNOWN = 0.0005;

/** Why the tests of a refresh speak of different numbers of sessions. */
function counts(
  stored: StoredGateReport,
  verdicts: readonly GateVerdict[],
  evidence: readonly EvidenceRecord[],
  { t }: Wording,
): readonly AnswerLine[] {
  const { route, sessions } = reportFacts(stored);
  const since = verdicts.find(({ gate }) => gate === 'non-inferiority')?.details['sessions'];
  if (route !== 'refresh' || typeof since !== 'number' || sessions.count === null) return [];
  const shadow = shadowPower(evidence)?.sessions ?? 0;
  return [plain(t('short.counts', { folds: sessions.count, since, shadow }))];
}

/** What a careful colleague would point out although no gate asks for it. */
export function secondLook(stored: StoredGateReport, { t, format }: Wording): readonly AnswerLine[] {
  const looks = cautionLines(stored, t, format);
  if (looks === null) return [plain(t('caution.old'))];
  const raised = looks.filter((look) => look.raised);
  const lastTooGood = raised.findLast(({ code }) => TOO_GOOD.has(code))?.code;
  return raised.length === 0
    ? [plain(t('caution.none', { count: looks.filter(({ unmeasured }) => unmeasured === '').length }))]
    : raised.flatMap(({ code, sentence }) => [
        warning(sentence),
        ...(code === lastTooGood ? weighed(stored, { t, format }) : []),
      ]);
}

/** Numbers better than such numbers are: what a deflated Sharpe ratio near one could be thought to have settled. */
const TOO_GOOD: ReadonlySet<string> = new Set([
  ...['sharpe-too-good', 'benchmark-too-good', 'leap', 'rank-ic-too-good'],
]);
/** From here on it reads as certainty. */
const NEAR_ONE = 0.99;

/** One says "luck is ruled out", the other "look for an error": both can be right, and the reader is told how. */
function weighed(
  stored: StoredGateReport,
  { t, format }: Pick<Wording, 't' | 'format'>,
): readonly AnswerLine[] {
  const dsr = verdictsOf(stored).find(({ gate }) => gate === 'dsr')?.number ?? null;
  if (dsr === null || dsr < NEAR_ONE) return [];
  return [plain(t('short.weighed', { dsr: chance(dsr, format) }))];
}

function luck(
  trials: number | null,
  verdicts: readonly GateVerdict[],
  { t, format }: Wording,
): readonly AnswerLine[] {
  const of = (name: GateVerdict['gate']): GateVerdict | undefined =>
    verdicts.find(({ gate }) => gate === name);
  const lines: AnswerLine[] = [];
  const sharpe = of('dsr')?.number ?? null;
  if (trials !== null && sharpe !== null) {
    lines.push(plain(t('short.luck', { count: trials, dsr: chance(sharpe, format) })));
  }
  const { number: overfitted = null, details = {} } = of('pbo') ?? {};
  const splits = details['combinations'];
  if (overfitted !== null && typeof splits === 'number') {
    lines.push(plain(t('short.overfitted', { count: Math.round(overfitted * splits), splits })));
  }
  return lines;
}

/** Nothing that was estimated is certain: what rounds to it is given as a bound. */
function chance(share: number, { percent }: Format): string {
  if (share > 0.9995) return `> ${percent(0.999, 1)}`;
  return share < 0.0005 ? `< ${percent(0.001, 1)}` : percent(share, 1);
}
