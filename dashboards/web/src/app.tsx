import { useQueryClient } from '@tanstack/react-query';
import type { QueryClient } from '@tanstack/react-query';
import { Component, useEffect, useRef, useState } from 'react';
import type { ReactNode } from 'react';
import { useLive } from './api/live.ts';
import { SESSION, useSession } from './api/session.ts';
import { Choices, Shell } from './components/shell.tsx';
import { Heading } from './components/heading.tsx';
import { Empty, Failure } from './components/states.tsx';
import { translate, useI18n } from './i18n/text.ts';
import { AlertPage } from './pages/alert.tsx';
import { AlertsPage } from './pages/alerts.tsx';
import { ApprovalPage } from './pages/approval.tsx';
import { AuditPage } from './pages/audit.tsx';
import { ModelPage } from './pages/model.tsx';
import { OverviewPage } from './pages/overview.tsx';
import { ProposalPage } from './pages/proposal.tsx';
import { RetrainPage } from './pages/retrain.tsx';
import { RetrainsPage } from './pages/retrains.tsx';
import { SchedulesPage } from './pages/schedules.tsx';
import { SigningPage } from './pages/signing.tsx';
import { SignInPage } from './pages/sign-in.tsx';
import { VersionPage } from './pages/version.tsx';
import { WaiversPage } from './pages/waivers.tsx';
import { WallPage } from './pages/wall.tsx';
import { Link, match, navigate, paths, useAddress } from './routing.tsx';

export function App(): ReactNode {
  const { path, search } = useAddress();
  const { t } = useI18n();
  const queries = useQueryClient();
  const session = useSession();
  const who = session.data ?? null;
  const live = useLive(queries, who?.subject ?? '');
  const other = useOtherPerson(queries, who?.subject ?? '');
  const signedOut = session.isSuccess && who === null;
  useEffect(() => {
    if (!signedOut || path === paths.signIn) return;
    const query = search.toString();
    const to =
      path === paths.overview ? '' : `?to=${encodeURIComponent(query === '' ? path : `${path}?${query}`)}`;
    navigate(paths.signIn + to, { replace: true });
  }, [signedOut, path, search]);
  useFocusOn(path);

  if (path === paths.signIn) {
    return (
      <>
        <SignInPage />
        <footer className="foot">
          <Choices />
        </footer>
      </>
    );
  }
  if (session.error !== null && session.data === undefined) {
    return (
      <main id="main">
        <Failure error={session.error} onRetry={() => void session.refetch()} />
      </main>
    );
  }
  if (who === null) return <p className="state">{t('state.loading')}</p>;
  if (path === paths.wall) {
    return (
      <Boundary key={path}>
        <WallPage live={live} />
      </Boundary>
    );
  }
  return (
    <Shell key={who.subject} who={who} live={live}>
      {other === '' ? null : (
        <p className="call warn" role="alert">
          {t('session.other', { subject: other })}
        </p>
      )}
      <Boundary key={path}>
        <Page path={path} />
      </Boundary>
    </Shell>
  );
}

function Page({ path }: { readonly path: string }): ReactNode {
  const { t } = useI18n();
  if (path === paths.overview) return <OverviewPage />;
  if (path === paths.retrains) return <RetrainsPage />;
  if (path === paths.alerts) return <AlertsPage />;
  const alert = match('/alerts/:alert', path);
  if (alert?.['alert'] !== undefined) return <AlertPage alert={alert['alert']} />;
  if (path === paths.schedules) return <SchedulesPage />;
  if (path === paths.signing) return <SigningPage />;
  if (path === '/audit') return <AuditPage />;
  const model = match('/models/:model', path);
  if (model?.['model'] !== undefined) return <ModelPage model={model['model']} />;
  const version = match('/models/:model/versions/:version', path);
  if (version?.['model'] !== undefined && version['version'] !== undefined) {
    return <VersionPage model={version['model']} version={version['version']} />;
  }
  const retrain = match('/retrains/:retrain', path);
  if (retrain?.['retrain'] !== undefined) return <RetrainPage retrain={retrain['retrain']} />;
  const approval = match('/retrains/:retrain/approval', path);
  if (approval?.['retrain'] !== undefined) {
    return <ApprovalPage key={approval['retrain']} retrain={approval['retrain']} />;
  }
  const waivers = match('/retrains/:retrain/waivers', path);
  if (waivers?.['retrain'] !== undefined) {
    return <WaiversPage key={waivers['retrain']} retrain={waivers['retrain']} />;
  }
  const proposal = match('/proposals/:proposal', path);
  if (proposal?.['proposal'] !== undefined) {
    return <ProposalPage key={proposal['proposal']} proposal={proposal['proposal']} />;
  }
  return (
    <>
      <Heading title={t('page.none')} />
      <p className="state">
        {t('page.none.what')} <Link to={paths.overview}>{t('nav.overview')}</Link>
      </p>
    </>
  );
}

/**
 * Who has taken the place of somebody else in this browser, in another tab; empty: nobody has. What the one before had read, and
 * was about to do, is not the other's.
 */
function useOtherPerson(queries: QueryClient, subject: string): string {
  const before = useRef('');
  const [other, setOther] = useState('');
  useEffect(() => {
    const replaced = subject !== '' && before.current !== '' && before.current !== subject;
    before.current = subject;
    // Whoever signs in on these pages themselves knows that they did.
    if (subject === '') setOther('');
    if (!replaced) return;
    setOther(subject);
    void queries.resetQueries({ predicate: ({ queryKey }) => queryKey[0] !== SESSION[0] });
  }, [queries, subject]);
  return other;
}

/** Whoever goes on by keyboard or hears the page begins at the content of the new one, not at the link that is gone. */
function useFocusOn(path: string): void {
  const before = useRef(path);
  useEffect(() => {
    if (before.current === path) return;
    before.current = path;
    document.getElementById('main')?.focus({ preventScroll: true });
  }, [path]);
}

/** A page that breaks says so and leaves the rest, the rollback above all, in place. */
class Boundary extends Component<{ readonly children: ReactNode }, { readonly broken: string }> {
  override state = { broken: '' };

  static getDerivedStateFromError(error: unknown): { readonly broken: string } {
    return { broken: error instanceof Error ? error.message : String(error) };
  }

  override render(): ReactNode {
    if (this.state.broken === '') return this.props.children;
    return (
      <Empty title={translate('page.broken')}>
        <p>{translate('page.broken.what')}</p>
        <code>{this.state.broken}</code>
      </Empty>
    );
  }
}
