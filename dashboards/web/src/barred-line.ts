import type { Translate } from './i18n/text-id.ts';
import { isSamePerson } from './same-person.ts';

/**
 * Who may not sign, each with the part that they have in what is asked: the requester asked for it, and anybody else who is
 * barred wrote the spec. `alone`: what a requester is who is the only one barred. Of a promotion that is the author as well,
 * since both are barred or neither; of a waiver nothing more is known.
 */
export function barredLine(
  barred: readonly string[],
  requester: string,
  t: Translate,
  alone: 'barred.both' | 'barred.requester' = 'barred.both',
): string {
  const asked = barred.length === 1 ? alone : 'barred.requester';
  return barred.length === 0
    ? t('barred.nobody')
    : barred
        .map((person) => t(isSamePerson(person, requester) ? asked : 'barred.author', { person }))
        .join(t('list.and'));
}
