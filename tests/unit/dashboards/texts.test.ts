import { describe, expect, it } from 'vitest';
import { en } from '../../../dashboards/web/src/i18n/en.ts';
import { zhTw } from '../../../dashboards/web/src/i18n/zh-tw.ts';
import { FigureName } from '../../../contracts/api/retrains.ts';
import { SHADOW_BOUNDS } from '../../../evaluation/shadow-bounds.ts';
import { GateName, Verdict } from '../../../contracts/verdict.ts';
import { Role } from '../../../contracts/primitives.ts';
import { RetrainOutcome, RetrainStep, Trigger } from '../../../contracts/retrain.ts';

const placeholders = (text: string): string[] =>
  [...text.matchAll(/\{(\w+)/gu)].map(([, name]) => name ?? '').sort();

describe('texts of the dashboard', () => {
  it('are there in both languages, none empty, with the same placeholders', () => {
    expect(Object.keys(zhTw).sort()).toEqual(Object.keys(en).sort());
    for (const [id, text] of Object.entries(en)) {
      const other = zhTw[id as keyof typeof en];
      expect(text.trim(), id).not.toBe('');
      expect(other.trim(), id).not.toBe('');
      expect(placeholders(other), id).toEqual(placeholders(text));
    }
  });

  it.each([
    ['gate', GateName.options],
    ['verdict', Verdict.options],
    ['step', RetrainStep.options],
    ['trigger', Trigger.options],
    ['status', ['open', ...RetrainOutcome.options]],
    ['bound', SHADOW_BOUNDS],
    ['figure', FigureName.options],
    ['gate.asks', GateName.options],
    ['held', GateName.options],
    ['role', Role.options],
  ])('name every %s that there is', (kind, names) => {
    const missing = names.filter((name) => !(`${kind}.${name}` in en));
    expect(missing).toEqual([]);
  });
});
