import type { CalendarSpecDescription } from '@temporalio/client';

const MONTHS = [
  ...['JANUARY', 'FEBRUARY', 'MARCH', 'APRIL', 'MAY', 'JUNE'],
  ...['JULY', 'AUGUST', 'SEPTEMBER', 'OCTOBER', 'NOVEMBER', 'DECEMBER'],
];
const DAYS = ['SUNDAY', 'MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY', 'SATURDAY'];

interface Range {
  readonly start: number;
  readonly end: number;
  readonly step: number;
}
type Calendar = Pick<CalendarSpecDescription, 'minute' | 'hour' | 'dayOfMonth' | 'month' | 'dayOfWeek'>;

/** The five fields of a cron line: the server keeps the calendar that a line means, and not the line. */
export function cronText({ minute, hour, dayOfMonth, month, dayOfWeek }: Calendar): string {
  const numbered = <Name extends string>(
    ranges: readonly { readonly start: Name; readonly end: Name; readonly step: number }[],
    names: readonly string[],
    first: number,
  ): readonly Range[] =>
    ranges.map(({ start, end, step }) => ({
      ...{ start: names.indexOf(start) + first, end: names.indexOf(end) + first, step },
    }));
  return [
    fieldText(minute, 0, 59),
    fieldText(hour, 0, 23),
    fieldText(dayOfMonth, 1, 31),
    fieldText(numbered(month, MONTHS, 1), 1, 12),
    fieldText(numbered(dayOfWeek, DAYS, 0), 0, 6),
  ].join(' ');
}

function fieldText(ranges: readonly Range[], lowest: number, highest: number): string {
  const texts = ranges.map(({ start, end, step }) => {
    if (start === end) return String(start);
    const span = start === lowest && end === highest ? '*' : `${String(start)}-${String(end)}`;
    return step > 1 ? `${span}/${String(step)}` : span;
  });
  return texts.length === 0 ? '*' : texts.join(',');
}
