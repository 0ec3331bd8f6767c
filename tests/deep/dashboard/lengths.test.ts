import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PROJECT_ROOT } from '../../../config/config.ts';
import { ApiWorld } from '../../integration/api/api-world.ts';
import { installedBrowser, visitor } from './browser.ts';

/** Every page on a phone with its words made longer, as those of a third language would be. */
const MINUTES = 60_000;
const program = installedBrowser();

let api: ApiWorld;
let url: string;
let lead: string;
let paths: readonly string[] = [];

beforeAll(async () => {
  if (program === null) return;
  api = await ApiWorld.open({ webDir: join(PROJECT_ROOT, 'dashboards', 'web', 'dist') });
  url = await api.api.app.listen({ host: '127.0.0.1', port: 0 });
  api.api.live.attach(api.api.app.server);
  lead = await api.token('lee', 'quant-lead');
  const model = await api.world.model();
  const { retrainId } = await api.world.champion(model, 1);
  paths = [
    ...['/', '/retrains', `/retrains/${encodeURIComponent(retrainId)}`],
    ...[
      `/models/${model}`,
      `/models/${model}/versions/1`,
      '/alerts',
      '/schedules',
      `/audit/${model}`,
      '/to-sign',
    ],
  ];
}, 3 * MINUTES);
afterAll(async () => {
  if (program !== null) await api.close();
}, MINUTES);

/**
 * In the page: makes every text 40 % longer with its own letters, then names what is cut off or stands beyond the edge. What is
 * hidden on purpose (in a pixel, for screen readers) or scrolls by itself (code, wide tables) is neither.
 */
const LENGTHENED = `(() => {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const nodes = [];
  while (walker.nextNode()) nodes.push(walker.currentNode);
  for (const node of nodes) {
    const text = node.data.trim();
    if (text.length < 2 || node.parentElement.closest('code, pre, style, select, textarea')) continue;
    const between = /[a-z] [a-z]/.test(text) ? ' ' : '';
    node.data = node.data + between + text.slice(0, Math.ceil(text.length * 0.4));
  }
  const chain = (element) => (element === null ? [] : [element, ...chain(element.parentElement)]);
  const hidden = (element) => getComputedStyle(element).clipPath !== 'none';
  const scrolls = (element) => ['auto', 'scroll'].includes(getComputedStyle(element).overflowX);
  return [...document.querySelectorAll('body *')].flatMap((element) => {
    const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim() !== '');
    const around = chain(element);
    if (!own || around.some(hidden) || around.some(scrolls)) return [];
    const beyond = element.getBoundingClientRect().right > window.innerWidth + 1;
    const cut = element.scrollWidth > element.clientWidth + 1 && getComputedStyle(element).overflowX !== 'visible';
    return beyond || cut ? [element.tagName + ' ' + element.textContent.slice(0, 60)] : [];
  });
})()`;

describe.skipIf(program === null)('a page whose words are 40 % longer', () => {
  it.for(['en', 'zh-TW'] as const)(
    'cuts no word on a phone of 360 px: %s',
    { timeout: 5 * MINUTES },
    async (locale) => {
      const visit = await visitor({ program: program ?? '', url, locale, width: 360 });
      try {
        const { page } = visit;
        await page.goto('/sign-in');
        await page.locator('#token').fill(lead);
        await page.locator('form button[type=submit]').click();
        await page.locator('.shell').waitFor();
        for (const path of paths) {
          await page.goto(path);
          await page.locator('main h1, main h2').first().waitFor();
          expect(await page.evaluate(LENGTHENED), path).toEqual([]);
          expect(await page.evaluate('document.documentElement.scrollWidth'), path).toBeLessThanOrEqual(360);
        }
        // What is cut would be seen.
        await page.evaluate(
          `(() => { const cut = document.createElement('p'); cut.textContent = 'words that do not fit into it';
            Object.assign(cut.style, { width: '90px', overflow: 'hidden', whiteSpace: 'nowrap' }); document.querySelector('main').append(cut); })()`,
        );
        expect(await page.evaluate(LENGTHENED)).toHaveLength(1);
      } finally {
        await visit.leave();
      }
    },
  );
});

it.skipIf(program !== null)(
  'left out: no Chromium on this machine, so no page was made longer',
  (context) => {
    context.skip('install chromium to run the tests of the dashboard in a browser');
  },
);
