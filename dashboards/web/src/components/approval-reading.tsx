import type { ReactNode } from 'react';
import type { EvidenceRecord, FigureList, RetrainDetail, StoredGateReport } from '../api/schemas.ts';
import { useModel } from '../api/queries.ts';
import { EvidenceChain } from '../pages/retrain.tsx';
import { bookCapital, reportFacts, swapEffects, verdictsOf } from '../report.ts';
import type { Performance, SwapEffects } from '../report.ts';
import { useFormat } from '../format.ts';
import { useTold } from '../i18n/told.ts';
import { useI18n } from '../i18n/text.ts';
import type { TextId } from '../i18n/text.ts';
import { DataTable } from './data-table.tsx';
import { FigureImages } from './figure-image.tsx';
import { BookNames } from './book-names.tsx';
import { ImportanceTable } from './importance-table.tsx';
import { Card, Facts, Hash, Recorded } from './marks.tsx';
import { SecondLook } from './second-look.tsx';
import { ShadowCard } from './shadow-card.tsx';
import { ShadowEvidence } from './shadow-evidence.tsx';
import { VerdictTable } from './verdict-table.tsx';
import { WayBack } from './way-back.tsx';

/**
 * The reading order of a decision: what was found and how sure it is, what would change, what could go wrong, what it rests
 * on.
 */
export function ApprovalReading({
  detail,
  stored,
  evidence,
  figures,
}: {
  readonly detail: RetrainDetail;
  readonly stored: StoredGateReport | null;
  readonly evidence: readonly EvidenceRecord[];
  readonly figures: FigureList;
}): ReactNode {
  const { t } = useI18n();
  const { retrainId, model, version } = detail.retrain;
  const champion = useModel(model).data?.champion ?? null;
  const waived = new Set(detail.waivers.map(({ gate }) => gate));
  const effects = swapEffects(evidence);
  const facts = stored === null ? null : reportFacts(stored);
  return (
    <>
      {stored === null ? null : (
        <Card title={t('approval.verdicts')}>
          <VerdictTable verdicts={verdictsOf(stored)} closeness={stored.closeness} waived={waived} />
        </Card>
      )}
      {stored === null ? null : <SecondLook stored={stored} />}
      {facts === null ? null : (
        <Card title={t('approval.comparison')}>
          <p className="note">
            {t(`route.${facts.route}` as TextId)} ·{' '}
            {t('approval.sessions', {
              count: facts.sessions.count ?? 0,
              first: facts.sessions.first,
              last: facts.sessions.last,
            })}
          </p>
          {facts.route === 'refresh' ? <p className="note">{t('approval.same-recipe')}</p> : null}
          <Comparison candidate={facts.candidate} benchmark={facts.benchmark} route={facts.route} />
          <FigureImages retrain={retrainId} figures={figures} names={['equity', 'difference']} />
        </Card>
      )}
      <Card title={t('approval.luck')}>
        <FigureImages retrain={retrainId} figures={figures} names={['spa', 'dsr', 'pbo', 'search']} />
      </Card>
      <Card title={t('approval.skill')}>
        <p className="note">{t('approval.skill.note')}</p>
        {stored === null ? null : <HalfLife halfLife={stored.icHalfLife} />}
        <FigureImages
          retrain={retrainId}
          figures={figures}
          names={['ic', 'ic-decile', 'ic-sector', 'ic-regime', 'ic-horizon']}
        />
      </Card>
      <Card title={t('approval.trading')}>
        <FigureImages retrain={retrainId} figures={figures} names={['costs', 'capacity']} />
      </Card>
      {version === null ? null : (
        <ImportanceTable
          model={model}
          candidate={version}
          champion={champion === null || champion.number === version ? null : champion.number}
        />
      )}
      <ShadowEvidence items={evidence} />
      <ShadowCard days={detail.shadowDays} />
      <Effects model={model} effects={effects} capital={stored === null ? null : bookCapital(stored)} />
      <WayBack model={model} asked={detail.retrain.status === 'open'} />
      {facts === null ? null : (
        <Card title={t('approval.rests-on')}>
          <Facts
            facts={[
              [
                t('approval.trials'),
                `${String(facts.trialsJudged ?? 0)} / N = ${String(facts.trialsCounted ?? 0)}`,
              ],
              [t('approval.ledger'), String(facts.ledgerRecipes ?? 0)],
              [t('snapshot'), <Hash key="snapshot" value={facts.snapshotId} />],
              [t('approval.code'), <Hash key="code" value={facts.codeVersion} />],
              [t('approval.seed'), String(facts.seed ?? '–')],
              [
                t('approval.loosened'),
                facts.loosened.length === 0
                  ? t('nothing')
                  : `${facts.loosened.join(', ')} · ${facts.secondPerson}`,
              ],
              [
                t('approval.reproduce'),
                <code key="command">
                  contender reproduce {detail.retrain.model} {detail.retrain.version}
                </code>,
              ],
            ]}
          />
          <EvidenceChain items={evidence} />
        </Card>
      )}
    </>
  );
}

/** Against what a candidate is held, by the route it takes. */
const BENCHMARKS: Readonly<Record<string, TextId>> = {
  first: 'benchmark.none',
  'new-recipe': 'benchmark.recipe',
  refresh: 'benchmark.recipe',
};

/** How fast the skill fades with the sessions ahead, where the horizons tell. */
function HalfLife({ halfLife }: { readonly halfLife: StoredGateReport['icHalfLife'] }): ReactNode {
  const { t } = useI18n();
  const tell = useTold();
  const { number } = useFormat();
  const { sessions, interval, reason } = halfLife;
  const [low = null, high = null] = interval;
  return (
    <p className="note">
      {sessions === null
        ? t('approval.half-life.unknown', { reason: tell(reason).text })
        : t('approval.half-life', {
            sessions: number(sessions, 1),
            low: number(low, 1),
            high: number(high, 1),
          })}
    </p>
  );
}

function Comparison({
  candidate,
  benchmark,
  route,
}: {
  readonly candidate: Performance;
  readonly benchmark: Performance;
  readonly route: string;
}): ReactNode {
  const { t } = useI18n();
  const { number, percent } = useFormat();
  const line = (
    id: TextId,
    pick: (one: Performance) => number | null,
    show: (value: number | null) => string,
  ) => ({
    ...{ id, name: t(id), candidate: pick(candidate), benchmark: pick(benchmark), show },
  });
  const rows = [
    line(
      'performance.sharpe',
      ({ sharpe }) => sharpe,
      (value) => number(value, 2),
    ),
    line(
      'performance.return',
      ({ annualReturn }) => annualReturn,
      (value) => percent(value, 1),
    ),
    line(
      'performance.volatility',
      ({ volatility }) => volatility,
      (value) => percent(value, 1),
    ),
    line(
      'performance.drawdown',
      ({ drawdown }) => drawdown,
      (value) => percent(value, 1),
    ),
    line(
      'performance.ic',
      ({ rankIc }) => rankIc,
      (value) => number(value, 4),
    ),
    line(
      'performance.turnover',
      ({ turnover }) => turnover,
      (value) => number(value, 1),
    ),
    line(
      'performance.cost',
      ({ cost }) => cost,
      (value) => percent(value, 2),
    ),
  ];
  return (
    <DataTable
      id="comparison"
      name={t('approval.comparison')}
      rows={rows}
      keyOf={({ id }) => id}
      columns={[
        { id: 'name', title: t('approval.measure'), value: ({ name }) => name },
        {
          id: 'candidate',
          title: t('approval.candidate'),
          value: (row) => row.candidate,
          show: (row) => row.show(row.candidate),
          numeric: true,
        },
        {
          id: 'benchmark',
          title: t(BENCHMARKS[route] ?? 'approval.benchmark'),
          value: (row) => row.benchmark,
          show: (row) => row.show(row.benchmark),
          numeric: true,
        },
        {
          id: 'difference',
          title: t('approval.difference'),
          value: (row) =>
            row.candidate === null || row.benchmark === null ? null : row.candidate - row.benchmark,
          show: (row) =>
            row.candidate === null || row.benchmark === null ? '–' : row.show(row.candidate - row.benchmark),
          numeric: true,
        },
      ]}
    />
  );
}

const MOST_NAMES = 40;

function Effects({
  model,
  effects,
  capital,
}: {
  readonly model: string;
  readonly effects: SwapEffects;
  /** Money in the book; null: not known. */
  readonly capital: number | null;
}): ReactNode {
  const { t } = useI18n();
  const { percent, money } = useFormat();
  const market = useModel(model).data?.spec.market ?? '';
  const { turnover } = effects;
  const notional = capital === null || turnover === null ? null : capital * turnover;
  const names = (list: readonly string[]): string =>
    list.length === 0
      ? t('nothing')
      : `${list.slice(0, MOST_NAMES).join(', ')}${list.length > MOST_NAMES ? ' …' : ''}`;
  return (
    <Card title={t('approval.effects')}>
      {effects.names === null ? (
        <p className="note">{t('approval.no-transition')}</p>
      ) : (
        <Facts
          facts={[
            [t('approval.turnover'), percent(turnover, 1)],
            [
              t('approval.notional'),
              notional === null
                ? '–'
                : t('approval.notional.of', {
                    notional: money(notional, market),
                    capital: money(capital, market),
                  }),
            ],
            [t('approval.kept'), `${String(effects.kept ?? 0)} / ${String(effects.names)}`],
            [t('approval.entering', { count: effects.entering.length }), names(effects.entering)],
            [t('approval.leaving', { count: effects.leaving.length }), names(effects.leaving)],
          ]}
        />
      )}
      {effects.names === null ? null : <BookNames effects={effects} />}
      {effects.specDifference.length === 0 ? (
        <p className="note">{t('approval.same-spec')}</p>
      ) : (
        <DataTable
          id="spec"
          name={t('approval.spec-difference')}
          rows={effects.specDifference}
          keyOf={({ path }) => path}
          columns={[
            { id: 'path', title: t('approval.field'), value: ({ path }) => path },
            { id: 'before', title: t('approval.before'), value: ({ before }) => before },
            { id: 'after', title: t('approval.after'), value: ({ after }) => after },
          ]}
        />
      )}
      {effects.outlook === '' ? null : (
        <p className="note">
          <Recorded text={effects.outlook} />
        </p>
      )}
    </Card>
  );
}
