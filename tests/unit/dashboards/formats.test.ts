import { describe, expect, it } from 'vitest';
import { written } from '../../../contracts/decimals.ts';
import { endOfDay, formatOf } from '../../../dashboards/web/src/formats.ts';
import { reportTexts } from '../../../reports/texts.ts';

const AT = '2019-06-28T05:30:00.000Z';

describe('numbers, dates and money on pages and in reports', () => {
  it('begin dates with the year in both languages, to the minute, in the time of the market', () => {
    for (const instant of [
      formatOf('en').instant(AT, 'Asia/Taipei'),
      reportTexts('en', 'Asia/Taipei').instant(AT),
    ]) {
      expect(instant).toBe('2019-06-28 13:30');
    }
    for (const instant of [
      formatOf('zh-TW').instant(AT, 'Asia/Taipei'),
      reportTexts('zh-TW', 'Asia/Taipei').instant(AT),
    ]) {
      // Which kind of space stands there is a matter of the release of ICU.
      expect(instant.replaceAll(/\s/gu, ' ')).toBe('2019/06/28 13:30');
    }
  });

  it('end a day when the clocks of the market do, also on days of 23 and 25 hours', () => {
    for (const [day, zone, end] of [
      ['2019-06-28', 'Asia/Taipei', '2019-06-28T15:59:59.999Z'],
      ['2019-06-28', 'America/New_York', '2019-06-29T03:59:59.999Z'],
      ['2019-12-31', 'America/New_York', '2020-01-01T04:59:59.999Z'],
      ['2024-03-10', 'America/New_York', '2024-03-11T03:59:59.999Z'],
      ['2024-11-03', 'America/New_York', '2024-11-04T04:59:59.999Z'],
      ['', 'Asia/Taipei', ''],
      ['2019-13-45', 'Asia/Taipei', ''],
    ] as const) {
      expect(endOfDay(day, zone), `${day} ${zone}`).toBe(end);
    }
  });

  it('group thousands and set percent alike everywhere', () => {
    for (const locale of ['en', 'zh-TW'] as const) {
      const [page, report] = [formatOf(locale), reportTexts(locale, 'Asia/Taipei')];
      expect(page.count(1234567)).toBe('1,234,567');
      expect(report.count(1234567)).toBe('1,234,567');
      expect(page.percent(-0.12345, 1)).toBe(report.percent(-0.12345, 1));
      expect(page.percent(0.5, 1)).toBe('50.0 %');
      expect(page.number(1234.5, 2)).toBe(report.number(1234.5, 2));
    }
  });

  it('are never written as zero when they are none, whatever their sign', () => {
    for (const locale of ['en', 'zh-TW'] as const) {
      for (const { number, percent } of [formatOf(locale), reportTexts(locale, 'Asia/Taipei')]) {
        expect(number(0.000286)).toBe('0.00029');
        expect(number(-0.0004, 2)).toBe('-0.00040');
        expect(number(0.0005)).toBe('0.001');
        expect(percent(0.000286)).toBe('0.03 %');
        expect(percent(0.0000285, 1)).toBe('0.0029 %');
        expect(percent(0.004, 0)).toBe('0.40 %');
        // A zero, and what rounding left of one.
        expect([number(0), number(-0, 1), percent(1e-15, 1)]).toEqual(['0.000', '0.0', '0.0 %']);
        expect(number(-2e-17)).toBe('0.000');
      }
      expect(formatOf(locale).signed(0.0001)).toBe('+0.00010');
      expect(formatOf(locale).number(Number.NaN)).toBe('–');
    }
    expect([written(0.000286, 3), written(-1e-8, 2), written(0.3, 0)]).toEqual([
      '0.00029',
      '-0.000000010',
      '0.30',
    ]);
    expect(written(Infinity, 3)).toBe('Infinity');
  });

  it('name the currency of the market in the words of the reader', () => {
    expect(formatOf('en').money(22_100_000.4, 'XTAI')).toBe('NT$22,100,000');
    expect(formatOf('zh-TW').money(22_100_000.4, 'XTAI')).toBe('新臺幣 22,100,000 元');
    expect(formatOf('en').money(1500, 'XNYS')).toBe('US$1,500');
    expect(formatOf('zh-TW').money(1500, 'XNYS')).toBe('1,500 美元');
    expect(formatOf('zh-TW').money(1500, 'XLON')).toBe('1,500');
    expect(formatOf('en').money(null, 'XTAI')).toBe('–');
  });

  it('say nothing of what is not known', () => {
    expect(formatOf('zh-TW').percent(null)).toBe('–');
    expect(reportTexts('zh-TW', 'Asia/Taipei').percent(null)).toBe('未計算');
    expect(reportTexts('en', 'Asia/Taipei').instant(null)).toBe('–');
  });
});
