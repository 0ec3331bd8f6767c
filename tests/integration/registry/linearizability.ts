/** An operation as a client saw it: when it asked, when it was answered, what was said. */
export interface Operation<Input, Output> {
  readonly client: number;
  /** Any clock that all clients share; `returned` is not before `invoked`. */
  readonly invoked: number;
  readonly returned: number;
  readonly input: Input;
  readonly output: Output;
}

/** What the object would do if it did one thing at a time. */
export interface SequentialModel<State, Input, Output> {
  readonly initial: State;
  /** The state after the operation, or null when it cannot have answered so in this state. */
  step(state: State, input: Input, output: Output): State | null;
  /** Equal for equal states. */
  key(state: State): string;
}

export interface Linearization {
  readonly linearizable: boolean;
  /** The longest order that was found, as indices of the history. */
  readonly order: readonly number[];
}

interface Entry {
  readonly operation: number;
  /** Null for a return; its return for a call. */
  readonly match: Entry | null;
  before: Entry;
  after: Entry | null;
}

/**
 * Whether some order of the operations explains every answer and keeps to real time: who was answered before another
 * asked comes first. Searched as by Wing and Gong (Journal of Parallel and Distributed Computing 17, 1993, section 4)
 * with Lowe's memory of the configurations that led nowhere (Concurrency and Computation 29, 2017, section 4.1).
 */
export function linearize<State, Input, Output>(
  model: SequentialModel<State, Input, Output>,
  history: readonly Operation<Input, Output>[],
): Linearization {
  const head = entriesOf(history);
  const seen = new Set<string>();
  const done = new Uint8Array(history.length);
  const stack: { readonly entry: Entry; readonly state: State }[] = [];
  let state = model.initial;
  let entry = head.after;
  let order: readonly number[] = [];
  while (head.after !== null) {
    if (entry === null || entry.match === null) {
      // Everything that could come next was tried: the last choice was wrong.
      const last = stack.pop();
      if (last === undefined) return { linearizable: false, order };
      state = last.state;
      done[last.entry.operation] = 0;
      putBack(last.entry);
      entry = last.entry.after;
      continue;
    }
    const operation = history[entry.operation];
    const next = operation === undefined ? null : model.step(state, operation.input, operation.output);
    if (next !== null) {
      done[entry.operation] = 1;
      const configuration = `${done.join('')}|${model.key(next)}`;
      if (!seen.has(configuration)) {
        seen.add(configuration);
        stack.push({ entry, state });
        if (stack.length > order.length) order = stack.map((choice) => choice.entry.operation);
        state = next;
        takeOut(entry);
        entry = head.after;
        continue;
      }
      done[entry.operation] = 0;
    }
    entry = entry.after;
  }
  return { linearizable: true, order };
}

/** Calls and returns in the order of time; at the same instant a call comes first, which is the weaker claim. */
function entriesOf(history: readonly Operation<unknown, unknown>[]): Entry {
  const events = history.flatMap((operation, index) => [
    { time: operation.invoked, index, returns: false },
    { time: operation.returned, index, returns: true },
  ]);
  events.sort((a, b) => a.time - b.time || Number(a.returns) - Number(b.returns));
  const head = { operation: -1, match: null, after: null } as unknown as Entry;
  head.before = head;
  const returns = new Map<number, Entry>();
  for (const { index, returns: isReturn } of events) {
    if (isReturn) returns.set(index, { operation: index, match: null, before: head, after: null });
  }
  let last = head;
  for (const { index, returns: isReturn } of events) {
    const match = returns.get(index) ?? null;
    const entry = isReturn && match !== null ? match : { operation: index, match, before: last, after: null };
    entry.before = last;
    last.after = entry;
    last = entry;
  }
  return head;
}

function takeOut(call: Entry): void {
  for (const entry of [call, call.match]) {
    if (entry === null) continue;
    entry.before.after = entry.after;
    if (entry.after !== null) entry.after.before = entry.before;
  }
}

function putBack(call: Entry): void {
  for (const entry of [call.match, call]) {
    if (entry === null) continue;
    entry.before.after = entry;
    if (entry.after !== null) entry.after.before = entry;
  }
}
