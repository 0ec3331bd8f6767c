import type {
  ApprovalBrief,
  ChampionView,
  EvidenceRecord,
  GateVerdict,
  RetrainDetail,
  StoredGateReport,
} from './api/schemas.ts';
import { cautionLines } from './cautions.ts';
import { zoneOf } from './formats.ts';
import type { Format } from './formats.ts';
import { gateBound, gateNumber } from './gate-numbers.ts';
import type { TextId, Translate } from './i18n/text-id.ts';
import { bookCapital, reportFacts, shadowPower, swapEffects, verdictsOf } from './report.ts';

/** One sentence of an answer; those in the tone `warn` are what a signature takes upon itself. */
export interface AnswerLine {
  readonly text: string;
  readonly tone: 'plain' | 'warn';
}

/** The four questions that a decision has, in the order in which they are asked. */
export interface DecisionAnswers {
  readonly changes: readonly AnswerLine[];
  readonly sure: readonly AnswerLine[];
  readonly wrong: readonly AnswerLine[];
  readonly next: readonly AnswerLine[];
}

export interface AnswerSources {
  readonly detail: RetrainDetail;
  readonly approval: ApprovalBrief;
  /** The model as the registry has it now, before the decision. */
  readonly view: ChampionView;
  /** Null: the gates left no report. */
  readonly stored: StoredGateReport | null;
  readonly evidence: readonly EvidenceRecord[];
}

export interface Wording {
  readonly t: Translate;
  readonly format: Format;
  /** Zone of the reader's own clock. */
  readonly readerZone: string;
}

/** What changes, how sure it is, what could go wrong and what happens next, out of the records that are signed. */
export function decisionAnswers(sources: AnswerSources, wording: Wording): DecisionAnswers {
  const { stored } = sources;
  return {
    changes: changes(sources, wording),
    sure: stored === null ? [warning(wording.t('short.no-gates'))] : sure(sources, stored, wording),
    wrong: wrong(sources, wording),
    next: next(sources, wording),
  };
}

const plain = (text: string): AnswerLine => ({ text, tone: 'plain' });
const warning = (text: string): AnswerLine => ({ text, tone: 'warn' });

function changes(
  { approval, view, stored, evidence }: AnswerSources,
  { t, format }: Wording,
): readonly AnswerLine[] {
  const { version, model, admission } = approval;
  const champion = view.champion ?? null;
  const lines = [
    champion === null
      ? plain(t('short.first', { version, model }))
      : plain(
          t('short.instead', {
            version,
            champion: champion.number,
            since: format.instant(view.reign?.businessAt, zoneOf(view.spec.market)),
          }),
        ),
  ];
  if (admission === 'probation') lines.push(warning(t('short.probation')));
  const { route = '', loosened = [], secondPerson = '' } = stored === null ? {} : reportFacts(stored);
  if (route !== '') lines.push(plain(t(`short.route.${route}` as TextId)));
  const effects = swapEffects(evidence);
  const capital = stored === null ? null : bookCapital(stored);
  if (effects.names !== null) {
    lines.push(
      plain(
        t(capital === null ? 'short.book' : 'short.book.of', {
          entering: effects.entering.length,
          leaving: effects.leaving.length,
          kept: effects.kept ?? 0,
          share: format.percent(effects.turnover, 1),
          notional: format.count(Math.round((capital ?? 0) * (effects.turnover ?? 0))),
          capital: format.count(capital),
        }),
      ),
    );
  }
  if (champion !== null) {
    const paths = effects.specDifference.map(({ path }) => path);
    lines.push(
      plain(
        paths.length === 0
          ? t('short.same-rules')
          : t('short.other-rules', { count: paths.length, fields: some(paths, t) }),
      ),
    );
  }
  if (loosened.length > 0) {
    lines.push(warning(t('short.loosened', { fields: some(loosened, t), person: secondPerson || '–' })));
  }
  return lines;
}

/** Of a refresh the comparison of the two fits comes first: it is what is decided; the recipe is the same for both. */
function sure(
  { detail, evidence }: AnswerSources,
  stored: StoredGateReport,
  wording: Wording,
): readonly AnswerLine[] {
  const { t } = wording;
  const waived = new Set(detail.waivers.map(({ gate }) => gate));
  const verdicts = verdictsOf(stored);
  const counted = verdicts.filter(({ enforced }) => enforced);
  const passed = counted.filter(({ verdict }) => verdict === 'pass');
  const accepted = counted.filter(({ gate, verdict }) => verdict !== 'pass' && waived.has(gate));
  return [
    ...fits(stored, verdicts, wording),
    passed.length === counted.length
      ? plain(t('short.all-gates', { count: counted.length }))
      : warning(t('short.some-gates', { passed: passed.length, count: counted.length })),
    ...(accepted.length === 0 ? [] : [warning(t('short.waived', { gates: gateNames(accepted, t) }))]),
    ...nearest(stored, passed, wording),
    ...tested(stored, wording),
    ...luck(reportFacts(stored).trialsCounted, verdicts, wording),
    ...counts(stored, verdicts, evidence, wording),
    ...secondLook(stored, wording),
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
  return [
    plain(
      t(route === 'refresh' || route === 'new-recipe' ? id[route] : 'short.tested', {
        count: sessions.count ?? 0,
        first: sessions.first,
        last: sessions.last,
        sharpe: format.number(candidate.sharpe, 2),
        return: format.percent(candidate.annualReturn, 1),
        other: format.number(benchmark.sharpe, 2),
      }),
    ),
  ];
}

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
function secondLook(stored: StoredGateReport, { t, format }: Wording): readonly AnswerLine[] {
  const looks = cautionLines(stored, t, format);
  if (looks === null) return [plain(t('caution.old'))];
  const raised = looks.filter((look) => look.raised);
  return raised.length === 0
    ? [plain(t('caution.none', { count: looks.filter(({ unmeasured }) => unmeasured === '').length }))]
    : raised.map(({ sentence }) => warning(sentence));
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

function wrong({ view, stored, evidence }: AnswerSources, wording: Wording): readonly AnswerLine[] {
  const { t, format } = wording;
  const lines: AnswerLine[] = [];
  const { candidate, benchmark } = stored === null ? NOTHING_TESTED : reportFacts(stored);
  const alone = (view.champion ?? null) === null;
  if (candidate.drawdown !== null) {
    lines.push(
      plain(
        t(alone ? 'short.fall.alone' : 'short.fall', {
          own: format.percent(candidate.drawdown, 1),
          other: format.percent(benchmark.drawdown, 1),
        }),
      ),
    );
  }
  const shadow = shadowPower(evidence);
  if (shadow === null) lines.push(warning(t('short.no-shadow')));
  else {
    const { sessions, detectableSharpe } = shadow;
    const least = format.number(detectableSharpe, 1);
    const id = detectableSharpe === null ? 'short.shadow.blind' : 'short.shadow';
    lines.push(plain(t(alone ? 'short.shadow.alone' : id, { count: sessions, least })));
  }
  const advice = (stored === null ? [] : verdictsOf(stored)).filter(
    ({ enforced, verdict, threshold }) =>
      !enforced && (verdict === 'error' || (verdict !== 'pass' && threshold !== null)),
  );
  if (advice.length > 0) {
    const gates = advice.map((verdict) => withNumbers(verdict, wording)).join(t('list.and'));
    lines.push(warning(t('short.advice', { gates })));
  }
  lines.push(plain(t('short.not-live')));
  return lines;
}

const NOTHING_TESTED = { candidate: { drawdown: null }, benchmark: { drawdown: null } };

function next(
  { detail, approval, view }: AnswerSources,
  { t, format, readerZone }: Wording,
): readonly AnswerLine[] {
  const { needed, approvedBy, expectedEpoch, version, expiresAt } = approval;
  const missing = needed - approvedBy.length;
  const guard = view.spec.guard;
  const champion = view.champion ?? null;
  return [
    plain(
      missing <= 1
        ? t('short.last-signature', { version, epoch: expectedEpoch + 1 })
        : t('short.one-of', { missing, version }),
    ),
    ...(detail.swap === null
      ? []
      : [plain(swapHour(detail.swap, zoneOf(view.spec.market), { t, format, readerZone }))]),
    plain(champion === null ? t('short.no-way-back') : t('short.way-back', { champion: champion.number })),
    // A first champion has nothing to be rolled back to.
    ...(champion === null
      ? []
      : guard.autoRollback
        ? [plain(t('short.guard', { count: guard.sessions }))]
        : [warning(t('short.no-guard'))]),
    plain(champion === null ? t('short.reject.first') : t('short.reject', { champion: champion.number })),
    plain(t('short.expires', { at: format.zoned(expiresAt, zoneOf(view.spec.market), readerZone) })),
  ];
}

/** When the version would answer if the last signature came now: in the time of its market, and in the reader's. */
export function swapHour(
  { opensAt, closesAt }: NonNullable<RetrainDetail['swap']>,
  zone: string,
  { t, format, readerZone }: Wording,
): string {
  if (opensAt !== null) return t('short.window.from', { from: format.zoned(opensAt, zone, readerZone) });
  return closesAt === null
    ? t('short.window.now')
    : t('short.window.until', { until: format.zoned(closesAt, zone, readerZone) });
}

const gateNames = (verdicts: readonly GateVerdict[], t: Translate): string =>
  verdicts.map(({ gate }) => t(`gate.${gate}` as TextId)).join(t('list.and'));

/** `Capacity (33.7 %, ≤ 10.0 %)`; of one that gave no number its name alone. */
function withNumbers(verdict: GateVerdict, { t, format }: Wording): string {
  const name = gateNames([verdict], t);
  return verdict.number === null || verdict.threshold === null
    ? name
    : `${name} (${gateNumber(verdict.gate, verdict.number, format)}, ${gateBound(verdict, format)})`;
}

const MOST_FIELDS = 4;

function some(names: readonly string[], t: Translate): string {
  const shown = names.slice(0, MOST_FIELDS).join(t('list.and'));
  return names.length > MOST_FIELDS ? `${shown} …` : shown;
}
