import { z } from 'zod';

/** SHA-256 in lower-case hex. */
export const Sha256 = z
  .string()
  .regex(/^[0-9a-f]{64}$/u, 'a SHA-256 in lower-case hex')
  .meta({ id: 'Sha256' });
export type Sha256 = z.infer<typeof Sha256>;

/** A registered model's name, used in workflow ids, URLs and file names. */
export const ModelName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{1,47}$/u, '2 to 48 characters: lower-case letters, digits, hyphens, a letter first')
  .meta({ id: 'ModelName' });
export type ModelName = z.infer<typeof ModelName>;

/** An instant: ISO 8601 in UTC with milliseconds, as Date.prototype.toISOString prints it. */
export const Instant = z.iso.datetime({ precision: 3, offset: false }).meta({ id: 'Instant' });
export type Instant = z.infer<typeof Instant>;

/** A trading session, named by its date in the market's zone (YYYY-MM-DD). Never an instant. */
export const SessionDate = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}$/u, 'YYYY-MM-DD')
  .meta({ id: 'SessionDate' });
export type SessionDate = z.infer<typeof SessionDate>;

/** A session as somebody asks for it: also a day that exists. */
export const AskedSession = SessionDate.refine((date) => {
  const midnightMs = Date.parse(`${date}T00:00:00.000Z`);
  return !Number.isNaN(midnightMs) && new Date(midnightMs).toISOString().startsWith(date);
}, 'a day of the calendar, YYYY-MM-DD');

/** Market identifier code. XTAI: Taiwan, XNYS: New York. */
export const Market = z.enum(['XTAI', 'XNYS']).meta({ id: 'Market' });
export type Market = z.infer<typeof Market>;

/** Bytes in the content-addressed artifact store. The hash is the address; the rest describes it. */
export const ArtifactRef = z
  .strictObject({
    sha256: Sha256,
    bytes: z.int().min(0).describe('size in bytes'),
    mediaType: z.string().min(1).max(120),
  })
  .meta({ id: 'ArtifactRef' });
export type ArtifactRef = z.infer<typeof ArtifactRef>;

/** Who acts: a person with roles, or the system itself for schedules and alarms. */
export const Role = z.enum(['viewer', 'researcher', 'quant-lead', 'operator', 'admin']).meta({ id: 'Role' });
export type Role = z.infer<typeof Role>;

export const Actor = z
  .strictObject({ subject: z.string().min(1).max(120), roles: z.array(Role).max(8) })
  .meta({ id: 'Actor' });
export type Actor = z.infer<typeof Actor>;
