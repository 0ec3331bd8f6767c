import { sql } from 'kysely';
import type { Identity } from '../contracts/identity.ts';
import { operations } from './database.ts';
import { hashText } from './hash.ts';

export interface SessionRecord {
  readonly subject: string;
  readonly grants: readonly string[];
  readonly issuer: string;
  readonly tokenId: string;
  /** ISO instant, wall time. */
  readonly expiresAt: string;
}

/** Sessions that ended are forgotten after this long. */
const KEPT_DAYS = 7;

export const apiSessionOperations = operations((database) => ({
  /** Opens a session under a secret that only the browser keeps; forgets long-ended ones on the way. */
  async openApiSession(input: {
    readonly secret: string;
    readonly identity: Identity;
    /** ISO instant; not after the token that opened it ends. */
    readonly expiresAt: string;
  }): Promise<void> {
    const { subject, grants, issuer, tokenId } = input.identity;
    await database.transaction(async (transaction) => {
      await sql`delete from api_sessions where expires_at < clock_timestamp() - make_interval(days => ${KEPT_DAYS})`.execute(
        transaction,
      );
      await sql`insert into api_sessions (id, subject, grants, issuer, token_id, expires_at)
        values (${hashText(input.secret)}, ${subject}, ${[...grants]}::text[], ${issuer}, ${tokenId},
          ${input.expiresAt}::timestamptz)`.execute(transaction);
    });
  },

  /** Null when it has ended, was closed, or its token was called back. */
  async findApiSession({ secret }: { readonly secret: string }): Promise<SessionRecord | null> {
    const { rows } = await database.run((connection) =>
      sql<SessionRecord>`
        select subject, grants, issuer, token_id, expires_at from api_sessions s
        where id = ${hashText(secret)} and ended_at is null and expires_at > clock_timestamp()
          and not exists (select from revoked_tokens r where r.issuer = s.issuer and r.token_id = s.token_id)`.execute(
        connection,
      ),
    );
    return rows[0] ?? null;
  },

  /** Closes a session; closing it again changes nothing. */
  async closeApiSession({ secret }: { readonly secret: string }): Promise<void> {
    await database.run((connection) =>
      sql`update api_sessions set ended_at = clock_timestamp() where id = ${hashText(secret)} and ended_at is null`.execute(
        connection,
      ),
    );
  },

  /** Calls a token back: it opens nothing from here on, nor do the sessions that it opened. */
  async revokeToken(input: {
    readonly issuer: string;
    readonly tokenId: string;
    readonly revokedBy: string;
    readonly reason: string;
  }): Promise<void> {
    const { issuer, tokenId, revokedBy, reason } = input;
    await database.run((connection) =>
      sql`insert into revoked_tokens (issuer, token_id, revoked_by, reason)
        values (${issuer}, ${tokenId}, ${revokedBy}, ${reason}) on conflict do nothing`.execute(connection),
    );
  },

  /** Every token that was called back, as `issuer token-id`. */
  async revokedTokens(): Promise<readonly string[]> {
    const { rows } = await database.run((connection) =>
      sql<{ id: string }>`select issuer || ' ' || token_id as id from revoked_tokens`.execute(connection),
    );
    return rows.map(({ id }) => id);
  },
}));
