import { createHash } from 'node:crypto';
import { decodeJwt } from 'jose';
import { z } from 'zod';
import { IdentityProviderUnreachable, TokenInvalid } from './errors.ts';

export interface OidcSignInOptions {
  /** Exactly as the provider writes it into `iss`. */
  readonly issuer: string;
  /** This installation's name at the provider. */
  readonly clientId: string;
  /** Null: a public client, which the proof key alone protects. */
  readonly clientSecret: string | null;
}

export interface AuthorizationRequest {
  readonly redirectUri: string;
  readonly state: string;
  readonly nonce: string;
  /** 43 to 128 characters, RFC 7636 section 4.1. */
  readonly verifier: string;
}

const FETCH_TIMEOUT_MS = 5000;
const SCOPE = 'openid profile email';
const Discovery = z.object({
  issuer: z.string(),
  authorization_endpoint: z.url({ protocol: /^https?$/u }),
  token_endpoint: z.url({ protocol: /^https?$/u }),
});
const TokenAnswer = z.object({ id_token: z.string().max(8192) });

/** The authorization code flow of OpenID Connect with a proof key (RFC 7636, S256), as far as the provider is asked. */
export class OidcSignIn {
  readonly #options: OidcSignInOptions;
  #endpoints: Promise<z.output<typeof Discovery>> | undefined;

  constructor(options: OidcSignInOptions) {
    this.#options = options;
  }

  /** Where a browser is sent to sign in. @throws IdentityProviderUnreachable */
  async authorizationUrl({ redirectUri, state, nonce, verifier }: AuthorizationRequest): Promise<string> {
    const { authorization_endpoint: endpoint } = await this.#discovered();
    const url = new URL(endpoint);
    const challenge = createHash('sha256').update(verifier).digest('base64url');
    const parameters = {
      ...{ response_type: 'code', client_id: this.#options.clientId, redirect_uri: redirectUri },
      ...{ scope: SCOPE, state, nonce, code_challenge: challenge, code_challenge_method: 'S256' },
    };
    for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
    return url.toString();
  }

  /**
   * The identity token that a code stands for; nothing of it is verified here but that it answers this very request.
   *
   * @throws IdentityProviderUnreachable, TokenInvalid
   */
  async tokenFor(code: string, { redirectUri, nonce, verifier }: AuthorizationRequest): Promise<string> {
    const { token_endpoint: endpoint } = await this.#discovered();
    const { clientId, clientSecret, issuer } = this.#options;
    const body = new URLSearchParams({
      ...{ grant_type: 'authorization_code', code, redirect_uri: redirectUri },
      ...{ client_id: clientId, code_verifier: verifier },
    });
    const secret =
      clientSecret === null
        ? {}
        : {
            authorization: `Basic ${Buffer.from(`${encodeURIComponent(clientId)}:${encodeURIComponent(clientSecret)}`).toString('base64')}`,
          };
    const answer = await fetch(endpoint, {
      ...{ method: 'POST', body, redirect: 'error', signal: AbortSignal.timeout(FETCH_TIMEOUT_MS) },
      headers: { accept: 'application/json', ...secret },
    }).catch((error: unknown) => {
      throw unreachable(issuer, error);
    });
    const given = TokenAnswer.safeParse(await answer.json().catch(() => null));
    if (!answer.ok || !given.success) throw invalid('the provider did not take the code');
    if (nonceOf(given.data.id_token) !== nonce) throw invalid('its token answers another request');
    return given.data.id_token;
  }

  #discovered(): Promise<z.output<typeof Discovery>> {
    this.#endpoints ??= this.#discover().catch((error: unknown) => {
      // Asked for again by whoever signs in next.
      this.#endpoints = undefined;
      throw error;
    });
    return this.#endpoints;
  }

  async #discover(): Promise<z.output<typeof Discovery>> {
    const { issuer } = this.#options;
    const document = await fetch(`${issuer.replace(/\/$/u, '')}/.well-known/openid-configuration`, {
      redirect: 'error',
      signal: AbortSignal.timeout(FETCH_TIMEOUT_MS),
    })
      .then((answer): Promise<unknown> => answer.json())
      .catch((error: unknown) => {
        throw unreachable(issuer, error);
      });
    const parsed = Discovery.safeParse(document);
    if (!parsed.success || parsed.data.issuer !== issuer) {
      throw unreachable(issuer, new Error('its discovery document is not that of the issuer'));
    }
    return parsed.data;
  }
}

function nonceOf(token: string): unknown {
  try {
    return decodeJwt(token)['nonce'];
  } catch {
    return undefined;
  }
}

function unreachable(issuer: string, cause: unknown): IdentityProviderUnreachable {
  return new IdentityProviderUnreachable(`the identity provider ${issuer} does not answer`, {
    cause,
    remedy: 'Check oidcIssuer, and that this machine reaches it.',
  });
}

const invalid = (reason: string): TokenInvalid =>
  new TokenInvalid(`nobody was signed in: ${reason}`, { remedy: 'Begin again at the sign-in page.' });
