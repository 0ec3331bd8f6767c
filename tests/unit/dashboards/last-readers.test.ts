import { describe, expect, it } from 'vitest';
import { formatOf } from '../../../dashboards/web/src/formats.ts';
import { reportTexts } from '../../../reports/texts.ts';
import { zhTw } from '../../../dashboards/web/src/i18n/zh-tw.ts';
import { en } from '../../../dashboards/web/src/i18n/en.ts';

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
