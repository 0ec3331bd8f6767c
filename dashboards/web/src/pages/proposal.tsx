import { useRef } from 'react';
import type { ReactNode } from 'react';
import { answerOf, api, patience } from '../api/client.ts';
import { useChange } from '../api/queries.ts';
import type { SpecProposalDetail } from '../api/schemas.ts';
import { useSession } from '../api/session.ts';
import { useProposal } from '../api/signing.ts';
import { DataTable } from '../components/data-table.tsx';
import { Heading } from '../components/heading.tsx';
import { Card, Facts, Hash } from '../components/marks.tsx';
import { Outcome } from '../components/outcome.tsx';
import { ReasonForm } from '../components/reason-form.tsx';
import type { ReasonAction } from '../components/reason-form.tsx';
import { Loaded } from '../components/states.tsx';
import { bare } from '../decision-answers.ts';
import { READER_ZONE, useFormat, zoneOf } from '../format.ts';
import { useI18n } from '../i18n/text.ts';
import type { TextId } from '../i18n/text.ts';
import { useIntent } from '../intent.ts';
import { Link, paths } from '../routing.tsx';
import { isSamePerson } from '../same-person.ts';
import { useServerTime } from '../server-time.ts';
import { useDeputyFact, useSignerLock } from '../signer.ts';

/** A spec that loosens something: from what to what, who asked and why, and the signature of a second person. */
export function ProposalPage({ proposal }: { readonly proposal: string }): ReactNode {
  return /^[1-9]\d{0,8}$/u.test(proposal) ? <Known id={Number(proposal)} /> : <Unknown />;
}

function Unknown(): ReactNode {
  const { t } = useI18n();
  return (
    <>
      <Heading title={t('proposal.none')} />
      <p className="state">
        <Link to={paths.signing}>{t('proposal.all')}</Link>
      </p>
    </>
  );
}

function Known({ id }: { readonly id: number }): ReactNode {
  const read = useProposal(id);
  if (read.data === undefined && read.error?.is(404) === true) return <Unknown />;
  return <Loaded read={read}>{(proposal) => <Proposal proposal={proposal} />}</Loaded>;
}

function Proposal({ proposal }: { readonly proposal: SpecProposalDetail }): ReactNode {
  const { t } = useI18n();
  const { id, model, state } = proposal;
  return (
    <>
      <Heading title={t('proposal.title', { model, id })} />
      <p className="note">
        <Link to={paths.signing}>{t('proposal.all')}</Link> · <Link to={paths.model(model)}>{model}</Link>
      </p>
      {state === 'open' ? null : <Over proposal={proposal} />}
      <Changes proposal={proposal} />
      <AskedFor proposal={proposal} />
      <Decision proposal={proposal} />
    </>
  );
}

function Over({ proposal }: { readonly proposal: SpecProposalDetail }): ReactNode {
  const { t } = useI18n();
  const { instant } = useFormat();
  const { state, decidedBy, decidedAsDeputy, decidedAt, decidedReason } = proposal;
  const as = decidedAsDeputy ? '.deputy' : '';
  return (
    <div className="state" role="status">
      <strong>
        {decidedBy === null
          ? t(`proposal.over.${state}` as TextId)
          : t(`proposal.over.${state}${as}` as TextId, { subject: decidedBy })}
      </strong>
      {decidedReason === null ? null : (
        <p>
          {decidedReason} <time className="note">{instant(decidedAt)}</time>
        </p>
      )}
    </div>
  );
}

function Changes({ proposal: { changes } }: { readonly proposal: SpecProposalDetail }): ReactNode {
  const { t } = useI18n();
  const loosened = changes.filter((change) => change.loosened).length;
  return (
    <Card title={t('proposal.changes')}>
      <p>{t('proposal.changes.what', { count: changes.length, loosened })}</p>
      <DataTable
        id="changes"
        name={t('proposal.changes')}
        rows={changes}
        keyOf={({ path }) => path}
        columns={[
          {
            id: 'path',
            title: t('approval.field'),
            value: ({ path }) => path,
            show: ({ path }) => <code>{path}</code>,
          },
          { id: 'before', title: t('approval.before'), value: ({ before }) => bare(before) },
          { id: 'after', title: t('approval.after'), value: ({ after }) => bare(after) },
          {
            id: 'mark',
            title: t('proposal.mark'),
            value: (row) => t(row.loosened ? 'proposal.looser' : 'proposal.beside'),
            show: (row) => (
              <span className={`mark mark-${row.loosened ? 'warn' : 'quiet'}`}>
                {t(row.loosened ? 'proposal.looser' : 'proposal.beside')}
              </span>
            ),
          },
        ]}
      />
    </Card>
  );
}

function AskedFor({ proposal }: { readonly proposal: SpecProposalDetail }): ReactNode {
  const { t } = useI18n();
  const { zoned } = useFormat();
  const { author, reason, proposedAt, expiresAt, baseNumber, hash, spec, state } = proposal;
  const deputy = useDeputyFact(proposal);
  const at = (iso: string): string => zoned(iso, zoneOf(spec.market), READER_ZONE);
  return (
    <Card title={t('proposal.asked')}>
      <Facts
        facts={[
          [t('proposal.author'), author],
          [t('reason'), reason],
          [t('proposal.proposed'), at(proposedAt)],
          [
            t('proposal.base'),
            t(state === 'open' ? 'proposal.base.spec' : 'proposal.base.was', { number: baseNumber }),
          ],
          [t('proposal.who'), t('proposal.who.lead', { author })],
          ...deputy,
          [t('approval.expires'), at(expiresAt)],
          [t('hash'), <Hash key="hash" value={hash} />],
        ]}
      />
      {state === 'open' ? (
        <>
          <p>{t('proposal.effect.agree')}</p>
          <p>{t('proposal.effect.reject')}</p>
        </>
      ) : null}
    </Card>
  );
}

interface Wanted {
  readonly decision: 'agree' | 'reject';
  readonly reason: string;
}

function Decision({ proposal }: { readonly proposal: SpecProposalDetail }): ReactNode {
  const { t } = useI18n();
  const lockOfSigner = useSignerLock();
  const who = useSession().data ?? null;
  const now = useServerTime();
  const intent = useIntent();
  // What was on the page when it was opened is what is signed; the buttons die when the number holds another one.
  const read = useRef(proposal.hash);
  const change = useChange(({ decision, reason }: Wanted) =>
    answerOf(
      api.decideSpecProposal(
        { path: { proposal: proposal.id }, body: { decision, hash: read.current, reason } },
        { ...patience(), idempotencyKey: intent(`${decision} ${reason}`) },
      ),
    ),
  );
  const own = who !== null && isSamePerson(who.subject, proposal.author);
  const locked = lockOf();
  if (proposal.state !== 'open' && change.data === undefined && change.error === null) return null;
  const reject: ReasonAction = {
    id: 'reject',
    label: t(own ? 'proposal.withdraw' : 'proposal.reject'),
    tone: 'bad',
  };
  const agree: ReasonAction = { id: 'agree', label: t('proposal.agree'), tone: 'main' };
  return (
    <Card title={t('approval.decide')}>
      {own && locked === '' ? <p className="note">{t('proposal.own')}</p> : null}
      <ReasonForm
        label={t('approval.reason')}
        busy={change.isPending}
        locked={locked}
        actions={own ? [reject] : [agree, reject]}
        onAct={(action, reason) => {
          change.mutate({ decision: action === 'agree' ? 'agree' : 'reject', reason });
        }}
      >
        <p className="note">
          {t('proposal.signs')} <Hash value={read.current} />
        </p>
      </ReasonForm>
      <Outcome error={change.error} done={doneText()} />
    </Card>
  );

  function doneText(): string | null {
    if (change.data === undefined) return null;
    if (change.data.proposal.state !== 'agreed') return t('proposal.done.rejected');
    return t(change.data.scheduled ? 'proposal.done.agreed' : 'proposal.done.unscheduled');
  }

  function lockOf(): string {
    const { state, hash, expiresAt } = proposal;
    if (read.current !== hash) return t('proposal.changed');
    if (state !== 'open') return t('approval.over');
    if (now !== null && now > Date.parse(expiresAt)) return t('approval.expired');
    // Its author may take it back, and is offered nothing else.
    return lockOfSigner({ ...proposal, barred: [], signed: [] });
  }
}
