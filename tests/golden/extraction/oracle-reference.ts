import type { ActionRow, MembershipRow, OracleFolder, PriceRow, StatementRow } from './oracle-folder.ts';

/**
 * The reference cross-section as nested loops over all rows, one rule at a time, in the order in which the rules are
 * written down: no index, no window, no SQL. Slow, and shares nothing with the extraction.
 */
export type OracleRow = Readonly<Record<string, string | number | null>>;

const DAY = 86_400_000;
const ZONE = 8 * 3_600_000;
const STALE = 5;

/** Rules 1 and 2: of what is visible the newest, on a tie the one with the greater number. */
function newest<T extends { readonly known: number; readonly seq: number }>(
  rows: readonly T[],
  instant: number,
): T | null {
  let best: T | null = null;
  for (const row of rows) {
    if (row.known > instant) continue;
    if (best === null || row.known > best.known || (row.known === best.known && row.seq > best.seq))
      best = row;
  }
  return best;
}

/** Rule 3. */
function isMember(folder: OracleFolder, symbol: string, instant: number, today: string): boolean {
  for (const row of folder.symbols) {
    if (row.symbol !== symbol || row.delisted === null || row.delistingKnown === null) continue;
    if (row.delisted <= today && row.delistingKnown <= instant) return false;
  }
  let best: MembershipRow | null = null;
  for (const row of folder.membership) {
    if (row.symbol !== symbol || row.known > instant || row.effective > today) continue;
    const later =
      best === null ||
      row.effective > best.effective ||
      (row.effective === best.effective &&
        (row.known > best.known || (row.known === best.known && row.seq > best.seq)));
    if (later) best = row;
  }
  return best?.action === 'add';
}

/** The actions that rule 5 multiplies over; of versions of one action (symbol, ex-date, kind) the newest. */
function dueActions(folder: OracleFolder, symbol: string, instant: number, today: string): ActionRow[] {
  const due: ActionRow[] = [];
  const seen = new Set<string>();
  for (const row of folder.actions) {
    const thing = `${row.exDate} ${row.kind}`;
    if (row.symbol !== symbol || row.exDate > today || seen.has(thing)) continue;
    seen.add(thing);
    const versions = folder.actions.filter(
      (other) => other.symbol === symbol && other.exDate === row.exDate && other.kind === row.kind,
    );
    const winner = newest(versions, instant);
    if (winner !== null) due.push(winner);
  }
  return due;
}

function priceFactor(actions: readonly ActionRow[], session: string): number {
  let factor = 1;
  for (const { exDate, kind, ratio, amount, prevClose } of actions) {
    if (session < exDate) factor *= kind === 'cash_dividend' ? 1 - amount / prevClose : 1 / ratio;
  }
  return factor;
}

function volumeFactor(actions: readonly ActionRow[], session: string): number {
  let factor = 1;
  for (const { exDate, kind, ratio } of actions)
    if (session < exDate && kind !== 'cash_dividend') factor *= ratio;
  return factor;
}

/** Rule 6. */
function latestStatement(rows: readonly StatementRow[], instant: number): StatementRow | null {
  let best: StatementRow | null = null;
  for (const row of rows) {
    if (row.known > instant) continue;
    const later =
      best === null ||
      row.periodEnd > best.periodEnd ||
      (row.periodEnd === best.periodEnd &&
        (row.known > best.known || (row.known === best.known && row.seq > best.seq)));
    if (later) best = row;
  }
  return best;
}

const yearBefore = (periodEnd: string): string => {
  const [year, month] = [Number(periodEnd.slice(0, 4)), Number(periodEnd.slice(5, 7))];
  return new Date(Date.UTC(year - 1, month, 0)).toISOString().slice(0, 10);
};

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/** One training row: what a decision may know, and its forward return as known at the as-of instant. */
export interface ReferenceDecision {
  readonly session: string;
  readonly symbol: string;
  /** return_5, level, volume_5, earnings: the columns of the set that the mutations are tried on. */
  readonly features: readonly (number | null)[];
  readonly forward: number | null;
}

const DECISION_LAG = 3_600_000;

/**
 * The training rows of all sessions decided at `asOf` from the position `first` on: features as known at the session's own
 * decision time, an hour after its close; the return from the close of the session after to that 5 sessions later as
 * known at `asOf`, null inside the embargo.
 */
export function referenceDecisions(
  folder: OracleFolder,
  asOf: number,
  first: number,
): readonly ReferenceDecision[] {
  const decided = folder.calendar.filter(({ close }) => close + DECISION_LAG <= asOf);
  const today = new Date(asOf + ZONE).toISOString().slice(0, 10);
  return decided.slice(first).flatMap(({ date, close }, offset) => {
    const instant = close + DECISION_LAG;
    const at = first + offset;
    return folder.symbols
      .map(({ symbol }) => symbol)
      .filter((symbol) => isMember(folder, symbol, instant, date))
      .sort()
      .flatMap((symbol): ReferenceDecision[] => {
        const own = folder.prices.filter((row) => row.symbol === symbol);
        const known = (session: string | undefined, when: number): PriceRow | null =>
          newest(
            own.filter((row) => row.session === session),
            when,
          );
        const now = known(date, instant);
        if (now === null) return [];
        const ago = known(decided[at - 5]?.date, instant);
        const actions = dueActions(folder, symbol, instant, date);
        const later = dueActions(folder, symbol, asOf, today);
        const [entry, exit] = [known(decided[at + 1]?.date, asOf), known(decided[at + 6]?.date, asOf)];
        const price = (bar: PriceRow, by: readonly ActionRow[]): number =>
          bar.close * priceFactor(by, bar.session);
        const volume = (bar: PriceRow): number => bar.volume * volumeFactor(actions, bar.session);
        const statements = folder.fundamentals.filter((row) => row.symbol === symbol);
        return [
          {
            session: date,
            symbol,
            features: [
              ago === null ? null : price(now, actions) / price(ago, actions) - 1,
              price(now, actions),
              ago === null || ago.volume === 0 ? null : volume(now) / volume(ago),
              latestStatement(statements, instant)?.eps ?? null,
            ],
            forward: entry === null || exit === null ? null : price(exit, later) / price(entry, later) - 1,
          },
        ];
      });
  });
}

/** The cross-section at an instant, in the order of the symbols. */
export function referenceRows(folder: OracleFolder, instant: number): readonly OracleRow[] {
  const today = new Date(instant + ZONE).toISOString().slice(0, 10);
  const sessions = folder.calendar.filter(({ close }) => close <= instant).map(({ date }) => date);
  return folder.symbols
    .map(({ symbol }) => symbol)
    .filter((symbol) => isMember(folder, symbol, instant, today))
    .sort()
    .map((symbol) => referenceRow(folder, symbol, instant, today, sessions));
}

function referenceRow(
  folder: OracleFolder,
  symbol: string,
  instant: number,
  today: string,
  sessions: readonly string[],
): OracleRow {
  const own = folder.prices.filter((row) => row.symbol === symbol);
  const bars = sessions.map((session): PriceRow | null =>
    newest(
      own.filter((row) => row.session === session),
      instant,
    ),
  );
  const actions = dueActions(folder, symbol, instant, today);
  const closes = bars.map((bar) => (bar === null ? null : bar.close * priceFactor(actions, bar.session)));
  const volumes = bars.map((bar) => (bar === null ? null : bar.volume * volumeFactor(actions, bar.session)));
  const last = bars.findLastIndex((bar) => bar !== null);
  const age = last < 0 ? null : sessions.length - 1 - last;
  const fresh = age !== null && age <= STALE;
  const statements = folder.fundamentals.filter((row) => row.symbol === symbol);
  const statement = latestStatement(statements, instant);
  const prior =
    statement === null
      ? null
      : newest(
          statements.filter(({ periodEnd }) => periodEnd === yearBefore(statement.periodEnd)),
          instant,
        );
  const closeRaw = fresh ? (bars[last]?.close ?? null) : null;
  const revenue = statement?.revenue ?? null;
  const priorRevenue = prior?.revenue ?? null;
  const bookValue = statement?.bookValue ?? null;
  return {
    as_of: new Date(instant).toISOString(),
    symbol,
    last_session: last < 0 ? null : (sessions[last] ?? null),
    price_age_sessions: age,
    close_raw: closeRaw,
    close_adj: fresh ? (closes[last] ?? null) : null,
    ret_5: fresh ? change(closes, last, 5) : null,
    vol_20: fresh ? volatility(closes, last) : null,
    adv_20: fresh ? averageVolume(volumes, last) : null,
    fund_period_end: statement?.periodEnd ?? null,
    fund_version: statement?.version ?? null,
    fund_eps: statement?.eps ?? null,
    fund_revenue: revenue,
    fund_book_value: bookValue,
    fund_age_days: statement === null ? null : (Date.parse(today) - Date.parse(statement.periodEnd)) / DAY,
    book_to_price: bookValue === null || closeRaw === null ? null : bookValue / closeRaw,
    revenue_yoy: revenue === null || priorRevenue === null ? null : revenue / priorRevenue - 1,
    last_labelable_session: lastLabelable(bars, sessions),
  };
}

function change(closes: readonly (number | null)[], to: number, sessions: number): number | null {
  const [now, then] = [closes[to] ?? null, closes[to - sessions] ?? null];
  return now === null || then === null ? null : now / then - 1;
}

function volatility(closes: readonly (number | null)[], last: number): number | null {
  const returns: number[] = [];
  for (let at = Math.max(1, last - 19); at <= last; at += 1) {
    const value = change(closes, at, 1);
    if (value !== null) returns.push(value);
  }
  if (returns.length < 15) return null;
  const centre = mean(returns);
  return Math.sqrt(returns.reduce((sum, value) => sum + (value - centre) ** 2, 0) / (returns.length - 1));
}

function averageVolume(volumes: readonly (number | null)[], last: number): number | null {
  const known = volumes.slice(Math.max(0, last - 19), last + 1).filter((volume) => volume !== null);
  return known.length < 15 ? null : mean(known);
}

function lastLabelable(bars: readonly (PriceRow | null)[], sessions: readonly string[]): string | null {
  for (let at = bars.length - 6; at >= 0; at -= 1) {
    if ((bars[at] ?? null) !== null && (bars[at + 5] ?? null) !== null) return sessions[at] ?? null;
  }
  return null;
}
