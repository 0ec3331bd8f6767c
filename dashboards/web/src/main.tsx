import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { ApiError } from './api/client.ts';
import { SESSION } from './api/session.ts';
import { App } from './app.tsx';
import './styles.css';

const MOST_RETRIES = 2;
const queries: QueryClient = new QueryClient({
  defaultOptions: {
    queries: {
      // Asked also when the browser thinks that it has no network: a page says that nobody answers instead of loading for ever.
      networkMode: 'always',
      staleTime: 5000,
      // A refusal will not turn into anything else by being asked again; a lost connection may.
      retry: (failures, error) => error instanceof ApiError && error.offline && failures < MOST_RETRIES,
    },
    // And a command fails at once instead of being kept, to be done when the network is back and nobody looks any more.
    mutations: { retry: false, networkMode: 'always' },
  },
});
// A session that ended is found out by whichever read comes first. The session itself is asked then: the answer may be late, to a
// question of before somebody signed in anew.
queries.getQueryCache().subscribe((event) => {
  if (event.type !== 'updated' || event.action.type !== 'error') return;
  const error: unknown = event.action.error;
  if (!(error instanceof ApiError) || !error.is(401)) return;
  if (queries.getQueryData(SESSION) !== null) void queries.invalidateQueries({ queryKey: SESSION });
});

const root = document.getElementById('root');
if (root !== null) {
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={queries}>
        <App />
      </QueryClientProvider>
    </StrictMode>,
  );
}
