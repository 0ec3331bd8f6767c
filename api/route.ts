import type { z } from 'zod';
import type { ContenderError } from '../contracts/error.ts';
import { actorOn } from '../contracts/identity.ts';
import type { GrantSubject, Identity } from '../contracts/identity.ts';
import type { Actor, Role } from '../contracts/primitives.ts';
import { unknownModel } from '../registry/specs.ts';
import { isDeputyOf, type DecidedAs } from './deputy.ts';
import { NotAllowed } from './errors.ts';
import { parsePart } from './parse.ts';
import type { ApiParts } from './parts.ts';

export const EVERY_ROLE: readonly Role[] = ['viewer', 'researcher', 'quant-lead', 'operator', 'admin'];

/** Who may: anybody, whoever is signed in, or some roles on what the request is about. */
export type Access =
  | { readonly kind: 'open' }
  | { readonly kind: 'signed-in' }
  | {
      readonly kind: 'roles';
      readonly roles: readonly Role[];
      /** `model`: a role on the model of the request does; `everything`: it has to be one without a limit. */
      readonly on: 'model' | 'everything';
    }
  /** These roles on the model, or whoever that which is open there names as deputy. */
  | {
      readonly kind: 'signers';
      readonly roles: readonly Role[];
      readonly on: 'model';
      readonly deputyOf: DecidedAs;
    };

/** What an operation is given besides its parameters. */
export interface Caller {
  readonly identity: Identity;
  /** With the roles that hold for what the request is about. */
  readonly actor: Actor;
  /** Of the session that the request came with; null when it came with a token. */
  readonly sessionSecret: string | null;
  /** The key under which a repetition is known; unique to this person and operation. Empty for a reading. */
  readonly key: string;
  /** When this was asked for, the same for every repetition. */
  readonly askedAt: string;
}

type About =
  | string
  | { readonly model: string; readonly market: string }
  /** Named by a number: whoever may not look is told what is said where there is none, and learns no model's name. */
  | { readonly model: string; readonly absent: ContenderError }
  | null;

export interface RouteSpec<
  P extends z.ZodType,
  Q extends z.ZodType,
  B extends z.ZodType,
  A extends z.ZodType,
> {
  readonly id: string;
  readonly method: 'get' | 'post' | 'put' | 'delete';
  /** As OpenAPI writes it: `/models/{model}`; below /api/v1. */
  readonly path: string;
  readonly tag: string;
  readonly summary: string;
  readonly access: Access;
  readonly params: P;
  readonly query: Q;
  readonly body: B;
  readonly answer: A;
  /** Statuses of refusals beside those that every operation may give. */
  readonly refusals: readonly number[];
  /** What it changes is kept under an Idempotency-Key. Never for a reading. */
  readonly repeatable: boolean;
  /**
   * Model of the request, for operations on one; null when it has none. The market counts only while the model does not
   * exist and has none of its own.
   */
  readonly about: (
    call: { readonly params: z.output<P>; readonly query: z.output<Q>; readonly body: z.output<B> },
    parts: ApiParts,
  ) => Promise<About> | About;
  readonly handle: (
    call: {
      readonly params: z.output<P>;
      readonly query: z.output<Q>;
      readonly body: z.output<B>;
    } & Caller,
    parts: ApiParts,
  ) => Promise<z.input<A>>;
}

export interface RawRequest {
  readonly params: unknown;
  readonly query: unknown;
  readonly body: unknown;
}

/** A request that was read and allowed. */
export interface Admitted {
  readonly actor: Actor;
  readonly model: string | null;
  /** What the request says, in one value; two requests that say the same are equal. */
  readonly said: unknown;
  run(caller: Omit<Caller, 'actor' | 'identity'>): Promise<unknown>;
}

/** A route with its types closed over. */
export interface Route extends Omit<
  RouteSpec<z.ZodType, z.ZodType, z.ZodType, z.ZodType>,
  'about' | 'handle'
> {
  /** Reads the request and holds the roles against it. Throws RequestInvalid, NotAllowed, ModelUnknown. */
  admit(raw: RawRequest, identity: Identity, parts: ApiParts): Promise<Admitted>;
}

export function defineRoute<
  P extends z.ZodType,
  Q extends z.ZodType,
  B extends z.ZodType,
  A extends z.ZodType,
>(spec: RouteSpec<P, Q, B, A>): Route {
  const { about, handle, ...described } = spec;
  return {
    ...described,
    async admit(raw, identity, parts) {
      const { access } = spec;
      // A role that is missing everywhere is said before anything is read: what exists is nobody's business then.
      const named =
        access.kind === 'signers' &&
        (await isDeputyOf(access.deputyOf, raw.params, identity.subject, parts.registry));
      if (!named) requireSomewhere(access, identity);
      const call = {
        params: parsePart('path', spec.params, raw.params),
        query: parsePart('query', spec.query, raw.query),
        body: parsePart('body', spec.body, raw.body),
      };
      const subject = await subjectOf(await about(call, parts), parts);
      const { model } = subject;
      const actor = actorOn(identity, subject);
      requireAccess(access, identity, actor, subject, named);
      return {
        actor,
        model,
        said: call,
        run: (caller) => handle({ ...call, ...caller, identity, actor }, parts),
      };
    },
  };
}

/** Throws NotAllowed when nothing the operation could be about would be allowed. */
export function requireSomewhere(access: Access, identity: Identity): void {
  if ('roles' in access && !hasAnywhere(identity, access.roles)) throw notAllowed(identity, access.roles);
}

/** What roles are held against, and what somebody without any is told. */
interface Subject extends GrantSubject {
  readonly absent: ContenderError | null;
}

async function subjectOf(about: About, { registry }: ApiParts): Promise<Subject> {
  if (about === null) return { model: null, market: null, absent: null };
  const { model } = typeof about === 'string' ? { model: about } : about;
  const market = typeof about === 'object' && 'market' in about ? about.market : null;
  const absent = typeof about === 'object' && 'absent' in about ? about.absent : unknownModel(model);
  return { model, market: (await registry.marketOf({ model })) ?? market, absent };
}

function requireAccess(
  access: Access,
  identity: Identity,
  actor: Actor,
  { absent }: Subject,
  named: boolean,
): void {
  if (access.kind === 'open') return;
  if (access.kind === 'roles' && access.on === 'everything') {
    const everywhere = actorOn(identity, { model: null, market: null });
    if (!access.roles.some((role) => everywhere.roles.includes(role)))
      throw notAllowed(identity, access.roles);
    return;
  }
  // Somebody without any role on a model does not learn whether it exists.
  if (absent !== null && actor.roles.length === 0) throw absent;
  if (named) return;
  if ('roles' in access && !access.roles.some((role) => actor.roles.includes(role))) {
    throw notAllowed(identity, access.roles);
  }
}

function hasAnywhere({ grants }: Identity, roles: readonly Role[]): boolean {
  return roles.some((role) => grants.some((grant) => grant === role || grant.startsWith(`${role}@`)));
}

function notAllowed({ subject }: Identity, roles: readonly Role[]): NotAllowed {
  return new NotAllowed(`${subject} has none of the roles ${roles.join(', ')} here`, {
    remedy: 'Ask somebody who has, or use a token with that role.',
    details: { needed: roles },
  });
}
