import { setupI18n } from '@lingui/core';
import { compileMessage } from '@lingui/message-utils/compileMessage';
import { useSyncExternalStore } from 'react';
import { closedUp } from '../../../../contracts/wording/closed-up.ts';
import { en } from './en.ts';
import type { Translate } from './text-id.ts';
import { zhTw } from './zh-tw.ts';

export type { TextId, Translate } from './text-id.ts';
export type Locale = 'en' | 'zh-TW';
export const LOCALES: readonly { readonly locale: Locale; readonly name: string }[] = [
  { locale: 'en', name: 'English' },
  { locale: 'zh-TW', name: '繁體中文' },
];

const KEY = 'contender-language';
const i18n = setupI18n().setMessagesCompiler(compileMessage);
i18n.load({ en, 'zh-TW': zhTw });
i18n.activate(preferred());
document.documentElement.lang = i18n.locale;

function preferred(): Locale {
  const kept = localStorage.getItem(KEY);
  if (kept === 'en' || kept === 'zh-TW') return kept;
  return navigator.languages.some((language) => language.toLowerCase().startsWith('zh')) ? 'zh-TW' : 'en';
}

export function chooseLocale(locale: Locale): void {
  localStorage.setItem(KEY, locale);
  document.documentElement.lang = locale;
  i18n.activate(locale);
}

function subscribe(listener: () => void): () => void {
  return i18n.on('change', listener);
}

/** The chosen language; whoever uses it is drawn again when it changes. */
export function useI18n(): { readonly locale: string; readonly t: Translate } {
  const locale = useSyncExternalStore(subscribe, () => i18n.locale);
  return { locale, t: translate };
}

export const translate: Translate = (id, values = {}) => {
  const text = i18n._(id, { ...values });
  return i18n.locale === 'zh-TW' ? closedUp(text) : text;
};
