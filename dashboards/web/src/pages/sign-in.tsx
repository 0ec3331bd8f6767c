import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import type { ReactNode } from 'react';
import { ApiError } from '../api/client.ts';
import { useHealth } from '../api/queries.ts';
import { SESSION, signIn } from '../api/session.ts';
import { Command } from '../components/command.tsx';
import { Heading } from '../components/heading.tsx';
import { Recorded } from '../components/marks.tsx';
import { Failure } from '../components/states.tsx';
import { hasDrafts } from '../drafts.ts';
import { useI18n } from '../i18n/text.ts';
import { navigate, paths, useAddress } from '../routing.tsx';

/** A token in the fragment of the address, which browsers never send; it is taken out of the address at once. */
function tokenInAddress(): string {
  const token = new URLSearchParams(window.location.hash.slice(1)).get('token') ?? '';
  if (token !== '') window.history.replaceState(null, '', window.location.pathname + window.location.search);
  return token;
}

export function SignInPage(): ReactNode {
  const { t } = useI18n();
  const queries = useQueryClient();
  const { search } = useAddress();
  const [token, setToken] = useState(tokenInAddress);
  const [error, setError] = useState<ApiError | null>(null);
  const [busy, setBusy] = useState(false);
  const byProvider = useHealth().data?.signIn === 'oidc';
  const refused = search.get('refused');

  const open = async (given: string): Promise<void> => {
    setBusy(true);
    try {
      const who = await signIn(given);
      // What was read before may have been somebody else's.
      queries.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== SESSION[0] });
      queries.setQueryData(SESSION, who);
      const to = search.get('to') ?? paths.overview;
      // Only within these pages, wherever the link came from.
      navigate(/^\/(?![/\\])[^\s\\]*$/u.test(to) && !to.startsWith(paths.signIn) ? to : paths.overview, {
        replace: true,
      });
    } catch (caught) {
      setError(caught instanceof ApiError ? caught : null);
    } finally {
      setBusy(false);
    }
  };
  useEffect(() => {
    if (token !== '') void open(token);
    // Only the token that the address brought is sent by itself.
  }, []);

  return (
    <main className="sign-in" id="main">
      <Heading title={t('sign-in.do')}>Contender</Heading>
      {hasDrafts() ? (
        <p className="call" role="status">
          {t('session.kept')}
        </p>
      ) : null}
      <p>{t('sign-in.what')}</p>
      {byProvider ? (
        <p>
          <a
            className="button-main"
            href={`/api/v1/sign-in/oidc?to=${encodeURIComponent(search.get('to') ?? paths.overview)}`}
          >
            {t('sign-in.provider')}
          </a>
        </p>
      ) : null}
      {refused === null ? null : (
        <div className="state state-failed" role="alert">
          <strong>{t('sign-in.refused')}</strong>{' '}
          {/^[A-Z_]{3,60}$/u.test(refused) ? (
            <Recorded text={refused.toLowerCase().replaceAll('_', ' ')} />
          ) : null}{' '}
          <code className="code">{refused.slice(0, 60)}</code>
        </div>
      )}
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void open(token);
        }}
      >
        <label htmlFor="token">{t('sign-in.token')}</label>
        <textarea
          id="token"
          rows={4}
          spellCheck={false}
          autoComplete="off"
          value={token}
          onChange={(event) => {
            setToken(event.target.value);
          }}
        />
        <button type="submit" className="button-main" disabled={busy || token.trim() === ''}>
          {busy ? t('reason.busy') : t('sign-in.do')}
        </button>
      </form>
      <p className="note">{t('sign-in.how')}</p>
      <Command text="npm run contender -- token create --subject lee --role quant-lead" />
      {error === null ? null : <Failure error={error} />}
    </main>
  );
}
