import { challengerBenchInput, type ChallengerReport } from './challenger-input.ts';
import { bookGround } from '../../activities/shadow-book.ts';
import { readLost } from '../../activities/shadow-record.ts';
import { scoreSides, TIMED_RUNS } from '../../activities/shadow-scoring.ts';
import { measureSession, type StoredSession } from '../../activities/shadow-session.ts';
import type { Workbench } from '../../activities/workbench.ts';
import { limitEngines } from '../../extraction/duckdb.ts';
import { openComputePool } from '../../compute/pool.ts';
import { ModelSpec } from '../../contracts/spec.ts';
import { decisionInstant } from '../../market/rules.ts';
import { shippedCalendar } from '../../market/shipped-calendar.ts';
import { FolderArtifactStore } from '../../registry/artifacts/folder-store.ts';
import { openRegistry } from '../../registry/registry.ts';

/**
 * A process of its own, as the compute worker is: shadows of three challengers, session after session, until it is told to stop.
 * Every work of a shadow session is done but the row in the registry. A message `report` is answered with what was paired.
 */
// As workers/background.ts.
limitEngines({ threads: 1, memoryLimitMb: 1024 });
const input = challengerBenchInput(process.argv[2]);
const registry = openRegistry({ url: input.databaseUrl, applicationName: 'bench-shadow' });
const bench: Workbench = {
  ...{ registry, artifacts: new FolderArtifactStore(input.artifacts), scratchDir: input.scratch },
  championBackupDir: input.scratch,
  ...{ compute: openComputePool({ threads: 1 }), trainingThreads: 1, temporalUiUrl: null },
  now: () => new Date(),
};
const versions = await Promise.all(
  [4, 1, 2, 3].map((version) => registry.getVersion({ model: input.model, version })),
);
const spec = ModelSpec.parse((await registry.currentSpec({ model: input.model })).spec);
const calendar = shippedCalendar('XTAI');
const sessions = calendar.between(input.from, '2027-12-31').slice(0, input.sessions);
const report: ChallengerReport = { sessions: 0, rows: 0, pairedRows: 0, lost: 0, reasons: [], cpuSeconds: 0 };
process.on('message', () => process.send?.({ ...report, cpuSeconds: process.cpuUsage().user / 1e6 }));
process.on('disconnect', () => process.exit(0));

async function session(day: string, stored: readonly StoredSession[][]): Promise<StoredSession[][]> {
  const decided = decisionInstant(calendar, day);
  const [champion, ...sides] = await scoreSides(bench, spec, versions, day, decided, TIMED_RUNS);
  if (champion === undefined) throw new Error('no champion');
  const ground = await bookGround(spec, day, decided);
  const next: StoredSession[][] = [];
  for (const [at, scored] of sides.entries()) {
    const challenger = versions[at + 1];
    if (challenger === undefined) throw new Error('no challenger');
    const days = stored[at] ?? [];
    const { rows, pairedRows, predictions, numbers } = await measureSession(bench, {
      ...{ spec, challenger, scored, champion, ground, session: day, decisionInstant: decided, days },
      ...{
        calendarSha256: '0'.repeat(64),
        opponents: () => Promise.resolve(['previous', 'universe'] as const),
      },
    });
    const lost = readLost(numbers);
    report.rows += rows;
    report.pairedRows += pairedRows;
    report.lost += lost.length;
    for (const { reason } of lost) if (!report.reasons.includes(reason)) report.reasons.push(reason);
    next.push([...days, { session: day, predictions, numbers }]);
  }
  report.sessions += 1;
  return next;
}

for (;;) {
  let stored: StoredSession[][] = [[], [], []];
  for (const [at, day] of sessions.entries()) {
    if (at % spec.shadow.sessions === 0) stored = [[], [], []];
    stored = await session(day, stored);
    if (report.sessions === 1) process.send?.('begun');
  }
}
