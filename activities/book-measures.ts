import type { GatesSpec } from '../contracts/spec.ts';
import { ExposureWatch } from '../evaluation/book-exposure.ts';
import { TradeWatch } from '../evaluation/book-liquidity.ts';
import { fillPanel } from '../evaluation/panel.ts';
import { simulatePortfolio } from '../evaluation/portfolio.ts';
import { readOrdinaryTurnover } from '../extraction/ordinary-turnover.ts';
import { readSectorsAsOf } from '../extraction/sectors-as-of.ts';
import { readPredictions } from '../extraction/table-files.ts';
import type { BusinessMeasurements } from '../gates/business.ts';
import { leastFee, marketRules } from '../market/rules.ts';
import type { GateSubject } from './judging.ts';
import { loadGround } from './scoring-ground.ts';
import type { Workbench } from './workbench.ts';

/** Sessions under which no curve of costs or sizes can be drawn. */
const SHORTEST_PATH = 2;

/**
 * What the candidate's walk-forward book held and could not trade: its out-of-sample predictions, turned into the very
 * positions that its returns were scored with.
 */
export async function measureBook(
  bench: Workbench,
  subject: GateSubject,
  { bookCapital }: Pick<GatesSpec, 'bookCapital'>,
): Promise<BusinessMeasurements> {
  const { plan, snapshot, selection, trialPlan } = subject;
  const { spec } = plan;
  const trial = trialPlan.trials.find(({ trialId }) => trialId === selection.selectedTrialId);
  const { ground } = await loadGround(bench, spec, snapshot);
  const predictions = await readPredictions(await bench.artifacts.localFile(selection.predictions));
  const exposure = new ExposureWatch(ground.axes, await readSectorsAsOf(spec.data, spec.market));
  const trades = new TradeWatch(
    ground.returns,
    await readOrdinaryTurnover(spec.data, spec.market, ground.axes),
  );
  const portfolio = trial?.recipe.portfolio ?? spec.portfolio;
  const path = simulatePortfolio(
    {
      ...ground,
      portfolio,
      predictions: fillPanel(ground.axes, predictions, predictions.prediction),
    },
    (session, weights) => {
      exposure.watch(session, weights);
      trades.watch(session, weights);
    },
  );
  const refused = path.skippedEntries + path.blockedExits;
  return {
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
  };
}
