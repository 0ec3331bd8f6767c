import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { en } from '../../../dashboards/web/src/i18n/en.ts';
import { installedBrowser, type Visitor } from './browser.ts';
import { Desk } from './desk.ts';
import { faultsOf, walk } from './keyboard.ts';

/** Every page by keyboard alone: everything is reached once, in the order in which it is read, and seen when it is reached. */
const MINUTES = 60_000;
const program = installedBrowser();

let desk: Desk;
let paths: readonly string[];

beforeAll(async () => {
  if (program === null) return;
  desk = await Desk.open();
  const { id } = await desk.proposal();
  const asked = encodeURIComponent(await desk.asked());
  const held = encodeURIComponent(await desk.held());
  await desk.alert();
  const model = decodeURIComponent(asked).split(':')[1] ?? '';
  paths = [
    ...['/', '/retrains', '/to-sign', `/proposals/${String(id)}`, '/alerts', '/alerts/1', '/schedules'],
    ...[`/models/${model}`, `/models/${model}/versions/1`, `/audit?model=${model}`, '/wall', '/nowhere'],
    ...[
      `/retrains/${asked}`,
      `/retrains/${asked}/approval`,
      `/retrains/${held}`,
      `/retrains/${held}/waivers`,
    ],
  ];
}, 3 * MINUTES);
afterAll(async () => {
  if (program !== null) await desk.close();
}, MINUTES);

async function open({ page }: Visitor, path: string): Promise<void> {
  await page.goto(path);
  await page.locator('h1').first().waitFor();
  await page.waitForLoadState('networkidle').catch(() => undefined);
}

describe.skipIf(program === null)('by keyboard alone', () => {
  it.for([1440, 360])(
    'every page is walked through once in reading order, and back, with the focus in sight: %i px',
    { timeout: 8 * MINUTES },
    async (width) => {
      const visit = await desk.visit({ program: program ?? '', locale: 'en', width });
      try {
        await visit.page.goto('/sign-in');
        expect(faultsOf(await walk(visit.page)), '/sign-in').toEqual([]);
        await desk.enter(visit, 'lee');
        for (const path of paths) {
          await open(visit, path);
          const there = await walk(visit.page);
          expect(faultsOf(there), path).toEqual([]);
          expect(there.stops.length, path).toBeGreaterThan(path === '/wall' ? 0 : 8);
          const back = await walk(visit.page, 'Shift+Tab');
          expect(faultsOf(back), `${path} backwards`).toEqual([]);
        }
        // The browser writes down what is not there on this desk: a gate report, and Temporal.
        expect(visit.errors.filter((error) => !/status of (?:404|503)/u.test(error))).toEqual([]);
      } finally {
        await visit.leave();
      }
    },
  );

  it('a link leads past the head of the page to its content', { timeout: 2 * MINUTES }, async () => {
    const visit = await desk.visit({ program: program ?? '', locale: 'en', width: 1440 });
    try {
      await desk.enter(visit, 'lee');
      const { page } = visit;
      await open(visit, '/retrains');
      await page.keyboard.press('Tab');
      expect(await page.evaluate('document.activeElement.textContent')).toBe(en['nav.skip']);
      await page.keyboard.press('Enter');
      expect(await page.evaluate('document.activeElement.id')).toBe('main');
      await page.keyboard.press('Tab');
      expect(await page.evaluate("document.activeElement.closest('main') !== null")).toBe(true);
      // Whoever follows a link goes on at the content of the new page.
      await page.getByRole('link', { name: en['nav.audit'], exact: true }).first().focus();
      await page.keyboard.press('Enter');
      await page.waitForURL('**/audit');
      await expect.poll(() => page.evaluate('document.activeElement.id')).toBe('main');
    } finally {
      await visit.leave();
    }
  });

  it.for([
    { path: '/', button: en['rollback.button'] },
    { path: '/alerts', button: en['alerts.answer'] },
    { path: '/alerts', button: en['alerts.judge'] },
    { path: '/alerts/1', button: en['alerts.judge'] },
  ])(
    'a dialogue keeps the focus, closes with Escape and gives it back: $button at $path',
    { timeout: 2 * MINUTES },
    async ({ path, button }) => {
      const visit = await desk.visit({ program: program ?? '', locale: 'en', width: 1440 });
      try {
        await desk.enter(visit, 'lee');
        const { page } = visit;
        await open(visit, path);
        await page.getByRole('button', { name: button, exact: true }).first().focus();
        await page.keyboard.press('Enter');
        await page.getByRole('dialog').waitFor();
        const within: string[] = [];
        for (let press = 0; press < 12; press += 1) {
          const place = await page.evaluate<string>(
            "document.activeElement === document.body ? 'nothing' : document.activeElement.closest('dialog') === null ? 'outside' : 'inside'",
          );
          within.push(place);
          await page.keyboard.press('Tab');
        }
        expect(within[0]).toBe('inside');
        expect(within).not.toContain('outside');
        await page.keyboard.press('Escape');
        await page.getByRole('dialog').waitFor({ state: 'detached' });
        expect(await page.evaluate('document.activeElement.textContent')).toBe(button);
      } finally {
        await visit.leave();
      }
    },
  );

  it(
    'a proposal is read, reasoned about and agreed to, and what came of it has the focus',
    { timeout: 2 * MINUTES },
    async () => {
      const { id, model } = await desk.proposal();
      const visit = await desk.visit({ program: program ?? '', locale: 'en', width: 1440 });
      try {
        await desk.enter(visit, 'kim');
        const { page } = visit;
        await open(visit, `/proposals/${String(id)}`);
        await page.locator('#reason').focus();
        await page.keyboard.type('read by keyboard');
        await page.keyboard.press('Tab');
        expect(await page.evaluate('document.activeElement.textContent')).toBe(en['proposal.agree']);
        await page.keyboard.press('Enter');
        await page.getByText(en['proposal.done.unscheduled']).waitFor();
        await expect
          .poll(() => page.evaluate("document.activeElement.classList.contains('outcome')"))
          .toBe(true);
        expect((await desk.api.registry.currentSpec({ model })).secondPerson).toBe('kim');
      } finally {
        await visit.leave();
      }
    },
  );

  it(
    'an order of rows is in the address, and the back button takes it back',
    { timeout: 2 * MINUTES },
    async () => {
      const visit = await desk.visit({ program: program ?? '', locale: 'en', width: 1440 });
      try {
        await desk.enter(visit, 'lee');
        const { page } = visit;
        const models = () => page.locator('tbody tr td:first-child').allInnerTexts();
        await open(visit, '/retrains');
        const asTheyCame = await models();
        const head = page.getByRole('button', { name: en['model'], exact: true });
        await head.focus();
        await page.keyboard.press('Enter');
        await page.waitForURL('**/retrains?sort.retrains=model');
        const upwards = await models();
        expect(upwards).toEqual(asTheyCame.toSorted());
        await page.keyboard.press('Enter');
        await page.waitForURL('**/retrains?sort.retrains=-model');
        const downwards = await models();
        expect(downwards[0]).toBe(upwards.at(-1));
        // Whoever is sent the link sees the same; so does whoever loads it again.
        await page.reload();
        await page.locator('tbody tr').first().waitFor();
        expect(await models()).toEqual(downwards);
        await page.goBack();
        await page.waitForURL('**/retrains?sort.retrains=model');
        await expect.poll(models).toEqual(upwards);
        await page.goBack();
        await expect.poll(models).toEqual(asTheyCame);

        // Which rows, as well.
        await page.locator('#retrains-status').selectOption('promoted');
        await page.waitForURL('**/retrains?status=promoted');
        await expect.poll(async () => (await models()).length).toBeLessThan(asTheyCame.length);
        await page.goto('/retrains?status=nonsense&sort.retrains=nonsense&find.retrains=%E0%A4%A');
        await page
          .getByText(en['table.found'].replace('{count}', '0').replace('{all}', String(asTheyCame.length)))
          .waitFor();
        await page.getByRole('searchbox').fill(asTheyCame[0] ?? '');
        await expect.poll(models).toEqual(asTheyCame.filter((model) => model === asTheyCame[0]));
      } finally {
        await visit.leave();
      }
    },
  );
});

it.skipIf(program !== null)('left out: no Chromium on this machine', (context) => {
  context.skip('install chromium to run the tests of the dashboard in a browser');
});
