import { createHash } from 'node:crypto';
import { z } from 'zod';
import { ArtifactRef, Sha256 } from '../../contracts/primitives.ts';
import { RegisteredModel, RegisterVersion } from '../../contracts/registration.ts';
import { registerVersion } from '../../control/register-version.ts';
import { IdentityMismatch } from '../../registry/errors.ts';
import { defineRoute } from '../route.ts';
import type { Access } from '../route.ts';
import { aboutModel, ModelParams } from './models.ts';
import { BINARY_BODY, NO_QUERY } from './nothing.ts';

const REGISTER: Access = { kind: 'roles', roles: ['researcher', 'quant-lead', 'operator'], on: 'model' };
const OF_MODEL = { tag: 'versions', params: ModelParams, about: aboutModel, access: REGISTER } as const;

/** A model from elsewhere becomes a version: first its files, then what they are. */
export const registrationRoutes = [
  defineRoute({
    ...{ id: 'storeArtifact', method: 'post', path: '/models/{model}/artifacts', refusals: [404, 409] },
    ...{ ...OF_MODEL, body: BINARY_BODY, answer: ArtifactRef, repeatable: false },
    query: z.strictObject({
      sha256: Sha256.describe('of the body; anything else is refused'),
      mediaType: z
        .string()
        .regex(/^[\w.+-]{1,60}\/[\w.+-]{1,60}$/u, 'type/subtype')
        .default('application/octet-stream'),
    }),
    summary: 'Stores a file of a model that is to be registered; the same bytes again change nothing',
    handle: async ({ query, body }, { artifacts }) => {
      const { sha256, mediaType } = query;
      const actual = createHash('sha256').update(body).digest('hex');
      if (actual !== sha256) {
        throw new IdentityMismatch(`the body hashes to ${actual}, not to ${sha256}`, {
          remedy: 'Send the file again, whole.',
          details: { claimed: sha256, actual },
        });
      }
      return artifacts.put(body, mediaType);
    },
  }),
  defineRoute({
    ...{ id: 'registerVersion', method: 'post', path: '/models/{model}/versions', refusals: [404, 409] },
    ...{ ...OF_MODEL, query: NO_QUERY, body: RegisterVersion, answer: RegisteredModel, repeatable: true },
    summary:
      'Makes a version of a model fitted elsewhere, if it predicts what its library predicts to the last bit',
    handle: ({ params, body, actor, key }, { registry, artifacts, examine }) =>
      registerVersion(
        { registry, artifacts, examine },
        { ...body, ...params, actor, idempotencyKey: key, snapshot: null },
      ),
  }),
];
