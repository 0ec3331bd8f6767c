import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';

export const HISTORIES_FOLDER = join(import.meta.dirname, 'histories');

/** A workflow's history as JSON (numbers for integers and enums, base64 for bytes), with the id it ran under. */
export interface RecordedHistory {
  readonly name: string;
  readonly workflowId: string;
  readonly history: { readonly events: readonly Record<string, unknown>[] };
}

export function readHistories(): readonly RecordedHistory[] {
  return readdirSync(HISTORIES_FOLDER)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((file) => {
      const name = file.slice(0, -'.json'.length);
      const stored = JSON.parse(readFileSync(join(HISTORIES_FOLDER, file), 'utf8')) as Omit<
        RecordedHistory,
        'name'
      >;
      return { name, ...stored };
    });
}

interface MessageClass {
  toObject(message: unknown, options: Readonly<Record<string, unknown>>): unknown;
}

/**
 * A fetched history as plain values that both JSON and the replayer take. The SDK's own conversion needs its packages to
 * share one copy of protobufjs, which an installation need not give.
 */
export function plainHistory(history: object): RecordedHistory['history'] {
  const message = history.constructor as unknown as MessageClass;
  return message.toObject(history, {
    longs: Number,
    enums: Number,
    bytes: String,
  }) as RecordedHistory['history'];
}

/** One event a line: a recording anew shows in a diff what changed. */
export function writeHistory({ name, workflowId, history }: RecordedHistory): void {
  const events = history.events.map((event) => JSON.stringify(event)).join(',\n');
  const text = `{"workflowId": ${JSON.stringify(workflowId)}, "history": {"events": [\n${events}\n]}}\n`;
  writeFileSync(join(HISTORIES_FOLDER, `${name}.json`), text);
}

/** The history without where it was recorded: folders are renamed, inside payloads too, and so is the machine. */
export function withoutOrigin<T>(history: T, folders: Readonly<Record<string, string>>): T {
  const rename = (text: string): string => {
    const renamed = Object.entries(folders).reduce((now, [from, to]) => now.replaceAll(from, to), text);
    return renamed.replaceAll(new RegExp(`\\d+@${hostname()}`, 'gu'), '1@worker');
  };
  const walk = (value: unknown): unknown => {
    if (typeof value === 'string') return rename(value);
    if (Array.isArray(value)) return value.map(walk);
    if (typeof value !== 'object' || value === null) return value;
    const fields = Object.entries(value).map(([key, field]): [string, unknown] => [
      key,
      isJsonPayload(value) && key === 'data' ? encoded(rename(decoded(String(field)))) : walk(field),
    ]);
    return Object.fromEntries(fields);
  };
  return walk(history) as T;
}

export const decoded = (base64: string): string => Buffer.from(base64, 'base64').toString('utf8');
const encoded = (text: string): string => Buffer.from(text, 'utf8').toString('base64');

function isJsonPayload(value: object): boolean {
  if (!('metadata' in value) || !('data' in value) || typeof value.data !== 'string') return false;
  const { metadata } = value;
  if (typeof metadata !== 'object' || metadata === null || !('encoding' in metadata)) return false;
  return typeof metadata.encoding === 'string' && decoded(metadata.encoding).startsWith('json/');
}
