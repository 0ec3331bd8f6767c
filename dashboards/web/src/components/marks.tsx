import type { ReactNode } from 'react';
import { SYSTEM_ACTOR } from '../../../../contracts/ids.ts';
import type { RetrainRow } from '../api/schemas.ts';
import { useTold } from '../i18n/told.ts';
import { useI18n } from '../i18n/text.ts';
import type { TextId } from '../i18n/text.ts';
import { shortHash } from '../format.ts';

type Tone = 'good' | 'bad' | 'warn' | 'info' | 'quiet';

const VERDICT_TONE: Readonly<Record<string, Tone>> = {
  pass: 'good',
  waived: 'warn',
  fail: 'bad',
  inconclusive: 'warn',
  error: 'bad',
};
/** A sign beside the colour: colour alone says nothing to some. */
const VERDICT_SIGN: Readonly<Record<string, string>> = {
  pass: '✓',
  waived: '⚑',
  fail: '✕',
  inconclusive: '?',
  error: '!',
};

export function VerdictMark({ verdict }: { readonly verdict: string | null | undefined }): ReactNode {
  const { t } = useI18n();
  if (verdict === null || verdict === undefined) return <span>–</span>;
  return (
    <span className={`mark mark-${VERDICT_TONE[verdict] ?? 'quiet'}`}>
      <span aria-hidden="true">{VERDICT_SIGN[verdict] ?? ''}</span> {t(`verdict.${verdict}` as TextId)}
    </span>
  );
}

const STATUS_TONE: Readonly<Record<RetrainRow['status'], Tone>> = {
  open: 'info',
  promoted: 'good',
  refused: 'warn',
  rejected: 'warn',
  expired: 'warn',
  failed: 'bad',
  cancelled: 'quiet',
  superseded: 'quiet',
  judged: 'quiet',
};

/** In which a retrain may be. */
export const STATUSES = Object.keys(STATUS_TONE) as readonly RetrainRow['status'][];

/** A record of another release may hold a state that this one does not know. */
export function StatusMark({ status }: { readonly status: string }): ReactNode {
  const { t } = useI18n();
  const tone = new Map<string, Tone>(Object.entries(STATUS_TONE)).get(status) ?? 'quiet';
  return <span className={`mark mark-${tone}`}>{t(`status.${status}` as TextId)}</span>;
}

const SEVERITY_TONE: Readonly<Record<string, Tone>> = {
  INFO: 'info',
  WARNING: 'warn',
  ERROR: 'bad',
  CRITICAL: 'bad',
  EMERGENCY: 'bad',
};

const SEVERITIES = Object.keys(SEVERITY_TONE);
/** The worst first; what is equally bad stays in its order. */
export const worstFirst = <Row extends { readonly severity: string }>(rows: readonly Row[]): readonly Row[] =>
  rows.toSorted(
    (a, b) => SEVERITIES.indexOf(b.severity.toUpperCase()) - SEVERITIES.indexOf(a.severity.toUpperCase()),
  );

export function SeverityMark({ severity }: { readonly severity: string }): ReactNode {
  const { t } = useI18n();
  const name = severity.toUpperCase();
  return (
    <span className={`mark mark-${SEVERITY_TONE[name] ?? 'quiet'}`}>{t(`severity.${name}` as TextId)}</span>
  );
}

const SIDE_TONE: Readonly<Record<string, Tone>> = { serve: 'good', 'reduce-only': 'warn', halt: 'bad' };

export function SideMark({ action }: { readonly action: string }): ReactNode {
  const { t } = useI18n();
  return <span className={`mark mark-${SIDE_TONE[action] ?? 'quiet'}`}>{t(`side.${action}` as TextId)}</span>;
}

/** The beginning of a hash; the whole of it is what is selected and read aloud. */
export function Hash({ value }: { readonly value: string | null | undefined }): ReactNode {
  if (value === null || value === undefined) return <span>–</span>;
  return (
    <code className="hash" title={value} aria-label={value}>
      {shortHash(value)}
    </code>
  );
}

/** By which a card is led to within its page. */
export const anchorOf = (title: string): string => title.toLowerCase().replaceAll(/[^\p{L}\p{N}]+/gu, '-');

/**
 * A sentence of the record in the reader's language. What was hashed and signed is the English one, which is shown where it is
 * no known sentence (a person's words, another release) and beside the pointer otherwise.
 */
export function Recorded({ text }: { readonly text: string }): ReactNode {
  const told = useTold()(text);
  if (told.language === 'en') return <span lang="en">{withCommands(text)}</span>;
  return (
    <span lang="zh-Hant-TW" title={text}>
      {withCommands(told.text)}
    </span>
  );
}

/** What stands between back quotes as something to type. */
function withCommands(text: string): ReactNode {
  if (!text.includes('`')) return text;
  return text
    .split(/(`[^`]+`)/u)
    .map((piece, index) =>
      piece.startsWith('`') && piece.length > 1 ? (
        <code key={`${String(index)} ${piece}`}>{piece.slice(1, -1)}</code>
      ) : (
        piece
      ),
    );
}

/** Why somebody acted: the system's words are told in the reader's language, those of a person stand as they were written. */
export function Said({ text, by }: { readonly text: string; readonly by: string }): ReactNode {
  return by === SYSTEM_ACTOR.subject ? <Recorded text={text} /> : <span>{text}</span>;
}

export function Card({
  title,
  aside,
  children,
}: {
  readonly title: string;
  readonly aside?: ReactNode;
  readonly children: ReactNode;
}): ReactNode {
  return (
    <section className="card" id={anchorOf(title)} aria-label={title}>
      <header className="card-head">
        <h2>{title}</h2>
        {aside}
      </header>
      {children}
    </section>
  );
}

export function Facts({
  facts,
}: {
  readonly facts: readonly (readonly [label: string, value: ReactNode])[];
}): ReactNode {
  return (
    <dl className="facts">
      {facts.map(([label, value]) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
