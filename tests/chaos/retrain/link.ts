import pg from 'pg';

const CONNECT_TIMEOUT_MS = 20_000;

/** A session of Postgres for the harness, past whatever lies between it and the processes; replaced when it is lost. */
export class Link {
  readonly #url: string;
  #client: pg.Client | null = null;

  constructor(url: string) {
    this.#url = url;
  }

  /** Throws while Postgres is away. */
  async query<Row extends pg.QueryResultRow>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    const client = (this.#client ??= await this.#connect());
    try {
      return (await client.query<Row>(text, [...values])).rows;
    } catch (error) {
      this.#forget(client);
      await client.end().catch(() => undefined);
      throw error;
    }
  }

  async #connect(): Promise<pg.Client> {
    const client = await connected(this.#url);
    for (const event of ['error', 'end'] as const) {
      client.once(event, () => {
        this.#forget(client);
      });
    }
    return client;
  }

  #forget(client: pg.Client): void {
    if (this.#client === client) this.#client = null;
  }

  async close(): Promise<void> {
    const client = this.#client;
    this.#client = null;
    await client?.end().catch(() => undefined);
  }
}

export async function connected(url: string): Promise<pg.Client> {
  const client = new pg.Client({
    ...{
      connectionString: url,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      application_name: 'contender-chaos',
    },
  });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}
