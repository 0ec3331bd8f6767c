import { z } from 'zod';

/**
 * Text that a person wrote and others will read, in pages, mails and logs. Characters that hide or reorder what is read
 * (controls, marks of format such as those that turn the writing direction or take no room, fillers that look like nothing,
 * unpaired surrogates) are refused rather than removed: what is signed is what was sent. The two joiners stay: scripts of
 * India and Persia and many pictures need them.
 */
const HIDDEN = /[^\P{Cc}\t\n]|[^\P{Cf}\u200C\u200D]|\u034F|[\u2028\u2029\u115F\u1160\u3164\uFFA0]/u;

/** The first character that makes a text unreadable, as U+XXXX; null when there is none. */
export function hiddenCharacter(text: string): string | null {
  if (!text.isWellFormed()) return 'an unpaired surrogate';
  const [found] = HIDDEN.exec(text) ?? [];
  return found === undefined
    ? null
    : `U+${(found.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}

/** Characters of a reason; blanks around it do not count as any. */
export const SHORTEST_REASON = 3;
export const LONGEST_REASON = 2000;

/** Why somebody does something; becomes part of the record. */
export const Reason = z
  .string()
  .min(SHORTEST_REASON)
  .max(LONGEST_REASON)
  .refine((text) => hiddenCharacter(text) === null, 'holds a character that hides or reorders text')
  .refine((text) => text.trim().length >= SHORTEST_REASON, 'says why, in three letters at least')
  .meta({ id: 'Reason', description: 'why; becomes part of the record' });
export type Reason = z.infer<typeof Reason>;

/** Id of a retrain: `retrain:<model>:<as-of>`. */
export const RetrainId = z
  .string()
  .max(120)
  .regex(/^retrain:[a-z][a-z0-9-]{1,47}:\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/u, 'retrain:MODEL:AS-OF')
  .meta({ id: 'RetrainId', examples: ['retrain:tw-alpha:2019-06-28T19:00:00.000Z'] });
export type RetrainId = z.infer<typeof RetrainId>;

/** A version by its number within the model, or by its id. */
export const VersionName = z
  .string()
  .regex(/^(?:[1-9]\d{0,8}|[0-9a-f]{64})$/u, 'the number or the id of a version')
  .meta({ id: 'VersionName' });

/** Place in a list, as the answer before gave it in `next`. */
export const Cursor = z
  .string()
  .regex(/^[1-9]\d{0,14}$/u, 'the value of `next` of the page before')
  .meta({ id: 'Cursor' });

/** Parameters of a list, newest first. */
export const PageQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(500).default(50).describe('rows of a page'),
  cursor: Cursor.optional().describe('`next` of the page before; absent: the newest rows'),
});

/** One page of a list, newest first. */
export const pageOf = <Item extends z.ZodType>(
  item: Item,
  id: string,
): z.ZodObject<{ items: z.ZodArray<Item>; next: z.ZodNullable<z.ZodString> }, z.core.$strict> =>
  z
    .strictObject({
      items: z.array(item),
      next: z.string().nullable().describe('cursor of the next page; null: this was the last'),
    })
    .meta({ id });
