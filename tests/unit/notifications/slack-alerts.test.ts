import { describe, expect, it } from 'vitest';
import type { AlertItem } from '../../../contracts/alert.ts';
import { MAX_ALERT_ITEMS, type NotificationEvent } from '../../../contracts/notification.ts';
import { renderEvent } from '../../../notifications/templates/render.ts';
import { withDecision } from '../../../notifications/templates/slack-decision.ts';
import { renderSlack } from '../../../notifications/templates/slack.ts';
import { ENGLISH, type Wording } from '../../../notifications/templates/wording.ts';
import { sampleEvent } from './sample-events.ts';

const CHINESE: Wording = { ...ENGLISH, language: 'zh-TW' };

function group(...states: readonly AlertItem['status'][]): NotificationEvent {
  const alert = sampleEvent('alert');
  if (alert.kind !== 'alert') throw new Error('no alert');
  const [item] = alert.items;
  if (item === undefined) throw new Error('a sample without an alert');
  const items = states.map((status, index) => ({ ...item, rule: 'feed-late', id: 17 + index, status }));
  return { ...alert, items };
}

interface ShownButton {
  readonly action_id: string;
  readonly value: string;
  readonly text: { readonly text: string };
  readonly confirm: Readonly<Record<'title' | 'text' | 'confirm' | 'deny', { readonly text: string }>>;
}

function shown(event: NotificationEvent, words: Wording = ENGLISH) {
  const { blocks } = withDecision(renderEvent(event, words, renderSlack), event, words);
  const named = (id: string) => blocks.filter((block) => 'block_id' in block && block.block_id === id);
  const [row] = named('decision') as readonly { readonly elements: readonly ShownButton[] }[];
  return { blocks, reasons: named('reason').length, buttons: row?.elements ?? [] };
}

describe('the button under a message about alerts', () => {
  it('is one for all that fire, with their numbers and a field for the reason above it', () => {
    const { buttons, reasons } = shown(group('firing', 'resolved', 'firing'));
    expect(reasons).toBe(1);
    expect(buttons.map(({ action_id: action, text }) => [action, text.text])).toEqual([
      ['acknowledge', 'Acknowledge all 2'],
    ]);
    expect(JSON.parse(buttons[0]?.value ?? '')).toEqual({ alerts: [17, 19], language: 'en' });
    expect(shown(group('firing')).buttons[0]?.text.text).toBe('Acknowledge');
  });

  it('is in the language of the message', () => {
    const [button] = shown(group('firing', 'firing'), CHINESE).buttons;
    expect(button?.text.text).toBe('全部確認（2 則）');
    expect(JSON.parse(button?.value ?? '')).toEqual({ alerts: [17, 18], language: 'zh-TW' });
  });

  it('is none under what is over', () => {
    const { buttons, reasons } = shown(group('resolved', 'resolved'));
    expect([buttons, reasons]).toEqual([[], 0]);
  });

  it('fits into what Slack takes, for as many alerts as a message tells of', () => {
    for (const words of [ENGLISH, CHINESE]) {
      const many = group(...Array.from({ length: MAX_ALERT_ITEMS }, () => 'firing' as const));
      const { blocks, buttons } = shown(many, words);
      expect(blocks.length).toBeLessThanOrEqual(50);
      for (const { value, text, confirm } of buttons) {
        expect(value.length).toBeLessThanOrEqual(2000);
        expect(text.text.length).toBeLessThanOrEqual(75);
        expect(confirm.title.text.length).toBeLessThanOrEqual(100);
        expect(confirm.text.text.length).toBeLessThanOrEqual(300);
        expect(confirm.confirm.text.length).toBeLessThanOrEqual(30);
        expect(confirm.deny.text.length).toBeLessThanOrEqual(30);
      }
    }
  });
});
