import type { GatesSpec } from '../contracts/spec.ts';
import { ExposureWatch } from '../evaluation/book-exposure.ts';
import { TradeWatch } from '../evaluation/book-liquidity.ts';
import type { BreakdownInput, IcBreakdown } from '../evaluation/ic-breakdown.ts';
import { AttributionWatch } from '../evaluation/name-attribution.ts';
import { fillPanel, type PanelAxes, type ReturnsPanel } from '../evaluation/panel.ts';
import { simulatePortfolio } from '../evaluation/portfolio.ts';
import { readOrdinaryTurnover } from '../extraction/ordinary-turnover.ts';
import { readSectorsAsOf, type SectorAsOf } from '../extraction/sectors-as-of.ts';
import { readPredictions } from '../extraction/table-files.ts';
import type { BusinessMeasurements } from '../gates/business.ts';
import { advanceRegime, regimeOf, type RegimeState } from '../monitoring/regime.ts';
import { leastFee, marketRules } from '../market/rules.ts';
import type { GateSubject } from './judging.ts';
import { loadGround } from './scoring-ground.ts';
import type { Workbench } from './workbench.ts';

/** Sessions under which no curve of costs or sizes can be drawn. */
const SHORTEST_PATH = 2;

export interface CandidateMeasures {
  readonly business: BusinessMeasurements;
  readonly breakdown: IcBreakdown;
}

/**
 * Where the candidate's skill lies, and what its walk-forward book held and could not trade: its out-of-sample predictions, turned into the very
 * positions that its returns were scored with.
 */
export async function measureBook(
  bench: Workbench,
  subject: GateSubject,
  { bookCapital }: Pick<GatesSpec, 'bookCapital'>,
): Promise<CandidateMeasures> {
  const { plan, snapshot, selection, trialPlan } = subject;
  const { spec } = plan;
  const trial = trialPlan.trials.find(({ trialId }) => trialId === selection.selectedTrialId);
  const { ground } = await loadGround(bench, spec, snapshot);
  const predictions = await readPredictions(await bench.artifacts.localFile(selection.predictions));
  const sectorOf = await readSectorsAsOf(spec.data, spec.market);
  const exposure = new ExposureWatch(ground.axes, sectorOf);
  const trades = new TradeWatch(
    ground.returns,
    await readOrdinaryTurnover(spec.data, spec.market, ground.axes),
  );
  const portfolio = trial?.recipe.portfolio ?? spec.portfolio;
  const attribution = new AttributionWatch(ground.returns, portfolio.kind);
  const panel = fillPanel(ground.axes, predictions, predictions.prediction);
  const path = simulatePortfolio({ ...ground, portfolio, predictions: panel }, (session, weights) => {
    exposure.watch(session, weights);
    trades.watch(session, weights);
    attribution.watch(session, weights);
  });
  const refused = path.skippedEntries + path.blockedExits;
  const business: BusinessMeasurements = {
    exposure: exposure.exposure(),
    feasibility: {
      wantedTrades: path.trades + refused,
      refusedTrades: refused,
      refusedBy: 'no bar with volume, locked at a price limit, or banned from short sale',
    },
    liquidity:
      path.sessions.length < SHORTEST_PATH
        ? null
        : trades.liquidity(path, {
            capital: bookCapital,
            leastFee: leastFee(marketRules(spec.market), portfolio.costs),
            annualSessions: ground.annualSessions,
            roundTripBps: ground.costs.buyBps + ground.costs.sellBps,
          }),
    attribution: attribution.attribution(),
  };
  const breakdown = await bench.compute.run('icBreakdown', {
    ...{ returns: ground.returns, predictions: panel },
    entryDelaySessions: spec.label.entryDelaySessions,
    horizonSessions: spec.label.horizonSessions,
    ...sectorCells(ground.axes, sectorOf),
    regimes: regimesOf(ground.returns),
  });
  return { business, breakdown };
}

/** The sector of each cell of the panel, in a form that a thread can be sent. */
function sectorCells(
  { sessions, symbols }: PanelAxes,
  sectorOf: SectorAsOf,
): Pick<BreakdownInput, 'sectors' | 'sectorNames'> {
  const places = new Map<string, number>();
  const sectors = new Int16Array(sessions.length * symbols.length).fill(-1);
  sessions.forEach((session, at) => {
    symbols.forEach((symbol, column) => {
      const name = sectorOf(symbol, session);
      if (name === null) return;
      const place = places.get(name) ?? places.size;
      places.set(name, place);
      sectors[at * symbols.length + column] = place;
    });
  });
  return { sectors, sectorNames: [...places.keys()] };
}

/** What the equally weighted universe was in at each close, by what was known then. */
function regimesOf({ axes, ret }: ReturnsPanel): (string | null)[] {
  const width = axes.symbols.length;
  let state: RegimeState | null = null;
  return axes.sessions.map((_, at) => {
    const known = ret.subarray(at * width, (at + 1) * width).filter((value) => Number.isFinite(value));
    const sum = known.reduce((total, value) => total + value, 0);
    state = advanceRegime(state, known.length === 0 ? Number.NaN : sum / known.length);
    return regimeOf(state);
  });
}
