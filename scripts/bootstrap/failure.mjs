/** A part cannot be reached or set up: the same code the command line uses for it. */
export const SETUP_EXIT_CODE = 3;

/** Set-up cannot go on. The message is one sentence that says what is wrong; the remedy, what to do about it. */
export class SetupFailure extends Error {
  constructor(message, remedy, options) {
    super(message, options);
    this.name = 'SetupFailure';
    this.remedy = remedy;
  }
}

/** Faults of the machine that any step may run into, known by what Node or a program says. */
const KNOWN = [
  {
    pattern: /ENOSPC|EDQUOT|no space left on device|disk quota exceeded|os error 28\b/iu,
    failure: () =>
      new SetupFailure(
        'The disk is full: the packages need about 2 GB.',
        'Free space and run the command again; nothing half installed was kept.',
      ),
  },
  {
    pattern: /EROFS|read-only file system/iu,
    failure: () =>
      new SetupFailure(
        'The folder of the clone is on a read-only disk.',
        'Clone to a folder that can be written.',
      ),
  },
  {
    pattern:
      /ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ERR_SOCKET_TIMEOUT|network request|NewConnectionError|Temporary failure in name resolution|Failed to fetch|error sending request|ConnectTimeoutError|ReadTimeoutError|No matching distribution found/iu,
    failure: (what) =>
      new SetupFailure(
        `The registry for the ${what} packages cannot be reached.`,
        'Check the network, or the registry and proxy settings of npm and pip, and run the command again.',
      ),
  },
  {
    pattern:
      /EUSAGE|EINTEGRITY|EJSONPARSE|in sync|THESE PACKAGES DO NOT MATCH THE HASHES|Hash mismatch|hash mismatch|require-hashes|Couldn't parse requirement|Invalid requirement/iu,
    failure: (what) =>
      new SetupFailure(
        `The lock file of the ${what} packages is damaged or does not fit what the registry serves.`,
        'Restore it with: git checkout -- package.json package-lock.json sidecar',
      ),
  },
  {
    pattern: /EACCES|EPERM|permission denied/iu,
    failure: () =>
      new SetupFailure(
        'A file of the clone cannot be written: it belongs to somebody else.',
        'Make the whole folder yours (chown), or clone again as this user.',
      ),
  },
];

/** The failure behind what an installer printed; its own last words when it is none of the known ones. */
export function failureFromOutput(what, output) {
  const known = KNOWN.find(({ pattern }) => pattern.test(output));
  if (known !== undefined) return known.failure(what);
  const lines = output.split('\n').map((line) => line.trim());
  const said =
    lines.findLast((line) => /err/iu.test(line)) ?? lines.findLast((line) => line !== '') ?? 'nothing';
  return new SetupFailure(
    `The ${what} packages could not be installed; the installer said: ${said.slice(0, 300)}`,
    'Run the command again; if it stays, report it with this sentence.',
  );
}

/** One paragraph without a stack, whatever was thrown. */
export function explain(error) {
  if (error instanceof SetupFailure) return `Set-up failed: ${error.message}\n  ${error.remedy}`;
  const text = error instanceof Error ? `${error.code ?? ''} ${error.message}` : String(error);
  const known = KNOWN.find(({ pattern }) => pattern.test(text));
  if (known !== undefined) return explain(known.failure('project'));
  return `Set-up failed: ${text.trim()}\n  Run the command again; if it stays, report it with this sentence.`;
}
