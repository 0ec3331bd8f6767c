import { ExposureWatch } from '../evaluation/book-exposure.ts';
import { fillPanel } from '../evaluation/panel.ts';
import { simulatePortfolio } from '../evaluation/portfolio.ts';
import { readSectorsAsOf } from '../extraction/sectors-as-of.ts';
import { readPredictions } from '../extraction/table-files.ts';
import type { BusinessMeasurements } from '../gates/business.ts';
import type { GateSubject } from './judging.ts';
import { loadGround } from './scoring-ground.ts';
import type { Workbench } from './workbench.ts';

/**
 * What the candidate's walk-forward book held and could not trade: its out-of-sample predictions, turned into the very
 * positions that its returns were scored with.
 */
export async function measureBook(bench: Workbench, subject: GateSubject): Promise<BusinessMeasurements> {
  const { plan, snapshot, selection, trialPlan } = subject;
  const { spec } = plan;
  const trial = trialPlan.trials.find(({ trialId }) => trialId === selection.selectedTrialId);
  const { ground } = await loadGround(bench, spec, snapshot);
  const predictions = await readPredictions(await bench.artifacts.localFile(selection.predictions));
  const watch = new ExposureWatch(ground.axes, await readSectorsAsOf(spec.data, spec.market));
  const path = simulatePortfolio(
    {
      ...ground,
      portfolio: trial?.recipe.portfolio ?? spec.portfolio,
      predictions: fillPanel(ground.axes, predictions, predictions.prediction),
    },
    watch.watch,
  );
  const refused = path.skippedEntries + path.blockedExits;
  return {
    exposure: watch.exposure(),
    feasibility: {
      wantedTrades: path.trades + refused,
      refusedTrades: refused,
      refusedBy: 'no bar with volume, locked at a price limit, or banned from short sale',
    },
  };
}
