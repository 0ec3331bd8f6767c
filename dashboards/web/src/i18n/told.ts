import { useEffect, useSyncExternalStore } from 'react';
import type { Told } from '../../../../contracts/wording/told.ts';
import { useI18n } from './text.ts';

type Tell = (recorded: string) => Told;

const inEnglish: Tell = (recorded) => ({ text: recorded, language: 'en' });
let inChinese: Tell | null = null;
let asked = false;
const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => {
    listeners.delete(listener);
  };
}

/** The sentences are loaded when the first page in Chinese is shown; until then the record stands as it was written. */
async function load(): Promise<void> {
  const { told } = await import('../../../../contracts/wording/told.ts');
  inChinese = (recorded) => told(recorded, 'zh-TW');
  for (const listener of listeners) listener();
}

/** How sentences of the record are told to the reader of the chosen language. */
export function useTold(): Tell {
  const { locale } = useI18n();
  const chinese = useSyncExternalStore(subscribe, () => inChinese);
  useEffect(() => {
    if (locale !== 'zh-TW' || asked) return;
    asked = true;
    load().catch(() => {
      // Out of reach for now: English stays, and the next page asks again.
      asked = false;
    });
  }, [locale]);
  return locale === 'zh-TW' && chinese !== null ? chinese : inEnglish;
}
