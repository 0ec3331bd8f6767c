import type { ReactNode } from 'react';
import { COMMAND_NAMES_ZH } from '../../../../contracts/wording/command-names.ts';
import { useAudit, useAuditVerification, useModels } from '../api/queries.ts';
import { DataTable } from '../components/data-table.tsx';
import { Command } from '../components/command.tsx';
import { Heading } from '../components/heading.tsx';
import { Card, Hash, Recorded } from '../components/marks.tsx';
import { Empty, Loaded } from '../components/states.tsx';
import { useFormat } from '../format.ts';
import { useI18n } from '../i18n/text.ts';
import { navigate, paths, useAddress } from '../routing.tsx';

export function AuditPage(): ReactNode {
  const { t } = useI18n();
  const { search } = useAddress();
  const models = useModels();
  const model = search.get('model') ?? models.data?.[0]?.model ?? '';
  return (
    <>
      <Heading title={t('nav.audit')} />
      <Loaded read={models}>
        {(list) =>
          list.length === 0 ? (
            <Empty title={t('overview.empty')}>
              <p>{t('overview.empty.what')}</p>
              <Command text="npm run contender -- apply -f model.yaml" />
            </Empty>
          ) : (
            <p className="inline">
              <label htmlFor="audit-model">{t('model')}</label>{' '}
              <select
                id="audit-model"
                value={model}
                onChange={(event) => {
                  navigate(paths.audit(event.target.value), { replace: true });
                }}
              >
                {list.map((row) => (
                  <option key={row.model} value={row.model}>
                    {row.model}
                  </option>
                ))}
              </select>
            </p>
          )
        }
      </Loaded>
      {model === '' ? null : <Chain model={model} />}
    </>
  );
}

function Chain({ model }: { readonly model: string }): ReactNode {
  const { t } = useI18n();
  const { instant, count } = useFormat();
  const verification = useAuditVerification(model);
  const read = useAudit(model);
  return (
    <>
      <Card title={t('audit.chain')}>
        <Loaded read={verification}>
          {({ ok, rows, firstBad }) => (
            <p role="status">
              <span className={`mark mark-${ok ? 'good' : 'bad'}`}>
                {ok ? t('audit.whole') : t('audit.broken')}
              </span>{' '}
              {t('audit.rows', { count: count(rows) })}
              {firstBad === null ? null : (
                <>
                  {` · ${firstBad.model} ${String(firstBad.seq)}: `}
                  <Recorded text={firstBad.reason} />
                </>
              )}
            </p>
          )}
        </Loaded>
      </Card>
      <Loaded read={read}>
        {({ items, older }) => (
          <DataTable
            id="audit"
            name={`${model} ${t('nav.audit')}`}
            rows={items}
            older={older}
            keyOf={({ seq }) => String(seq)}
            columns={[
              { id: 'seq', title: '#', value: ({ seq }) => seq, numeric: true },
              {
                id: 'time',
                title: t('time'),
                value: (row) => row.recordedAt,
                show: (row) => instant(row.recordedAt),
              },
              { id: 'actor', title: t('who'), value: ({ actor }) => actor },
              {
                id: 'command',
                title: t('command'),
                value: ({ command }) => command,
                show: ({ command }) => <CommandName command={command} />,
              },
              {
                id: 'facts',
                title: t('facts'),
                value: ({ facts }) => JSON.stringify(facts),
                show: ({ facts }) => (
                  <details>
                    <summary>{t('evidence.show')}</summary>
                    <pre className="json" tabIndex={0}>
                      {JSON.stringify(facts, null, 2)}
                    </pre>
                  </details>
                ),
              },
              {
                id: 'hash',
                title: t('hash'),
                value: ({ hash }) => hash,
                show: ({ hash }) => <Hash value={hash} />,
              },
            ]}
          />
        )}
      </Loaded>
    </>
  );
}

/** What was commanded, in the reader's language; the recorded name is beside the pointer. */
function CommandName({ command }: { readonly command: string }): ReactNode {
  const { locale } = useI18n();
  const chinese = locale === 'zh-TW' ? COMMAND_NAMES_ZH[command] : undefined;
  return chinese === undefined ? <span lang="en">{command}</span> : <span title={command}>{chinese}</span>;
}
