import { InvalidArgumentError, Option } from 'commander';
import type { Command } from 'commander';
import type { SimulatedFolder } from '../../extraction/simulated-folder.ts';
import type { SignalPhase, SimulationOptions, SimulationTruth } from '../../market/simulator.ts';
import type { CliContext } from '../context.ts';
import { table } from '../output.ts';

interface SimulateOptions {
  readonly out: string;
  readonly dynamics: SimulationOptions['dynamics'];
  readonly symbols?: number;
  readonly sessions?: number;
  readonly seed?: number;
  readonly from?: string;
  readonly plantedIc?: number;
  readonly flipSession?: number;
  readonly signal?: readonly SignalPhase[];
  readonly lateShare?: number;
  readonly wrongShare?: number;
  readonly restatedShare?: number;
  readonly haltedShare?: number;
}

function wholeNumber(text: string): number {
  if (!/^\d{1,10}$/u.test(text)) throw new InvalidArgumentError('it has to be a whole number.');
  return Number(text);
}

function number(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('it has to be a number.');
  return value;
}

/** `0:0.05,400:0.05/60,700:-0.05,900:0`: from which session, rank IC, and after the stroke its half-life in sessions. */
function signalPhases(text: string): readonly SignalPhase[] {
  return text.split(',').map((phase) => {
    const match = /^(\d{1,6}):(-?\d*\.?\d+)(?:\/(\d*\.?\d+))?$/u.exec(phase.trim());
    if (match === null) {
      throw new InvalidArgumentError(`${JSON.stringify(phase)} is not SESSION:IC or SESSION:IC/HALFLIFE.`);
    }
    const [, fromSession, rankIc, halfLife] = match;
    return {
      fromSession: Number(fromSession),
      rankIc: Number(rankIc),
      halfLifeSessions: halfLife === undefined ? null : Number(halfLife),
    };
  });
}

/** Adds `contender data simulate`. */
export function registerSimulate(data: Command, context: CliContext): void {
  data
    .command('simulate')
    .description('writes a Taiwan market with a planted signal; its truth goes to OUT.truth.json')
    .requiredOption('--out <folder>', 'folder to write; must not exist or be empty')
    .addOption(
      new Option(
        '--dynamics <name>',
        'taiwan: fitted to the real market; plain: the small market of the demo',
      )
        .choices(['taiwan', 'plain'])
        .default('taiwan'),
    )
    .option('--symbols <count>', 'how many symbols, 20 to 20,000 (100)', wholeNumber)
    .option('--sessions <count>', 'sessions with prices (700)', wholeNumber)
    .option('--seed <number>', 'the same seed gives the same bytes (7)', wholeNumber)
    .option('--from <date>', 'date of the first session, YYYY-MM-DD (2018-01-02)')
    .option('--planted-ic <number>', 'expected daily rank IC of the planted signal', number)
    .option(
      '--flip-session <index>',
      'session from which the signal has the opposite sign (plain: 600, earlier in a short market; taiwan: never)',
      wholeNumber,
    )
    .option('--signal <phases>', 'the signal phase by phase, SESSION:IC[/HALFLIFE],...', signalPhases)
    .option('--late-share <share>', 'bars that come days late', number)
    .option('--wrong-share <share>', 'bars that are ten times too high at first', number)
    .option('--restated-share <share>', 'bars whose first close is changed later', number)
    .option('--halted-share <share>', 'bars that do not exist because of a halt', number)
    .addHelpText(
      'after',
      `
Sessions are counted from 0. --signal replaces --planted-ic and --flip-session.

Examples:
  contender data simulate --out ./data/simulated
  contender data simulate --out ./data/large --symbols 2000 --sessions 1250 --seed 11
  contender data simulate --out ./data/decays --sessions 1200 --signal 0:0.05,600:0.05/60,900:0,1000:-0.05
  contender data simulate --out ./data/demo --dynamics plain`,
    )
    .action(async ({ out, dynamics, plantedIc, signal, ...rest }: SimulateOptions) => {
      const { simulateMarket, TAIWAN_SIMULATION } = await import('../../market/simulator.ts');
      const { writeSimulatedFolder } = await import('../../extraction/simulated-folder.ts');
      const progress = context.output.progress('simulating');
      const market = simulateMarket({
        // The plain market is the default, whose signal flips where the number of sessions says.
        ...(dynamics === 'taiwan' ? TAIWAN_SIMULATION : {}),
        ...rest,
        ...(plantedIc === undefined ? {} : { plantedRankIc: plantedIc }),
        ...(signal === undefined ? {} : { signalPlan: signal }),
      });
      progress.update('writing');
      const written = await writeSimulatedFolder({ outDir: out, market });
      progress.done();
      const { plantedIc: planted } = market.truth;
      context.output.result({ ...written, planted }, () => describe(written, planted));
    });
}

function describe(written: SimulatedFolder, planted: SimulationTruth['plantedIc']): string {
  const ranges = planted.map(({ from, to, statedRankIc, meanRankIc, standardError }) => [
    from,
    to,
    ...[statedRankIc, meanRankIc, standardError].map((value) => value.toFixed(4)),
  ]);
  return [
    table(['table', 'rows'], Object.entries(written.rows)),
    table(['decisions from', 'to', 'planted IC', 'realised', 'standard error'], ranges),
    `written to ${written.folder}`,
    `the truth is in ${written.truthPath}`,
    `hash ${written.hash}`,
  ].join('\n');
}
