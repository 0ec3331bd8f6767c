import { reportError } from './errors.ts';
import type { ReportedError } from './errors.ts';

/** The part of a stream that printing needs. */
export interface TextSink {
  write(text: string): unknown;
  readonly isTTY?: boolean | undefined;
}

export interface Progress {
  /** Says what is going on now. */
  update(message: string): void;
  /** Ends the ticking; the message, if any, stays as a line. */
  done(message?: string): void;
}

/** A terminal redraws often; a log file gets a line now and then. */
const TERMINAL_TICK_MS = 250;
const LOG_TICK_MS = 10_000;
/** Only what takes longer than this is worth a line. */
const QUIET_MS = 2000;

/**
 * Where a command prints. With `--json` standard output carries exactly one JSON document, the result or the error's
 * object, and everything meant for people goes to standard error.
 */
export class Output {
  readonly json: boolean;
  readonly #out: TextSink;
  readonly #err: TextSink;

  constructor(options: { readonly json: boolean; readonly out: TextSink; readonly err: TextSink }) {
    this.json = options.json;
    this.#out = options.out;
    this.#err = options.err;
  }

  /** The one result of a command: `value` as JSON, or the text made for people. */
  result(value: unknown, text: () => string): void {
    this.#out.write(this.json ? `${JSON.stringify(value, undefined, 2)}\n` : `${text()}\n`);
  }

  /** A line for people. */
  line(text = ''): void {
    (this.json ? this.#err : this.#out).write(`${text}\n`);
  }

  /** Work that may take longer than two seconds: what is going on, and for how many seconds. */
  progress(what: string, where: 'with-the-result' | 'stderr' = 'with-the-result'): Progress {
    const sink = this.json || where === 'stderr' ? this.#err : this.#out;
    const terminal = sink.isTTY === true;
    const started = performance.now();
    let message = what;
    const elapsedMs = (): number => performance.now() - started;
    const text = (): string => `${message} (${String(Math.round(elapsedMs() / 1000))} s)`;
    const tick = setInterval(
      () => {
        if (elapsedMs() >= QUIET_MS) sink.write(terminal ? `\r\u001B[2K${text()}` : `${text()}\n`);
      },
      terminal ? TERMINAL_TICK_MS : LOG_TICK_MS,
    );
    tick.unref();
    return {
      update: (next) => {
        message = next;
      },
      done: (last) => {
        clearInterval(tick);
        if (terminal) sink.write('\r\u001B[2K');
        if (last === undefined) return;
        message = last;
        sink.write(`${elapsedMs() >= QUIET_MS ? text() : message}\n`);
      },
    };
  }

  /** Prints an error for people or as JSON; returns what was made of it. */
  error(error: unknown, options: { readonly stack: boolean }): ReportedError {
    const report = reportError(error);
    if (this.json) {
      this.#out.write(`${JSON.stringify({ error: report }, undefined, 2)}\n`);
    } else {
      const remedy = report.remedy === '' ? '' : `\n  ${report.remedy}`;
      this.#err.write(`${report.message} [${report.code}]${remedy}\n`);
    }
    if (options.stack && error instanceof Error) this.#err.write(`${error.stack ?? ''}\n`);
    return report;
  }
}

/** Columns aligned under their headings; numbers to the right. */
export function table(headings: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const cells = [headings, ...rows].map((row) => row.map(String));
  const widths = headings.map((_, column) => Math.max(...cells.map((row) => (row[column] ?? '').length)));
  const numeric = headings.map(
    (_, column) => rows.length > 0 && rows.every((row) => typeof row[column] === 'number'),
  );
  const lines = cells.map((row) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return numeric[column] === true ? cell.padStart(width) : cell.padEnd(width);
      })
      .join('  ')
      .trimEnd(),
  );
  return lines.join('\n');
}
