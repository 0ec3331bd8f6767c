import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { PROJECT_ROOT } from '../config/config.ts';

/**
 * Records the histories of tests/replay anew, from real runs of a whole system in a folder that is thrown away. To be done
 * when a workflow is changed on purpose and no run of the released one is under way any more:
 *
 *   node scripts/record-histories.ts
 *   node scripts/record-histories.ts waivers     one story: refusal, waivers, unwaived, promotion, guard, asking, frozen,
 *                                                deputy, objection
 */
const recorder = join(PROJECT_ROOT, 'tests', 'replay', 'fixture-recorder.ts');
const { status } = spawnSync(process.execPath, [recorder, ...process.argv.slice(2)], {
  cwd: PROJECT_ROOT,
  stdio: 'inherit',
});
process.exitCode = status ?? 1;
