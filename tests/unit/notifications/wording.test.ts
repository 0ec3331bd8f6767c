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

  it('keeps every number, name of a version and command', () => {
    expect(chinese.facts).toHaveLength(english.facts.length);
    english.facts.forEach(({ value }, at) => {
      for (const number of value.match(/[0-9a-f]{6,}|\d[\d.:-]*\d|\d/gu) ?? []) {
        expect(chinese.facts[at]?.value, value).toContain(number);
      }
    });
    expect(chinese.actions.map(({ command }) => command)).toEqual(
      english.actions.map(({ command }) => command),
    );
    const numbers = (verdict: (typeof english.verdicts)[number]): unknown => ({ ...verdict, reason: '' });
    expect(chinese.verdicts.map(numbers)).toEqual(english.verdicts.map(numbers));
  });

  it('fits every channel', () => {
    expect(renderEmail(chinese).html).toContain('lang="zh-Hant-TW"');
    expect(renderText(chinese)).toContain(chinese.headline);
    expect(renderSlack(chinese).blocks.length).toBeLessThanOrEqual(50);
  });
});

describe('what the system recorded', () => {
  it('stands in Chinese in every part of a message, what people wrote as they wrote it', () => {
    const asked = sampleEvent('approval-asked');
    if (asked.kind !== 'approval-asked') throw new Error('a sample of another kind');
    const verdict = {
      ...{ gate: 'coverage' as const, verdict: 'fail' as const, number: 0.9, threshold: 0.98 },
      ...{ comparison: '>=' as const, enforced: true, details: {} },
      reason: '90.0 % of 1,200 member rows have a bar, < 98.0 %',
    };
    const waivers = [{ gate: 'coverage' as const, subject: 'lee', reason: 'the vendor was late' }];
    const message = composeMessage({ ...asked, verdicts: [verdict], waivers }, CHINESE);
    const { html, text } = renderEmail(message);
    for (const shown of [html, text, JSON.stringify(renderSlack(message))]) {
      expect(shown).toContain('成分股 1,200 列中有行情者占 90.0 %');
      expect(shown).toContain('不通過');
      expect(shown).toContain('涵蓋率');
      expect(shown).toContain('lee 豁免關卡 coverage');
      expect(shown).toContain('the vendor was late');
      expect(shown).not.toContain('member rows');
    }
  });

  it('is told in alerts, from their summary to what was started', () => {
    const sample = sampleEvent('alert');
    if (sample.kind !== 'alert') throw new Error('a sample of another kind');
    const [first] = sample.items;
    if (first === undefined) throw new Error('a sample without an alert');
    const item = {
      ...first,
      summary: 'tw-alpha: guard alarm on version 7',
      description:
        'A quant lead must look at the champion today. Already started: none: autoRollback is off; a rollback is asked for\nReason: all rows have the same score (2 of 3 failed sessions in a row)',
    };
    const message = composeMessage({ ...sample, items: [item], firing: 1, resolved: 0 }, CHINESE);
    expect(message.headline).toContain('tw-alpha：第 7 版觸發上線監控警報');
    expect(message.needed).toContain('量化主管今天必須檢視現行版本。');
    expect(message.needed).toContain('未啟用自動回復');
    expect(message.needed).toContain('所有資料列的分數相同（連續 2 / 3 個交易日不通過）');
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
  it('lead from an alert to its own page, from several to the list', () => {
    const one = sampleEvent('alert');
    if (one.kind !== 'alert') throw new Error('no alert');
    const [item] = one.items;
    const { links } = composeMessage({ ...one, items: one.items.slice(0, 1) }, CHINESE);
    expect(links[0]).toEqual({
      ...{ label: 'Open the alert', url: `https://desk.example/alerts/${String(item?.id)}` },
    });
    const both = composeMessage({ ...one, items: [...one.items, ...one.items] }, CHINESE);
    expect(both.links[0]).toEqual({ label: 'Open the alerts', url: 'https://desk.example/alerts' });
  });
  it('lead from a loosened spec to its proposal, and from failed gates to the page of waivers', () => {
    const proposal = composeMessage(sampleEvent('spec-proposed'), CHINESE);
    expect(proposal.links[0]).toEqual({
      ...{ label: 'Open the proposal', url: 'https://desk.example/proposals/7' },
    });
    const held = sampleEvent('gates-held');
    if (held.kind !== 'gates-held') throw new Error('a sample of another kind');
    const waivable = composeMessage({ ...held, cause: 'waivable-fail' }, CHINESE);
    expect(waivable.links[0]?.label).toBe('Open the page of waivers');
    expect(waivable.links[0]?.url).toBe(page.replace(/approval$/u, 'waivers'));
    expect(renderText(waivable)).toContain('開啟豁免頁面');
    expect(composeMessage({ ...held, cause: 'error' }, CHINESE).links[0]?.label).toBe(
      'Open the page of the retrain',
    );
    const alert = sampleEvent('alert');
    if (alert.kind !== 'alert') throw new Error('no alert');
    const [item] = alert.items;
    if (item === undefined) throw new Error('a sample without an alert');
    const asAlert = (cause: string) =>
      composeMessage(
        { ...alert, items: [{ ...item, rule: 'gates-held', labels: { cause }, retrain: held.retrain }] },
        CHINESE,
      ).links.map(({ label }) => label);
    expect(asAlert('waivable-fail').slice(0, 2)).toEqual(['Open the page of waivers', 'Open the alert']);
    expect(asAlert('error')[0]).toBe('Open the alert');
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
