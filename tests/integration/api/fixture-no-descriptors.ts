import { closeSync, openSync } from 'node:fs';
import { ContenderError } from '../../../contracts/error.ts';
import { printAside } from '../../../reports/print-aside.ts';

/** Asks for a printed report while this process can open nothing more, and says what came of it; then once more. */
const ask = async (): Promise<string> => {
  const report = { language: 'en', title: 'A report', subtitle: '', blocks: [], provenance: '' } as const;
  try {
    return `printed ${String((await printAside(() => Promise.resolve(report), new Date(0))).length > 0)}`;
  } catch (error) {
    return error instanceof ContenderError ? error.code : String(error);
  }
};

const held: number[] = [];
try {
  for (;;) held.push(openSync('/dev/null', 'r'));
} catch {
  // None is left.
}
const without = await ask();
for (const one of held) closeSync(one);
console.log(without);
console.log(await ask());
