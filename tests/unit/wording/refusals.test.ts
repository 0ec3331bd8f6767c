import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { parsePart } from '../../../api/parse.ts';
import { ROUTES } from '../../../api/routes/all.ts';
import { BINARY_BODY } from '../../../api/routes/nothing.ts';
import { RequestInvalid } from '../../../api/errors.ts';
import { told } from '../../../contracts/wording/told.ts';
import { answersOfDatabase, refusalsOf, refusalsOfDatabase } from './refusals-of-code.ts';
import type { Refusal } from './refusals-of-code.ts';
import { waysOf } from './sentences-of-source.ts';
import type { SourceSentence } from './sentences-of-source.ts';
import { codeOf, operationsOfPages } from './sources-of-operations.ts';

/** What an expression puts into a refusal where its text does not say. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  'first.field': ['body.reason', 'query.limit', 'path.model', 'body'],
  'first.message': ['Too small: expected string to have >=3 characters', 'is nested too deeply'],
  'messageOf(error)': ['connect ECONNREFUSED 127.0.0.1:5432'],
  field: ['body.reason'],
  // The rest of them: translate-error.test.ts.
  onlyLeads: [', or the deputy once asked, refuses to waive', ' objects to a promotion'],
  why: ['its value is longer than 200', 'its expression does not compile: a ( that nothing closes'],
};

/**
 * By these the database keeps its tables whole against whoever writes past the commands, or against another server or worker:
 * nobody who uses a page does. Their titles and remedies are told, their details stay English.
 */
const GUARDS: ReadonlySet<string> = new Set([
  ...['APPEND_ONLY', 'AUDIT_CHAIN_BROKEN', 'COMMAND_UNRECORDED', 'EPOCH_FENCED', 'EVIDENCE_BROKEN'],
  ...['LEASE_TOO_LONG', 'LEDGER_OUTRUN', 'OUTBOX_FINAL', 'REIGN_BACKWARDS', 'REIGN_UNRECORDED'],
  ...['REIGN_WITHOUT_CHAMPION', 'SCORE_RUN_INCOMPLETE', 'SNAPSHOT_IN_USE', 'SNAPSHOT_UNKNOWN'],
]);

const operations = operationsOfPages();
const written = refusalsOf(codeOf(operations));
const ofDatabase = refusalsOfDatabase();
const answers = answersOfDatabase();

const numbersOf = (text: string): readonly string[] => text.match(/\d[\d.,]*\d|\d/gu) ?? [];

function toldWhole(text: string): boolean {
  const { language, text: chinese } = told(text, 'zh-TW');
  return language === 'zh-TW' && numbersOf(text).every((one) => chinese.includes(one));
}

/** Ways of a sentence, by the values above, that have no Chinese with every number. */
const untold = (sentence: SourceSentence): readonly string[] =>
  waysOf(sentence, VALUES)
    .filter((ways) => !ways.some(toldWhole))
    .map(([first = '']) => `${sentence.where}: ${sentence.source} (${first})`);

/** Of another program (a driver, the operating system, Temporal) or passed on: it stays as it came; title and remedy are told. */
/** Answers where an image was asked for: no page shows them. Pages show why there is none, from the list of figures. */
const IMAGES = 'HEADINGS[name]';
const isForeign = ({ texts }: SourceSentence): boolean => texts.every((text) => text === '');
const sentencesOf = (refusals: readonly Refusal[]): readonly SourceSentence[] =>
  refusals
    .flatMap(({ details, remedies }) => [...details, ...remedies])
    .filter((one) => !isForeign(one) && !one.expressions.includes(IMAGES));

const titleOf = (code: string): string => code.toLowerCase().replaceAll('_', ' ');

describe('refusals that somebody at the dashboard may meet', () => {
  it('are looked for behind every operation that a page calls', () => {
    expect(operations.length).toBeGreaterThan(38);
    const codes = new Set(written.flatMap((refusal) => refusal.codes));
    // One of each kind: of the door, a signature, a role, the registry, a workflow, another part.
    for (const code of ['NOT_SIGNED_IN', 'CSRF_REFUSED', 'TOKEN_INVALID', 'NOT_ALLOWED', 'REQUEST_INVALID'])
      expect(codes).toContain(code);
    for (const code of ['MODEL_UNKNOWN', 'NO_PREVIOUS_CHAMPION', 'ALERT_UNKNOWN', 'WORKFLOW_UNKNOWN'])
      expect(codes).toContain(code);
    expect(codes).toContain('REGISTRY_UNREACHABLE');
    expect(codes.size).toBeGreaterThan(45);
    expect(ofDatabase.length).toBeGreaterThan(150);
    expect(answers.size).toBeGreaterThan(45);
  });

  it('have a title in Chinese each', () => {
    const codes = [
      ...written.flatMap((refusal) => refusal.codes),
      ...[...answers.values()].flatMap((answer) => answer.codes),
      ...codesOfDesks(),
    ];
    const missing = [...new Set(codes)].filter((code) => told(titleOf(code), 'zh-TW').language !== 'zh-TW');
    expect(missing.sort()).toEqual([]);
  });

  it('say in Chinese what they say in English, with every number, and what to do', () => {
    expect(sentencesOf(written).flatMap(untold).join('\n')).toBe('');
  });

  it('say so as well where the database itself refuses', () => {
    const open = ofDatabase.filter(({ codes }) => !codes.some((code) => GUARDS.has(code)));
    expect(open.length).toBeGreaterThan(90);
    expect(
      sentencesOf([...open, ...answers.values()])
        .flatMap(untold)
        .join('\n'),
    ).toBe('');
  });

  it('pass on what other programs say in these places only', () => {
    const foreign = written.flatMap(({ details }) => details).filter(isForeign);
    expect([...new Set(foreign.map(({ file, source }) => `${file} ${source}`))].sort()).toEqual(PASSED_ON);
  });

  it('would be caught speaking English alone', () => {
    const planted: SourceSentence = {
      ...{
        file: 'api/errors.ts',
        where: 'planted',
        source: '`${subject} has had enough for ${hours} hours`',
      },
      ...{ texts: ['', ' has had enough for ', ' hours'], expressions: ['subject', 'String(hours)'] },
    };
    expect(untold(planted)).toHaveLength(1);
  });
});

/** Codes that the workflows behind the pages refuse with; their sentences are those of producers.test.ts. */
function codesOfDesks(): readonly string[] {
  const files = ['approval-desk', 'gate-desk', 'deputy', 'objections'];
  const codes = files.flatMap((file) =>
    [...readFileSync(`workflows/${file}.ts`, 'utf8').matchAll(/\brefusal\(\s*'([A-Z_]+)'/gu)].map(
      ([, code = '']) => code,
    ),
  );
  expect(codes.length).toBeGreaterThan(8);
  return codes;
}

/** Where a refusal is in the words of another program: Fastify, a driver, Temporal; or its words are those of our own error. */
const PASSED_ON: readonly string[] = [
  'api/problem.ts ${error.message}',
  'control/reported-error.ts ${message}',
  'control/temporal-link.ts ${cause.message}',
  'control/temporal-link.ts ${error.message}',
  'http/faults.ts ${message}',
  "registry/specs.ts ${contradictions.map(({ text }) => text).join('; ')}",
];

/** Values that fit little: what a broken form, an old page or a hand-made request may send. */
const WRONG: readonly unknown[] = [
  ...[undefined, null, '', 'x', 'A line\u202e', ' ', '2024-13-45', 'a'.repeat(5000), -1, 0, 0.5, 1e12],
  ...[Number.NaN, true, [], [1], {}, { unexpected: 1 }, '\u0000'],
];

describe('fields that do not fit', () => {
  const parts = ROUTES.filter(({ id }) => operations.includes(id)).flatMap((route) =>
    (['params', 'query', 'body'] as const)
      .filter((part) => route[part] !== BINARY_BODY)
      .map((part) => [`${route.id} ${part}`, route[part]] as const),
  );

  it.each(parts)('are told in Chinese: %s', (_, schema) => {
    const missing = new Set(faultsOf(schema).filter((fault) => !toldWhole(fault)));
    expect([...missing]).toEqual([]);
  });

  it('are many', () => {
    expect(new Set(parts.flatMap(([, schema]) => faultsOf(schema))).size).toBeGreaterThan(60);
  });
});

/** The faults that wrong values give, each alone and as the whole. */
function faultsOf(schema: z.ZodType): readonly string[] {
  const shape = 'shape' in schema ? (schema.shape as Readonly<Record<string, unknown>>) : {};
  const tries = [
    ...WRONG,
    ...Object.keys(shape).flatMap((field) => WRONG.map((value) => ({ [field]: value }))),
    Object.fromEntries(Object.keys(shape).map((field) => [field, {}])),
  ];
  return tries.flatMap((value) => {
    try {
      parsePart('body', schema, value);
      return [];
    } catch (error) {
      if (!(error instanceof RequestInvalid)) throw error;
      const issues = error.details['issues'] as readonly {
        readonly field: string;
        readonly message: string;
      }[];
      return issues.map(({ field, message }) => `${field}: ${message}`);
    }
  });
}
