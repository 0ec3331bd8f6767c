import { ExpressionInvalid, parseExpression } from './expression-syntax.ts';
import type { ExpressionNode } from './expression-syntax.ts';

/** Whether a text as a whole is what an expression describes. */
export type Expression = (text: string) => boolean;

type State =
  | { readonly kind: 'take'; readonly takes: (character: number) => boolean; readonly next: number }
  | { readonly kind: 'fork'; readonly next: readonly number[] }
  | { readonly kind: 'edge'; readonly at: 'start' | 'end'; readonly next: number }
  | { readonly kind: 'done' };

/** Of states, and of steps to make them: counted repetitions multiply when they are nested, `((a{99}){99}){99}`. */
const MOST_STEPS = 2000;
const DONE = 0;

/**
 * An expression that takes time proportional to its length times that of the text, whatever both are: all ways through it
 * are followed at once (Thompson, "Regular Expression Search Algorithm", 1968), where an engine that tries one after the
 * other takes exponential time over `(a|a)*b`. People who may silence an alert write these, and the process that tells of
 * alerts evaluates them.
 *
 * @throws ExpressionInvalid
 */
export function compileExpression(text: string): Expression {
  const states: State[] = [{ kind: 'done' }];
  const begin = new Builder(states, text).enter(parseExpression(text), DONE);
  return (subject) => matches(states, begin, subject);
}

class Builder {
  readonly #states: State[];
  readonly #text: string;
  #steps = 0;

  constructor(states: State[], text: string) {
    this.#states = states;
    this.#text = text;
  }

  /** The state at which a node begins that goes on at `next`. */
  enter(node: ExpressionNode, next: number): number {
    this.#steps += 1;
    if (this.#steps > MOST_STEPS) {
      throw new ExpressionInvalid(`it repeats too much: ${this.#text.slice(0, 60)}`);
    }
    switch (node.kind) {
      case 'take':
        return this.#add({ kind: 'take', takes: node.takes, next });
      case 'edge':
        return this.#add({ kind: 'edge', at: node.at, next });
      case 'sequence':
        return node.parts.reduceRight((after, part) => this.enter(part, after), next);
      case 'choice':
        return this.#add({ kind: 'fork', next: node.options.map((option) => this.enter(option, next)) });
      case 'repeat':
        return this.#repeat(node, next);
    }
  }

  #repeat({ of, least, most }: Extract<ExpressionNode, { kind: 'repeat' }>, next: number): number {
    let entry = next;
    if (most === null) {
      const again = this.#add({ kind: 'fork', next: [] });
      this.#states[again] = { kind: 'fork', next: [this.enter(of, again), next] };
      entry = again;
    } else {
      for (let left = most - least; left > 0; left -= 1) {
        entry = this.#add({ kind: 'fork', next: [this.enter(of, entry), next] });
      }
    }
    for (let left = least; left > 0; left -= 1) entry = this.enter(of, entry);
    return entry;
  }

  #add(state: State): number {
    return this.#states.push(state) - 1;
  }
}

function matches(states: readonly State[], begin: number, subject: string): boolean {
  const characters = Array.from(subject, (character) => character.codePointAt(0) ?? 0);
  let now = reached(states, [begin], { atStart: true, atEnd: characters.length === 0 });
  for (const [at, character] of characters.entries()) {
    const after: number[] = [];
    for (const place of now) {
      const state = states[place];
      if (state?.kind === 'take' && state.takes(character)) after.push(state.next);
    }
    if (after.length === 0) return false;
    now = reached(states, after, { atStart: false, atEnd: at === characters.length - 1 });
  }
  return now.has(DONE);
}

/** Every state that is reached without taking a character. */
function reached(
  states: readonly State[],
  from: readonly number[],
  edges: { readonly atStart: boolean; readonly atEnd: boolean },
): ReadonlySet<number> {
  const found = new Set<number>();
  const open = [...from];
  for (let place = open.pop(); place !== undefined; place = open.pop()) {
    if (found.has(place)) continue;
    found.add(place);
    const state = states[place];
    if (state?.kind === 'fork') open.push(...state.next);
    if (state?.kind === 'edge' && (state.at === 'start' ? edges.atStart : edges.atEnd)) open.push(state.next);
  }
  return found;
}
