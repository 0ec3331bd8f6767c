import { MatcherInvalid } from './errors.ts';
import { compileExpression } from './expression.ts';
import type { Expression } from './expression.ts';
import { labelOf } from './labels.ts';
import type { Labels } from './labels.ts';

export const MATCH_OPERATORS = ['=~', '!~', '!=', '='] as const;
export type MatchOperator = (typeof MATCH_OPERATORS)[number];

/**
 * `severity=~"CRITICAL|EMERGENCY"`. Regular expressions are anchored at both ends, as in Prometheus, and take linear time
 * (docs/adr/0100).
 */
export interface Matcher {
  readonly name: string;
  readonly operator: MatchOperator;
  readonly value: string;
}

const SYNTAX = /^\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*(=~|!~|!=|=)\s*(.*?)\s*$/su;
/** Long enough for a list of models; what is longer is a mistake or an attack on the matcher. */
const MAX_VALUE = 400;

const compiled = new Map<string, Expression>();
const MOST_COMPILED = 1000;

function expression(value: string): Expression {
  let found = compiled.get(value);
  if (found === undefined) {
    found = compileExpression(value);
    if (compiled.size >= MOST_COMPILED) compiled.clear();
    compiled.set(value, found);
  }
  return found;
}

/** @throws MatcherInvalid */
export function parseMatcher(text: string): Matcher {
  const parts = SYNTAX.exec(text);
  const invalid = (why: string, cause?: unknown): MatcherInvalid =>
    new MatcherInvalid(`"${text}" is not a matcher: ${why}`, {
      cause,
      remedy: 'Write name="value", name!="value", name=~"expression" or name!~"expression".',
    });
  if (parts === null) throw invalid('it has no name and operator');
  const [, name = '', operator = '', raw = ''] = parts;
  const matcher = { name, operator: operator as MatchOperator, value: unquoted(raw, invalid) };
  checkMatcher(matcher, invalid);
  return matcher;
}

function unquoted(raw: string, invalid: (why: string, cause?: unknown) => Error): string {
  if (!raw.startsWith('"')) {
    if (/["\s{},]/u.test(raw)) throw invalid('a value with spaces, commas or braces needs quotes');
    return raw;
  }
  try {
    const value: unknown = JSON.parse(raw);
    if (typeof value === 'string') return value;
  } catch (cause) {
    throw invalid('its value is not a quoted text', cause);
  }
  throw invalid('its value is not a quoted text');
}

function checkMatcher(matcher: Matcher, invalid: (why: string, cause?: unknown) => Error): void {
  if (matcher.value.length > MAX_VALUE) throw invalid(`its value is longer than ${String(MAX_VALUE)}`);
  if (matcher.operator === '=' || matcher.operator === '!=') return;
  try {
    expression(matcher.value);
  } catch (cause) {
    throw invalid(`its expression does not compile: ${cause instanceof Error ? cause.message : ''}`, cause);
  }
}

/** For a matcher that came in its three parts. Throws MatcherInvalid. */
export function requireMatcher(matcher: Matcher): void {
  checkMatcher(
    matcher,
    (why, cause) =>
      new MatcherInvalid(`${matcherText(matcher)} is not a matcher: ${why}`, {
        cause,
        remedy: 'Write an expression of Prometheus without flags, look-arounds and back-references.',
      }),
  );
}

export function matchesOne({ name, operator, value }: Matcher, labels: Labels): boolean {
  const actual = labelOf(labels, name);
  switch (operator) {
    case '=':
      return actual === value;
    case '!=':
      return actual !== value;
    case '=~':
      return expression(value)(actual);
    case '!~':
      return !expression(value)(actual);
  }
}

/** All of them; none at all match everything. */
export const matchesAll = (matchers: readonly Matcher[], labels: Labels): boolean =>
  matchers.every((matcher) => matchesOne(matcher, labels));

export const matcherText = ({ name, operator, value }: Matcher): string =>
  `${name}${operator}${JSON.stringify(value)}`;
