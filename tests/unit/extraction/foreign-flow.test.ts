import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FeatureSetInvalid } from '../../../extraction/errors.ts';
import { checkFeatureFile } from '../../../extraction/feature-check.ts';
import { closeMarketFolders } from '../../../extraction/folder-cache.ts';
import { extractSession } from '../../../extraction/session.ts';
import { writeSimulatedFolder } from '../../../extraction/simulated-folder.ts';
import { simulateMarket, TAIWAN_SIMULATION } from '../../../market/simulator.ts';
import { simulatedFolder, temporaryFolder } from './small-market.ts';

const FILE = join(import.meta.dirname, '..', '..', '..', 'extraction', 'features', 'foreign_flow.sql');
const AT = 75;
const faultless = { lateShare: 0, wrongShare: 0, restatedShare: 0 };
const market = simulateMarket({ ...TAIWAN_SIMULATION, ...faultless, symbols: 30, sessions: 80 });

let scratch = '';
let folder = '';

beforeAll(async () => {
  scratch = await temporaryFolder();
  folder = join(scratch, 'market');
  await writeSimulatedFolder({ outDir: folder, market });
});

afterAll(async () => {
  await closeMarketFolders();
  await rm(scratch, { recursive: true, force: true });
});

/** Mean of net purchases over volume of the five sessions up to one, of at least four bars; null where there are fewer. */
function meanOfFive(symbol: string): number | null {
  const { prices, calendar } = market;
  const dates = new Set(calendar.session_date.slice(AT - 4, AT + 1));
  const shares = [...prices.symbol.keys()]
    .filter((row) => prices.symbol[row] === symbol && dates.has(prices.session_date[row] ?? ''))
    .map((row) => (prices.foreign_net_shares?.[row] ?? NaN) / (prices.volume[row] ?? NaN));
  return shares.length < 4 ? null : shares.reduce((sum, share) => sum + share, 0) / shares.length;
}

describe('the feature set foreign_flow', () => {
  const session = market.calendar.session_date[AT] ?? '';
  const asOf = new Date(Date.parse(market.calendar.close_ts[AT] ?? '') + 3_600_000).toISOString();

  it('ranks the mean of net purchases over volume as plain loops do', async () => {
    const { symbols, featureNames, features } = await extractSession({
      folder,
      market: 'XTAI',
      features: { set: 'foreign_flow' },
      session,
      asOf,
    });
    const means = symbols.map(meanOfFive);
    const known = means.filter((mean) => mean !== null);
    const column = featureNames.indexOf('foreign_5');
    expect(symbols.length).toBeGreaterThan(20);
    symbols.forEach((_, row) => {
      const mean = means[row] ?? null;
      const rank = features[row * featureNames.length + column] ?? NaN;
      if (mean === null) expect(rank).toBeNaN();
      else {
        const below = known.filter((other) => other < mean).length;
        const above = known.filter((other) => other > mean).length;
        expect(rank).toBeCloseTo((below - above) / (2 * (known.length - 1)), 6);
      }
    });
  });

  it('passes the check of a feature file', async () => {
    const report = await checkFeatureFile({ file: FILE, folder, market: 'XTAI', sessions: 12 });
    expect(report.faults).toEqual([]);
    expect(report.columns).toHaveLength(9);
  }, 60_000);

  it('is refused by name on data without the column', async () => {
    const plain = await simulatedFolder(join(scratch, 'plain'));
    const refused = extractSession({
      folder: plain,
      market: 'XTAI',
      features: { set: 'foreign_flow' },
      session,
      asOf,
    });
    await expect(refused).rejects.toThrow(FeatureSetInvalid);
    await expect(refused).rejects.toThrow('foreign_net_shares');
  });
});
