import type { Command } from 'commander';
import type { LiveNumbers } from '../../contracts/live.ts';
import type { LiveResult } from '../../registry/results.ts';
import type { CliContext } from '../context.ts';
import { UsageError } from '../errors.ts';
import { table } from '../output.ts';
import { withRegistry } from '../registry.ts';

interface ResultsOptions {
  readonly role?: string;
  readonly from?: string;
  readonly to?: string;
  readonly last: string;
}

const ROLES = ['champion', 'previous', 'challenger'] as const;
const DATE = /^\d{4}-\d{2}-\d{2}$/u;

export function register(program: Command, context: CliContext): void {
  program
    .command('results')
    .argument('<model>', 'name of the model')
    .description(
      'what champion, previous and challenger did, session by session, and through when it is known',
    )
    .option('--role <role>', `one of ${ROLES.join(', ')}; default all`)
    .option('--from <session>', 'first session, YYYY-MM-DD')
    .option('--to <session>', 'last session, YYYY-MM-DD')
    .option('--last <sessions>', 'newest sessions shown', '20')
    .addHelpText(
      'after',
      `
Examples:
  contender results tw-alpha
  contender results tw-alpha --role champion --last 250 --json
  contender results tw-alpha --from 2019-06-03 --to 2019-06-28

A label is known some sessions after its session (entry delay plus horizon): rows from then on are awaiting. A session
whose labels never came says so; a session that is missing is listed as a gap.`,
    )
    .action((model: string, options: ResultsOptions) => results(context, model, options));
}

async function results(context: CliContext, model: string, options: ResultsOptions): Promise<void> {
  const { role, from, to } = options;
  if (role !== undefined && !(ROLES as readonly string[]).includes(role)) {
    throw new UsageError(`--role is ${role}`, { remedy: `Give one of ${ROLES.join(', ')}.` });
  }
  for (const [name, value] of Object.entries({ from, to })) {
    if (value !== undefined && !DATE.test(value)) {
      throw new UsageError(`--${name} is ${value}`, { remedy: 'Give a session as YYYY-MM-DD.' });
    }
  }
  const last = Number(options.last);
  if (!Number.isInteger(last) || last < 1) {
    throw new UsageError(`--last is ${options.last}`, {
      remedy: 'Give a whole number of sessions, 1 or more.',
    });
  }
  const { rows, versions } = await withRegistry(context, async (registry) => {
    // Refuses a model that nobody has applied.
    await registry.champion({ model });
    const found = await registry.liveResults({ model, versionId: null });
    const ids = [...new Set(found.map(({ versionId }) => versionId))];
    const numbers = await Promise.all(
      ids.map(async (id) => [id, (await registry.getVersion({ model, version: id })).number] as const),
    );
    return { rows: found, versions: new Map(numbers) };
  });
  const wanted = rows.filter(
    (row) =>
      (role === undefined || row.role === role) &&
      (from === undefined || row.session >= from) &&
      (to === undefined || row.session <= to),
  );
  const sessions = [...new Set(wanted.map(({ session }) => session))].slice(-last);
  const shown = wanted.filter(({ session }) => sessions.includes(session));
  const known = shown.findLast(({ status }) => status === 'matured')?.session ?? null;
  const answer = {
    model,
    knownThrough: known,
    sessions: shown.map((row) => ({ ...row, version: versions.get(row.versionId) ?? 0 })),
    marked: marked(shown),
  };
  context.output.result(answer, () => text(answer));
}

/** Sessions that are not what they should be, with the reason. */
function marked(
  rows: readonly LiveResult[],
): { session: string; role: string; status: string; why: string }[] {
  return rows.flatMap(({ session, role, status, numbers }) => {
    const { error = '', gap = '', dataFault = false } = numbers as Partial<LiveNumbers>;
    const why = [error, gap, dataFault ? 'a fault in its data: no evidence of decay' : '']
      .filter((part) => part !== '')
      .join('; ');
    return ['awaiting', 'matured'].includes(status) && why === '' ? [] : [{ session, role, status, why }];
  });
}

function text(answer: {
  readonly model: string;
  readonly knownThrough: string | null;
  readonly sessions: readonly (LiveResult & { readonly version: number })[];
  readonly marked: ReturnType<typeof marked>;
}): string {
  if (answer.sessions.length === 0) return `No session of ${answer.model} has been recorded.`;
  const lines = answer.sessions.map(
    ({ session, role, version, status, rankIc, netReturn, turnover, numbers }) => {
      const {
        sectorNeutralIc = null,
        drawdown = null,
        rmse = null,
        coverage = null,
      } = numbers as Partial<LiveNumbers>;
      return [
        session,
        `${role} ${String(version)}`,
        status,
        figure(rankIc, 4),
        figure(sectorNeutralIc, 4),
        bps(netReturn),
        percent(drawdown),
        percent(turnover),
        figure(rmse, 3),
        percent(coverage),
      ];
    },
  );
  const known = answer.knownThrough ?? 'no session yet';
  const notes = answer.marked.map(
    ({ session, role, status, why }) => `  ${session} ${role}: ${status}${why === '' ? '' : `, ${why}`}`,
  );
  return [
    `${answer.model}: labels are known through ${known}.`,
    '',
    table(
      [
        'session',
        'version',
        'label',
        'rank IC',
        'in sector',
        'net bp',
        'drawdown',
        'turnover',
        'RMSE',
        'scored',
      ],
      lines,
    ),
    ...(notes.length === 0 ? [] : ['', 'Marked:', ...notes]),
  ].join('\n');
}

const figure = (value: number | null, digits: number): string =>
  value === null ? '-' : value.toFixed(digits);
const bps = (value: number | null): string => (value === null ? '-' : (10_000 * value).toFixed(1));
const percent = (value: number | null): string => (value === null ? '-' : `${(100 * value).toFixed(1)} %`);
