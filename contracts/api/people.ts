import { z } from 'zod';
import { Grant } from '../identity.ts';
import { Instant } from '../primitives.ts';

export const OpenSession = z
  .strictObject({ token: z.string().min(1).max(8192).describe('an identity token') })
  .meta({ id: 'OpenSession' });

/** Who is signed in. */
export const WhoAmI = z
  .strictObject({
    subject: z.string(),
    grants: z.array(Grant).describe('a role, role@model or role@MARKET'),
    issuer: z.string(),
    expiresAt: Instant,
    csrfToken: z
      .string()
      .nullable()
      .describe('sent back as X-CSRF-Token with everything that changes something; null without a session'),
  })
  .meta({ id: 'WhoAmI' });

export const SignedOut = z.strictObject({ signedOut: z.literal(true) }).meta({ id: 'SignedOut' });

export const LiveTicket = z
  .strictObject({
    ticket: z.string().describe('opens one WebSocket, once'),
    expiresAt: Instant,
    path: z.string().describe('where: append ?ticket= and, when resuming, &resume='),
  })
  .meta({ id: 'LiveTicket' });

export const RevokeToken = z
  .strictObject({
    issuer: z.string().min(1).max(500).default('contender'),
    tokenId: z.string().min(1).max(200),
    reason: z.string().min(3).max(500),
  })
  .meta({ id: 'RevokeToken' });
export const RevokedToken = z
  .strictObject({ issuer: z.string(), tokenId: z.string(), revokedBy: z.string() })
  .meta({ id: 'RevokedToken' });
