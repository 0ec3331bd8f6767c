import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import swagger, { type StaticDocumentSpec } from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyInstance } from 'fastify';
import { PageNotInstalled } from './errors.ts';
import { openApiDocument } from './openapi.ts';

const REDOC_PAGE = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Contender prediction server</title></head>
<body style="margin:0"><redoc spec-url="/openapi.json"></redoc><script src="/redoc/redoc.standalone.js"></script></body>
</html>
`;
/** The page runs its own script and styles and nothing from elsewhere; ReDoc searches in a worker made from a blob. */
const REDOC_POLICY =
  "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; worker-src blob:";

/** `/openapi.json`, Swagger UI at `/docs`, and ReDoc at `/redoc` where its package is installed. */
export function addDocs(app: FastifyInstance, options: { readonly authenticated: boolean }): void {
  const document = openApiDocument(options);
  app.get('/openapi.json', async () => Promise.resolve(document));
  const specification = { document } as unknown as StaticDocumentSpec;
  void app.register(swagger, { mode: 'static', specification });
  void app.register(swaggerUi, { routePrefix: '/docs', staticCSP: true });
  for (const path of ['/redoc', '/redoc/']) {
    app.get(path, async (_, reply) => {
      redocBundle();
      void reply.type('text/html; charset=utf-8').header('content-security-policy', REDOC_POLICY);
      return Promise.resolve(REDOC_PAGE);
    });
  }
  app.get('/redoc/redoc.standalone.js', async (_, reply) => {
    void reply.type('text/javascript; charset=utf-8').header('cache-control', 'max-age=3600');
    return readFile(redocBundle());
  });
}

/** The file of the optional package. @throws PageNotInstalled */
function redocBundle(): string {
  try {
    return createRequire(import.meta.url).resolve('redoc/bundles/redoc.standalone.js');
  } catch (cause) {
    throw new PageNotInstalled('the package redoc is not installed', {
      cause,
      remedy:
        'Install it with `npm install --include=optional`; /docs and /openapi.json show the same document.',
    });
  }
}
