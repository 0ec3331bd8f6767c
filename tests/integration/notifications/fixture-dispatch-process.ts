/**
 * A dispatcher in a process of its own, for tests that kill it. Arguments: a JSON object with the registry's address and
 * the notification settings. It says `ready` and works until it is killed, or until it is told to stop by SIGTERM.
 */
import { NO_PAPERS } from '../../../notifications/channels/papers.ts';
import { createDispatcher } from '../../../notifications/setup.ts';
import type { NotificationSettings } from '../../../notifications/setup.ts';
import { Database } from '../../../registry/database.ts';
import { outboxPort } from '../../../registry/outbox.ts';

interface Arguments {
  readonly registryUrl: string;
  readonly settings: Omit<NotificationSettings, 'papers'>;
}

const { registryUrl, settings } = JSON.parse(process.argv[2] ?? '') as Arguments;
const database = new Database({ url: registryUrl, applicationName: 'dispatch-process' });
const dispatcher = createDispatcher({
  alerting: null,
  waiting: [],
  onAlerts: () => undefined,
  outbox: outboxPort(database),
  settings: { ...settings, papers: NO_PAPERS },
  observer: {
    attempted: () => undefined,
    gaveUp: () => undefined,
    recordFailed: () => undefined,
    outboxFailed: () => undefined,
  },
  announce: () => undefined,
  random: () => 0.5,
  pollMs: 50,
});
process.on('SIGTERM', () => {
  void dispatcher
    .stop()
    .then(() => database.close())
    .then(() => process.exit(0));
});
dispatcher.start();
process.stdout.write('ready\n');
