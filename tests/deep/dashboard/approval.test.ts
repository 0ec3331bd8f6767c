import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { en } from '../../../dashboards/web/src/i18n/en.ts';
import { zhTw } from '../../../dashboards/web/src/i18n/zh-tw.ts';
import { installedBrowser, type Visitor } from './browser.ts';
import { Desk } from './desk.ts';
import { judgedRetrain } from './judged-retrain.ts';

/** The approval page with all that a retrain leaves, as a phone and a desk show it in both languages. */
const MINUTES = 60_000;
const program = installedBrowser();
const TEXTS = { en, 'zh-TW': zhTw } as const;

let desk: Desk;
let retrain: string;

beforeAll(async () => {
  if (program === null) return;
  desk = await Desk.open();
  retrain = await judgedRetrain(desk.api);
}, 2 * MINUTES);
afterAll(async () => {
  if (program !== null) await desk.close();
}, MINUTES);

/**
 * In the page: brings each picture into view and counts its colours. One of a single colour is blank, whatever the file holds.
 */
const COLOURS = `(async () => {
  const found = [];
  for (const image of document.querySelectorAll('img.figure')) {
    image.scrollIntoView();
    await image.decode();
    const canvas = document.createElement('canvas');
    canvas.width = image.naturalWidth;
    canvas.height = image.naturalHeight;
    const context = canvas.getContext('2d');
    context.drawImage(image, 0, 0);
    const { data } = context.getImageData(0, 0, canvas.width, canvas.height);
    const colours = new Set();
    for (let at = 0; at < data.length; at += 4) colours.add(data.slice(at, at + 4).join());
    found.push(colours.size);
  }
  return found;
})()`;

describe.runIf(program !== null)('the approval page', () => {
  it.each([
    ['en', 360],
    ['en', 1440],
    ['zh-TW', 360],
    ['zh-TW', 1440],
  ] as const)(
    'answers at the top, draws every figure, and fits: %s at %i px',
    async (locale, width) => {
      const visit: Visitor = await desk.visit({ program: program ?? '', locale, width });
      try {
        const { page } = visit;
        await desk.enter(visit, 'lee');
        await page.goto(`/retrains/${encodeURIComponent(retrain)}/approval`);
        await page.getByText(TEXTS[locale]['short.title']).waitFor();
        await page.locator('img.figure').first().waitFor();
        const colours = await page.evaluate<readonly number[]>(COLOURS);
        expect(colours.length).toBeGreaterThan(8);
        expect(colours.filter((count) => count < 5)).toEqual([]);
        await visit.shot('approval');
        const short = await page.locator('.answers').innerText();
        for (const said of SAID[locale]) expect(short).toContain(said);
        // A command that is cut is none.
        expect(await page.evaluate<number>(CUT_COMMANDS)).toBe(0);
        const bounds = await page.locator('body').innerText();
        expect(bounds).toMatch(/0\.03 %/u);
        expect(await page.evaluate<boolean>('document.documentElement.scrollWidth > window.innerWidth')).toBe(
          false,
        );
        // Temporal is away, and with it the schedules.
        expect(visit.errors.filter((error) => !error.includes('/schedules'))).toEqual([]);
      } finally {
        await visit.leave();
      }
    },
    3 * MINUTES,
  );
});

const CUT_COMMANDS =
  "[...document.querySelectorAll('.command')].filter((one) => one.scrollWidth > one.clientWidth).length";

const SAID = {
  en: [
    'Enter: 2303, 2317. Leave: 1101. Stay: 2330, 2454.',
    'Nothing is loosened',
    'without any skill is expected to show',
    'That is the size of a trade.',
    'Time left: ',
  ],
  'zh-TW': [
    '新增：2303、2317。移除：1101。保留：2330、2454。',
    '未放寬任何項目',
    '毫無能力的模型設定',
    '尚餘',
  ],
} as const;
