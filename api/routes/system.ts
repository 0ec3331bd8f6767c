import { SystemHealth } from '../../contracts/api/records.ts';
import { defineRoute } from '../route.ts';
import { NO_BODY, NO_PARAMS, NO_QUERY } from './nothing.ts';

export const systemRoutes = [
  defineRoute({
    ...{ id: 'getHealth', method: 'get', path: '/health', tag: 'system', refusals: [], repeatable: false },
    summary: 'Whether the API answers, and whether the registry behind it does',
    access: { kind: 'open' },
    ...{ params: NO_PARAMS, query: NO_QUERY, body: NO_BODY, answer: SystemHealth, about: () => null },
    handle: async (_call, { registry, live, version, oidcSignIn }) => {
      const answers = await registry.ping().then(
        () => true,
        () => false,
      );
      return {
        status: answers ? ('ok' as const) : ('degraded' as const),
        registry: answers,
        liveClients: live.clients,
        version,
        signIn: oidcSignIn === null ? ('token' as const) : ('oidc' as const),
      };
    },
  }),
];
