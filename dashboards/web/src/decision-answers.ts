import type { AnswerLine, AnswerSources, DecisionAnswers, Wording } from './answer-line.ts';
import { listed, plain, some, warning } from './answer-line.ts';
import type { RetrainDetail, StoredGateReport } from './api/schemas.ts';
import { secondLook, sure, waivedLines } from './decision-sure.ts';
import { fallLines, tradeLine } from './risk-lines.ts';
import { guardLines } from './guard-lines.ts';
import { leadText } from './lead-text.ts';
import { zoneOf } from './formats.ts';
import { timeLeft } from './time-left.ts';
import type { TextId } from './i18n/text-id.ts';
import { bookCapital, dailyDifference, reportFacts, shadowPower, swapEffects, verdictsOf } from './report.ts';
import type { SwapEffects } from './report.ts';

/** What changes, how sure it is, what could go wrong and what happens next, out of the records that are signed. */
export function decisionAnswers(sources: AnswerSources, wording: Wording): DecisionAnswers {
  const { stored } = sources;
  return {
    changes: changes(sources, wording),
    sure:
      stored === null
        ? [warning(wording.t('short.no-gates')), ...waivedLines(sources.detail.waivers, [], null, wording)]
        : sure(sources, stored, wording),
    wrong: wrong(sources, wording),
    look: stored === null ? [] : secondLook(stored, wording),
    next: next(sources, wording),
  };
}

function changes(
  { approval, view, stored, evidence }: AnswerSources,
  { t, format }: Wording,
): readonly AnswerLine[] {
  const { version, model, admission } = approval;
  const champion = view.champion ?? null;
  const zone = zoneOf(view.spec.market);
  const lines = [
    champion === null
      ? plain(t('short.first', { version, model }))
      : plain(
          t('short.instead', {
            version,
            champion: champion.number,
            since: format.zoned(view.reign?.businessAt, zone, zone),
          }),
        ),
  ];
  if (admission === 'probation') lines.push(warning(t('short.probation')));
  const { route = '', loosened = [], secondPerson = '' } = stored === null ? {} : reportFacts(stored);
  if (stored !== null && route !== '') {
    lines.push(
      isAsked(stored, route)
        ? plain(t(`short.route.${route}` as TextId))
        : warning(t(`short.route.${route}.unasked` as TextId)),
    );
  }
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
          notional: format.money((capital ?? 0) * (effects.turnover ?? 0), view.spec.market),
          capital: format.money(capital, view.spec.market),
        }),
      ),
      ...namesLine(effects, t),
    );
  }
  if (champion !== null) {
    const paths = tradingFirst(effects.specDifference.map(({ path }) => path));
    lines.push(
      plain(
        paths.length === 0
          ? t('short.same-rules')
          : t('short.other-rules', { count: paths.length, fields: some(paths, t) }),
      ),
    );
  }
  const named = (paths: readonly string[]): string =>
    some(
      paths.map((path) => loosenedField(path, effects.specDifference)),
      t,
      MOST_LOOSENED,
    );
  if (loosened.length > 0)
    lines.push(warning(t('short.loosened', { fields: named(loosened), person: secondPerson || '–' })));
  if (champion === null || effects.loosened === null) return lines;
  const looser = effects.loosened.filter((path) => !loosened.includes(path));
  if (looser.length > 0) lines.push(warning(t('short.loosened.champion', { fields: named(looser) })));
  else if (loosened.length === 0) lines.push(plain(t('short.loosened.none')));
  return lines;
}

/** Which names, and not only how many: whoever knows the companies reads it here first. */
function namesLine({ entering, leaving, staying }: SwapEffects, t: Wording['t']): readonly AnswerLine[] {
  const list = (names: readonly string[]): string =>
    names.length === 0 ? t('nothing') : some(names, t, MOST_NAMES);
  const values = { entering: list(entering), leaving: list(leaving) };
  return [
    plain(
      staying === null
        ? t('short.names.moving', values)
        : t('short.names', { ...values, staying: list(staying) }),
    ),
  ];
}

/** Of each of the three; the table of all names has the rest. */
const MOST_NAMES = 12;

/** What decides trades, before what decides approvals: nobody looks for the hold behind eight bounds of gates. */
const TRADES = ['portfolio', 'label', 'features', 'data', 'training'];

function tradingFirst(paths: readonly string[]): readonly string[] {
  const rank = (path: string): number => {
    const place = TRADES.indexOf(path.split('.')[0] ?? '');
    return place === -1 ? TRADES.length : place;
  };
  return paths.toSorted((one, other) => rank(one) - rank(other));
}

/** What a candidate of the route has to show, asked by one gate that counts at least; a first champion has none to show it beside. */
const ASKED_OF_ROUTE: Readonly<Record<string, readonly string[]>> = {
  'new-recipe': ['spa', 'stepm', 'sharpe-improvement'],
  refresh: ['non-inferiority'],
};

function isAsked(stored: StoredGateReport, route: string): boolean {
  const asked = ASKED_OF_ROUTE[route];
  return (
    asked === undefined || verdictsOf(stored).some(({ gate, enforced }) => enforced && asked.includes(gate))
  );
}

/** `gates.dsrMin (0.5 → 0.3)`: from what to what, where the spec under which the champion was made had it. */
function loosenedField(path: string, difference: SwapEffects['specDifference']): string {
  const field = difference.find((one) => one.path === path);
  return field === undefined ? path : `${path} (${bare(field.before)} → ${bare(field.after)})`;
}

/** Each of them is taken upon oneself by who signs: more than this nobody reads, and the table below has them all. */
const MOST_LOOSENED = 10;

/** A value of a spec without the marks of JSON. */
export const bare = (json: string): string => (json === 'null' ? '–' : json.replaceAll('"', ''));

function wrong({ view, stored, evidence }: AnswerSources, wording: Wording): readonly AnswerLine[] {
  const { t } = wording;
  const lines: AnswerLine[] = [];
  if (stored !== null) {
    const alone = (view.champion ?? null) === null;
    lines.push(...fallLines(stored, alone, wording), ...tradeLine(stored, view.spec.market, wording));
  }
  lines.push(shadowLine({ view, stored, evidence }, wording));
  const advice = (stored === null ? [] : verdictsOf(stored)).filter(
    ({ enforced, verdict, threshold }) =>
      !enforced && (verdict === 'error' || (verdict !== 'pass' && threshold !== null)),
  );
  if (advice.length > 0) {
    lines.push(warning(t('short.advice', { gates: listed(advice, stored, wording) })));
  }
  lines.push(plain(t('short.not-live')));
  return lines;
}

/**
 * What the sessions of the shadow could have noticed: a lead in bp a day, and what that is in money, by how far the two books lay
 * apart from day to day in the test. Where that was not measured, as a Sharpe ratio.
 */
function shadowLine(
  { view, stored, evidence }: Pick<AnswerSources, 'view' | 'stored' | 'evidence'>,
  wording: Wording,
): AnswerLine {
  const { t, format } = wording;
  const shadow = shadowPower(evidence);
  if (shadow === null) return warning(t('short.no-shadow'));
  const { sessions: count, detectableSharpe, alpha } = shadow;
  const level = format.short(100 * (1 - alpha));
  if ((view.champion ?? null) === null) return plain(t('short.shadow.alone', { count }));
  if (detectableSharpe === null) return plain(t('short.shadow.blind', { count }));
  const apart = stored === null ? null : dailyDifference(stored);
  if (apart === null || apart.deviation === 0)
    return plain(t('short.shadow', { count, level, least: format.number(detectableSharpe, 1) }));
  const { mean, deviation, sessions, sessionsPerYear } = apart;
  const daily = (detectableSharpe * deviation) / Math.sqrt(sessionsPerYear);
  const capital = stored === null ? null : bookCapital(stored);
  const refreshed = stored !== null && reportFacts(stored).route === 'refresh';
  const bp = (value: number): number => 10_000 * value;
  return plain(
    t(capital === null ? 'short.shadow.daily' : 'short.shadow.money', {
      ...{ count, level },
      daily: format.number(bp(daily), 1),
      deviation: format.number(bp(deviation), 1),
      sample: t(refreshed ? 'sample.on.since' : 'sample.on.test', { sessions: format.count(sessions) }),
      lead: leadText(
        refreshed
          ? { who: 'who.candidate', whom: 'who.champion', measure: 'daily' }
          : { who: 'who.candidate', whom: 'who.recipe', measure: 'daily' },
        mean,
        wording,
      ),
      money: format.money((capital ?? 0) * daily, view.spec.market),
      capital: format.money(capital, view.spec.market),
    }),
  );
}

function next(
  { detail, approval, view, now }: AnswerSources,
  { t, format, readerZone }: Wording,
): readonly AnswerLine[] {
  const first = detail.swap?.firstSession ?? null;
  const { needed, approvedBy, expectedEpoch, version, expiresAt } = approval;
  const missing = needed - approvedBy.length;
  const champion = view.champion ?? null;
  return [
    plain(
      missing <= 1
        ? t(missing <= 0 ? 'short.all-signed' : 'short.last-signature', { version, epoch: expectedEpoch + 1 })
        : t('short.one-of', { missing, version }),
    ),
    ...(detail.swap === null
      ? []
      : [plain(swapHour(detail.swap, zoneOf(view.spec.market), { t, format, readerZone }))]),
    ...(first === null ? [] : [plain(t('short.first-session', { session: first }))]),
    plain(champion === null ? t('short.no-way-back') : t('short.way-back', { champion: champion.number })),
    ...guardLines(view.spec, champion?.number ?? null, { t, format }),
    plain(champion === null ? t('short.reject.first') : t('short.reject', { champion: champion.number })),
    plain(
      `${t(detail.clock.mode === 'replay' ? 'short.expires.replay' : 'short.expires', {
        at: format.zoned(expiresAt, zoneOf(view.spec.market), readerZone),
      })}${timeLeft(expiresAt, now, { t, format }, 'short.left')}`,
    ),
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
