import pg from 'pg';

/** A session of Postgres for the harness, past whatever lies between it and the processes; replaced when it is lost. */
export class Link {
  readonly #url: string;
  #client: pg.Client | null = null;

  constructor(url: string) {
    this.#url = url;
  }

  /** Throws while Postgres is away. */
  async query<Row extends pg.QueryResultRow>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    const client = (this.#client ??= await connected(this.#url));
    try {
      return (await client.query<Row>(text, [...values])).rows;
    } catch (error) {
      this.#client = null;
      await client.end().catch(() => undefined);
      throw error;
    }
  }

  async close(): Promise<void> {
    const client = this.#client;
    this.#client = null;
    await client?.end().catch(() => undefined);
  }
}

export async function connected(url: string): Promise<pg.Client> {
  const client = new pg.Client({
    ...{ connectionString: url, connectionTimeoutMillis: 2000, application_name: 'contender-chaos' },
  });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}
