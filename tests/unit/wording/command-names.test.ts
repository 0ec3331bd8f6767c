import { globSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { COMMAND_NAMES_ZH } from '../../../contracts/wording/command-names.ts';

/** Where a command is named by what is done with something: each thing that may be done. */
const DONE: Readonly<Record<string, readonly string[]>> = {
  '`${action}-schedule`': ['pause-schedule', 'resume-schedule', 'trigger-schedule'],
  '`${answer}-objection`': ['withdraw-objection', 'overrule-objection'],
  '`${decision}-spec-proposal`': ['agree-spec-proposal', 'reject-spec-proposal'],
  decision: ['approve', 'reject'],
  "frozen ? 'freeze' : 'unfreeze'": ['freeze', 'unfreeze'],
  "version === null ? 'release-pin' : 'pin-version'": ['release-pin', 'pin-version'],
};
/** Not a name: a column, a command that is handed on, a sentence of a comment. */
const PASSED_ON = [
  'request.command',
  'text(6)',
  '{',
  '{ model',
  'repeated',
  'both are carried out',
  'string',
];
/** Set by the database when a reign begins. */
const OF_SWAPS = ['promote', 'rollback'];

/** Every command that the registry writes into the audit, as it stands in the sources. */
function commandsOfSources(): readonly string[] {
  const sources = globSync('registry/**/*.ts').map((file) => readFileSync(file, 'utf8'));
  const written = sources
    .filter((source) => /runCommand|appendAudit/u.test(source))
    .flatMap((source) => [...source.matchAll(/(?:\bcommand: |const command = )([^;\n]+?)[,;\n]/gu)])
    .map(([, value = '']) => value.replace(/,.*$/u, '').trim())
    .filter((value) => !PASSED_ON.includes(value));
  return written.flatMap((value) => DONE[value] ?? [value.replaceAll("'", '')]);
}

it('gives every command of the audit a name in Chinese, and names no other', () => {
  expect([...new Set([...commandsOfSources(), ...OF_SWAPS])].sort()).toEqual(
    Object.keys(COMMAND_NAMES_ZH).sort(),
  );
});
