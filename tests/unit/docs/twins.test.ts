import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { ROUTES } from '../../../api/routes/all.ts';
import { createCliContext } from '../../../cli/context.ts';
import { createProgram } from '../../../cli/program.ts';
import { leafCommands, TWINS } from '../../../cli/twins.ts';
import { assembleApiPage } from '../../../scripts/generate-api-page.ts';

const sink = { write: () => true };
const commands = leafCommands(
  createProgram(
    createCliContext({
      json: false,
      streams: { stdin: Readable.from([]), stdout: sink, stderr: sink },
      interrupted: new AbortController().signal,
    }),
  ),
);
/** What only a browser or a person who signs in needs. */
const OF_BROWSERS = new Set(['signIn', 'signOut', 'whoAmI', 'liveTicket', 'getHealth']);

describe('what the control API offers for the command line', () => {
  it('is said for every command that there is, and for no other', () => {
    expect([...commands].sort()).toEqual(Object.keys(TWINS).sort());
  });

  it('names operations that there are', () => {
    const known = new Set(ROUTES.map(({ id }) => id));
    const named = Object.values(TWINS).flatMap((twin) => ('none' in twin ? [] : twin.operations));
    expect(named.filter((id) => !known.has(id))).toEqual([]);
  });

  it('leaves no operation without a command that does the same, but for what is of browsers', () => {
    const named = new Set(Object.values(TWINS).flatMap((twin) => ('none' in twin ? [] : twin.operations)));
    expect(ROUTES.map(({ id }) => id).filter((id) => !named.has(id) && !OF_BROWSERS.has(id))).toEqual([]);
  });

  it('gives each command without a twin a reason', () => {
    for (const [name, twin] of Object.entries(TWINS)) {
      if ('none' in twin) expect(twin.none.length, name).toBeGreaterThan(10);
      else expect(twin.operations.length + twin.also.length, name).toBeGreaterThan(0);
    }
  });

  it('is the table of the page', async () => {
    const page = readFileSync(join(import.meta.dirname, '../../../docs/api.md'), 'utf8');
    expect(page).toBe(await assembleApiPage(page));
  });
});
