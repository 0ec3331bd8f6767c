import { useRef, useState } from 'react';
import type { ReactNode } from 'react';
import { answerOf, api, patience } from '../api/client.ts';
import { useChange, useGateReport, useMarketOf, useRetrain } from '../api/queries.ts';
import type { OpenWaivers, RetrainDetail, WaivedGate } from '../api/schemas.ts';
import { useSession } from '../api/session.ts';
import { Heading } from '../components/heading.tsx';
import { Card, Facts, Hash, Recorded } from '../components/marks.tsx';
import { Outcome } from '../components/outcome.tsx';
import { ReasonForm } from '../components/reason-form.tsx';
import { Loaded } from '../components/states.tsx';
import { VerdictTable } from '../components/verdict-table.tsx';
import { WaiverRecords } from '../components/waiver-records.tsx';
import { READER_ZONE, useFormat, useTimeLeft, zoneOf } from '../format.ts';
import { useI18n } from '../i18n/text.ts';
import type { TextId, Translate } from '../i18n/text.ts';
import { useIntent } from '../intent.ts';
import { barredLine } from '../barred-line.ts';
import { verdictsOf } from '../report.ts';
import { Link, paths } from '../routing.tsx';
import { isSamePerson } from '../same-person.ts';
import { useServerTime } from '../server-time.ts';
import { useDeputyFact, useSignerLock } from '../signer.ts';

/** Failed gates that two people may accept: what failed, by how much, who has accepted it, and the signature under the gate evidence. */
export function WaiversPage({ retrain }: { readonly retrain: string }): ReactNode {
  const { t } = useI18n();
  return (
    <Loaded read={useRetrain(retrain)}>
      {(detail) => (
        <>
          <Heading title={t('waivers.title', { model: detail.retrain.model })} />
          <p className="note">
            <Link to={paths.signing}>{t('proposal.all')}</Link> ·{' '}
            <Link to={paths.retrain(retrain)}>{t('approval.retrain')}</Link>
          </p>
          {detail.waiving === null ? <Over detail={detail} /> : null}
          {detail.waiving === null ? null : <Failed retrain={retrain} waiving={detail.waiving} />}
          {detail.waiving === null ? null : (
            <AskedFor waiving={detail.waiving} requester={detail.retrain.requester} />
          )}
          <Waive retrain={retrain} waiving={detail.waiving} />
          {detail.waivers.length === 0 ? null : (
            <Card title={t('waivers.record')}>
              <WaiverRecords waivers={detail.waivers} />
            </Card>
          )}
        </>
      )}
    </Loaded>
  );
}

function Over({ detail: { retrain } }: { readonly detail: RetrainDetail }): ReactNode {
  const { t } = useI18n();
  return (
    <div className="state" role="status">
      <strong>{t('waivers.over')}</strong>
      {retrain.reason === '' ? null : (
        <p>
          <Recorded text={retrain.reason} />
        </p>
      )}
    </div>
  );
}

const gateName = (t: Translate, gate: string): string => t(`gate.${gate}` as TextId);

function Failed({
  retrain,
  waiving: { gates, needed },
}: {
  readonly retrain: string;
  readonly waiving: OpenWaivers;
}): ReactNode {
  const { t } = useI18n();
  const failed = new Set(gates.map(({ gate }) => gate));
  return (
    <Card title={t('waivers.failed')}>
      <Loaded read={useGateReport(retrain)}>
        {(stored) => (
          <VerdictTable
            verdicts={(stored === null ? [] : verdictsOf(stored)).filter(({ gate }) => failed.has(gate))}
            closeness={stored?.closeness ?? []}
            waived={new Set()}
          />
        )}
      </Loaded>
      <ul className="list">
        {gates.map(({ gate, reason, waivedBy }) => (
          <li key={gate}>
            <strong>
              {t('waivers.signed', { gate: gateName(t, gate), given: waivedBy.length, needed })}
            </strong>{' '}
            {waivedBy.length === 0 ? t('waivers.nobody') : waivedBy.join(', ')}
            <p className="note">
              <Recorded text={reason} />
            </p>
          </li>
        ))}
      </ul>
    </Card>
  );
}

function AskedFor({
  waiving,
  requester,
}: {
  readonly waiving: OpenWaivers;
  readonly requester: string;
}): ReactNode {
  const { t } = useI18n();
  const { zoned } = useFormat();
  const { model, needed, barred, expiresAt, evidenceHash } = waiving;
  const zone = zoneOf(useMarketOf()(model));
  const deputy = useDeputyFact(waiving);
  const left = useTimeLeft();
  return (
    <Card title={t('waivers.asked')}>
      <Facts
        facts={[
          [t('waivers.needed'), t('waivers.needed.people', { count: needed })],
          [t('approval.barred'), barredLine(barred, requester, t, 'barred.requester')],
          ...deputy,
          [t('approval.expires'), `${zoned(expiresAt, zone, READER_ZONE)}${left(expiresAt)}`],
          [t('approval.hash'), <Hash key="hash" value={evidenceHash} />],
        ]}
      />
      <p>{t('waivers.effect', { count: needed })}</p>
      <p>{t('waivers.effect.none')}</p>
    </Card>
  );
}

interface Wanted {
  readonly gate: WaivedGate['gate'];
  readonly reason: string;
}

function Waive({
  retrain,
  waiving,
}: {
  readonly retrain: string;
  readonly waiving: OpenWaivers | null;
}): ReactNode {
  const { t } = useI18n();
  const lockOfSigner = useSignerLock();
  const who = useSession().data ?? null;
  const now = useServerTime();
  const intent = useIntent();
  const [chosen, setChosen] = useState('');
  // The evidence that was on the page when it was opened is what is signed under.
  const read = useRef(waiving?.evidenceHash ?? '');
  const change = useChange(({ gate, reason }: Wanted) =>
    answerOf(
      api.waiveGate(
        { path: { retrain }, body: { gate, evidenceHash: read.current, reason } },
        { ...patience(), idempotencyKey: intent(`${gate} ${reason}`) },
      ),
    ),
  );
  const refusal = useChange((reason: string) =>
    answerOf(
      api.refuseWaivers(
        { path: { retrain }, body: { evidenceHash: read.current, reason } },
        { ...patience(), idempotencyKey: intent(`refuse ${reason}`) },
      ),
    ),
  );
  const answers = [change, refusal];
  if (read.current === '' && waiving !== null) read.current = waiving.evidenceHash;
  if (waiving === null && answers.every(({ data, error }) => data === undefined && error === null))
    return null;
  const gates = (waiving?.gates ?? []).filter(({ waivedBy }) => !waivedBy.some(isMe)).map(({ gate }) => gate);
  const gate = gates.find((one) => one === chosen) ?? gates[0] ?? '';
  return (
    <Card title={t('waivers.decide')}>
      {gates.length === 0 ? null : (
        <p>
          <label htmlFor="waive-gate">{t('waivers.gate')}</label>{' '}
          <select
            id="waive-gate"
            value={gate}
            onChange={(event) => {
              setChosen(event.target.value);
            }}
          >
            {gates.map((one) => (
              <option key={one} value={one}>
                {gateName(t, one)}
              </option>
            ))}
          </select>
        </p>
      )}
      {/* Of one gate alone: a second click after the first was counted finds no reason for the next. */}
      <ReasonForm
        key={gate}
        draft={`waive-${gate}`}
        label={t('approval.reason')}
        busy={answers.some(({ isPending }) => isPending)}
        locked={lockOf()}
        // Who has waived everything may still think better of it.
        actions={[
          ...(gates.length === 0 ? [] : [{ id: 'waive', label: t('waivers.do'), tone: 'bad' } as const]),
          { id: 'refuse', label: t('waivers.refuse'), tone: 'plain' },
        ]}
        onAct={(action, reason) => {
          if (action === 'refuse') refusal.mutate(reason);
          else change.mutate({ gate: gate as Wanted['gate'], reason });
        }}
      >
        {waiving !== null && gates.length === 0 ? <p className="note">{t('waivers.all-mine')}</p> : null}
        <p className="note">
          {t('approval.signs')} <Hash value={read.current} />
        </p>
      </ReasonForm>
      <Outcome error={change.error} done={change.data === undefined ? null : doneText(change.data)} />
      <Outcome
        error={refusal.error}
        done={
          refusal.data === undefined ? null : t('waivers.done.refused', { subject: refusal.data.subject })
        }
      />
    </Card>
  );

  function isMe(subject: string): boolean {
    return who !== null && isSamePerson(who.subject, subject);
  }

  function doneText({ gate: waived, waivedBy, open }: WaivedGate): string {
    const missing = open.map((one) => gateName(t, one)).join(', ');
    return [
      t('waivers.done', { gate: gateName(t, waived), subjects: waivedBy.join(', ') }),
      open.length === 0 ? t('waivers.done.all') : t('waivers.done.open', { gates: missing }),
    ].join(' ');
  }

  function lockOf(): string {
    if (waiving === null) return t('waivers.over');
    if (read.current !== waiving.evidenceHash) return t('approval.changed');
    if (now !== null && now > Date.parse(waiving.expiresAt)) return t('approval.expired');
    return lockOfSigner({ ...waiving, signed: [] });
  }
}
