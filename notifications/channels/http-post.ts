import { lookup } from 'node:dns';
import type { LookupAddress, LookupOptions } from 'node:dns';
import { request as requestPlain } from 'node:http';
import { request as requestTls } from 'node:https';
import { isIP } from 'node:net';
import { ChannelMisconfigured } from '../errors.ts';
import type { SendOutcome } from '../outcome.ts';
import { outcomeOfAnswer } from './http-outcome.ts';
import { isPublicAddress } from './public-address.ts';

export type Resolve = (
  hostname: string,
  answer: (error: Error | null, addresses: readonly LookupAddress[]) => void,
) => void;

export interface HttpPostOptions {
  /** Who is written to, in reasons: `the webhook ops`. */
  readonly who: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Bound of the whole attempt, milliseconds. */
  readonly timeoutMs: number;
  /** Whether the receiver may be on this machine or a private network, and speak plain http. */
  readonly allowPrivate: boolean;
  readonly now: () => number;
  readonly resolve?: Resolve;
}

/** Bytes of an answer that are read; the rest is of no interest. */
const MAX_ANSWER_BYTES = 4096;

const systemResolve: Resolve = (hostname, answer) => {
  lookup(hostname, { all: true, order: 'verbatim' }, answer);
};

/** Where a name leads that may not be written to; only ever a reason in an outcome. */
class PrivateAddress extends Error {}

/**
 * Whether an address may be written to at all, without asking a resolver.
 *
 * @throws ChannelMisconfigured
 */
export function checkReceiver(who: string, address: string, allowPrivate: boolean): URL {
  const refuse = (why: string, remedy: string): ChannelMisconfigured =>
    new ChannelMisconfigured(`${who}: ${why}`, { remedy });
  const url = URL.parse(address);
  if (url === null || !['http:', 'https:'].includes(url.protocol)) {
    throw refuse('its address is not http(s)', 'Write https://host/path.');
  }
  if (url.username !== '' || url.password !== '') {
    throw refuse('its address holds a user name or password', 'Use a header or basic_auth instead.');
  }
  if (allowPrivate) return url;
  if (url.protocol !== 'https:')
    throw refuse('its address is not https', 'Use https, or say allow_private: true.');
  const host = url.hostname.replace(/^\[|\]$/gu, '');
  const local = /(?:^|\.)(?:localhost|local|internal|home\.arpa)\.?$/u.test(host);
  if (local || (isIP(host) !== 0 && !isPublicAddress(host))) {
    throw refuse(
      `${host} is on this machine or a private network`,
      'Give a public address, or say allow_private: true.',
    );
  }
  return url;
}

/**
 * Posts once, without redirects. The name is resolved once, every address it has is looked at, and the connection goes to an
 * address that was looked at: a name that answers differently the second time leads nowhere else.
 */
export async function httpPost(options: HttpPostOptions): Promise<SendOutcome> {
  const { who, allowPrivate, body, timeoutMs, now, resolve = systemResolve } = options;
  const url = checkReceiver(who, options.url, allowPrivate);
  const seen = { connected: false };
  const checkedLookup = (
    hostname: string,
    { all }: LookupOptions,
    answer: (error: Error | null, address: string | LookupAddress[], family?: number) => void,
  ): void => {
    resolve(hostname, (error, addresses) => {
      const [first] = addresses;
      if (error !== null || first === undefined) {
        answer(error ?? new Error(`${hostname} has no address`), [], 0);
        return;
      }
      const hidden = allowPrivate ? undefined : addresses.find(({ address }) => !isPublicAddress(address));
      if (hidden !== undefined) {
        answer(new PrivateAddress(`${hostname} leads to ${hidden.address}, which is not public`), [], 0);
        return;
      }
      if (all === true) answer(null, [...addresses]);
      else answer(null, first.address, first.family);
    });
  };
  return await new Promise((done) => {
    const send = url.protocol === 'https:' ? requestTls : requestPlain;
    const request = send(
      url,
      {
        method: 'POST',
        headers: { ...options.headers, 'content-length': Buffer.byteLength(body), connection: 'close' },
        // No connection is shared: each is made to an address that was checked for it.
        agent: false,
        lookup: checkedLookup,
        signal: AbortSignal.timeout(timeoutMs),
      },
      (response) => {
        const chunks: Buffer[] = [];
        let bytes = 0;
        const finish = (): void => {
          const status = response.statusCode ?? 0;
          const text = Buffer.concat(chunks).toString('utf8').slice(0, MAX_ANSWER_BYTES);
          const retryAfter = response.headers['retry-after'] ?? null;
          done(outcomeOfAnswer(who, { status, retryAfter, body: text }, now()));
          request.destroy();
        };
        response.on('data', (chunk: Buffer) => {
          chunks.push(chunk);
          bytes += chunk.length;
          if (bytes >= MAX_ANSWER_BYTES) finish();
        });
        response.on('end', finish);
        // The status has been said; a body that is cut off changes nothing.
        response.on('error', finish);
        response.on('aborted', finish);
      },
    );
    request.on('socket', (socket) => {
      socket.once(url.protocol === 'https:' ? 'secureConnect' : 'connect', () => {
        seen.connected = true;
      });
    });
    request.on('error', (error) => {
      done(outcomeOfFailure(who, error, seen.connected));
    });
    request.end(body);
  });
}

function outcomeOfFailure(who: string, error: Error, connected: boolean): SendOutcome {
  if (error instanceof PrivateAddress) return { kind: 'refused', reason: `${who}: ${error.message}` };
  const code = 'code' in error && typeof error.code === 'string' ? error.code : error.name;
  return connected
    ? { kind: 'unknown', reason: `no answer from ${who}: ${code}` }
    : { kind: 'retry-later', reason: `${who} cannot be reached: ${code}`, at: null };
}
