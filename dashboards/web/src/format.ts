import { formatOf } from './formats.ts';
import type { Format } from './formats.ts';
import { useI18n } from './i18n/text.ts';

export { shortHash, zoneOf } from './formats.ts';

/** Zone of the reader's own clock, as the browser has it. */
export const READER_ZONE = new Intl.DateTimeFormat().resolvedOptions().timeZone;

/** Numbers and times as people of the chosen language write them. */
export function useFormat(): Format {
  const { locale } = useI18n();
  return formatOf(locale);
}
