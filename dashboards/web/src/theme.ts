import { useSyncExternalStore } from 'react';

export type Theme = 'system' | 'light' | 'dark';

const KEY = 'contender-theme';
const CHANGED = 'contender:theme';
const dark = window.matchMedia('(prefers-color-scheme: dark)');

function chosen(): Theme {
  const kept = localStorage.getItem(KEY);
  return kept === 'light' || kept === 'dark' ? kept : 'system';
}

function apply(): void {
  const theme = chosen();
  if (theme === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = theme;
}
apply();

export function chooseTheme(theme: Theme): void {
  localStorage.setItem(KEY, theme);
  apply();
  window.dispatchEvent(new Event(CHANGED));
}

function subscribe(listener: () => void): () => void {
  dark.addEventListener('change', listener);
  window.addEventListener(CHANGED, listener);
  return () => {
    dark.removeEventListener('change', listener);
    window.removeEventListener(CHANGED, listener);
  };
}

/** The theme that was chosen, and which of the two is shown for it. */
export function useTheme(): { readonly theme: Theme; readonly shown: 'light' | 'dark' } {
  const key = useSyncExternalStore(subscribe, () => `${chosen()} ${String(dark.matches)}`);
  const theme = chosen();
  const systemDark = key.endsWith('true');
  return { theme, shown: theme === 'system' ? (systemDark ? 'dark' : 'light') : theme };
}
