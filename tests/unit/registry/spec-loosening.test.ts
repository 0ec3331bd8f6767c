import { describe, expect, test } from 'vitest';
import { ModelSpec } from '../../../contracts/spec.ts';
import { loosenedFields } from '../../../registry/spec-loosening.ts';

const spec = (changes: Record<string, unknown> = {}): ModelSpec =>
  ModelSpec.parse({ model: 'tw-alpha', market: 'XTAI', data: './data', ...changes });

describe('what counts as loosening a spec', () => {
  test.each([
    ['training', 'search', 'tpe'],
    ['gates', 'spaAlpha', 0.2],
    ['gates', 'spaFamily', 'retrain'],
    ['gates', 'dsrMin', 0.5],
    ['gates', 'pboMax', 0.3],
    ['gates', 'pboSplits', 8],
    ['gates', 'pboSplits', 20],
    ['gates', 'minSharpeImprovement', 0],
    ['gates', 'nonInferiorityMargin', 1],
    ['gates', 'maxDrawdownTolerance', 0.1],
    ['gates', 'rankIcMin', -0.1],
    ['gates', 'bookCapital', 1_000_000],
    ['gates', 'maxParticipation', 0.5],
    ['gates', 'minSessions', 30],
    ['gates', 'minRefreshSessions', 20],
    ['gates', 'minTrials', 2],
    ['gates', 'ledgerRescoreMax', 0],
    ['gates', 'errorBudgetLevel', 0.2],
    ['gates', 'errorBudgetLevel', 0.05],
    ['gates', 'maxLatencyMs', 500],
    ['gates', 'minCoverage', 0.5],
    ['shadow', 'sessions', 3],
    ['shadow', 'minPairing', 0.9],
    ['shadow', 'minRankAgreement', -1],
    ['shadow', 'maxPaperLoss', 0.5],
    ['shadow', 'maxFeatureSkew', 50],
    ['approval', 'fourEyes', false],
    ['approval', 'expiresSessions', 30],
    ['guard', 'sessions', 2],
    ['guard', 'autoRollback', false],
    ['guard', 'maxConsecutiveErrors', 10],
  ])('%s.%s at %s', (section, field, value) => {
    const changed = spec({ [section]: { [field]: value } });
    expect(loosenedFields(spec(), changed)).toEqual([`${section}.${field}`]);
  });

  test('an error budget is switched on by one person; off, or to another stream, by two', () => {
    const on = (errorBudget: string): ModelSpec => spec({ gates: { errorBudget } });
    expect(loosenedFields(spec(), on('lord'))).toEqual([]);
    expect(loosenedFields(on('lord'), spec())).toEqual(['gates.errorBudget']);
    expect(loosenedFields(on('lord'), on('alpha-investing'))).toEqual(['gates.errorBudget']);
  });

  test('a spec of a release before a field is not looser for its default', () => {
    const { errorBudget, errorBudgetLevel, pboSplits, ...gates } = spec().gates;
    expect([errorBudget, errorBudgetLevel, pboSplits]).toEqual(['off', 0.1, 16]);
    expect(loosenedFields({ ...spec(), gates } as ModelSpec, spec())).toEqual([]);
  });

  test('the way back is a tightening, except for a number of splits, which is another test', () => {
    const loose = spec({
      gates: { pboMax: 0.3, dsrMin: 0.5 },
      approval: { fourEyes: false },
      shadow: { sessions: 3 },
    });
    expect(loosenedFields(spec(), loose)).toEqual([
      'approval.fourEyes',
      'gates.dsrMin',
      'gates.pboMax',
      'shadow.sessions',
    ]);
    expect(loosenedFields(loose, spec())).toEqual([]);
  });

  test.each(['none', { brokerageDiscount: 0.4 }])(
    'cheaper trading, costs %j, is looser; the way back is not',
    (costs) => {
      const cheaper = spec({ portfolio: { costs } });
      expect(loosenedFields(spec(), cheaper)).toEqual(['portfolio.costs']);
      expect(loosenedFields(cheaper, spec())).toEqual([]);
    },
  );

  test('a discount on brokerage loosens nothing where there is none', () => {
    const newYork = (costs: unknown): ModelSpec => spec({ market: 'XNYS', portfolio: { costs } });
    expect(loosenedFields(newYork('market'), newYork({ brokerageDiscount: 0.5 }))).toEqual([]);
  });

  test('naming a deputy, another one or nobody takes two people, and so does asking them sooner', () => {
    const named = (deputy: string, deputyAfterSessions = 3): ModelSpec =>
      spec({ approval: { deputy, deputyAfterSessions } });
    expect(loosenedFields(spec(), named('dora'))).toEqual(['approval.deputy']);
    expect(loosenedFields(named('dora'), named('emil'))).toEqual(['approval.deputy']);
    expect(loosenedFields(named('dora'), spec())).toEqual(['approval.deputy']);
    expect(loosenedFields(named('dora'), named('dora', 2))).toEqual(['approval.deputyAfterSessions']);
    expect(loosenedFields(named('dora'), named('dora', 4))).toEqual([]);
  });

  test('fewer approvers are looser, more are not', () => {
    const two = spec({ approval: { approvers: 2 } });
    expect(loosenedFields(two, spec())).toEqual(['approval.approvers']);
    expect(loosenedFields(spec(), two)).toEqual([]);
  });

  test('what has nothing to do with safety loosens nothing', () => {
    const other = spec({
      training: { trials: 50, seed: 9 },
      portfolio: { topFraction: 0.2 },
      retrain: { cron: '0 4 1 * *' },
      decay: { cooldownSessions: 5 },
    });
    expect(loosenedFields(spec(), other)).toEqual([]);
    expect(loosenedFields(spec(), spec())).toEqual([]);
  });
});
