import { z } from 'zod';
import { GATE_CATALOGUE } from './gate-catalogue.ts';
import { Market, ModelName } from './primitives.ts';
import { QualitySpec } from './quality.ts';
import { GuardSpec, ShadowSpec } from './shadow-spec.ts';
import { line } from './text.ts';
import { TrainingSpec } from './training-spec.ts';
import { GateName } from './verdict.ts';

/**
 * The model spec: what a quant lead writes. Every field has a default with its reason and unit; unknown fields are
 * refused by name. `contender apply -f FILE` stores it as a numbered spec.
 */
export const LabelSpec = z
  .strictObject({
    kind: z.enum(['forward_return_rank']).default('forward_return_rank'),
    horizonSessions: z
      .int()
      .min(1)
      .max(60)
      .default(5)
      .describe('sessions held; a week turns over slowly enough to pay costs'),
    entryDelaySessions: z
      .int()
      .min(1)
      .max(5)
      .default(1)
      .describe(
        'sessions between the decision and the entry bar; 0 would trade on the bar that is being observed',
      ),
  })
  .prefault({})
  .meta({ id: 'LabelSpec' });
export type LabelSpec = z.infer<typeof LabelSpec>;

/** `market`: what anybody pays. A broker's discount reduces the fee, never a tax. */
export const DiscountedCosts = z
  .strictObject({
    brokerageDiscount: z
      .number()
      .min(0)
      .max(1)
      .describe('share of the statutory fee that the broker gives back, a fraction'),
  })
  .meta({ id: 'DiscountedCosts' });

export const PortfolioCosts = z
  .union([z.enum(['market', 'none']), DiscountedCosts])
  .meta({ id: 'PortfolioCosts' });

export const PortfolioSpec = z
  .strictObject({
    kind: z.enum(['long_only_excess', 'long_short_decile']).default('long_only_excess'),
    holdSessions: z
      .int()
      .min(1)
      .max(60)
      .default(5)
      .describe('sessions a tranche is held; as many tranches overlap'),
    topFraction: z.number().min(0.01).max(0.5).default(0.1).describe('share of the universe held: a decile'),
    turnoverBuffer: z
      .number()
      .min(0)
      .max(1)
      .default(0.2)
      .describe('a held name stays while it ranks within topFraction + buffer x (1 - topFraction)'),
    costs: PortfolioCosts.default('market').describe(
      'fees and taxes of the market, on both sides; or the same with a discount on the brokerage, as a fraction of it',
    ),
  })
  .prefault({})
  .meta({ id: 'PortfolioSpec' });
export type PortfolioSpec = z.infer<typeof PortfolioSpec>;

export const RetrainSpec = z
  .strictObject({
    cron: z
      .string()
      .regex(/^\S+ \S+ \S+ \S+ \S+$/u, 'five cron fields')
      .default('0 3 1 * *')
      .describe("in the market's zone; 03:00 on the first of a month: the session before has long settled"),
    catchupHours: z.int().min(1).max(168).default(6).describe('how late a missed schedule may still start'),
    promotionGate: z.boolean().default(true).describe('false: judge and stop before the shadow'),
  })
  .prefault({})
  .meta({ id: 'RetrainSpec' });
export type RetrainSpec = z.infer<typeof RetrainSpec>;

const GateModes = z
  .partialRecord(GateName, z.enum(['enforce', 'dry-run', 'off']))
  .superRefine((modes, context) => {
    for (const [gate, mode] of Object.entries(modes)) {
      if (mode === 'enforce' || GATE_CATALOGUE[gate as GateName].canBeSwitchedOff) continue;
      context.addIssue({
        code: 'custom',
        path: [gate],
        message: `${gate} is always enforced: without it neither the data nor the artifact can be trusted`,
      });
    }
  });

export const GatesSpec = z
  .strictObject({
    spaAlpha: z
      .number()
      .gt(0)
      .lt(0.5)
      .default(0.15)
      .describe(
        'family-wise level of SPA and StepM; at 0.05 a true Sharpe ratio of 2 is rarely told from a champion of 0 in three years (docs/calibration.md)',
      ),
    spaFamily: z
      .enum(['ledger', 'retrain'])
      .default('ledger')
      .describe(
        "recipes that spaAlpha is held over: all since the last structural change, a retrain being asked at spaAlpha x (its recipes' share of them)^1.5, so that the levels of all retrains have a sum; or those of one retrain alone (docs/calibration.md)",
      ),
    spaReplicates: z
      .int()
      .min(1000)
      .max(1000000)
      .default(10000)
      .describe('bootstrap replicates of SPA and StepM'),
    dsrMin: z
      .number()
      .gt(0)
      .lt(1)
      .default(0.75)
      .describe(
        'smallest deflated Sharpe ratio; set together with spaAlpha and pboMax (docs/calibration.md)',
      ),
    pboMax: z
      .number()
      .gt(0)
      .lt(1)
      .default(0.12)
      .describe(
        'largest probability of backtest overfitting; noise alone has about 0.5 (docs/calibration.md)',
      ),
    pboSplits: z.int().min(4).max(24).multipleOf(2).default(16),
    minSharpeImprovement: z.number().min(0).max(10).default(0.1).describe('annualised, net of cost'),
    nonInferiorityMargin: z
      .number()
      .gt(0)
      .max(5)
      .default(0.5)
      .describe('annualised Sharpe a refresh may be worse by before it is refused'),
    nonInferiorityAlpha: z.number().gt(0).lt(0.5).default(0.2).describe('one-sided level of that bound'),
    maxDrawdownTolerance: z
      .number()
      .min(0)
      .max(1)
      .default(0.02)
      .describe("above the champion's, as a fraction of equity"),
    rankIcMin: z
      .number()
      .min(-1)
      .max(1)
      .default(0)
      .describe('lower 95 % HAC bound of the mean daily rank IC'),
    minSessions: z
      .int()
      .min(20)
      .max(5000)
      .default(60)
      .describe('paired out-of-sample sessions needed for a verdict'),
    minRefreshSessions: z
      .int()
      .min(20)
      .max(5000)
      .default(21)
      .describe(
        "sessions after the champion's last label that a refresh is compared on: a monthly schedule has about that many; the bound itself says whether they can tell",
      ),
    minTrials: z.int().min(2).max(500).default(8).describe('trials needed for PBO'),
    uncertaintyReplicates: z
      .int()
      .min(0)
      .max(100000)
      .refine((replicates) => replicates === 0 || replicates >= 20, 'is 0, or 20 at least')
      .default(200)
      .describe(
        'resamples of the intervals of PBO, DSR and drawdown, which are shown beside the numbers and decide nothing; 0: none',
      ),
    maxLatencyMs: z.number().gt(0).max(10000).default(50).describe('p99 of scoring one universe'),
    minCoverage: z.number().min(0).max(1).default(0.9).describe('share of member rows with a bar'),
    maxModelMegabytes: z
      .number()
      .gt(0)
      .max(4096)
      .default(64)
      .describe('size of the model file; a server keeps three of a model loaded'),
    maxAnnualTurnover: z
      .number()
      .gt(0)
      .max(500)
      .default(60)
      .describe('one-sided, multiples of equity a year; renewing the whole book each week makes about 50'),
    minCostCover: z
      .number()
      .min(0)
      .max(100)
      .default(1.5)
      .describe('gross return over costs: how many times the costs charged it could have paid'),
    maxPositionShare: z
      .number()
      .gt(0)
      .max(1)
      .default(0.15)
      .describe('largest share of the book in one name on any session; a decile of 100 names holds 0.1 each'),
    maxSectorShare: z
      .number()
      .gt(0)
      .max(1)
      .default(0.5)
      .describe('largest share of the book in one sector on any session'),
    maxRefusedTradeShare: z
      .number()
      .min(0)
      .max(1)
      .default(0.05)
      .describe('share of wanted trades that the market did not allow: no bar, no volume, price limit'),
    bookCapital: z
      .number()
      .min(1)
      .max(1e15)
      .default(100_000_000)
      .describe(
        "money in the market's currency that the book is judged at by capacity: participation grows with it, least fees weigh more without it",
      ),
    maxParticipation: z
      .number()
      .gt(0)
      .max(10)
      .default(0.1)
      .describe(
        "share of a name's ordinary traded value (median of 20 sessions) that 95 % of the money traded stays within; a tenth is what an order can be of a session without setting its price",
      ),
    ledgerRescoreMax: z
      .int()
      .min(0)
      .max(500)
      .default(20)
      .describe(
        'recipes of earlier retrains fitted on the dates of this one for PBO; as many as its own trials, so that training takes at most twice as long',
      ),
    errorBudget: z
      .enum(['off', 'lord', 'alpha-investing'])
      .default('off')
      .describe(
        'shares out the level of SPA and StepM over all retrains: LORD++ bounds the false discovery rate, alpha-investing the marginal one',
      ),
    errorBudgetLevel: z
      .number()
      .gt(0)
      .max(0.5)
      .default(0.1)
      .describe('share of false promotions among the promotions of new recipes; used while the budget is on'),
    modes: GateModes.default({}).describe(
      'enforce, dry-run (judged, does not count) or off, by gate; a gate not named is enforced, a new one in dry-run',
    ),
    timeLimitSeconds: z
      .int()
      .min(1)
      .max(7200)
      .default(600)
      .describe('wall seconds that one attempt of a group of gates may take before it counts as an error'),
    errorHoldSessions: z
      .int()
      .min(1)
      .max(60)
      .default(5)
      .describe(
        'sessions that a retrain with a gate in error waits for an operator before it ends as failed',
      ),
    waiverSessions: z
      .int()
      .min(0)
      .max(60)
      .default(0)
      .describe(
        'sessions that a retrain with waivable fails only stays open for two quant leads; 0: it ends at once',
      ),
  })
  .prefault({})
  .meta({ id: 'GatesSpec' });
export type GatesSpec = z.infer<typeof GatesSpec>;

export const ApprovalSpec = z
  .strictObject({
    approvers: z.int().min(1).max(5).default(1),
    fourEyes: z
      .boolean()
      .default(true)
      .describe('approver is neither the requester nor the last author of the spec'),
    expiresSessions: z.int().min(1).max(60).default(5),
    remindSessions: z.int().min(1).max(60).default(2),
    deputy: line(120)
      .refine((name) => name === name.trim(), 'a name without spaces around it')
      .nullable()
      .default(null)
      .describe('subject who may decide in the place of a quant lead once nobody has; null: nobody'),
    deputyAfterSessions: z
      .int()
      .min(1)
      .max(60)
      .default(3)
      .describe(
        'sessions without a decision after which the deputy is asked, and may sign; before, only leads may',
      ),
  })
  .prefault({})
  .meta({ id: 'ApprovalSpec' });
export type ApprovalSpec = z.infer<typeof ApprovalSpec>;

export const DecayAction = z.enum(['hold', 'reduce-only', 'roll-back', 'safe-version', 'halt']);
export type DecayAction = z.infer<typeof DecayAction>;

export const DecaySpec = z
  .strictObject({
    falseAlarmsPerYear: z
      .number()
      .gt(0)
      .max(12)
      .default(0.15)
      .describe('alarms that a model in order may raise per year; the delay this buys is shown by apply'),
    cooldownSessions: z
      .int()
      .min(0)
      .max(500)
      .default(20)
      .describe('sessions after an emergency retrain without another'),
    action: DecayAction.default('hold').describe(
      'what happens at once while the alarm stands: nothing, consumers told to reduce only or to halt, the previous champion back, or the safe version back',
    ),
    safeVersion: z
      .int()
      .min(1)
      .nullable()
      .default(null)
      .describe('number of a former champion that the action safe-version goes back to; null: none'),
    shadowSessions: z
      .int()
      .min(1)
      .max(60)
      .nullable()
      .default(null)
      .describe('sessions of the shadow of an emergency retrain; null: as many as of any other'),
    driftAction: z
      .enum(['report', 'retrain'])
      .default('report')
      .describe(
        'what lasting drift of features leads to: a line in the record, or a retrain of trigger drift',
      ),
    driftSessions: z
      .int()
      .min(1)
      .max(250)
      .default(5)
      .describe('sessions in a row on which features have drifted before it counts as lasting'),
    falseDiscoveryRate: z
      .number()
      .gt(0)
      .lt(0.5)
      .default(0.1)
      .describe('share of false ones among the features reported as drifted'),
    overdueSessions: z
      .int()
      .min(1)
      .max(60)
      .default(5)
      .describe('sessions a label may be overdue before it counts as one that never matures'),
  })
  .superRefine(({ action, safeVersion }, context) => {
    if (action !== 'safe-version' || safeVersion !== null) return;
    const message = 'the action safe-version needs the number of a former champion in safeVersion';
    context.addIssue({ code: 'custom', path: ['safeVersion'], message });
  })
  .prefault({})
  .meta({ id: 'DecaySpec' });
export type DecaySpec = z.infer<typeof DecaySpec>;

export const ServingSpec = z
  .strictObject({
    onStale: z
      .enum(['serve', 'refuse'])
      .default('serve')
      .describe('what a server cut off from the registry does'),
    maxStaleSeconds: z.int().min(1).max(86400).default(60),
    swapWindow: z
      .enum(['outside-session', 'any'])
      .default('outside-session')
      .describe('rollbacks never wait'),
  })
  .prefault({})
  .meta({ id: 'ServingSpec' });
export type ServingSpec = z.infer<typeof ServingSpec>;

export const ScoringSpec = z
  .strictObject({
    schedule: z
      .boolean()
      .default(true)
      .describe('true: the universe is scored after every session; without a champion nothing happens'),
    delayMinutes: z
      .int()
      .min(0)
      .max(240)
      .default(15)
      .describe('minutes after the decision time of a regular session; a data feed is rarely punctual'),
    waitMinutes: z
      .int()
      .min(0)
      .max(720)
      .default(180)
      .describe('minutes that a scheduled run waits for data that have not arrived'),
    minCoverage: z
      .number()
      .min(0)
      .max(1)
      .default(0.5)
      .describe('least share of members with a bar; below it the data of the session have not arrived'),
  })
  .prefault({})
  .meta({ id: 'ScoringSpec' });
export type ScoringSpec = z.infer<typeof ScoringSpec>;

export const DrillSpec = z
  .strictObject({
    schedule: z
      .boolean()
      .default(true)
      .describe('true: the way back is rehearsed by itself; without a previous champion nothing happens'),
    cron: z
      .string()
      .regex(/^\S+ \S+ \S+ \S+ \S+$/u, 'five cron fields')
      .default('0 6 * * 6')
      .describe(
        "in the market's zone; 06:00 on Saturdays: no session is near, and what failed can be mended before the next",
      ),
    maxAgeDays: z
      .int()
      .min(1)
      .max(366)
      .default(15)
      .describe(
        'days without a drill that passed, after which it is alerted: two weekly ones in a row that did not, and a day',
      ),
  })
  .prefault({})
  .meta({ id: 'DrillSpec' });
export type DrillSpec = z.infer<typeof DrillSpec>;

export const ModelSpec = z
  .strictObject({
    model: ModelName,
    market: Market,
    data: z
      .string()
      .min(1)
      .describe('market data folder, absolute or relative to the folder of the spec file'),
    features: z
      .string()
      .regex(/^[a-z][a-z0-9_]*$/u)
      .default('price_volume')
      .describe('a feature set by name'),
    label: LabelSpec,
    portfolio: PortfolioSpec,
    training: TrainingSpec,
    retrain: RetrainSpec,
    quality: QualitySpec,
    gates: GatesSpec,
    shadow: ShadowSpec,
    approval: ApprovalSpec,
    guard: GuardSpec,
    decay: DecaySpec,
    serving: ServingSpec,
    scoring: ScoringSpec,
    drill: DrillSpec,
  })
  .meta({ id: 'ModelSpec' });
export type ModelSpec = z.infer<typeof ModelSpec>;
