import { globSync, readFileSync } from 'node:fs';
import ts from 'typescript';
import { declared, meant, moduleOf } from './sources-of-operations.ts';
import type { Declared } from './sources-of-operations.ts';
import type { SourceSentence } from './sentences-of-source.ts';

/** A refusal as it is written in the code: every way its sentences may go. */
export interface Refusal {
  /** One, or several where the caller says which. */
  readonly codes: readonly string[];
  readonly where: string;
  readonly details: readonly SourceSentence[];
  readonly remedies: readonly SourceSentence[];
}

/** Text, or what is put between; `text` of an expression is its source. */
type Piece = { readonly kind: 'text' | 'expression'; readonly text: string };
type Way = readonly Piece[];

const written = (text: string): readonly Way[] => [[{ kind: 'text', text }]];
const MOST_WAYS = 60;

/** The refusals that code can end with, the sentences as their callers fill them in. */
export function refusalsOf(code: readonly Declared[]): readonly Refusal[] {
  const calls = callsOf(code);
  const found: Refusal[] = [];
  for (const { file, node } of code) {
    const visit = (inner: ts.Node): void => {
      const refusal = refusalAt(file, inner, calls);
      if (refusal !== null) found.push(refusal);
      ts.forEachChild(inner, visit);
    };
    visit(node);
  }
  const unique = new Map(found.map((refusal) => [refusal.where, refusal]));
  return [...unique.values()];
}

type Calls = ReadonlyMap<ts.Node, readonly (readonly [file: string, call: ts.CallExpression])[]>;

/** Calls in the code by the function that they call. */
function callsOf(code: readonly Declared[]): Calls {
  const calls = new Map<ts.Node, (readonly [string, ts.CallExpression])[]>();
  const seen = new Set<ts.Node>();
  for (const { file, node } of code) {
    const visit = (inner: ts.Node): void => {
      if (ts.isCallExpression(inner) && ts.isIdentifier(inner.expression) && !seen.has(inner)) {
        seen.add(inner);
        const callee = meant(file, inner.expression)?.node;
        const called = callee !== undefined && ts.isVariableDeclaration(callee) ? callee.initializer : callee;
        if (called !== undefined) calls.set(called, [...(calls.get(called) ?? []), [file, inner]]);
      }
      ts.forEachChild(inner, visit);
    };
    visit(node);
  }
  return calls;
}

function refusalAt(file: string, node: ts.Node, calls: Calls): Refusal | null {
  const line = moduleOf(file).source.getLineAndCharacterOfPosition(node.getStart()).line + 1;
  const where = `${file}:${String(line)}`;
  const told = (expression: ts.Expression | null): readonly SourceSentence[] =>
    expression === null ? [] : waysOf(file, expression, calls, 0).map((way) => sentence(file, where, way));
  const texts = (expression: ts.Expression): readonly string[] =>
    told(expression).flatMap((one) => (one.expressions.length === 0 ? one.texts : []));
  if (ts.isNewExpression(node)) {
    const code = codeOfDeclared(classOf(file, node.expression)?.node);
    const [first = null, second = null] = node.arguments ?? [];
    if (code === null || first === null) return null;
    // An error whose code is given to it has the message behind the code.
    if (code === '') return { codes: texts(first), where, details: told(second), remedies: [] };
    return { codes: [code], where, details: told(first), remedies: told(memberOf(second, 'remedy')) };
  }
  if (ts.isObjectLiteralExpression(node)) {
    const code = memberOf(node, 'code');
    const message = memberOf(node, 'message');
    const remedy = memberOf(node, 'remedy');
    if (code === null || message === null || remedy === null) return null;
    return { codes: texts(code), where, details: told(message), remedies: told(remedy) };
  }
  return null;
}

function memberOf(node: ts.Node | null, name: string): ts.Expression | null {
  if (node === null || !ts.isObjectLiteralExpression(node)) return null;
  for (const property of node.properties) {
    if (property.name?.getText() !== name) continue;
    if (ts.isPropertyAssignment(property)) return property.initializer;
    if (ts.isShorthandPropertyAssignment(property)) return property.name;
  }
  return null;
}

/** `EpochMoved`, or `errors.EpochMoved` of a module taken whole. */
function classOf(file: string, expression: ts.Expression): Declared | null {
  if (ts.isIdentifier(expression)) return meant(file, expression);
  if (!ts.isPropertyAccessExpression(expression) || !ts.isIdentifier(expression.expression)) return null;
  const [from, name] = moduleOf(file).imports.get(expression.expression.text) ?? [null, ''];
  return from === null || name !== '*' ? null : declared(from, expression.name.text);
}

/** The stable code of an error class; null for a class that is none. Errors with a code of their own making say ''. */
function codeOfDeclared(node: ts.Node | undefined): string | null {
  if (node === undefined || !ts.isClassDeclaration(node)) return null;
  for (const member of node.members) {
    if (!ts.isPropertyDeclaration(member) || member.name.getText() !== 'code') continue;
    return member.initializer !== undefined && ts.isStringLiteral(member.initializer)
      ? member.initializer.text
      : '';
  }
  return null;
}

/** Every way an expression of text may go: choices, constants and what callers pass are followed. */
function waysOf(file: string, expression: ts.Expression, calls: Calls, depth: number): readonly Way[] {
  const again = (inner: ts.Expression): readonly Way[] => waysOf(file, inner, calls, depth + 1);
  if (ts.isStringLiteral(expression) || ts.isNoSubstitutionTemplateLiteral(expression))
    return written(expression.text);
  if (ts.isParenthesizedExpression(expression)) return again(expression.expression);
  if (ts.isConditionalExpression(expression))
    return [...again(expression.whenTrue), ...again(expression.whenFalse)];
  if (ts.isTemplateExpression(expression)) {
    return expression.templateSpans.reduce(
      (ways, { expression: between, literal }) =>
        followedBy(followedBy(ways, again(between)), written(literal.text)),
      written(expression.head.text),
    );
  }
  if (ts.isBinaryExpression(expression) && expression.operatorToken.kind === ts.SyntaxKind.PlusToken) {
    return followedBy(again(expression.left), again(expression.right));
  }
  const given = depth < 6 && ts.isIdentifier(expression) ? behind(file, expression, calls, depth) : [];
  return given.length > 0 ? given : [[{ kind: 'expression', text: expression.getText() }]];
}

/** What a constant holds, or what callers pass for a parameter; nothing when that is no text. */
function behind(file: string, name: ts.Identifier, calls: Calls, depth: number): readonly Way[] {
  const found = meant(file, name);
  if (found === null) return [];
  const { node } = found;
  if (ts.isVariableDeclaration(node) && node.initializer !== undefined) {
    return textual(waysOf(found.file, node.initializer, calls, depth + 1));
  }
  if (!ts.isParameter(node)) return [];
  const index = ts.isFunctionLike(node.parent) ? node.parent.parameters.indexOf(node) : -1;
  const ways = (calls.get(node.parent) ?? []).flatMap(([from, call]) => {
    const argument = call.arguments[index];
    return argument === undefined ? [] : waysOf(from, argument, calls, depth + 1);
  });
  // Many callers say the same.
  return [...new Map(ways.map((way) => [JSON.stringify(way), way])).values()];
}

/** A computed constant says no more than its name. */
const textual = (ways: readonly Way[]): readonly Way[] =>
  ways.some((way) => way.some(({ kind, text }) => kind === 'text' && text !== '')) ? ways : [];

const followedBy = (first: readonly Way[], second: readonly Way[]): readonly Way[] =>
  first.flatMap((one) => second.map((other) => [...one, ...other])).slice(0, MOST_WAYS);

function sentence(file: string, where: string, way: Way): SourceSentence {
  const texts = [''];
  const expressions: string[] = [];
  for (const { kind, text } of way) {
    if (kind === 'text') texts.push((texts.pop() ?? '') + text);
    else {
      expressions.push(text);
      texts.push('');
    }
  }
  const source = way.map(({ kind, text }) => (kind === 'text' ? text : `\${${text}}`)).join('');
  return { file, where, source, texts, expressions };
}

const FUNCTION = /create (?:or replace )?function (\w+)\(/gu;
/** A reason among several, that a sentence ends with. */
const REASON = /\bthen '([^']+ [^']+)'/gu;
const REFUSE = /contender_refuse\(\s*'(\w+)',\s*(?:format\(\s*)?'((?:[^']|'')+)'/gu;

/** What the database itself refuses, by the newest text of each of its functions. */
export function refusalsOfDatabase(): readonly Refusal[] {
  const newest = new Map<string, Refusal[]>();
  for (const file of globSync('migrations/*.sql').sort()) {
    const text = readFileSync(file, 'utf8');
    const starts = [...text.matchAll(FUNCTION)];
    for (const [index, start] of starts.entries()) {
      const body = text.slice(start.index, starts[index + 1]?.index ?? text.length);
      const name = start[1] ?? '';
      const reasons = [...body.matchAll(REASON)].map(([, reason = '']) => reason);
      newest.set(name, [
        ...[...body.matchAll(REFUSE)].flatMap(([, code = '', message = '']) =>
          refusedFor(message, reasons).map((whole) => refused(file, name, code, whole)),
        ),
        // Why something stays: functions that others put into their refusals.
        ...(name.endsWith('_blocker')
          ? reasons.map((reason) => refused(file, name, 'VERSION_IN_USE', reason))
          : []),
      ]);
    }
  }
  return [...newest.values()].flat();
}

/** A sentence that is put together of places alone ends with one of the reasons of its function. */
const refusedFor = (message: string, reasons: readonly string[]): readonly string[] =>
  / %s %s$|%s %s %s$/u.test(message) && reasons.length > 0
    ? reasons.map((reason) => message.replace(/%s$/u, reason))
    : [message];

function refused(file: string, name: string, code: string, message: string): Refusal {
  const where = `${file} ${name}`;
  const texts = message.replaceAll("''", "'").split('%s');
  const expressions = texts.slice(1).map((_, at) => `p${String(at)}`);
  return {
    codes: [code],
    where,
    details: [{ file, where, source: message, texts, expressions }],
    remedies: [],
  };
}

/** Each code of the database: the code that a person is told in its place, and the remedy. */
export function answersOfDatabase(): ReadonlyMap<string, Refusal> {
  const file = 'registry/translate-error.ts';
  const found = new Map<string, Refusal>();
  const visit = (node: ts.Node): void => {
    if (ts.isPropertyAssignment(node) && ts.isArrayLiteralExpression(node.initializer)) {
      const [kind, remedy] = node.initializer.elements;
      if (kind !== undefined && remedy !== undefined && ts.isPropertyAccessExpression(kind)) {
        const code = codeOfDeclared(declared('registry/errors.ts', kind.name.text)?.node);
        const where = `${file} ${node.name.getText()}`;
        const remedies = waysOf(file, remedy, new Map(), 0).map((way) => sentence(file, where, way));
        found.set(node.name.getText(), { codes: [code ?? ''], where, details: [], remedies });
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(moduleOf(file).source);
  return found;
}
