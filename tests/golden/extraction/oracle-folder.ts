import { RandomStream } from '../../../market/random.ts';

/**
 * Folders in the format of the reference data, from a seed, with everything that makes point-in-time data hard: late bars,
 * wrong corrections that are corrected again, exact ties, cancelled adds, restated older quarters, actions on holidays and
 * recorded late or twice, delistings that are learned of afterwards, symbols without a bar, quarters that end in February.
 * Instants are milliseconds, dates are text.
 */
export interface OracleFolder {
  readonly calendar: readonly { readonly date: string; readonly open: number; readonly close: number }[];
  readonly prices: readonly PriceRow[];
  readonly fundamentals: readonly StatementRow[];
  readonly actions: readonly ActionRow[];
  readonly membership: readonly MembershipRow[];
  readonly symbols: readonly SymbolRow[];
  /** Instants worth asking for: on, just before and just after something became known; a close; a weekend; the end. */
  readonly instants: readonly number[];
}

export interface PriceRow {
  readonly symbol: string;
  readonly session: string;
  readonly event: number;
  readonly known: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
  readonly seq: number;
}

export interface StatementRow {
  readonly symbol: string;
  readonly periodEnd: string;
  readonly version: number;
  readonly known: number;
  readonly eps: number | null;
  readonly revenue: number | null;
  readonly bookValue: number | null;
  readonly seq: number;
}

export interface ActionRow {
  readonly symbol: string;
  readonly exDate: string;
  readonly kind: 'split' | 'reverse_split' | 'cash_dividend';
  readonly ratio: number;
  readonly amount: number;
  readonly prevClose: number;
  readonly known: number;
  readonly seq: number;
}

export interface MembershipRow {
  readonly symbol: string;
  readonly effective: string;
  readonly action: 'add' | 'drop';
  readonly known: number;
  readonly seq: number;
}

export interface SymbolRow {
  readonly symbol: string;
  readonly listed: string;
  readonly delisted: string | null;
  readonly delistingKnown: number | null;
}

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const ZONE = 8 * HOUR;
const SESSIONS = 75;
const SYMBOLS = 14;

const dateOf = (day: number): string => new Date(day * DAY).toISOString().slice(0, 10);
const dayOf = (date: string): number => Date.parse(`${date}T00:00:00Z`) / DAY;
/** An instant on a Taipei date at an hour. */
const at = (day: number, hour: number): number => day * DAY + hour * HOUR - ZONE;

class Maker {
  readonly random: RandomStream;
  private seq = 0;
  readonly days: readonly number[];
  readonly prices: PriceRow[] = [];
  readonly fundamentals: StatementRow[] = [];
  readonly actions: ActionRow[] = [];
  readonly membership: MembershipRow[] = [];
  readonly symbols: SymbolRow[] = [];

  constructor(seed: number) {
    this.random = new RandomStream(seed, 0);
    const days: number[] = [];
    // 2024 is a leap year: the February quarter of 2023 ended on another day.
    for (let day = dayOf('2024-01-02'); days.length < SESSIONS; day += 1) {
      const weekday = new Date(day * DAY).getUTCDay();
      const makeUpSaturday = weekday === 6 && this.random.chance(0.1);
      if ((weekday >= 1 && weekday <= 5 && !this.random.chance(0.06)) || makeUpSaturday) days.push(day);
    }
    this.days = days;
  }

  /** Not in the order of knowledge: the order of the numbers decides ties and nothing else. */
  next(): number {
    this.seq += 1;
    return (this.seq * 7919) % 100_003;
  }

  dayAt(index: number): number {
    return this.days[Math.max(0, Math.min(index, this.days.length - 1))] ?? 0;
  }

  anyDay(margin = 0): number {
    return this.random.integerBetween(this.dayAt(0) - margin, this.dayAt(this.days.length) + margin);
  }

  symbol(name: string): void {
    this.addSymbol(name);
    this.addMembership(name);
    if (!this.random.chance(0.06)) this.addPrices(name);
    if (!this.random.chance(0.1)) this.addStatements(name);
    this.addActions(name);
  }

  private addSymbol(symbol: string): void {
    const gone = this.random.chance(0.25) ? this.anyDay(5) : null;
    this.symbols.push({
      symbol,
      listed: dateOf(this.dayAt(0)),
      delisted: gone === null ? null : dateOf(gone),
      delistingKnown: gone === null ? null : at(gone + this.random.integerBetween(-12, 12), 13.5),
    });
  }

  private addMembership(symbol: string): void {
    const { random } = this;
    const events = random.integerBetween(0, 4);
    if (random.chance(0.75)) this.member(symbol, this.dayAt(0) - 5, 'add', this.dayAt(0) - 30);
    for (let event = 0; event < events; event += 1) {
      const effective = this.anyDay(3);
      const known = effective + random.integerBetween(-14, 6);
      const action = random.chance(0.5) ? 'add' : 'drop';
      this.member(symbol, effective, action, known);
      if (random.chance(0.4)) {
        // Cancelled a day later, or at the very instant, where only the number decides.
        this.member(
          symbol,
          effective,
          action === 'add' ? 'drop' : 'add',
          random.chance(0.5) ? known + 1 : known,
        );
      }
    }
  }

  private member(symbol: string, effective: number, action: 'add' | 'drop', known: number): void {
    this.membership.push({
      symbol,
      effective: dateOf(effective),
      action,
      known: at(known, 13.5),
      seq: this.next(),
    });
  }

  private addPrices(symbol: string): void {
    const { random } = this;
    let close = random.uniformBetween(10, 300);
    let silent = 0;
    for (const day of this.days) {
      close = Math.max(1, Number((close * Math.exp(0.02 * random.normal())).toFixed(2)));
      if (random.chance(0.01)) silent = random.integerBetween(2, 12);
      silent -= 1;
      if (silent > 0 || random.chance(0.03)) continue;
      const late = random.chance(0.06) ? random.integerBetween(1, 8) * DAY : 0;
      // An hour after the close is the very instant of the decision.
      const first = at(day, random.chance(0.5) ? 14.5 : 14) + late;
      this.bar(symbol, day, first, close);
      if (random.chance(0.06)) {
        const wrong = random.chance(0.4) ? close * 10 : Number((close * 1.013).toFixed(2));
        const corrected = first + (random.chance(0.3) ? 0 : random.integerBetween(1, 6) * DAY);
        this.bar(symbol, day, corrected, wrong);
        if (random.chance(0.5)) this.bar(symbol, day, corrected + (random.chance(0.3) ? 0 : DAY), close);
      }
    }
  }

  private bar(symbol: string, day: number, known: number, close: number): void {
    this.prices.push({
      symbol,
      session: dateOf(day),
      event: at(day, 13.5),
      known,
      open: close * 0.99,
      high: close * 1.02,
      low: close * 0.98,
      close,
      volume: this.random.integerBetween(0, 1_000_000),
      seq: this.next(),
    });
  }

  private addStatements(symbol: string): void {
    const { random } = this;
    const february = random.chance(0.3);
    for (let quarter = 0; quarter < 7; quarter += 1) {
      // The last day of a quarter: day 0 of the month after.
      const month = 3 * quarter + (february ? 3 : 4) - 1;
      const end = Date.UTC(2022, 6 + month, 0) / DAY;
      if (random.chance(0.08)) continue;
      let known = end + random.integerBetween(30, 75);
      const versions = 1 + (random.chance(0.35) ? 1 : 0) + (random.chance(0.15) ? 1 : 0);
      for (let version = 1; version <= versions; version += 1) {
        const value = (low: number, high: number): number | null =>
          random.chance(0.05) ? null : Number(random.uniformBetween(low, high).toFixed(3));
        this.fundamentals.push({
          symbol,
          periodEnd: dateOf(end),
          version,
          known: at(known, 16.5),
          eps: value(-2, 5),
          revenue: value(100, 4000),
          bookValue: value(5, 90),
          seq: this.next(),
        });
        // A tie, a quick correction, or a restatement long after newer quarters were published.
        known += random.chance(0.2) ? 0 : random.integerBetween(1, 220);
      }
    }
  }

  private addActions(symbol: string): void {
    const { random } = this;
    const count = random.integerBetween(0, 3);
    for (let action = 0; action < count; action += 1) {
      const day = this.anyDay(4);
      const known = day + (random.chance(0.7) ? -random.integerBetween(0, 12) : random.integerBetween(0, 6));
      this.action(symbol, day, at(known, 15.5));
      if (random.chance(0.2)) this.action(symbol, day, at(known + random.integerBetween(0, 3), 15.5));
    }
  }

  private action(symbol: string, day: number, known: number): void {
    const { random } = this;
    const kind =
      (['split', 'reverse_split', 'cash_dividend'] as const)[random.integerBetween(0, 2)] ?? 'split';
    this.actions.push({
      symbol,
      exDate: dateOf(day),
      kind,
      ratio: kind === 'split' ? 2 : kind === 'reverse_split' ? 0.2 : 1,
      amount: kind === 'cash_dividend' ? Number(random.uniformBetween(0.1, 4).toFixed(2)) : 0,
      prevClose: Number(random.uniformBetween(20, 200).toFixed(2)),
      known,
      seq: this.next(),
    });
  }

  instants(): number[] {
    const { random } = this;
    const known = [...this.prices, ...this.fundamentals, ...this.actions, ...this.membership].map(
      (row) => row.known,
    );
    const from = at(this.dayAt(0), 13.5);
    const to = at(this.dayAt(this.days.length), 24);
    const inside = known.filter((instant) => instant > from && instant < to);
    const pick = (): number => inside[random.integerBetween(0, inside.length - 1)] ?? to;
    const saturday = this.days.find((day) => new Date(day * DAY).getUTCDay() === 5) ?? 0;
    return [
      pick(),
      pick() - 1,
      pick() + 1,
      at(this.dayAt(random.integerBetween(10, 60)), 13.5),
      at(saturday + 1, 12),
      to,
    ];
  }
}

/** The folder of a seed. The same seed gives the same rows. */
export function makeOracleFolder(seed: number): OracleFolder {
  const maker = new Maker(seed);
  for (let symbol = 0; symbol < SYMBOLS; symbol += 1) maker.symbol(String(1101 + symbol));
  const { prices, fundamentals, actions, membership, symbols } = maker;
  return {
    calendar: maker.days.map((day) => ({ date: dateOf(day), open: at(day, 9), close: at(day, 13.5) })),
    prices,
    fundamentals,
    actions,
    membership,
    symbols,
    instants: maker.instants(),
  };
}

/** The tables as lines of CSV, rows in an order that means nothing. */
export function csvOf(folder: OracleFolder, seed: number): Record<string, string[]> {
  const instant = (ms: number | null): string => (ms === null ? '' : new Date(ms).toISOString());
  const cell = (value: number | string | null): string => (value === null ? '' : String(value));
  const shuffled = (lines: string[]): string[] => {
    const random = new RandomStream(seed, 1);
    return lines
      .map((line) => [random.word(), line] as const)
      .sort(([a], [b]) => a - b)
      .map(([, line]) => line);
  };
  return {
    calendar: [
      'session_date,open_ts,close_ts',
      ...shuffled(folder.calendar.map((row) => `${row.date},${instant(row.open)},${instant(row.close)}`)),
    ],
    prices: [
      'symbol,session_date,event_ts,knowledge_ts,open,high,low,close,volume,seq',
      ...shuffled(
        folder.prices.map((row) =>
          [
            `${row.symbol},${row.session},${instant(row.event)},${instant(row.known)}`,
            ...[row.open, row.high, row.low, row.close, row.volume, row.seq].map(cell),
          ].join(','),
        ),
      ),
    ],
    fundamentals: [
      'symbol,period_end,version,knowledge_ts,eps,revenue,book_value,seq',
      ...shuffled(
        folder.fundamentals.map((row) =>
          [
            `${row.symbol},${row.periodEnd},${String(row.version)},${instant(row.known)}`,
            ...[row.eps, row.revenue, row.bookValue, row.seq].map(cell),
          ].join(','),
        ),
      ),
    ],
    corporate_actions: [
      'symbol,ex_date,kind,ratio,amount,prev_close,knowledge_ts,seq',
      ...shuffled(
        folder.actions.map((row) =>
          [
            `${row.symbol},${row.exDate},${row.kind}`,
            ...[row.ratio, row.amount, row.prevClose].map(cell),
            `${instant(row.known)},${String(row.seq)}`,
          ].join(','),
        ),
      ),
    ],
    membership: [
      'symbol,effective_date,action,knowledge_ts,seq',
      ...shuffled(
        folder.membership.map(
          (row) => `${row.symbol},${row.effective},${row.action},${instant(row.known)},${String(row.seq)}`,
        ),
      ),
    ],
    symbols: [
      'symbol,listed_date,delisted_date,delisting_knowledge_ts',
      ...shuffled(
        folder.symbols.map(
          (row) => `${row.symbol},${row.listed},${cell(row.delisted)},${instant(row.delistingKnown)}`,
        ),
      ),
    ],
  };
}
