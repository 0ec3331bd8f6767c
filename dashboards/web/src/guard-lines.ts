import { plain, warning } from './answer-line.ts';
import type { AnswerLine } from './answer-line.ts';
import type { ChampionView } from './api/schemas.ts';
import type { Telling } from './i18n/telling.ts';

/** The parts asked here, as they came: a spec that an earlier release stored lacks what came since. */
type StoredSpec = Partial<Pick<ChampionView['spec'], 'guard' | 'gates' | 'shadow'>>;
type Bounds = Readonly<Record<(typeof WANTED)[number], number>>;

const WANTED = [
  ...(['falseRollbackRate', 'failedLimit', 'inconclusiveLimit', 'maxConsecutiveErrors'] as const),
  ...(['cooldownSessions', 'maxRollbacksPerDay', 'maxDrawdownTolerance', 'minRankAgreement'] as const),
];

/**
 * How a swap is taken back without anybody's doing: at which bounds, and where the guard only tells people. By the spec in
 * force, which is the one that the guard asks; `champion` is what the guard goes back to, null: there is nothing.
 */
export function guardLines(
  spec: ChampionView['spec'],
  champion: number | null,
  { t, format }: Telling,
): readonly AnswerLine[] {
  // A first champion has nothing to be rolled back to.
  if (champion === null) return [];
  const automatic = spec.guard.autoRollback;
  const lead = automatic ? plain(t('guard.rolls-back')) : warning(t('guard.only-tells'));
  const bounds = boundsOf(spec);
  if (bounds === null) return [lead, plain(t('guard.bounds.unknown'))];
  const { falseRollbackRate, failedLimit, inconclusiveLimit, maxConsecutiveErrors } = bounds;
  const { cooldownSessions, maxRollbacksPerDay, maxDrawdownTolerance, minRankAgreement } = bounds;
  return [
    lead,
    plain(
      t('guard.bounds.results', {
        ...{ champion, rate: format.percent(falseRollbackRate, 0) },
        drawdown: format.short(100 * maxDrawdownTolerance),
      }),
    ),
    plain(
      t('guard.bounds.answers', {
        champion,
        failed: failedLimit,
        agreement: format.number(minRankAgreement, 2),
      }),
    ),
    plain(t('guard.pages', { inconclusive: inconclusiveLimit, errors: maxConsecutiveErrors })),
    ...(automatic
      ? [
          plain(
            t(cooldownSessions === 0 ? 'guard.brakes.at-once' : 'guard.brakes', {
              cooldown: cooldownSessions,
              most: maxRollbacksPerDay,
            }),
          ),
        ]
      : []),
  ];
}

/** Null: one of them is not in the spec on record. */
function boundsOf({ guard, gates, shadow }: StoredSpec): Bounds | null {
  const known: Readonly<Record<string, unknown>> = {
    ...guard,
    maxDrawdownTolerance: gates?.maxDrawdownTolerance,
    minRankAgreement: shadow?.minRankAgreement,
  };
  return isComplete(known) ? known : null;
}

const isComplete = (known: Readonly<Record<string, unknown>>): known is Bounds =>
  WANTED.every((name) => Number.isFinite(known[name]));
