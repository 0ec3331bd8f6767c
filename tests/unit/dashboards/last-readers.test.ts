import { describe, expect, it } from 'vitest';
import { barredLine } from '../../../dashboards/web/src/barred-line.ts';
import { grantsLine } from '../../../dashboards/web/src/grants-line.ts';
import { heldTold } from '../../../dashboards/web/src/confidence.ts';
import type { GateVerdict } from '../../../contracts/verdict.ts';
import { drillLine } from '../../../dashboards/web/src/drill-line.ts';
import { formatOf } from '../../../dashboards/web/src/formats.ts';
import { told } from '../../../contracts/wording/told.ts';
import { reportTexts } from '../../../reports/texts.ts';
import { zhTw } from '../../../dashboards/web/src/i18n/zh-tw.ts';
import { backLine, countsOf, serversLine } from '../../../dashboards/web/src/servers-line.ts';
import { closedUp } from '../../../contracts/wording/closed-up.ts';
import type { Translate } from '../../../dashboards/web/src/i18n/text-id.ts';
import { answer, EVIDENCE, i18n, REPORT, sources, textOf, verdict } from './decision-records.ts';
import { en } from '../../../dashboards/web/src/i18n/en.ts';

type Locale = 'en' | 'zh-TW';
function tIn(locale: Locale): Translate {
  i18n.activate(locale);
  return (id, values = {}) => {
    const text = i18n._(id, { ...values });
    return locale === 'en' ? text : closedUp(text);
  };
}

/** What two more people who had never seen the approval page stumbled over, in English and in Traditional Chinese. */
describe('the time of a market', () => {
  const AT = '2024-02-05T06:30:00.000Z';
  const zoned = (locale: string, zone: string, reader: string): string =>
    formatOf(locale).zoned(AT, zone, reader);

  it('has one name in each language', () => {
    expect(zoned('en', 'Asia/Taipei', 'America/New_York')).toBe(
      '2024-02-05 14:30 Taipei time (2024-02-05 01:30 New York time)',
    );
    expect(zoned('zh-TW', 'Asia/Taipei', 'Asia/Taipei')).toMatch(/\s14:30 台北時間$/u);
    expect(zoned('zh-TW', 'America/New_York', 'America/New_York')).toMatch(/\s01:30 紐約時間$/u);
    for (const [id, text] of Object.entries(en)) expect(text, id).not.toMatch(/Taiwan/u);
    for (const [id, text] of Object.entries(zhTw)) expect(text, id).not.toMatch(/[台臺]灣時間/u);
  });

  it('has the same name in a report', () => {
    expect(reportTexts('en', 'Asia/Taipei').source([])).toMatch(/Times are in Taipei time\.$/u);
    expect(reportTexts('zh-TW', 'Asia/Taipei').source([])).toMatch(/時間為台北時間。$/u);
  });

  it('leaves the zones of other readers as their language calls them', () => {
    expect(zoned('en', 'Asia/Taipei', 'Europe/Berlin')).toContain('(2024-02-05 07:30 Germany Time)');
    expect(zoned('en', 'Asia/Taipei', 'UTC')).toContain('(2024-02-05 06:30 ');
  });
});

describe('the way back where no server is known', () => {
  const none = countsOf({ acknowledged: [], missing: [] });
  const one = countsOf({ acknowledged: [{ server: 'a', epoch: 1 }], missing: [{ server: 'b', epoch: 0 }] });

  it('is no count out of nothing, nor kept warm by anybody', () => {
    expect(serversLine(none, tIn('en'))).toBe('no server is known now');
    expect(serversLine(none, tIn('zh-TW'))).toBe('目前沒有已知的伺服器');
    expect(serversLine(one, tIn('en'))).toBe('1 of 2 answer with this epoch');
    expect(backLine(1, none, tIn('en'))).toBe(
      'version 1 · every server is to keep it loaded and warm; none is known now',
    );
    expect(backLine(1, none, tIn('zh-TW'))).toContain('但目前沒有已知的伺服器');
    for (const servers of [one, null])
      expect(backLine(1, servers, tIn('en'))).toBe('version 1 · stays loaded and warm on every server');
    expect(backLine(null, none, tIn('en'))).toBe('There is no champion to go back to.');
  });

  it('begins with the swap that is asked for, where there was no earlier version', () => {
    const standing = { newest: null, passedAt: null, underWay: null, maxAgeDays: 15, overdue: false };
    const line = (locale: Locale, after?: number | null, wayBackSince: string | null = null): string =>
      drillLine(
        { ...standing, wayBackSince },
        { t: tIn(locale), format: formatOf(locale), now: 0, ...(after === undefined ? {} : { after }) },
      ).text;
    expect(line('en', 1)).toContain('this swap makes version 1 the one');
    expect(line('zh-TW', 1)).toContain('此次換版後即可回復至第 1 版');
    for (const after of [null, undefined]) expect(line('en', after)).toContain('no version to go back to');
    expect(line('en', 1, '2024-01-01T00:00:00.000Z')).toContain('nobody has tried');
  });
});

describe('who may not sign', () => {
  it('is told with the part that they have in what is asked', () => {
    expect(barredLine(['ana', 'mia'], 'ana', tIn('en'))).toBe(
      'ana (asked for this retrain), mia (wrote its spec)',
    );
    expect(barredLine(['ana', 'mia'], 'ana', tIn('zh-TW'))).toBe(
      'ana（提出此次重新訓練）、mia（撰寫其規格）',
    );
    expect(barredLine(['ana'], ' Ana ', tIn('en'))).toBe('ana (asked for this retrain and wrote its spec)');
  });

  it('claims no more of who is kept from a waiver than is known, and says when nobody is', () => {
    expect(barredLine(['ana'], 'ana', tIn('en'), 'barred.requester')).toBe('ana (asked for this retrain)');
    expect(barredLine([], 'ana', tIn('en'))).toBe('nobody is kept from it');
  });
});

it('says what an objection does before it is raised', () => {
  expect(en['objection.effect.before']).toContain('nothing is swapped until whoever raised it withdraws it');
  expect(zhTw['objection.effect.before']).toContain('暫停換版');
});

describe('the number beside a bound', () => {
  const held = (gate: string, changes: object = {}, locale: Locale = 'en'): string =>
    heldTold(verdict(gate, { number: 0.028, threshold: 0, ...changes }) as unknown as GateVerdict, {
      t: tIn(locale),
      format: formatOf(locale),
    });

  it('says that it is a lower bound, and of what', () => {
    const details = { confidence: 0.95 };
    expect(held('rank-ic', { details })).toBe('lower 95 % bound of the mean daily rank IC');
    expect(held('rank-ic', { details }, 'zh-TW')).toBe('每日 Rank IC 平均的 95 % 信賴下界');
    expect(held('non-inferiority', { reason: 'lower 80 % bound of the difference -0.05' })).toBe(
      'lower 80 % bound of the lead in Sharpe ratio',
    );
    expect(held('recovery')).toContain('of a confidence that was not recorded');
  });

  it('says of every other what it is', () => {
    expect(held('dsr')).toBe('probability');
    expect(held('latency', {}, 'zh-TW')).toBe('第 99 百分位');
  });
});

describe('sentences that had to be read twice', () => {
  const apart = { dailyDifference: { sessions: 60, mean: -0.00012, deviation: 0.004, sessionsPerYear: 246 } };

  it('give the probability itself', () => {
    const details = { perPeriodSharpe: 0.1, expectedMaxSharpe: 0.06 };
    const report = { ...REPORT, verdicts: [verdict('dsr', { number: 0.97, threshold: 0.75, details })] };
    expect(textOf(answer(sources({ report })).sure)).toMatch(
      /The probability that the true Sharpe ratio exceeds 0\.85 is 97\.0 %\./u,
    );
    expect(textOf(answer(sources({ report }), 'zh-TW').sure)).toMatch(
      /真實夏普比率超過 0\.85 的機率為 97\.0 %。/u,
    );
  });

  it('say what luck alone shows, and which bounds do not matter', () => {
    expect(en['caution.leap.error']).toContain('shows {bound} or more by luck alone in one test of twenty');
    expect(zhTw['caution.leap.error']).toContain('每二十次測試只有一次會純因運氣而達 {bound} 以上');
    expect(en['caution.title.wide-bounds']).toBe('Bounds too loose to matter');
    expect(zhTw['caution.title.wide-bounds']).toBe('不具約束力的門檻');
    expect(zhTw['caution.title']).toBe('異常檢視');
  });

  it('say in Chinese by how much a version has to lead to be noticed', () => {
    const lines = textOf(answer(sources({ report: { ...REPORT, ...apart } }), 'zh-TW').wrong);
    expect(lines).toMatch(/每日領先須達 [\d.]+ bp.*，在 95 % 信賴水準下才有八成機會驗出。/u);
    const blunt = textOf(answer(sources({ evidence: EVIDENCE }), 'zh-TW').wrong);
    expect(blunt).toContain('夏普比率領先須達 21.4');
    for (const [id, text] of Object.entries(zhTw)) expect(text, id).not.toMatch(/五次中有四次|並行|基點/u);
  });
});

describe('basis points', () => {
  it('are bp in every language', () => {
    for (const [id, text] of [...Object.entries(en), ...Object.entries(zhTw)])
      expect(text, id).not.toMatch(/\bbps\b/u);
  });

  it.each(['bp', 'bps'])('are read in what is recorded now, and by earlier releases: %s', (unit) => {
    const inChinese = (text: string): string => told(text, 'zh-TW').text;
    expect(inChinese(`nothing left at 200 ${unit}`)).toBe('200 bp 時歸零');
    expect(
      inChinese(
        `holding is expected to lose 3.1 ${unit} of the book in 17 sessions, retraining to cost 2.4 ${unit} of the book`,
      ),
    ).toBe('維持現狀預期在 17 個交易日內損失投資組合的 3.1 bp，重新訓練的成本為 2.4 bp');
    expect(
      inChinese(`Annualised return by the cost of a round trip. Nothing is left at 200 ${unit}.`),
    ).toContain('達 200 bp 時報酬歸零');
  });
});

describe('a page in Chinese', () => {
  it('names roles in Chinese, and where they count', () => {
    const grants = ['quant-lead@XTAI', 'viewer', 'sorcerer@tw-alpha', '', 'constructor'];
    expect(grantsLine(grants, tIn('zh-TW'))).toBe(
      '量化主管 @XTAI、檢視者、sorcerer @tw-alpha、、constructor',
    );
    expect(grantsLine(['quant-lead', 'admin'], tIn('en'))).toBe('quant lead, admin');
    expect(grantsLine([], tIn('en'))).toBe('');
  });

  it.each([
    ['columns, order and hash are those of the manifest'],
    [
      '0.30 % of 4,000 wanted trades could not be made (no bar with volume, locked at a price limit, or banned from short sale), ≤ 5.00 %',
    ],
  ])('has what the checks of data and of trades write: %s', (reason) => {
    expect(told(reason, 'zh-TW').text).not.toMatch(/[a-z]{2}/u);
  });
});
