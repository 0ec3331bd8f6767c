/**
 * A supervisor in a process of its own, to be signalled and killed: `node fixture-supervisor.ts <data folder>
 * embedded|elsewhere`. Prints one line of JSON when everything is ready.
 */
import { loadConfig, PROJECT_ROOT } from '../../../config/config.ts';
import { Supervisor } from '../../../supervisor/supervisor.ts';
import { ELSEWHERE, fixturePlan, FREE_PORTS } from './fixture-system.ts';

const [dataDir = '', where] = process.argv.slice(2);
const environment = {
  CONTENDER_DATA_DIR: dataDir,
  ...FREE_PORTS,
  ...(where === 'elsewhere' ? ELSEWHERE : {}),
};
const config = loadConfig({ environment, root: PROJECT_ROOT });
const supervisor = new Supervisor({ config, plan: fixturePlan(['alpha']), durable: false });
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => void supervisor.stop());
}
const running = await supervisor.start();
console.log(JSON.stringify({ pids: supervisor.pids(), urls: running.metricsUrls, ports: running.ports }));
