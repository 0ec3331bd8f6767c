import { z } from 'zod';
import type { GatesSpec, ModelSpec } from '../contracts/spec.ts';
import { firstTradedAfter } from '../market/retrain-window.ts';
import { marketRules, priceLimitOn, tradingCosts } from '../market/rules.ts';
import { settlementDate } from '../market/settlement.ts';
import { shippedCalendar } from '../market/shipped-calendar.ts';
import type { EvidenceRecord } from '../registry/evidence.ts';
import type { Block } from './document.ts';
import type { ReportTexts } from './texts.ts';

/** A session with trades, and when these are paid for; null: the calendar does not say. */
export interface SettledSession {
  readonly session: string;
  readonly settlesOn: string | null;
}

export interface MarketFacts {
  readonly market: string;
  /** What the report names as settled: the last session of a month, or the first that a change of champion decides; null: none. */
  readonly settled: SettledSession | null;
  /** Fraction up and down; null: the market has none. */
  readonly priceLimit: number | null;
  /** Fraction of turnover, one side. */
  readonly feeRate: number;
  /** Fraction of a sale. */
  readonly saleTax: number;
  /** Bounds of the spec on what may be held and traded. */
  readonly limits: Pick<GatesSpec, 'maxPositionShare' | 'maxSectorShare' | 'maxParticipation'>;
}

/** What a promotion changed in the book, as its shadow's evidence has it. */
export interface PositionChange {
  readonly names: number;
  readonly entering: readonly string[];
  readonly leaving: readonly string[];
  /** Fraction of the book that is traded. */
  readonly turnover: number;
  /** Null: evidence of a release that counted them only. */
  readonly staying: readonly string[] | null;
}

const BASIS_POINTS = 10_000;

/** `from`: the day whose price limit holds where nothing settled, YYYY-MM-DD. */
export function marketFactsOf(
  { market, portfolio, gates }: ModelSpec,
  settled: SettledSession | null,
  from: string,
): MarketFacts {
  const rules = marketRules(market);
  const { buyBps, sellBps } = tradingCosts(rules, portfolio.costs);
  const { maxPositionShare, maxSectorShare, maxParticipation } = gates;
  return {
    market,
    settled,
    priceLimit: priceLimitOn(rules, settled?.session ?? from),
    feeRate: buyBps / BASIS_POINTS,
    saleTax: (sellBps - buyBps) / BASIS_POINTS,
    limits: { maxPositionShare, maxSectorShare, maxParticipation },
  };
}

/** The last session of a month, YYYY-MM; null when it had none. */
export function lastOfMonth({ market }: ModelSpec, month: string): SettledSession | null {
  const calendar = shippedCalendar(market);
  const session = calendar.between(`${month}-01`, `${month}-31`).at(-1);
  return session === undefined ? null : { session, settlesOn: settlementDate(calendar, session) };
}

/** The first session that a change of champion at a business instant decides; null: the calendar ends before. */
export const firstDecided = ({ market }: ModelSpec, businessAt: string): SettledSession | null =>
  firstTradedAfter(shippedCalendar(market), businessAt);

const ShadowFacts = z.object({
  facts: z.object({
    transition: z.object({
      names: z.number(),
      entering: z.array(z.string()),
      leaving: z.array(z.string()),
      turnover: z.number(),
      staying: z.array(z.string()).nullable().default(null),
    }),
  }),
});

/** Null: there was no shadow, or it had no book to compare with. */
export function positionChange(evidence: readonly EvidenceRecord[]): PositionChange | null {
  const shadow = evidence.findLast(({ kind }) => kind === 'shadow');
  return ShadowFacts.safeParse(shadow?.body).data?.facts.transition ?? null;
}

const DecisionFacts = z.object({ facts: z.object({ loosened: z.array(z.string()).nullable() }) });

/** What the decision's evidence says its spec loosened against the champion's; null: it had none to compare with, or says nothing. */
export function loosenedIn(evidence: readonly EvidenceRecord[]): readonly string[] | null {
  const decision = evidence.findLast(({ kind }) => kind === 'decision');
  return DecisionFacts.safeParse(decision?.body).data?.facts.loosened ?? null;
}

/** Names of a list; the rest is counted. */
const MOST_NAMES = 30;

/**
 * Limits, settlement and positions. `positions` null: the report is about a stretch of time and no single change; its
 * `change` null: nothing is recorded, which is said.
 */
export function regulatoryBlocks(
  facts: MarketFacts,
  positions: {
    readonly change: PositionChange | null;
    readonly label: 'positions' | 'positionsBefore';
  } | null,
  settlementLabel: 'settlement' | 'settlementFirst',
  t: ReportTexts,
): Block[] {
  const { settled, limits } = facts;
  return [
    { kind: 'heading', text: t.say('regulatory') },
    {
      kind: 'facts',
      facts: [
        [t.say('market'), t.name(facts.market)],
        [
          t.say('priceLimit'),
          facts.priceLimit === null ? t.say('noLimit') : `± ${t.percent(facts.priceLimit, 0)}`,
        ],
        [
          t.say(settlementLabel),
          settled === null ? t.say('none') : `${settled.session} → ${settled.settlesOn ?? t.say('unknown')}`,
        ],
        [t.say('taxAndFees'), `${t.percent(facts.feeRate, 4)} · ${t.percent(facts.saleTax, 2)}`],
        [
          t.say('positionLimits'),
          [limits.maxPositionShare, limits.maxSectorShare, limits.maxParticipation]
            .map((share) => t.percent(share, 0))
            .join(' · '),
        ],
        ...(positions === null ? [] : positionFacts(positions.change, t.say(positions.label), t)),
      ],
    },
  ];
}

function positionFacts(
  change: PositionChange | null,
  label: string,
  t: ReportTexts,
): readonly (readonly [string, string])[] {
  if (change === null) return [[label, t.say('notRecorded')]];
  const { names, entering, leaving, turnover, staying } = change;
  return [
    [
      label,
      `+${String(entering.length)} −${String(leaving.length)} / ${String(names)} · ${t.percent(turnover, 1)}`,
    ],
    [t.say('entering'), listed(entering, t)],
    [t.say('leaving'), listed(leaving, t)],
    [
      t.say('staying'),
      staying === null ? String(names - entering.length) : `${String(staying.length)}: ${listed(staying, t)}`,
    ],
  ];
}

function listed(names: readonly string[], t: ReportTexts): string {
  if (names.length === 0) return t.say('none');
  const rest = names.length - MOST_NAMES;
  return `${names.slice(0, MOST_NAMES).join(', ')}${rest > 0 ? ` +${String(rest)}` : ''}`;
}
