import type { FastifyInstance } from 'fastify';
import type { z } from 'zod';
import { ReloadRequest, type ReloadAnswer } from '../contracts/serving.ts';
import { provenanceOf } from './answering.ts';
import { ModelNotServed } from './errors.ts';
import { parseBody } from './http-contract.ts';
import type { ServingMetrics } from './metrics.ts';
import type { ServableVersion } from './ports.ts';
import type { ServedModel } from './served-model.ts';
import type { SwapFollower } from './swap-follower.ts';

export interface StateParts {
  readonly serverName: string;
  readonly follower: SwapFollower;
  readonly metrics: ServingMetrics;
  /** True once the server has begun to stop. */
  readonly draining: () => boolean;
  /** True once its scoring threads stay down. */
  readonly broken: () => boolean;
}

/** What the server is, holds and does: for probes at the root, for people and programs under /api/v1. */
export function addState(app: FastifyInstance, parts: StateParts): void {
  const { follower, metrics } = parts;
  for (const path of ['/health', '/api/v1/health']) {
    app.get(path, async (_, reply) => {
      const health = healthOfServer(parts);
      void reply.status(health.status === 'ready' ? 200 : 503);
      return Promise.resolve(health);
    });
  }
  for (const path of ['/metrics', '/api/v1/metrics']) {
    app.get(path, async (_, reply) => {
      void reply.type(metrics.registry.contentType);
      return metrics.registry.metrics();
    });
  }
  app.get('/api/v1/models', async () => Promise.resolve({ models: follower.models().map(describeModel) }));
  app.get<{ Params: { name: string } }>('/api/v1/models/:name', async ({ params }) =>
    Promise.resolve(describeModel(requireModel(follower, params.name))),
  );
  app.post('/api/v1/models/reload', async (request): Promise<z.input<typeof ReloadAnswer>> => {
    const { model } = parseBody(ReloadRequest, request.body ?? {});
    const models = model === undefined ? follower.models() : [requireModel(follower, model)];
    await Promise.all(models.map((each) => follower.refresh(each.model)));
    return { models: models.map((each) => ({ model: each.model, epoch: each.reign?.epoch ?? null })) };
  });
}

function healthOfServer(parts: StateParts): {
  readonly status: string;
  readonly server: string;
  readonly models: readonly Record<string, unknown>[];
} {
  const { follower, draining, broken, serverName } = parts;
  const models = follower.models().map(healthOf);
  const refusing = models.some((model) => model.state === 'refusing');
  const status = draining()
    ? 'draining'
    : broken()
      ? 'broken'
      : refusing
        ? 'stale'
        : follower.ready
          ? 'ready'
          : 'starting';
  return { status, server: serverName, models };
}

function requireModel(follower: SwapFollower, name: string): ServedModel {
  const model = follower.model(name);
  if (model !== null) return model;
  throw new ModelNotServed(`model ${name.slice(0, 48)} is not served here`, {
    remedy: 'GET /api/v1/models lists what is.',
  });
}

function healthOf(model: ServedModel): Record<string, unknown> & { readonly state: string } {
  const { answering: reign, policy } = model;
  if (reign === null) return { model: model.model, state: model.view === null ? 'no-champion' : 'loading' };
  const freshness = model.freshness();
  const refusing = freshness.stale && policy?.onStale === 'refuse' && reign.override === null;
  return { state: refusing ? 'refusing' : 'serving', ...provenanceOf(model, reign) };
}

function describeModel(model: ServedModel): Record<string, unknown> {
  const { view } = model;
  const describe = (version: ServableVersion): Record<string, unknown> => {
    const state = model.versions.state(version.versionId);
    return {
      version: version.number,
      versionHash: version.versionId,
      state: state?.state ?? 'absent',
      reason: state?.state === 'failed' ? state.error.message : '',
    };
  };
  return {
    ...healthOf(model),
    registryEpoch: view?.epoch ?? null,
    onStale: model.policy?.onStale ?? null,
    features: currentFeatures(model),
    champion: view === null ? null : describe(view.champion),
    previous: view === null ? [] : view.previous.map(describe),
    challenger: view?.challenger === undefined || view.challenger === null ? null : describe(view.challenger),
    pinned: view === null ? [] : view.pinned.map(describe),
  };
}

function currentFeatures(model: ServedModel): readonly Record<string, unknown>[] {
  const version = model.answering?.champion.version;
  return (version?.featureNames ?? []).map((name) => ({
    name,
    missingAllowed: version?.missingAllowed.has(name) ?? false,
  }));
}
