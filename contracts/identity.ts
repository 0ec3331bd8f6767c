import { z } from 'zod';
import { Instant, Market, ModelName, Role } from './primitives.ts';
import type { Actor } from './primitives.ts';

/**
 * A role, everywhere or only for one model or one market: `viewer`, `quant-lead@tw-alpha`, `operator@XTAI`. Names of
 * models are lower-case and codes of markets upper-case, so the two cannot be mistaken for each other.
 */
export const Grant = z
  .string()
  .max(80)
  .refine((text) => parseGrant(text) !== null, 'a role, a role@model or a role@MARKET')
  .meta({ id: 'Grant' });
export type Grant = z.infer<typeof Grant>;

export interface ParsedGrant {
  readonly role: Role;
  /** What it is limited to; null: nothing. */
  readonly only: { readonly model: ModelName } | { readonly market: Market } | null;
}

/** Null when the text is no grant. */
export function parseGrant(text: string): ParsedGrant | null {
  const [roleText = '', place, ...rest] = text.split('@');
  const role = Role.safeParse(roleText);
  if (!role.success || rest.length > 0) return null;
  if (place === undefined) return { role: role.data, only: null };
  const market = Market.safeParse(place);
  if (market.success) return { role: role.data, only: { market: market.data } };
  const model = ModelName.safeParse(place);
  return model.success ? { role: role.data, only: { model: model.data } } : null;
}

/** Who a token or a session speaks for. */
export const Identity = z
  .strictObject({
    subject: z.string().min(1).max(120),
    grants: z.array(Grant).min(1).max(64),
    tokenId: z.string().min(1).max(200),
    issuer: z
      .string()
      .min(1)
      .max(500)
      .describe('`contender` for tokens of this installation, else the OIDC issuer'),
    expiresAt: Instant,
  })
  .meta({ id: 'Identity' });
export type Identity = z.infer<typeof Identity>;

/** What is acted on; null where there is none, which only a grant without a limit covers. */
export interface GrantSubject {
  readonly model: string | null;
  readonly market: string | null;
}

const NOWHERE: GrantSubject = { model: null, market: null };

/** The roles that somebody has for a model of a market; each once, in the order in which they were granted. */
export function rolesFor(grants: readonly string[], about: GrantSubject = NOWHERE): Role[] {
  const roles = grants.flatMap((text) => {
    const grant = parseGrant(text);
    return grant !== null && covers(grant, about) ? [grant.role] : [];
  });
  return [...new Set(roles)];
}

function covers({ only }: ParsedGrant, { model, market }: GrantSubject): boolean {
  if (only === null) return true;
  return 'model' in only ? only.model === model : only.market === market;
}

/** The identity as an actor on one model: the registry, the workflows and the database see these roles alone. */
export function actorOn(identity: Pick<Identity, 'subject' | 'grants'>, about: GrantSubject): Actor {
  return { subject: identity.subject, roles: rolesFor(identity.grants, about) };
}

/** Spelling makes nobody a second person: as `contender_same_person` in the database. */
export const samePerson = (one: string, other: string): boolean =>
  one.trim().toLowerCase() === other.trim().toLowerCase();

/** Models that somebody may look at. */
export interface ModelScope {
  readonly all: boolean;
  readonly models: readonly string[];
  readonly markets: readonly string[];
}

/** Any role lets its holder look. */
export function scopeOf(grants: readonly string[]): ModelScope {
  const places = grants.flatMap((text) => {
    const grant = parseGrant(text);
    return grant === null ? [] : [grant.only];
  });
  return {
    all: places.includes(null),
    models: places.flatMap((only) => (only !== null && 'model' in only ? [only.model] : [])).sort(),
    markets: places.flatMap((only) => (only !== null && 'market' in only ? [only.market] : [])).sort(),
  };
}
