import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { canonicalJson } from '../../contracts/canonical.ts';
import { writeSimulatedFolder } from '../../extraction/simulated-folder.ts';
import { decisionInstant } from '../../market/rules.ts';
import { shippedCalendar } from '../../market/shipped-calendar.ts';
import { DEFAULT_SIMULATION, simulateMarket } from '../../market/simulator.ts';

export interface DemoMarket {
  readonly folder: string;
  readonly symbols: number;
  readonly sessions: number;
  readonly flipSession: string;
  /** Instant at which a session, by its position, is decided. */
  decidedAt(position: number): string;
}

/** The simulated market of the demo, made once for each data folder: the same options give the same bytes. */
export async function demoMarket(dataDir: string): Promise<DemoMarket> {
  const options = DEFAULT_SIMULATION;
  const calendar = shippedCalendar('XTAI');
  const dates = calendar.between(options.from, '2027-12-31').slice(0, options.sessions);
  const dateAt = (position: number): string => dates[position] ?? '';
  const name = createHash('sha256').update(canonicalJson(options)).digest('hex').slice(0, 12);
  const folder = join(dataDir, 'demo', `taiwan-${name}`);
  if (!existsSync(folder)) {
    const draft = `${folder}.${String(process.pid)}`;
    await mkdir(dirname(folder), { recursive: true });
    await rm(draft, { recursive: true, force: true });
    const { truthPath } = await writeSimulatedFolder({ outDir: draft, market: simulateMarket(options) });
    await rename(truthPath, `${folder}.truth.json`);
    await rename(draft, folder);
  }
  return {
    folder,
    symbols: options.symbols,
    sessions: options.sessions,
    flipSession: dateAt(options.flipSession ?? options.sessions - 1),
    decidedAt: (position) => decisionInstant(calendar, dateAt(position)),
  };
}
