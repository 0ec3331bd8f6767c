/** The value after an option of the command line. */
export function option(name: string, usual: string): string {
  const at = process.argv.indexOf(name);
  return at < 0 ? usual : (process.argv[at + 1] ?? usual);
}

export const switchedOn = (name: string): boolean => process.argv.includes(name);
