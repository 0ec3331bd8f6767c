import { createHash, createHmac } from 'node:crypto';

/**
 * AWS Signature Version 4 for S3 ("Authenticating Requests: Using the Authorization Header", AWS, 2006-03-01 API), headers only,
 * the hash of the body always stated, so that the server itself refuses a body that was damaged on the way.
 */
export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly region: string;
}

export interface UnsignedRequest {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'DELETE';
  readonly url: URL;
  /** Lower-case hex SHA-256 of the body. */
  readonly payloadSha256: string;
  readonly now: Date;
}

const SERVICE = 's3';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const hmac = (key: string | Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();

/** RFC 3986, as AWS wants it: everything but unreserved characters is escaped. */
const escaped = (text: string): string =>
  encodeURIComponent(text).replace(
    /[!'()*]/gu,
    (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`,
  );

/** The headers that sign a request. The host is signed, so the request has to go to `url.host`. */
export function signedHeaders(
  { method, url, payloadSha256, now }: UnsignedRequest,
  { accessKeyId, secretAccessKey, region }: S3Credentials,
): Record<string, string> {
  const stamp = now.toISOString().replace(/[-:]|\.\d{3}/gu, '');
  const day = stamp.slice(0, 8);
  const query = [...url.searchParams]
    .map(([name, value]) => `${escaped(name)}=${escaped(value)}`)
    .sort()
    .join('&');
  const headers: readonly (readonly [string, string])[] = [
    ['host', url.host],
    ['x-amz-content-sha256', payloadSha256],
    ['x-amz-date', stamp],
  ];
  const names = headers.map(([name]) => name).join(';');
  const canonical = [
    method,
    url.pathname,
    query,
    ...headers.map(([name, value]) => `${name}:${value}`),
    '',
    names,
    payloadSha256,
  ].join('\n');
  const scope = `${day}/${region}/${SERVICE}/aws4_request`;
  const toSign = ['AWS4-HMAC-SHA256', stamp, scope, sha256(canonical)].join('\n');
  const key = ['aws4_request'].reduce<Buffer>(
    hmac,
    hmac(hmac(hmac(`AWS4${secretAccessKey}`, day), region), SERVICE),
  );
  const signature = createHmac('sha256', key).update(toSign).digest('hex');
  return {
    'x-amz-content-sha256': payloadSha256,
    'x-amz-date': stamp,
    authorization: `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${names}, Signature=${signature}`,
  };
}
