import { isSamePerson } from './same-person.ts';

/** What somebody is to a question that waits for signatures: may sign now, has signed, or why not. */
export type SignerStanding = 'may' | 'signed' | 'barred' | 'role' | 'later';

/** A question that waits for signatures, as far as who may answer it goes. */
export interface AskedOfSigners {
  readonly model: string;
  /** Those who have a part in what is asked. */
  readonly barred: readonly string[];
  readonly signed: readonly string[];
  /** May sign from an instant on; null: nobody stands in. */
  readonly deputy: { readonly subject: string; readonly from: string } | null;
}

/** `subject` is null before somebody has signed in; `now` is null before the server has told its time. It decides for itself. */
export function signerStanding(
  {
    subject,
    isLead,
    now,
  }: { readonly subject: string | null; readonly isLead: boolean; readonly now: number | null },
  { barred, signed, deputy }: AskedOfSigners,
): SignerStanding {
  if (subject === null) return 'role';
  const isMe = (other: string): boolean => isSamePerson(subject, other);
  if (barred.some(isMe)) return 'barred';
  if (signed.some(isMe)) return 'signed';
  if (isLead) return 'may';
  if (deputy === null || !isMe(deputy.subject)) return 'role';
  return now !== null && now < Date.parse(deputy.from) ? 'later' : 'may';
}
