import { setTimeout as delay } from 'node:timers/promises';
import { CamelCasePlugin, Kysely, PostgresDialect, sql } from 'kysely';
import type { Transaction } from 'kysely';
import pg from 'pg';
import type { TraceCarrier } from '../contracts/trace-context.ts';
import { BoundedClient, type LineBounds } from './bounded-client.ts';
import type { Tables } from './tables.ts';
import { isLostConnection, translateError } from './translate-error.ts';

/** A connection, or the transaction that an operation runs in. */
export type Sql = Kysely<Tables> | Transaction<Tables>;

/** Group roles of migrations/0006_roles.sql; what a process is not granted, it cannot do by accident. */
export type DatabaseRole = 'worker' | 'api' | 'reader' | 'migrator';

export interface RegistryOptions {
  readonly url: string;
  /** Shown in pg_stat_activity: which process holds a connection. */
  readonly applicationName: string;
  /** Small on purpose: a dozen processes share one Postgres. */
  readonly maxConnections?: number;
  /** Bound of one statement, milliseconds; 0: none. */
  readonly statementTimeoutMs?: number;
  /** How much longer than a statement may take its answer may be on the way, milliseconds. */
  readonly answerMarginMs?: number;
  /** Bound of getting a connection, milliseconds. */
  readonly connectTimeoutMs?: number;
  /** Drops every privilege but those of this role. Absent: those of the URL's user. */
  readonly role?: DatabaseRole;
  /** The trace that a swap is made in, told to the servers that follow it; null or absent: none. */
  readonly trace?: () => TraceCarrier | null;
  /** Told about idle connections that were lost; the pool replaces them. */
  readonly onLostConnection?: (error: Error) => void;
}

const DEFAULT_CONNECTIONS = 5;
const STATEMENT_TIMEOUT_MS = 10_000;
const CONNECT_TIMEOUT_MS = 5000;
/** A transaction that its client forgot holds locks; Postgres ends it. */
const IDLE_IN_TRANSACTION_MS = 15_000;
const LOCK_TIMEOUT_MS = 8000;
const ANSWER_MARGIN_MS = 5000;
/** Postgres hears of an end at once, or never. */
const END_MS = 2000;
/** A connection on which nothing was said for so long is probed each second; after ten without an answer it is lost. */
const KEEP_ALIVE_MS = 10_000;
const DEAD_CONNECTION_PAUSE_MS = 10;

const INT8 = 20;
const DATE = 1082;
const TIMESTAMPTZ = 1184;

/** bigint as number (no counter of ours comes near 2^53), timestamps as ISO instants, dates as they are. */
const types = new pg.TypeOverrides();
types.setTypeParser(INT8, (text: string) => Number(text));
types.setTypeParser(DATE, (text: string) => text);
types.setTypeParser(TIMESTAMPTZ, (text: string) => new Date(text).toISOString());

function clientConfig(options: RegistryOptions): pg.ClientConfig {
  const settings = [
    `-c timezone=UTC`,
    `-c lock_timeout=${String(LOCK_TIMEOUT_MS)}`,
    ...(options.role === undefined ? [] : [`-c role=contender_${options.role}`]),
  ];
  return {
    connectionString: options.url,
    application_name: options.applicationName,
    statement_timeout: options.statementTimeoutMs ?? STATEMENT_TIMEOUT_MS,
    idle_in_transaction_session_timeout: IDLE_IN_TRANSACTION_MS,
    connectionTimeoutMillis: options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS,
    keepAlive: true,
    keepAliveInitialDelayMillis: KEEP_ALIVE_MS,
    options: settings.join(' '),
    types,
  };
}

/** One connection, without a pool. */
export const openClient = (options: RegistryOptions): pg.Client =>
  new BoundedClient(clientConfig(options), boundsOf(options));

function boundsOf(options: RegistryOptions): LineBounds {
  const { statementTimeoutMs = STATEMENT_TIMEOUT_MS, answerMarginMs = ANSWER_MARGIN_MS } = options;
  const answerMs = statementTimeoutMs === 0 ? 0 : statementTimeoutMs + answerMarginMs;
  return { answerMs, endMs: END_MS };
}

/** Names a group of operations on a database; what each of them takes and gives is said there. */
export const operations = <Operations>(
  factory: (database: Database) => Operations,
): ((database: Database) => Operations) => factory;

/** Opens nothing yet: the first statement connects, and lost connections are replaced by new ones. */
export class Database {
  readonly sql: Kysely<Tables>;
  readonly options: RegistryOptions;
  readonly #maxConnections: number;

  constructor(options: RegistryOptions) {
    this.options = options;
    this.#maxConnections = options.maxConnections ?? DEFAULT_CONNECTIONS;
    const pool = new pg.Pool({
      ...clientConfig(options),
      Client: class extends BoundedClient {
        constructor() {
          super(clientConfig(options), boundsOf(options));
        }
      },
      max: this.#maxConnections,
      idleTimeoutMillis: 30_000,
      allowExitOnIdle: true,
    });
    // A connection that is lost without a listener, idle or in use, would end the process.
    pool.on('error', (error) => options.onLostConnection?.(error));
    pool.on('connect', (client) => {
      client.on('error', () => undefined);
    });
    this.sql = new Kysely<Tables>({
      dialect: new PostgresDialect({ pool }),
      plugins: [new CamelCasePlugin({ maintainNestedObjectKeys: true })],
    });
  }

  /**
   * Runs an operation; what the driver throws becomes a typed error. When the connection is lost under it, it is run
   * again: after a restart of Postgres the pool is full of dead connections that only show by failing, and every
   * operation of ours may be repeated, by its key or by its nature.
   */
  async run<T>(operation: (connection: Kysely<Tables>) => Promise<T>): Promise<T> {
    for (let deadConnections = 0; ; deadConnections += 1) {
      try {
        return await operation(this.sql);
      } catch (error) {
        if (!isLostConnection(error) || deadConnections >= this.#maxConnections) throw translateError(error);
        // The pool forgets a dead connection when its socket says so, a moment after the failure.
        await delay(DEAD_CONNECTION_PAUSE_MS);
      }
    }
  }

  /** Runs an operation in one transaction, READ COMMITTED: what must not race takes the lock of its model first. */
  async transaction<T>(operation: (transaction: Transaction<Tables>) => Promise<T>): Promise<T> {
    return this.run((connection) => connection.transaction().execute(operation));
  }

  async ping(): Promise<void> {
    await this.run((connection) => sql`select 1`.execute(connection));
  }

  async close(): Promise<void> {
    await this.sql.destroy();
  }
}
