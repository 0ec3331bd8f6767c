/** What an expression is made of. */
export type ExpressionNode =
  | { readonly kind: 'take'; readonly takes: (character: number) => boolean }
  | { readonly kind: 'edge'; readonly at: 'start' | 'end' }
  | { readonly kind: 'sequence'; readonly parts: readonly ExpressionNode[] }
  | { readonly kind: 'choice'; readonly options: readonly ExpressionNode[] }
  | {
      readonly kind: 'repeat';
      readonly of: ExpressionNode;
      readonly least: number;
      /** Null: without end. */
      readonly most: number | null;
    };

/** Says why a text is no expression. */
export class ExpressionInvalid extends Error {}

type Takes = (character: number) => boolean;

const codeOf = (character: string): number => character.codePointAt(0) ?? 0;
const between =
  (low: number, high: number): Takes =>
  (character) =>
    low <= character && character <= high;
const anyOf =
  (sets: readonly Takes[]): Takes =>
  (character) =>
    sets.some((takes) => takes(character));
const not =
  (takes: Takes): Takes =>
  (character) =>
    !takes(character);

const DIGIT = between(codeOf('0'), codeOf('9'));
const WORD = anyOf([
  DIGIT,
  between(codeOf('a'), codeOf('z')),
  between(codeOf('A'), codeOf('Z')),
  (character) => character === codeOf('_'),
]);
/** As in RE2: without the vertical tab and without what is blank in other scripts. */
const BLANK: Takes = (character) => ' \t\n\r\f'.includes(String.fromCodePoint(character));
const SETS: Readonly<Record<string, Takes>> = {
  d: DIGIT,
  D: not(DIGIT),
  w: WORD,
  W: not(WORD),
  s: BLANK,
  S: not(BLANK),
};
const CONTROLS: Readonly<Record<string, string>> = { t: '\t', n: '\n', r: '\r', f: '\f', v: '\v' };

/** Repetitions that may be counted, as in RE2. */
const MOST_COUNTED = 1000;
const COUNT = /^\{(\d{1,4})(,(\d{1,4})?)?\}/u;
const GROUP = /^\((?:\?:|\?P?<[A-Za-z]\w*>)?/u;

/**
 * The expressions of Prometheus (RE2) without flags, look-arounds, back-references and classes of Unicode: what these are
 * for does not occur in labels.
 *
 * @throws ExpressionInvalid
 */
export function parseExpression(text: string): ExpressionNode {
  const parser = new Parser(text);
  const node = parser.choice();
  if (!parser.ended) throw new ExpressionInvalid('a ) that closes nothing');
  return node;
}

class Parser {
  #rest: string;

  constructor(text: string) {
    this.#rest = text;
  }

  get ended(): boolean {
    return this.#rest === '';
  }

  choice(): ExpressionNode {
    const options = [this.#sequence()];
    while (this.#eat('|')) options.push(this.#sequence());
    const [only] = options;
    return options.length === 1 && only !== undefined ? only : { kind: 'choice', options };
  }

  #sequence(): ExpressionNode {
    const parts: ExpressionNode[] = [];
    while (!this.ended && !this.#rest.startsWith('|') && !this.#rest.startsWith(')')) {
      parts.push(this.#repeated(this.#atom()));
    }
    return { kind: 'sequence', parts };
  }

  #repeated(of: ExpressionNode): ExpressionNode {
    const count = this.#count();
    if (count === null) return of;
    if (of.kind === 'edge') throw new ExpressionInvalid('^ and $ cannot be repeated');
    // Which of several ways is taken first makes no difference to whether there is one.
    this.#eat('?');
    if (this.#count() !== null)
      throw new ExpressionInvalid('a repetition of a repetition: put it in brackets');
    return { kind: 'repeat', of, ...count };
  }

  #count(): { readonly least: number; readonly most: number | null } | null {
    if (this.#eat('*')) return { least: 0, most: null };
    if (this.#eat('+')) return { least: 1, most: null };
    if (this.#eat('?')) return { least: 0, most: 1 };
    const [all, low = '', open, high] = COUNT.exec(this.#rest) ?? [];
    if (all === undefined) return null;
    this.#rest = this.#rest.slice(all.length);
    const least = Number(low);
    const most = open === undefined ? least : high === undefined ? null : Number(high);
    if (Math.max(least, most ?? 0) > MOST_COUNTED || (most !== null && most < least)) {
      throw new ExpressionInvalid(`${all} counts down or beyond ${String(MOST_COUNTED)}`);
    }
    return { least, most };
  }

  #atom(): ExpressionNode {
    const [opened] = GROUP.exec(this.#rest) ?? [];
    if (opened !== undefined) return this.#group(opened);
    const character = this.#next();
    switch (character) {
      case '.':
        return { kind: 'take', takes: () => true };
      case '^':
        return { kind: 'edge', at: 'start' };
      case '$':
        return { kind: 'edge', at: 'end' };
      case '[':
        return { kind: 'take', takes: this.#class() };
      case '\\':
        return { kind: 'take', takes: this.#escaped().takes };
      case '*':
      case '+':
      case '?':
      case '{':
      case '}':
        throw new ExpressionInvalid(`${character} repeats nothing; write \\${character} for the character`);
      default:
        return { kind: 'take', takes: (other) => other === codeOf(character) };
    }
  }

  #group(opened: string): ExpressionNode {
    this.#rest = this.#rest.slice(opened.length);
    if (this.#rest.startsWith('?')) {
      throw new ExpressionInvalid('groups that look around or set flags are not supported');
    }
    const inside = this.choice();
    if (!this.#eat(')')) throw new ExpressionInvalid('a ( that nothing closes');
    return inside;
  }

  #class(): Takes {
    const negated = this.#eat('^');
    const sets: Takes[] = [];
    // A bracket that closes at once stands for itself.
    for (let first = true; first || !this.#rest.startsWith(']'); first = false) {
      if (this.#rest.startsWith('[:')) throw new ExpressionInvalid('named classes are not supported');
      sets.push(this.#member());
    }
    this.#eat(']');
    return negated ? not(anyOf(sets)) : anyOf(sets);
  }

  #member(): Takes {
    const low = this.#classCharacter();
    if (low.code === null || !/^-[^\]]/u.test(this.#rest)) return low.takes;
    this.#eat('-');
    const high = this.#classCharacter();
    if (high.code === null || high.code < low.code) {
      throw new ExpressionInvalid('a range in [] that runs backwards or to a set');
    }
    return between(low.code, high.code);
  }

  #classCharacter(): { readonly code: number | null; readonly takes: Takes } {
    if (this.ended) throw new ExpressionInvalid('a [ that nothing closes');
    const character = this.#next();
    return character === '\\' ? this.#escaped() : literal(character);
  }

  #escaped(): { readonly code: number | null; readonly takes: Takes } {
    if (this.ended) throw new ExpressionInvalid('a \\ at its end');
    const character = this.#next();
    const set = SETS[character];
    if (set !== undefined) return { code: null, takes: set };
    const control = CONTROLS[character];
    if (control !== undefined) return literal(control);
    if (/[\p{L}\p{N}]/u.test(character)) throw new ExpressionInvalid(`\\${character} is not supported`);
    return literal(character);
  }

  #eat(character: string): boolean {
    if (!this.#rest.startsWith(character)) return false;
    this.#rest = this.#rest.slice(character.length);
    return true;
  }

  #next(): string {
    const [character = ''] = this.#rest;
    this.#rest = this.#rest.slice(character.length);
    return character;
  }
}

const literal = (character: string): { readonly code: number; readonly takes: Takes } => ({
  code: codeOf(character),
  takes: (other) => other === codeOf(character),
});
