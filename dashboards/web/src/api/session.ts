import { useQuery, useQueryClient } from '@tanstack/react-query';
import type { QueryClient, UseQueryResult } from '@tanstack/react-query';
import { dropAllDrafts } from '../drafts.ts';
import { ApiError, answerOf, api, patience, rememberCsrf } from './client.ts';
import type { WhoAmI } from './schemas.ts';

export const SESSION = ['session'] as const;

/** Who is signed in; null when nobody is. */
export function useSession(): UseQueryResult<WhoAmI | null, ApiError> {
  return useQuery<WhoAmI | null, ApiError>({
    queryKey: SESSION,
    queryFn: async () => {
      try {
        const who = await answerOf(api.whoAmI(patience()));
        rememberCsrf(who.csrfToken);
        return who;
      } catch (error) {
        if (error instanceof ApiError && error.is(401)) return null;
        throw error;
      }
    },
    staleTime: 60_000,
    refetchInterval: 300_000,
    // Somebody else may have signed in in another tab meanwhile.
    refetchOnWindowFocus: 'always',
  });
}

/** Whether the person of this page is the one whom the browser's session is of, whose page token is learnt by asking. */
export async function isStillSignedIn(queries: QueryClient): Promise<boolean> {
  const before = queries.getQueryData<WhoAmI | null>(SESSION) ?? null;
  const now = await answerOf(api.whoAmI(patience()));
  if (before?.subject !== now.subject) return false;
  rememberCsrf(now.csrfToken);
  return true;
}

/** Opens a session with an identity token. The token is not kept: a cookie that scripts cannot read is. */
export async function signIn(token: string): Promise<WhoAmI> {
  const who = await answerOf(api.signIn({ body: { token: token.trim() } }, patience()));
  rememberCsrf(who.csrfToken);
  return who;
}

export function useSignOut(): () => Promise<void> {
  const queries = useQueryClient();
  return async () => {
    await answerOf(api.signOut(patience()));
    rememberCsrf(null);
    dropAllDrafts();
    queries.clear();
    queries.setQueryData(SESSION, null);
  };
}

/** Whether somebody has one of the roles on a model: what a button offers. The server decides for itself. */
export function hasRole(
  who: WhoAmI | null,
  model: string,
  market: string,
  roles: readonly string[],
): boolean {
  return (who?.grants ?? []).some((grant) => {
    const [role = '', place] = grant.split('@');
    return roles.includes(role) && (place === undefined || place === model || place === market);
  });
}
