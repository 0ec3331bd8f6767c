/** The value after an option of the command line. */
export function option(name: string, usual: string): string {
  const at = process.argv.indexOf(name);
  return at < 0 ? usual : (process.argv[at + 1] ?? usual);
}

export const switchedOn = (name: string): boolean => process.argv.includes(name);

export const USAGE = `npm run test:chaos -- [options]: kills and other faults, cell by cell; all of them take hours.

  --cells NAME,...   only cells whose names begin so: swap, rollback, retrain, fault, machine, retrain/swap/in/postgres
  --repeats N        each cell so often (1)
  --seed N           of the order, and of which kills one retrain goes through (1)
  --worlds N         whole systems side by side, for retrain and fault (1)
  --singly           one kill a retrain
  --plant I3         plants a violation of that invariant after each cell: each has to be red then
  --results FILE     where results are kept (.contender/chaos/)
  --fresh            begins anew; otherwise what is there of this commit and seed is not repeated
  --any-commit       nor what is there of other commits
  --help             this text

Examples:
  npm run test:chaos -- --cells retrain/train,fault/disk-full
  npm run test:chaos -- --cells retrain --repeats 3 --seed 7 --worlds 2
`;

const WITH_VALUE: Readonly<Record<string, RegExp>> = {
  '--cells': /^[a-z].*$/u,
  '--repeats': /^[1-9]\d{0,3}$/u,
  '--seed': /^\d{1,9}$/u,
  '--worlds': /^[1-8]$/u,
  '--plant': /^I[1-8]$/u,
  '--results': /^[^-].*$/u,
};
const SWITCHES: readonly string[] = ['--singly', '--fresh', '--any-commit', '--help'];

/** What is wrong with the words behind a command; null when nothing is. A word nobody knows would run everything, for hours. */
export function faultOf(words: readonly string[]): string | null {
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? '';
    const form = WITH_VALUE[word];
    if (form === undefined) {
      if (!SWITCHES.includes(word)) return `${word} is no option`;
      continue;
    }
    at += 1;
    const value = words[at] ?? '';
    if (!form.test(value)) return `${word} does not take ${value === '' ? 'nothing' : JSON.stringify(value)}`;
  }
  return null;
}
