import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { Reason } from '../contracts/api/text.ts';
import { ModelName } from '../contracts/primitives.ts';
import type { BreakGlass } from './break-glass.ts';
import type { OverrideRecord } from './break-glass-journal.ts';
import { BreakGlassForbidden } from './errors.ts';
import { parseBody } from './http-contract.ts';

/** A night and a morning; who needs longer says so again. */
export const LONGEST_OVERRIDE_SECONDS = 24 * 3600;

/** Body of POST /api/v1/break-glass. */
export const BreakGlassSet = z
  .strictObject({
    id: z.uuid().describe('made by the caller; the same command again has no second effect'),
    model: ModelName,
    version: z.int().min(1).nullable().describe('null: the champion before'),
    reason: Reason,
    seconds: z.int().min(1).max(LONGEST_OVERRIDE_SECONDS).describe('how long it lasts at most'),
  })
  .meta({
    id: 'BreakGlassSet',
    examples: [
      {
        id: '7b0f9a4e-3c1d-4c8e-9a55-0d2f4c7e1b90',
        model: 'tw-alpha',
        version: null,
        reason: 'registry down, champion wrong',
        seconds: 3600,
      },
    ],
  });

/** Body of POST /api/v1/break-glass/lift. */
export const BreakGlassLift = z
  .strictObject({ model: ModelName, reason: Reason })
  .meta({ id: 'BreakGlassLift', examples: [{ model: 'tw-alpha', reason: 'registry is back' }] });

export const BreakGlassAnswer = z
  .object({
    id: z.string(),
    model: ModelName,
    server: z.string(),
    version: z.int(),
    fromVersion: z.int(),
    epoch: z.int(),
    setAt: z.string(),
    expiresAt: z.string(),
    ended: z.unknown().describe('null while it holds'),
  })
  .meta({ id: 'BreakGlassOverride' });

export function addBreakGlass(app: FastifyInstance, breakGlass: BreakGlass): void {
  app.post('/api/v1/break-glass', async (request) => {
    const token = bearer(request);
    return answer(await breakGlass.set(token, parseBody(BreakGlassSet, request.body)));
  });
  app.post('/api/v1/break-glass/lift', async (request) => {
    const token = bearer(request);
    const { model, reason } = parseBody(BreakGlassLift, request.body);
    return answer(await breakGlass.lift(token, model, reason));
  });
}

function bearer({ headers }: FastifyRequest): string {
  const [, token] = /^Bearer (\S+)$/iu.exec(headers.authorization ?? '') ?? [];
  if (token !== undefined) return token;
  throw new BreakGlassForbidden('no break-glass token was sent', {
    remedy: 'Send "Authorization: Bearer TOKEN"; made by: npm run contender -- token break-glass',
  });
}

function answer(record: OverrideRecord): Record<string, unknown> {
  const { id, model, server, version, fromVersion, epoch, setAt, expiresAt, ended } = record;
  return { id, model, server, version, fromVersion, epoch, setAt, expiresAt, ended };
}
