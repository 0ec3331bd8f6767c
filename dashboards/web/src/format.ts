import { formatOf } from './formats.ts';
import type { Format } from './formats.ts';
import { useI18n } from './i18n/text.ts';
import { useServerTime } from './server-time.ts';
import { timeLeft } from './time-left.ts';

export { shortHash, zoneOf } from './formats.ts';

/** Zone of the reader's own clock, as the browser has it. */
export const READER_ZONE = new Intl.DateTimeFormat().resolvedOptions().timeZone;

/** What is left until a deadline by the server's clock, as it runs down. */
export function useTimeLeft(): (deadline: string) => string {
  const { t } = useI18n();
  const format = useFormat();
  const now = useServerTime();
  return (deadline) => timeLeft(deadline, now, { t, format });
}

/** Numbers and times as people of the chosen language write them. */
export function useFormat(): Format {
  const { locale } = useI18n();
  return formatOf(locale);
}
