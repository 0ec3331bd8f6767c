import type { ModelScope } from '../../contracts/identity.ts';
import { changedKeys, isVisible } from './entries.ts';
import type { Entry } from './entries.ts';

interface Reading {
  readonly seq: number;
  /** Keys that this reading changed; their entries, or those they had before they went. */
  readonly changed: readonly Pick<Entry, 'key' | 'model' | 'market'>[];
}

/** Five minutes of readings: whoever was away for longer gets everything again. */
const REMEMBERED = 60;

/**
 * The readings of the registry as frames: everything, or what has changed since a frame that a client had. Whoever may see
 * the same gets the same text, made once.
 */
export class Feed {
  readonly #bootId: string;
  #entries: ReadonlyMap<string, Entry> = new Map();
  #history: Reading[] = [];
  #seq = 0;
  #at = '';
  readonly #frames = new Map<string, string>();

  /** @param bootId names this process: a resume token of another one means nothing here */
  constructor(bootId: string) {
    this.#bootId = bootId;
  }

  get seq(): number {
    return this.#seq;
  }

  /** Takes a reading. `at`: ISO instant at which it began. */
  take(entries: ReadonlyMap<string, Entry>, at: string): void {
    const changed = changedKeys(this.#entries, entries).flatMap((key) => {
      const entry = entries.get(key) ?? this.#entries.get(key);
      return entry === undefined ? [] : [{ key, model: entry.model, market: entry.market }];
    });
    this.#entries = entries;
    this.#seq += 1;
    this.#at = at;
    this.#history = [...this.#history, { seq: this.#seq, changed }].slice(-REMEMBERED);
    this.#frames.clear();
  }

  /** The place that a resume token names; null when it is not one of this process, or too long ago. */
  placeOf(resume: string): number | null {
    const [boot, text] = resume.split('.');
    const seq = Number(text);
    return boot === this.#bootId && Number.isInteger(seq) && this.#reaches(seq) ? seq : null;
  }

  /** The frame that brings a client from what it had (null: nothing) to the newest reading. */
  frame(
    scope: ModelScope,
    from: number | null,
  ): { readonly kind: 'snapshot' | 'delta'; readonly text: string } {
    const since = from !== null && this.#reaches(from) ? from : null;
    const kind = since === null ? 'snapshot' : 'delta';
    const name = `${String(since)} ${scope.all ? '*' : JSON.stringify(scope)}`;
    const made = this.#frames.get(name);
    if (made !== undefined) return { kind, text: made };
    const text = since === null ? this.#snapshot(scope) : this.#delta(scope, since);
    this.#frames.set(name, text);
    return { kind, text };
  }

  #reaches(seq: number): boolean {
    const oldest = this.#history[0]?.seq ?? this.#seq + 1;
    return seq <= this.#seq && seq >= oldest - 1;
  }

  #snapshot(scope: ModelScope): string {
    const shown = [...this.#entries.values()].filter((entry) => isVisible(entry, scope));
    return `{"type":"snapshot",${this.#head()},"entries":{${pairs(shown)}}}`;
  }

  #delta(scope: ModelScope, since: number): string {
    const keys = new Map(
      this.#history
        .filter(({ seq }) => seq > since)
        .flatMap(({ changed }) => changed)
        .filter((entry) => isVisible(entry, scope))
        .map(({ key }) => [key, this.#entries.get(key) ?? null]),
    );
    const changed = [...keys.values()].filter((entry) => entry !== null);
    const removed = [...keys].flatMap(([key, entry]) => (entry === null ? [key] : []));
    return `{"type":"delta",${this.#head()},"from":${String(since)},"changed":{${pairs(changed)}},"removed":${JSON.stringify(removed)}}`;
  }

  #head(): string {
    const seq = String(this.#seq);
    return `"seq":${seq},"at":${JSON.stringify(this.#at)},"resume":${JSON.stringify(`${this.#bootId}.${seq}`)}`;
  }
}

const pairs = (entries: readonly Entry[]): string =>
  entries.map(({ key, json }) => `${JSON.stringify(key)}:${json}`).join(',');
