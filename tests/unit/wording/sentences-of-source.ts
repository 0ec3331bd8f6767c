import { readFileSync } from 'node:fs';
import ts from 'typescript';

/** A sentence as it stands in a source: its text, and the expressions between. */
export interface SourceSentence {
  readonly file: string;
  /** File and line. */
  readonly where: string;
  /** Of the source: `p99 ${figure(p99Ms, 2, threshold)} ms`. */
  readonly source: string;
  /** `texts` is one longer than `expressions`. */
  readonly texts: readonly string[];
  readonly expressions: readonly string[];
}

/** Two words beside each other: names, codes and units are fewer. */
const WORDS = /[a-z]{2,}[,;:']* [a-z]{2,}/u;
/** What operators read in Temporal, remedies (they go with an error to whoever commands), and descriptions of contracts. */
const OTHER_PROPERTIES = new Set(['remedy', 'summary', 'staticSummary', 'title', 'sql']);
const OTHER_CALLS =
  /^(?:sql|describe|RangeError|Error|TypeError|patched|require\w+|setCurrentDetails|condition)$/u;

/**
 * Every sentence of a source that may become part of a record: over-inclusive on purpose. `wholes`: expressions that put words
 * into a sentence, so that it is one although it has few of its own.
 */
export function sentencesOf(file: string, wholes: readonly string[]): readonly SourceSentence[] {
  const source = ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.Latest, true);
  const found: SourceSentence[] = [];
  const add = (node: ts.Node, texts: readonly string[], expressions: readonly string[]): void => {
    if (!WORDS.test(texts.join(' ')) && !expressions.some((one) => wholes.includes(one))) return;
    const line = source.getLineAndCharacterOfPosition(node.getStart()).line + 1;
    found.push({ file, where: `${file}:${String(line)}`, source: node.getText(), texts, expressions });
  };
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node) || ts.isTypeNode(node)) return;
    if (ts.isPropertyAssignment(node) && OTHER_PROPERTIES.has(node.name.getText())) return;
    if ((ts.isCallExpression(node) || ts.isNewExpression(node)) && OTHER_CALLS.test(calleeOf(node))) return;
    if (ts.isTaggedTemplateExpression(node)) return;
    if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) add(node, [node.text], []);
    if (ts.isTemplateExpression(node)) {
      add(
        node,
        [node.head.text, ...node.templateSpans.map(({ literal }) => literal.text)],
        node.templateSpans.map(({ expression }) => expression.getText()),
      );
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

const calleeOf = ({ expression }: ts.CallExpression | ts.NewExpression): string =>
  ts.isPropertyAccessExpression(expression) ? expression.name.getText() : expression.getText();

/** What an expression may put into a sentence: more than one where its text does not say. */
function valuesOf(expression: string, at: number): readonly string[] {
  const number = `${String(at + 1)}7.${String(at + 1)}3`;
  const noun = /^counted\([\s\S]*'([\w ]+)',?\s*\)$/u.exec(expression)?.[1];
  if (noun !== undefined) return [`${number} ${noun}s`, `${number} ${noun}`];
  if (/^moneyFigure\(/u.test(expression)) return [`${String(at + 2)}50 million`];
  if (/^percent\w*\(/u.test(expression)) return [`${number} %`];
  if (/^bps\(/u.test(expression)) return [`${number} bp of the book`];
  if (
    /^(?:figure|count|decimals|trialsFigure|levelFigure)\(|\.to(?:Fixed|Precision|Exponential)\(/u.test(
      expression,
    )
  ) {
    return [number];
  }
  if (/^String\(/u.test(expression)) return [number, `w${String(at)}x`];
  return [`w${String(at)}x`, number, '', '<='];
}

const MOST_WAYS = 5000;

/**
 * The sentence with values in its places: for each choice among the given values, all ways to fill the other places, at most
 * some thousands.
 */
export function waysOf(
  { texts, expressions }: SourceSentence,
  given: Readonly<Record<string, readonly string[]>>,
): readonly (readonly string[])[] {
  const free = expressions.map(valuesOf);
  return choicesOf(expressions.map((expression) => given[expression] ?? [null])).map((chosen) =>
    choicesOf(chosen.map((value, at) => (value === null ? (free[at] ?? ['']) : [value]))).map(
      (values) => (texts[0] ?? '') + values.map((value, at) => value + (texts[at + 1] ?? '')).join(''),
    ),
  );
}

function choicesOf<Value>(places: readonly (readonly Value[])[]): readonly (readonly Value[])[] {
  return places.reduce<readonly (readonly Value[])[]>(
    (choices, values) =>
      choices.length > MOST_WAYS
        ? choices.map((choice) => [...choice, ...values.slice(0, 1)])
        : choices.flatMap((choice) => values.map((value) => [...choice, value])),
    [[]],
  );
}
