import type { ReactNode } from 'react';
import { useModels } from '../api/queries.ts';
import type { LiveStatus } from '../api/live.ts';
import type { WhoAmI } from '../api/schemas.ts';
import { hasRole, useSignOut } from '../api/session.ts';
import { useFormat } from '../format.ts';
import { chooseLocale, LOCALES, useI18n } from '../i18n/text.ts';
import type { Locale, TextId } from '../i18n/text.ts';
import { grantsLine } from '../grants-line.ts';
import { Link, paths, useAddress } from '../routing.tsx';
import { useNarrow } from '../narrow.ts';
import { chooseTheme, useTheme } from '../theme.ts';
import type { Theme } from '../theme.ts';
import { RollbackButton } from './rollback.tsx';

const PLACES: readonly { readonly to: string; readonly text: TextId; readonly begins: string }[] = [
  { to: paths.overview, text: 'nav.overview', begins: '/models' },
  { to: paths.retrains, text: 'nav.retrains', begins: '/retrains' },
  { to: paths.signing, text: 'nav.signing', begins: '/proposals' },
  { to: paths.alerts, text: 'nav.alerts', begins: '/alerts' },
  { to: paths.schedules, text: 'nav.schedules', begins: '/schedules' },
  { to: paths.audit(), text: 'nav.audit', begins: '/audit' },
];

/** What is around every page: where one can go, who one is, whether what is shown is live, and the rollback. */
export function Shell({
  who,
  live,
  children,
}: {
  readonly who: WhoAmI;
  readonly live: { readonly status: LiveStatus; readonly at: string };
  readonly children: ReactNode;
}): ReactNode {
  const { t } = useI18n();
  const { path } = useAddress();
  const models = useModels();
  // Where the pages stand in a row of their own, they come last for the keyboard as well.
  const narrow = useNarrow();
  const mine = (models.data ?? []).filter(
    ({ model, market, epoch }) =>
      epoch > 0 && hasRole(who, model, market, ['quant-lead', 'operator', 'admin']),
  );
  return (
    <div className="shell">
      <a className="skip" href="#main">
        {t('nav.skip')}
      </a>
      <header className="top">
        <Link to={paths.overview} className="brand">
          Contender
        </Link>
        {narrow ? null : <Places path={path} />}
        <div className="tools">
          <LiveMark live={live} />
          <RollbackButton models={mine} />
        </div>
        {narrow ? <Places path={path} /> : null}
      </header>
      <main id="main" tabIndex={-1}>
        {children}
      </main>
      <footer className="foot">
        <span>
          {who.subject} · {grantsLine(who.grants, t)}
        </span>
        <span>{t('foot.zone')}</span>
        <Link to={paths.wall}>{t('nav.wall')}</Link>
        <Choices />
        <SignOut />
      </footer>
    </div>
  );
}

function Places({ path }: { readonly path: string }): ReactNode {
  const { t } = useI18n();
  return (
    <nav aria-label={t('nav.main')}>
      {PLACES.map(({ to, text, begins }) => {
        const here = path === to || path.startsWith(begins);
        return (
          <Link key={to} to={to} aria-current={here ? 'page' : undefined}>
            {t(text)}
          </Link>
        );
      })}
    </nav>
  );
}

function LiveMark({
  live: { status, at },
}: {
  readonly live: { readonly status: LiveStatus; readonly at: string };
}): ReactNode {
  const { t } = useI18n();
  const { instant } = useFormat();
  const tone = status === 'live' ? 'good' : status === 'lost' ? 'bad' : 'quiet';
  return (
    <span className={`mark mark-${tone}`} role="status" title={at === '' ? '' : instant(at)}>
      {t(`live.${status}`)}
    </span>
  );
}

export function Choices(): ReactNode {
  const { locale, t } = useI18n();
  const { theme } = useTheme();
  return (
    <>
      <label className="inline">
        <span className="unseen">{t('choice.language')}</span>
        <select
          value={locale}
          onChange={(event) => {
            chooseLocale(event.target.value as Locale);
          }}
        >
          {LOCALES.map((one) => (
            <option key={one.locale} value={one.locale}>
              {one.name}
            </option>
          ))}
        </select>
      </label>
      <label className="inline">
        <span className="unseen">{t('choice.theme')}</span>
        <select
          value={theme}
          onChange={(event) => {
            chooseTheme(event.target.value as Theme);
          }}
        >
          {(['system', 'light', 'dark'] as const).map((one) => (
            <option key={one} value={one}>
              {t(`theme.${one}`)}
            </option>
          ))}
        </select>
      </label>
    </>
  );
}

function SignOut(): ReactNode {
  const { t } = useI18n();
  const signOut = useSignOut();
  return (
    <button type="button" className="quiet" onClick={() => void signOut()}>
      {t('sign-out')}
    </button>
  );
}
