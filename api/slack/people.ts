import { Grant } from '../../contracts/identity.ts';
import { IdentitySettingsWrong } from '../../registry/identity/errors.ts';

/** Whom a Slack account speaks for. */
export interface SlackPerson {
  readonly subject: string;
  readonly grants: readonly string[];
}

/** As Slack makes them: U or W, then capitals and digits. */
const ENTRY = /^([UW][A-Z0-9]{4,20})=([\w.@+-]{1,120})=(.+)$/u;

/**
 * People by their Slack id, from entries `U024BE7LH=lee=quant-lead@XTAI`; several entries of one id add up.
 *
 * @throws IdentitySettingsWrong naming the entry
 */
export function slackPeople(entries: readonly string[]): ReadonlyMap<string, SlackPerson> {
  const people = new Map<string, SlackPerson>();
  for (const entry of entries) {
    const [, id = '', subject = '', grant = ''] = ENTRY.exec(entry.trim()) ?? [];
    const before = people.get(id);
    const one = before === undefined || before.subject === subject;
    if (id === '' || subject === 'system' || !Grant.safeParse(grant).success || !one) {
      throw new IdentitySettingsWrong(`slackPeople holds ${entry}, which is no ID=subject=grant`, {
        remedy:
          'Write them as U024BE7LH=lee=quant-lead@XTAI, one person an id; docs/identity.md lists the grants.',
      });
    }
    people.set(id, { subject, grants: [...new Set([...(before?.grants ?? []), grant])] });
  }
  return people;
}
