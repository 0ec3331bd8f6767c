import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PROJECT_ROOT } from '../../../config/config.ts';

/** Each line breaks one rule of the house; the rules that need types are among them. */
const PLANTED: readonly (readonly [line: string, rule: string])[] = [
  ["import 'node:fs';", 'no-restricted-imports'],
  ['export const today = new Date();', 'no-argumentless-date'],
  ['export const now = Date.now();', 'no-restricted-properties'],
  ['export const dice = Math.random();', 'no-restricted-properties'],
  ['setTimeout(() => undefined, 1);', 'no-restricted-globals'],
  ['Promise.resolve(1);', 'no-floating-promises'],
  ['export const first = ([1] as number[])[0]!;', 'no-non-null-assertion'],
  ["export const text = JSON.parse('1');", 'no-unsafe-assignment'],
  ['export const anything: any = 1;', 'no-explicit-any'],
  ['export const same = (1 as number) == 1;', 'eqeqeq'],
  ['export const shown = `${1 as number}`;', 'restrict-template-expressions'],
  ["export const always = 'a'.length > 0 || ('b' as const) === 'b';", 'no-unnecessary-condition'],
  ["export function thrown(): void { throw 'text'; }", 'only-throw-error'],
  [
    "export function of(kind: 'a' | 'b'): number { switch (kind) { case 'a': return 1; } return 2; }",
    'switch-exhaustiveness-check',
  ],
  ['export const fine = 1; // oxlint-disable-line eqeqeq', 'Unused'],
];

describe('the linter, as the checks run it', () => {
  let root: string;
  const write = (path: string, text: string): void => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  const lint = (): { readonly status: number | null; readonly lines: readonly string[] } => {
    const program = join(PROJECT_ROOT, 'node_modules', 'oxlint', 'bin', 'oxlint');
    const { status, stdout } = spawnSync(process.execPath, [program, '--format=unix'], {
      cwd: root,
      encoding: 'utf8',
    });
    return { status, lines: stdout.split('\n') };
  };

  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), 'contender-lint-'));
    for (const path of ['.oxlintrc.json', 'scripts/lint'])
      cpSync(join(PROJECT_ROOT, path), join(root, path), { recursive: true });
    const compilerOptions = { strict: true, target: 'esnext', module: 'esnext', types: [] };
    write('tsconfig.json', JSON.stringify({ compilerOptions, include: ['**/*.ts'] }));
  });
  afterAll(() => {
    rmSync(root, { recursive: true, force: true });
  });

  it('refuses each of the planted lines by the rule that it breaks', () => {
    write('stats/planted.ts', `${PLANTED.map(([line]) => line).join('\n')}\n`);
    const { status, lines } = lint();
    const found = PLANTED.map(([, rule], at) =>
      lines.some((line) => line.startsWith(`stats/planted.ts:${String(at + 1)}:`) && line.includes(rule))
        ? 'found'
        : `line ${String(at + 1)} passed ${rule}`,
    );
    expect(found).toEqual(PLANTED.map(() => 'found'));
    expect(status).toBe(1);
  });

  it('lets a program for a terminal read the clock and write, and nothing else pass', () => {
    write('stats/planted.ts', 'export const fine = 1;\n');
    write('scripts/program.ts', "console.log(new Date().toISOString(), 'done');\n");
    expect(lint()).toMatchObject({ status: 0 });
  });
});
