import { sharpeByLuck } from '../../../contracts/sharpe-by-luck.ts';
import type { AnswerLine, AnswerSources, Wording } from './answer-line.ts';
import { listed, plain, warning } from './answer-line.ts';
import type { EvidenceRecord, GateVerdict, StoredGateReport } from './api/schemas.ts';
import { cautionLines } from './cautions.ts';
import { closestCallLine } from './closest-call-line.ts';
import { modelsCompared, tested } from './comparison-lines.ts';
import type { Format } from './formats.ts';
import { reportFacts, shadowPower, verdictsOf } from './report.ts';
import { wideGates } from './wide-gates.ts';

/** Of a refresh the comparison of the two models comes first: it is what is decided; the recipe is the same for both. */
export function sure(
  { detail, evidence, view }: AnswerSources,
  stored: StoredGateReport,
  wording: Wording,
): readonly AnswerLine[] {
  const { t } = wording;
  const { market } = view.spec;
  const waived = new Set<string>(detail.waivers.map(({ gate }) => gate));
  const verdicts = verdictsOf(stored);
  const counted = verdicts.filter(({ enforced }) => enforced);
  const passed = counted.filter(({ verdict }) => verdict === 'pass');
  const missed = counted.filter(({ verdict }) => verdict !== 'pass');
  const open = missed.filter(({ gate }) => !waived.has(gate));
  return [
    ...modelsCompared(stored, verdicts, wording),
    headline(stored, { counted, passed }, wording),
    ...(open.length === 0 ? [] : [warning(t('short.missed', { gates: listed(open, stored, wording) }))]),
    ...waivedLines(detail.waivers, missed, stored, wording),
    ...closestCallLine(stored, passed, wording),
    ...tested(stored, wording),
    ...afterImpact(stored, market, wording),
    ...luck(stored, verdicts, wording),
    ...counts(stored, verdicts, evidence, wording),
  ];
}

/**
 * How many passed, and in the same breath for how many of them that says next to nothing: whoever stops reading here must not
 * take a bound that refuses nothing for a judgement.
 */
function headline(
  stored: StoredGateReport,
  { counted, passed }: { readonly counted: readonly GateVerdict[]; readonly passed: readonly GateVerdict[] },
  { t }: Wording,
): AnswerLine {
  const harmless = wideGates(stored);
  const wide = passed.filter(({ gate }) => harmless.has(gate)).length;
  const numbers = { passed: passed.length, count: counted.length, wide };
  if (passed.length < counted.length)
    return warning(t(wide === 0 ? 'short.some-gates' : 'short.some-gates.wide', numbers));
  return wide === 0 ? plain(t('short.all-gates', numbers)) : warning(t('short.all-gates.wide', numbers));
}

/** Said also when there is none: who is not told cannot know that nobody waived. */
export function waivedLines(
  waivers: AnswerSources['detail']['waivers'],
  missed: readonly GateVerdict[],
  stored: StoredGateReport | null,
  wording: Wording,
): readonly AnswerLine[] {
  const { t } = wording;
  const waived = [...new Set(waivers.map(({ gate }) => gate))];
  if (waived.length === 0) return [plain(t('short.waived.none'))];
  const accepted = missed.filter(({ gate }) => waived.includes(gate));
  const unneeded = waived.filter((gate) => !accepted.some((verdict) => verdict.gate === gate));
  const by = (gates: readonly string[]): string =>
    [...new Set(waivers.filter(({ gate }) => gates.includes(gate)).map(({ subject }) => subject))].join(
      t('list.and'),
    );
  const named = unneeded.map((gate) => t(`gate.${gate}`)).join(t('list.and'));
  return [
    ...(accepted.length === 0
      ? []
      : [
          warning(
            t('short.waived', {
              count: accepted.length,
              gates: listed(accepted, stored, wording),
              people: by(accepted.map(({ gate }) => gate)),
            }),
          ),
        ]),
    ...(unneeded.length === 0
      ? []
      : [plain(t('short.waived.unneeded', { count: unneeded.length, gates: named, people: by(unneeded) }))]),
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
        sessions: format.count(reportFacts(stored).sessions.count),
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
  const sessions = format.count(reportFacts(stored).sessions.count);
  return [plain(t('short.weighed', { dsr: chance(dsr, format), sessions }))];
}

function luck(
  stored: StoredGateReport,
  verdicts: readonly GateVerdict[],
  { t, format }: Wording,
): readonly AnswerLine[] {
  const of = (name: GateVerdict['gate']): GateVerdict | undefined =>
    verdicts.find(({ gate }) => gate === name);
  const lines: AnswerLine[] = [];
  const { trialsCounted: trials, sessions: test, candidate } = reportFacts(stored);
  const sessions = format.count(test.count);
  const sharpe = of('dsr')?.number ?? null;
  if (trials !== null && sharpe !== null) {
    lines.push(plain(t('short.luck', { count: trials, dsr: chance(sharpe, format), sessions })));
    const against = sharpeByLuck(of('dsr')?.details ?? {}, candidate.sharpe);
    if (against !== null) {
      const values = { own: format.number(against.own, 2), luck: format.number(against.luck, 2) };
      lines.push(
        (against.own > against.luck ? plain : warning)(
          t('short.luck.sharpe', { ...values, count: trials, dsr: chance(sharpe, format) }),
        ),
      );
    }
  }
  const { number: overfitted = null, details = {} } = of('pbo') ?? {};
  const splits = details['combinations'];
  if (overfitted !== null && typeof splits === 'number') {
    lines.push(plain(t('short.overfitted', { count: Math.round(overfitted * splits), splits, sessions })));
  }
  return lines;
}

/** Nothing that was estimated is certain: what rounds to it is given as a bound. */
function chance(share: number, { percent }: Format): string {
  if (share > 0.9995) return `> ${percent(0.999, 1)}`;
  return share < 0.0005 ? `< ${percent(0.001, 1)}` : percent(share, 1);
}
