import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PROJECT_ROOT } from '../../../config/config.ts';
import { putSchedules } from '../../../control/put-schedules.ts';
import { en } from '../../../dashboards/web/src/i18n/en.ts';
import { zhTw } from '../../../dashboards/web/src/i18n/zh-tw.ts';
import { DrillWorld } from '../../integration/api/drill-world.ts';
import { spec } from '../../integration/registry/world.ts';
import { eventually } from '../../unit/serving/memory-registry.ts';
import { installedBrowser, seriousFindings, visitor } from './browser.ts';
import { faultsOf, walk } from './keyboard.ts';

/** The page of what happens by itself, before a real Temporal. */
const MINUTES = 60_000;
const program = installedBrowser();
const TEXTS = { en, 'zh-TW': zhTw } as const;

let world: DrillWorld;
let url: string;
let model: string;
beforeAll(async () => {
  if (program === null) return;
  world = await DrillWorld.open({ webDir: join(PROJECT_ROOT, 'dashboards', 'web', 'dist') });
  url = await world.api.api.app.listen({ host: '127.0.0.1', port: 0 });
  world.api.api.live.attach(world.api.api.app.server);
  model = await world.model([]);
  await putSchedules(world.environment.client, spec(model));
  const token = await world.api.token('olga', 'operator');
  const ask = (body: object) => world.api.ask('POST', `/models/${model}/schedule`, { token, body });
  await ask({ action: 'pause', kind: 'scoring', reason: '<b>資料商搬遷</b>' });
  // No server is there: a drill by schedule is left out.
  await ask({ action: 'trigger', kind: 'drill', reason: 'now, to see' });
  await eventually('the drill that is left out', async () => {
    const [last] = await world.api.registry.lastScheduled({ models: [model] });
    return last?.outcome === 'skipped';
  });
}, 3 * MINUTES);
afterAll(async () => {
  if (program !== null) await world.close();
}, MINUTES);

describe.skipIf(program === null)('the page of schedules', () => {
  it.for([
    { locale: 'en', width: 1440 },
    { locale: 'zh-TW', width: 360 },
  ] as const)(
    'shows retrains, drills and scores with their last run, and keeps the kind in its address: $locale at $width px',
    { timeout: 3 * MINUTES },
    async ({ locale, width }) => {
      const t = TEXTS[locale];
      const visit = await visitor({ program: program ?? '', url, locale, width });
      const { page } = visit;
      try {
        await page.goto('/sign-in');
        await page.locator('#token').fill(await world.api.token('vera', 'viewer'));
        await page.locator('form button[type=submit]').click();
        await page.locator('.shell').waitFor();
        await page.goto('/schedules');
        const rows = page.locator('tbody tr');
        await expect.poll(() => rows.count(), { timeout: MINUTES }).toBe(3);
        const [retrain = '', drill = '', scores = ''] = await rows.allInnerTexts();
        expect(retrain).toContain(t['schedules.kind.retrain']);
        expect(retrain).toContain('0 3 1 * *');
        expect(retrain).toContain(t['schedules.last.never']);
        expect(drill).toContain('drill.cron');
        expect(drill).toContain(t['schedules.outcome.skipped']);
        // Why is told in the reader's language.
        expect(drill).toContain(locale === 'en' ? 'no server with a valid lease' : '沒有租約有效的伺服器');
        expect(scores).toContain(t['schedules.paused']);
        expect(scores).toContain('olga: <b>資料商搬遷</b>');
        expect(faultsOf(await walk(page))).toEqual([]);
        expect(await seriousFindings(page)).toEqual([]);
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
        await visit.shot('schedules');

        await page.locator('#schedules-kind').selectOption('drill');
        await page.waitForURL('**/schedules?kind=drill');
        await expect.poll(() => rows.count(), { timeout: MINUTES }).toBe(1);
        await page.reload();
        await expect.poll(() => rows.count(), { timeout: MINUTES }).toBe(1);
        expect(await page.locator('#schedules-kind').inputValue()).toBe('drill');
        await page.goBack();
        await expect.poll(() => rows.count(), { timeout: MINUTES }).toBe(3);
        // What no kind is, is none.
        await page.goto('/schedules?kind=%3Cscript%3E');
        await expect.poll(() => rows.count(), { timeout: MINUTES }).toBe(3);
        expect(await page.locator('#schedules-kind').inputValue()).toBe('');
        expect(visit.errors).toEqual([]);
      } finally {
        await visit.leave();
      }
    },
  );
});

it.skipIf(program !== null)('left out: no Chromium on this machine', (context) => {
  context.skip('install chromium to run the tests of the dashboard in a browser');
});
