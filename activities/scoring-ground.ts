import type { ModelSpec } from '../contracts/spec.ts';
import type { SnapshotRef } from '../contracts/snapshot.ts';
import { axesOf, fillPanel, returnsPanel } from '../evaluation/panel.ts';
import type { ScoringGround } from '../evaluation/trial-performance.ts';
import type { SnapshotRows } from '../extraction/columnar-tables.ts';
import { readReturns, readRows } from '../extraction/table-files.ts';
import { withMarketFolder } from '../extraction/folder-cache.ts';
import type { SessionCalendar } from '../market/calendar.ts';
import { marketRules, tradingCosts } from '../market/rules.ts';
import type { Workbench } from './workbench.ts';

/** The calendar of a model's market data. */
export function folderCalendar(spec: ModelSpec): Promise<SessionCalendar> {
  return withMarketFolder(spec.data, spec.market, (folder) => Promise.resolve(folder.calendar));
}

export interface LoadedGround {
  readonly ground: ScoringGround;
  readonly rows: SnapshotRows;
}

/** Reads a snapshot into the panels that every trial of its retrain is scored on. */
export async function loadGround(
  { artifacts }: Workbench,
  spec: ModelSpec,
  snapshot: SnapshotRef,
): Promise<LoadedGround> {
  const rows = await readRows(await artifacts.localFile(snapshot.rows));
  const returns = await readReturns(await artifacts.localFile(snapshot.returns));
  const axes = axesOf(returns, await folderCalendar(spec));
  const rules = marketRules(spec.market);
  return {
    rows,
    ground: {
      axes,
      returns: returnsPanel(axes, returns),
      labels: fillPanel(axes, rows, rows.label),
      portfolio: spec.portfolio,
      label: spec.label,
      costs: tradingCosts(rules, spec.portfolio.costs),
      annualSessions: rules.annualSessions,
    },
  };
}
