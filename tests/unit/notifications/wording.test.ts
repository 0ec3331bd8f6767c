import { inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { NotificationEvent } from '../../../contracts/notification.ts';
import { CHINESE_LABELS } from '../../../notifications/templates/chinese.ts';
import { composeMessage } from '../../../notifications/templates/compose.ts';
import { renderEmail } from '../../../notifications/templates/email.ts';
import { plotPng } from '../../../notifications/templates/plot.ts';
import { renderEvent } from '../../../notifications/templates/render.ts';
import { renderSlack } from '../../../notifications/templates/slack.ts';
import { renderText } from '../../../notifications/templates/text.ts';
import { ENGLISH } from '../../../notifications/templates/wording.ts';
import type { Wording } from '../../../notifications/templates/wording.ts';
import { sampleEvent, sampleKinds } from './sample-events.ts';

const CHINESE: Wording = { language: 'zh-TW', dashboardUrl: 'https://desk.example/' };
/** Labels that an event brings along itself: names of gates, of people and of labels of alerts. */
const OWN = /^(?:spa \(|Gate |horizon$|Mean rank IC$|Look$|#\d+)/u;

describe.each(sampleKinds)('a message about %s in Traditional Chinese', (kind) => {
  const event = sampleEvent(kind);
  const english = composeMessage(event);
  const chinese = composeMessage(event, CHINESE);

  it('says what happened and what is needed in Chinese, about the same model', () => {
    // A monitor's own summary and description are not translated.
    if (kind !== 'alert') {
      expect(chinese.headline).toMatch(/\p{Script=Han}/u);
      expect(chinese.needed).toMatch(/\p{Script=Han}/u);
    }
    expect(chinese.headline).toContain('tw-alpha');
  });

  it('has a translation for each label of ours', () => {
    const labels = [...english.facts, ...english.identity, ...english.quotes, ...english.actions].map(
      ({ label }) => label,
    );
    expect(labels.filter((label) => !OWN.test(label) && CHINESE_LABELS[label] === undefined)).toEqual([]);
  });

  it('keeps facts, verdicts and commands as they are', () => {
    expect(chinese.facts.map(({ value }) => value)).toEqual(english.facts.map(({ value }) => value));
    expect(chinese.actions.map(({ command }) => command)).toEqual(
      english.actions.map(({ command }) => command),
    );
    expect(chinese.verdicts).toEqual(english.verdicts);
  });

  it('fits every channel', () => {
    expect(renderEmail(chinese).html).toContain('lang="zh-Hant-TW"');
    expect(renderText(chinese)).toContain(chinese.headline);
    expect(renderSlack(chinese).blocks.length).toBeLessThanOrEqual(50);
  });
});

describe('links', () => {
  const page = 'https://desk.example/retrains/retrain%3Atw-alpha%3A2024-03-01T19%3A00%3A00.000Z/approval';
  it('lead from a request to the page where it is signed, in every channel', () => {
    const message = composeMessage(sampleEvent('approval-asked'), { ...CHINESE, language: 'en' });
    expect(renderText(message)).toContain(`Open the approval page: ${page}`);
    expect(JSON.stringify(renderSlack(message))).toContain(`<${page}|Open the approval page>`);
    expect(renderEmail(message).html).toContain(`<a href="${page}"`);
  });
  it('are left out without a dashboard', () => {
    expect(composeMessage(sampleEvent('approval-asked'), ENGLISH).links).toEqual([]);
  });
});

describe('a template that throws', () => {
  it('is named, and the bare facts are sent', () => {
    const broken = { ...sampleEvent('swapped'), to: null } as unknown as NotificationEvent;
    const text = renderEvent(broken, ENGLISH, renderText);
    expect(text).toContain('Template:');
    expect(text).toContain('swapped (en)');
    expect(text).toContain('"epoch": 8');
    expect(renderEvent(broken, CHINESE, (message) => renderSlack(message)).text).toContain('swapped (zh-TW)');
  });
});

describe('a plot', () => {
  /** Pixels of one colour, by an independent reading of the PNG. */
  const pixels = (png: Buffer, colour: number): readonly (readonly [number, number])[] => {
    const at = png.indexOf('IDAT');
    const rows = inflateSync(png.subarray(at + 4, at + 4 + png.readUInt32BE(at - 4)));
    return [...rows.keys()].flatMap((index) => {
      const [x, y] = [(index % 641) - 1, Math.floor(index / 641)];
      return x >= 0 && rows[index] === colour ? [[x, y] as const] : [];
    });
  };
  const series = { title: 't', unit: 'u', points: [0, 1, 2, 3], bound: 1.5 };

  it('is a PNG of 640 by 200 that rises as its series does, with the bound half way up', () => {
    const png = plotPng(series);
    expect(png.subarray(0, 8).toString('hex')).toBe('89504e470d0a1a0a');
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([640, 200]);
    const line = pixels(png, 3);
    expect(line.filter(([x]) => x === 10).every(([, y]) => y > 180)).toBe(true);
    expect(line.filter(([x]) => x === 629).every(([, y]) => y < 20)).toBe(true);
    const bound = new Set(pixels(png, 2).map(([, y]) => y));
    expect([...bound]).toEqual([100]);
    expect(plotPng(series).equals(png)).toBe(true);
  });

  it('draws a constant series as well', () => {
    expect(pixels(plotPng({ ...series, points: [1, 1], bound: null }), 3).length).toBeGreaterThan(100);
  });

  it('goes along with the mail that names it', () => {
    const mail = renderEmail(composeMessage(sampleEvent('alert')));
    expect(mail.plots).toHaveLength(1);
    expect(mail.html).toContain(`cid:${mail.plots[0]?.name ?? 'none'}`);
  });
});
