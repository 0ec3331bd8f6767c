import type { FastifyInstance } from 'fastify';

/** Nothing inline, nothing from elsewhere, in nobody's frame. Styles may be set by script, as charts do. */
const CONTENT_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "style-src-attr 'unsafe-inline'",
  "img-src 'self' data: blob:",
  "font-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "worker-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

const HEADERS: Readonly<Record<string, string>> = {
  'content-security-policy': CONTENT_POLICY,
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), microphone=(), geolocation=(), payment=(), usb=()',
};
const A_YEAR_SECONDS = 31_536_000;

/** On every answer, refusals included. */
export function addSecurityHeaders(app: FastifyInstance, options: { readonly https: boolean }): void {
  app.addHook('onRequest', (_request, reply, done) => {
    void reply.headers(HEADERS);
    if (options.https) {
      void reply.header('strict-transport-security', `max-age=${String(A_YEAR_SECONDS)}; includeSubDomains`);
    }
    done();
  });
}
