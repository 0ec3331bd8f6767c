import pg from 'pg';

export interface LineBounds {
  /** From a statement to its answer, milliseconds; 0: as long as it takes. */
  readonly answerMs: number;
  /** From the wish to end to the other side's word that it has heard of it, milliseconds. */
  readonly endMs: number;
}

/**
 * A client that nobody waits on for ever. The bound of a statement is kept by the server, whose word may never arrive: a
 * line that died while a cable was out or a firewall forgot it looks alive from here. An answer that is overdue cuts the
 * line, which fails what waits on it as any lost connection does.
 */
export class BoundedClient extends pg.Client {
  readonly #bounds: LineBounds;
  /** Of the base class, which its types leave out: plain or, after the greeting, encrypted. */
  declare readonly connection: pg.Connection;

  constructor(config: pg.ClientConfig, bounds: LineBounds) {
    super(config);
    this.#bounds = bounds;
  }

  // The forms that answer by a promise are bounded; a stream, as of COPY, goes on for as long as it flows.
  override query(...args: never[]): never {
    const asked: unknown = super.query(...(args as unknown as [string]));
    const { answerMs } = this.#bounds;
    return (answerMs > 0 && asked instanceof Promise ? this.#within(answerMs, asked) : asked) as never;
  }

  override end(...args: never[]): never {
    const [told] = args as unknown as [((error?: Error) => void)?];
    const ended = new Promise<void>((resolve, reject) => {
      super.end((error: Error | null | undefined) => {
        if (error instanceof Error) reject(error);
        else resolve();
      });
    });
    const bounded = this.#within(this.#bounds.endMs, ended);
    if (told === undefined) return bounded as never;
    void bounded.then(() => {
      told();
    }, told);
    return undefined as never;
  }

  async #within<Answer>(ms: number, answer: Promise<Answer>): Promise<Answer> {
    let cut: NodeJS.Immediate | undefined;
    // A process that was busy for so long finds the timer before the answer that has arrived: it is read first.
    const overdue = setTimeout(() => {
      cut = setImmediate(() => this.connection.stream.destroy());
    }, ms);
    try {
      return await answer;
    } finally {
      clearTimeout(overdue);
      clearImmediate(cut);
    }
  }
}
