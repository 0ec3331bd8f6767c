import { RandomStream } from '../random.ts';
import { dynamicsOf } from './dynamics.ts';
import type { SimulationOptions } from './options.ts';

const SECTORS = [
  'semiconductors',
  'electronics',
  'financials',
  'plastics',
  'steel',
  'shipping',
  'textiles',
  'food',
] as const;

/** One listed company; positions count sessions of the simulation from 0. */
export interface Company {
  readonly symbol: string;
  readonly sector: number;
  readonly beta: number;
  readonly sectorLoading: number;
  /** Long-run standard deviation of a session's own return, its median where volatility is itself random. */
  readonly ownVolatility: number;
  readonly firstPrice: number;
  readonly baseVolume: number;
  /** First session with a bar. */
  readonly listedAt: number;
  /** First session without one; null when it stays listed. */
  readonly delistedAt: number | null;
}

export const sectorName = (sector: number): string => SECTORS[sector] ?? 'other';
export const SECTOR_COUNT = SECTORS.length;

const COMPANY_STREAM = 1_000_000;

/** Draws the companies. About 3 % are listed after the first session and 2 % leave before the last. */
export function drawCompanies(options: SimulationOptions): Company[] {
  const { own, firstPrice, beta, sectorLoading } = dynamicsOf(options.dynamics);
  return Array.from({ length: options.symbols }, (_, index) => {
    const random = new RandomStream(options.seed, COMPANY_STREAM + index);
    const late = index % 33 === 17;
    const leaves = index % 50 === 23;
    return {
      symbol: String(1101 + index),
      sector: random.integerBetween(0, SECTOR_COUNT - 1),
      beta: random.uniformBetween(...beta),
      sectorLoading: random.uniformBetween(...sectorLoading),
      ownVolatility:
        own.kind === 'garch'
          ? random.uniformBetween(...own.volatility)
          : own.volatility.median * Math.exp(own.volatility.spread * random.normal()),
      firstPrice: Math.exp(random.uniformBetween(Math.log(firstPrice[0]), Math.log(firstPrice[1]))),
      baseVolume: Math.exp(random.uniformBetween(Math.log(5e5), Math.log(2e7))),
      listedAt: late ? random.integerBetween(40, Math.floor(options.sessions / 2)) : 0,
      delistedAt: leaves
        ? random.integerBetween(Math.floor(options.sessions * 0.6), options.sessions - 1)
        : null,
    };
  });
}

export const isListed = (company: Company, session: number): boolean =>
  session >= company.listedAt && (company.delistedAt === null || session < company.delistedAt);
