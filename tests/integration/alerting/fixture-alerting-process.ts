/**
 * The alert router and the dispatcher in a process of their own, wired as the control worker wires them, for tests and
 * benches that kill it. Argument: a JSON object. It says `ready` and works until it is killed or told to stop by SIGTERM.
 */
import { NO_PAPERS } from '../../../notifications/channels/papers.ts';
import { parseAlertingFile } from '../../../alerting/config-check.ts';
import { shippedCalendar } from '../../../market/shipped-calendar.ts';
import { AlertLoop } from '../../../notifications/alert-loop.ts';
import { AlertRouter } from '../../../notifications/alert-router.ts';
import { createDispatcher } from '../../../notifications/setup.ts';
import type { NotificationSettings } from '../../../notifications/setup.ts';
import { systemTimer } from '../../../notifications/timer.ts';
import { openRegistry } from '../../../registry/registry.ts';

interface Arguments {
  readonly url: string;
  readonly settings: Omit<NotificationSettings, 'papers'>;
  readonly alerting: unknown;
  readonly leaseSeconds: number;
}

const { url, settings, alerting, leaseSeconds } = JSON.parse(process.argv[2] ?? '') as Arguments;
const registry = openRegistry({ url, applicationName: 'alerting-process', role: 'worker' });
const file = parseAlertingFile(alerting, ['slack', 'email'], 'the fixture');
const complain = (what: string) => (error: unknown) => {
  process.stderr.write(`${what}: ${error instanceof Error ? error.message : String(error)}\n`);
};
const dispatcher = createDispatcher({
  outbox: registry.outbox,
  settings: { ...settings, papers: NO_PAPERS },
  alerting: file,
  waiting: [],
  onAlerts: () => {
    loop.wake();
  },
  observer: {
    attempted: () => undefined,
    gaveUp: () => undefined,
    recordFailed: (_claim, error) => {
      complain('not recorded')(error);
    },
    outboxFailed: (lane, error) => {
      complain(lane)(error);
    },
  },
  announce: () => undefined,
  random: Math.random,
  pollMs: 500,
  leaseSeconds,
});
const loop = new AlertLoop({
  router: new AlertRouter({
    routing: registry.alertRouting,
    file,
    calendars: (market) => shippedCalendar(market),
  }),
  timer: systemTimer,
  pollMs: 500,
  onNotified: () => {
    dispatcher.wake();
  },
  onRound: () => undefined,
  onFailure: complain('router'),
});
process.on('SIGTERM', () => {
  void loop
    .stop()
    .then(() => dispatcher.stop())
    .then(() => registry.close())
    .then(() => process.exit(0));
});
dispatcher.start();
loop.start();
process.stdout.write('ready\n');
