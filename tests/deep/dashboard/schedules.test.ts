import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PROJECT_ROOT } from '../../../config/config.ts';
import { scoreScheduleId } from '../../../contracts/ids.ts';
import { putSchedules } from '../../../control/put-schedules.ts';
import { en } from '../../../dashboards/web/src/i18n/en.ts';
import { zhTw } from '../../../dashboards/web/src/i18n/zh-tw.ts';
import { DrillWorld } from '../../integration/api/drill-world.ts';
import { spec } from '../../integration/registry/world.ts';
import { eventually } from '../../unit/serving/memory-registry.ts';
import { installedBrowser, seriousFindings, type Visitor, visitor } from './browser.ts';
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

async function enter({ page }: Visitor, subject: string, role: string): Promise<void> {
  if (!page.url().includes('/sign-in')) await page.goto('/sign-in');
  await page.locator('#token').fill(await world.api.token(subject, role));
  await page.locator('form button[type=submit]').click();
  await page.locator('.shell').waitFor();
}

const filled = (text: string, values: Readonly<Record<string, string>>): string =>
  text.replaceAll(/\{(\w+)\}/gu, (_, name: string) => String(values[name]));

/** What was done to the schedules of a model, the newest first. */
async function commandsOf(of: string): Promise<readonly unknown[]> {
  const audit = await world.api.registry.auditPage({ model: of, before: null, limit: 100 });
  return audit
    .filter(({ command }) => command.endsWith('-schedule'))
    .map(({ command, actor, facts }) => [command, actor, facts['kind'], facts['reason']]);
}

/** A model of its own with its schedules, so that no test sees what another did. */
async function scheduled(): Promise<string> {
  const made = await world.model([]);
  await putSchedules(world.environment.client, spec(made));
  return made;
}

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
        await enter(visit, 'vera', `viewer@${model}`);
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
        // Whoever may only look has no button, whatever the address asks for.
        expect(await rows.getByRole('button').count()).toBe(0);
        expect(faultsOf(await walk(page))).toEqual([]);
        expect(await seriousFindings(page)).toEqual([]);
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
        await visit.shot('schedules');
        await page.goto(`/schedules?act=pause.drill.${model}`);
        await expect.poll(() => rows.count(), { timeout: MINUTES }).toBe(3);
        expect(await page.locator('dialog').count()).toBe(0);
        await page.goto('/schedules');
        await expect.poll(() => rows.count(), { timeout: MINUTES }).toBe(3);

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

describe.skipIf(program === null)('the buttons of a schedule', () => {
  it.for([
    { locale: 'en', width: 1440 },
    { locale: 'zh-TW', width: 360 },
  ] as const)(
    'pause, resume and start it with a reason, each in two clicks and once: $locale at $width px',
    { timeout: 4 * MINUTES },
    async ({ locale, width }) => {
      const t = TEXTS[locale];
      const mine = await scheduled();
      const visit = await visitor({ program: program ?? '', url, locale, width });
      const { page } = visit;
      const about = (action: 'pause' | 'resume' | 'trigger') =>
        filled(t['schedules.about'], {
          ...{ action: t[`schedules.${action}`], model: mine, kind: t['schedules.kind.drill'] },
        });
      const open = async (action: 'pause' | 'resume' | 'trigger') => {
        await page.getByRole('button', { name: about(action), exact: true }).click();
        return page.getByRole('dialog').getByRole('button', { name: t[`schedules.${action}`], exact: true });
      };
      const close = () => page.getByRole('button', { name: t['dialog.close'] }).click();
      const reason = page.locator('#schedule-reason');
      try {
        await enter(visit, 'olga', `operator@${mine}`);
        await page.goto('/schedules?kind=drill');
        const pause = await open('pause');
        expect(await pause.isDisabled()).toBe(true);
        await reason.fill('  a');
        expect(await pause.isDisabled()).toBe(true);
        expect(await seriousFindings(page)).toEqual([]);
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
        await visit.shot('schedules-pause');
        // The back button takes back the first click, and nothing was done.
        await page.goBack();
        await expect.poll(() => page.locator('dialog').count(), { timeout: MINUTES }).toBe(0);
        expect(await commandsOf(mine)).toEqual([]);

        await open('pause');
        await reason.fill('<i>搬遷</i> ${7*7}');
        await pause.dblclick();
        await page.getByText(t['schedules.pause.done']).waitFor();
        await close();
        const row = page.locator('tbody tr');
        await expect.poll(() => row.innerText(), { timeout: MINUTES }).toContain('olga: <i>搬遷</i> ${7*7}');
        // By keyboard one is at the button that takes it back, or beside it.
        expect(await page.evaluate("document.activeElement.closest('.outcome') !== null")).toBe(true);
        expect(await commandsOf(mine)).toEqual([['pause-schedule', 'olga', 'drill', '<i>搬遷</i> ${7*7}']]);

        const trigger = await open('trigger');
        await reason.fill('now, to see');
        await trigger.dblclick();
        await page.getByText(t['schedules.trigger.done']).waitFor();
        await close();
        // It was started although it is paused, and the page learns by itself how that ended: no server is there.
        await expect
          .poll(() => row.innerText(), { timeout: MINUTES })
          .toContain(t['schedules.outcome.skipped']);
        expect(await row.innerText()).toContain(t['schedules.paused']);

        const resume = await open('resume');
        await reason.fill('over');
        await resume.dblclick();
        await page.getByText(filled(t['schedules.resume.done'], { next: '' }).slice(0, 7)).waitFor();
        await visit.shot('schedules-resumed');
        await close();
        await expect.poll(() => row.innerText(), { timeout: MINUTES }).toContain(t['schedules.active']);
        expect(await commandsOf(mine)).toEqual([
          ['resume-schedule', 'olga', 'drill', 'over'],
          ['trigger-schedule', 'olga', 'drill', 'now, to see'],
          ['pause-schedule', 'olga', 'drill', '<i>搬遷</i> ${7*7}'],
        ]);
        expect((await world.api.registry.drillPage({ model: mine, before: null, limit: 9 })).length).toBe(1);
        // By keyboard from the beginning of the page, as it is when somebody comes to it.
        await page.reload();
        await row.waitFor();
        expect(faultsOf(await walk(page))).toEqual([]);
        expect(visit.errors).toEqual([]);
      } finally {
        await visit.leave();
      }
    },
  );

  it(
    'keep what was typed when the session ends, and do it once after a lost answer',
    { timeout: 3 * MINUTES },
    async () => {
      const mine = await scheduled();
      const visit = await visitor({ program: program ?? '', url, locale: 'en', width: 360 });
      const { page } = visit;
      const start = page
        .getByRole('dialog')
        .getByRole('button', { name: en['schedules.trigger'], exact: true });
      const reason = page.locator('#schedule-reason');
      try {
        await enter(visit, 'lee', 'quant-lead');
        await page.goto(`/schedules?kind=drill&act=trigger.drill.${mine}`);
        await reason.fill('before the holidays');
        await page.context().clearCookies();
        await start.click();
        await page.getByText(en['session.kept']).waitFor();
        expect(await commandsOf(mine)).toEqual([]);
        await enter(visit, 'lee', 'quant-lead');
        // Back at the open form of the same schedule.
        await reason.waitFor();
        expect(await reason.inputValue()).toBe('before the holidays');
        expect(await page.getByRole('dialog').getAttribute('aria-label')).toContain(mine);

        let asked = 0;
        await page.route('**/schedule', async (route) => {
          asked += 1;
          if (asked > 1) return route.continue();
          await route.fetch();
          return route.abort('connectionreset');
        });
        await start.click();
        await page.getByText(en['signing.lost']).waitFor();
        // Also when the form was closed in between.
        await page.getByRole('button', { name: en['dialog.close'] }).click();
        const name = filled(en['schedules.about'], {
          ...{ action: en['schedules.trigger'], model: mine, kind: en['schedules.kind.drill'] },
        });
        await page.getByRole('button', { name, exact: true }).click();
        expect(await reason.inputValue()).toBe('before the holidays');
        await start.click();
        await page.getByText(en['schedules.trigger.done']).waitFor();
        expect(asked).toBe(2);
        expect(await commandsOf(mine)).toEqual([['trigger-schedule', 'lee', 'drill', 'before the holidays']]);
        // What was sent is no draft any more.
        await page.reload();
        await reason.waitFor();
        expect(await reason.inputValue()).toBe('');
      } finally {
        await visit.leave();
      }
    },
  );

  it(
    'are refused in the reader’s words, and say that somebody else was first',
    { timeout: 3 * MINUTES },
    async () => {
      const mine = await scheduled();
      const visit = await visitor({ program: program ?? '', url, locale: 'zh-TW', width: 360 });
      const { page } = visit;
      const token = await world.api.token('olga', 'operator');
      const press = page
        .getByRole('dialog')
        .getByRole('button', { name: zhTw['schedules.pause'], exact: true });
      const address = `/schedules?act=pause.scoring.${mine}`;
      try {
        await enter(visit, 'ada', 'admin');
        for (const act of ['delete.scoring', 'pause.decay', 'pause', '%00.scoring']) {
          await page.goto(`/schedules?act=${act}.${mine}`);
          await page.locator('tbody tr').first().waitFor();
          expect(await page.locator('dialog').count(), act).toBe(0);
        }
        await page.goto(address);
        await page.locator('#schedule-reason').fill('資料商搬遷');
        const body = { action: 'pause', kind: 'scoring', reason: 'first' };
        await world.api.ask('POST', `/models/${mine}/schedule`, { token, body });
        await page.reload();
        await page.getByText(zhTw['schedules.pause.already']).waitFor();
        expect(await press.isDisabled()).toBe(true);

        await world.api.ask('POST', `/models/${mine}/schedule`, {
          token,
          body: { ...body, action: 'resume' },
        });
        await page.reload();
        await expect.poll(() => press.isEnabled(), { timeout: MINUTES }).toBe(true);
        await world.environment.client.schedule.getHandle(scoreScheduleId(mine)).delete();
        const before = await commandsOf(mine);
        await press.click();
        await page.getByText('SCHEDULE_UNKNOWN').waitFor();
        expect(await page.getByRole('dialog').innerText()).toContain('沒有此類排程');
        expect(await commandsOf(mine)).toEqual(before);
      } finally {
        await visit.leave();
      }
    },
  );
});

it.skipIf(program !== null)('left out: no Chromium on this machine', (context) => {
  context.skip('install chromium to run the tests of the dashboard in a browser');
});
