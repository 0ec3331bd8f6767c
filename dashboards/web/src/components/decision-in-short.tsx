import type { ReactNode } from 'react';
import type { AnswerLine, AnswerSources, DecisionAnswers } from '../answer-line.ts';
import { useModel } from '../api/queries.ts';
import { decisionAnswers } from '../decision-answers.ts';

import { READER_ZONE, useFormat } from '../format.ts';
import { useI18n } from '../i18n/text.ts';
import type { TextId } from '../i18n/text.ts';
import { useServerTime } from '../server-time.ts';
import { unbroken } from '../unbroken.ts';
import { anchorOf, Card } from './marks.tsx';
import { Loaded } from './states.tsx';

const QUESTIONS = ['changes', 'sure', 'wrong', 'look', 'next'] as const;
/** The cards below, in the order in which they are read. */
const CONTENTS: readonly TextId[] = [
  ...(['approval.asked', 'approval.verdicts', 'caution.title', 'approval.comparison'] as const),
  ...(['approval.luck', 'approval.skill', 'approval.trading', 'importance.title'] as const),
  ...(['shadow.evidence', 'approval.effects', 'back.title', 'approval.rests-on'] as const),
];

/** The four questions of a decision, each answered in a few sentences before the page goes into them. */
export function DecisionInShort(sources: Omit<AnswerSources, 'view' | 'now'>): ReactNode {
  const { t } = useI18n();
  const now = useServerTime();
  const format = useFormat();
  const read = useModel(sources.detail.retrain.model);
  return (
    <Card title={t('short.title')}>
      <Loaded read={read}>
        {(view) => (
          <Answers
            answers={decisionAnswers({ ...sources, view, now }, { t, format, readerZone: READER_ZONE })}
          />
        )}
      </Loaded>
      <nav className="contents" aria-label={t('short.contents')}>
        <a href={`#${anchorOf(t('approval.decide'))}`}>{t('short.decide')}</a>
        {CONTENTS.map((id) => (
          <a key={id} href={`#${anchorOf(t(id))}`}>
            {t(id)}
          </a>
        ))}
      </nav>
    </Card>
  );
}

function Answers({ answers }: { readonly answers: DecisionAnswers }): ReactNode {
  const { t } = useI18n();
  return (
    <div className="answers">
      {QUESTIONS.map((question) => (
        <section key={question} className={question}>
          <h3>{t(`short.${question}`)}</h3>
          <Lines lines={answers[question]} />
        </section>
      ))}
    </div>
  );
}

function Lines({ lines }: { readonly lines: readonly AnswerLine[] }): ReactNode {
  return (
    <ul>
      {lines.map(({ text, tone }) => (
        <li key={text} className={tone === 'warn' ? 'warn' : undefined}>
          {unbroken(text)}
        </li>
      ))}
    </ul>
  );
}
