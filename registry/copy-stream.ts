import type pg from 'pg';

/** The part of the driver's connection that COPY needs; its published types leave it out. */
interface CopyConnection {
  query(text: string): void;
  sendCopyFromChunk(chunk: Uint8Array): void;
  endCopyFrom(): void;
  sendCopyFail(reason: string): void;
  readonly stream: NodeJS.ReadWriteStream & { readonly writableNeedDrain?: boolean };
}

/** What the driver calls while a statement of ours is the one in progress. */
interface CopyStatement {
  submit(connection: pg.Connection): void;
  handleError(error: Error): void;
  handleReadyForQuery(): void;
  handleCommandComplete(): void;
  handleCopyInResponse(connection: unknown): void;
  handleCopyData(message: { readonly chunk: Buffer }): void;
}

/**
 * Runs `COPY ... TO STDOUT`. `onChunk` gets the bytes as they arrive and must be done with them when it returns: the
 * driver uses its buffer again. Once it returns a promise, nothing more is read until that is settled.
 */
export function copyOut(
  client: pg.Client,
  statement: string,
  onChunk: (chunk: Buffer) => Promise<void> | null,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let failure: Error | null = null;
    let stream: CopyConnection['stream'] | null = null;
    const waiting = new Set<Promise<void>>();
    const fail = (error: unknown): void => {
      failure ??= asError(error);
    };
    const resume = (done: Promise<void>): void => {
      waiting.delete(done);
      if (waiting.size === 0) stream?.resume();
    };
    const copy: CopyStatement = {
      submit(connection) {
        const copying = connection as unknown as CopyConnection;
        stream = copying.stream;
        copying.query(statement);
      },
      handleError: reject,
      handleCommandComplete: () => undefined,
      handleReadyForQuery: () => {
        if (failure === null) resolve();
        else reject(failure);
      },
      handleCopyInResponse: () => undefined,
      handleCopyData({ chunk }) {
        if (failure !== null) return;
        try {
          const done = onChunk(chunk);
          if (done === null) return;
          stream?.pause();
          waiting.add(done);
          done.catch(fail).finally(() => {
            resume(done);
          });
        } catch (error) {
          fail(error);
        }
      },
    };
    client.query(copy);
  });
}

/** Runs `COPY ... FROM STDIN` with these bytes; a source that fails fails the statement, and nothing is stored. */
export function copyIn(
  client: pg.Client,
  statement: string,
  source: AsyncIterable<Uint8Array>,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let failure: Error | null = null;
    const feed = async (connection: CopyConnection): Promise<void> => {
      try {
        for await (const chunk of source) {
          connection.sendCopyFromChunk(chunk);
          if (connection.stream.writableNeedDrain === true) {
            await new Promise((drained) => connection.stream.once('drain', drained));
          }
        }
        connection.endCopyFrom();
      } catch (error) {
        failure = asError(error);
        connection.sendCopyFail('the source of the rows failed');
      }
    };
    const copy: CopyStatement = {
      submit(connection) {
        (connection as unknown as CopyConnection).query(statement);
      },
      handleError: (error) => {
        reject(failure ?? error);
      },
      handleCommandComplete: () => undefined,
      handleReadyForQuery: resolve,
      handleCopyInResponse: (connection) => void feed(connection as CopyConnection),
      handleCopyData: () => undefined,
    };
    client.query(copy);
  });
}

const asError = (error: unknown): Error => (error instanceof Error ? error : new Error(String(error)));
